"""Notices in one word, and channels opened as the engine opens them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from conductor_tui.adapters.channels.kinds import open_channel
from conductor_tui.domain.alert import (
    Notice,
    NoticeKind,
    Severity,
    Subject,
    SubjectKind,
)
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.ids import ChannelName, NodeName
from conductor_tui.ports import Channel

AT = datetime(2029, 10, 14, 12, 0, 5, tzinfo=UTC)
REDIS = Subject(kind=SubjectKind.PLATFORM, name="redis", group="bots", tags=("eu", "x"))
OPENED = Notice(
    id="web-7.1907.1",
    kind=NoticeKind.OPENED,
    subject=REDIS,
    state="FAILED",
    severity=Severity.CRITICAL,
    text="FAILED platform redis: connection refused",
    why="connection refused",
    at=AT,
    opened_at=AT,
    host=NodeName("web-7"),
)
RECOVERED = replace(
    OPENED,
    id="web-7.1907.2",
    kind=NoticeKind.RECOVERED,
    state="HEALTHY",
    was="FAILED",
    text="HEALTHY platform redis after 4 m",
    why="",
    at=AT + timedelta(minutes=4),
)
CHANGED = replace(
    OPENED,
    id="web-7.1907.3",
    kind=NoticeKind.CHANGED,
    state="DEGRADED",
    was="FAILED",
    severity=Severity.WARNING,
    text="DEGRADED platform redis, was FAILED: slow",
    why="slow",
)
TEST = replace(
    OPENED,
    id="web-7.1907.4",
    kind=NoticeKind.TEST,
    subject=Subject(kind=SubjectKind.TEST, name="ops"),
    state="TEST",
    severity=Severity.INFO,
    text="[TEST] test ops",
    why="",
)
HOSTILE = replace(
    OPENED,
    id="x\r\nX-Evil: 1\x00",
    subject=replace(REDIS, name="re\r\ndis\x1b[2J\x00", tags=("a\nb",)),
    text="FAILED platform re\r\nSubject: owned\r\n\r\ndis\x1b]0;x\x07: @everyone",
    why="<!channel> @everyone *b* & \x00\ud800\u202e",
)


def crowd(size: int) -> Notice:
    """A group's notice with so many members."""
    members = tuple(replace(REDIS, name=f"platform-{one:04}") for one in range(size))
    return replace(
        OPENED,
        id="web-7.1907.9",
        subject=Subject(kind=SubjectKind.GROUP, name="300 platforms"),
        members=members,
    )


def at_once() -> datetime:
    """The time for channels that deliver without a delay."""
    return AT


def an_hour_later() -> datetime:
    return AT + timedelta(hours=1, minutes=5)


def opened(
    kind: str, options: object, attend: Callable[[AttentionCalled], object] = print
) -> Channel:
    name = ChannelName("ops")
    settings = ChannelSettings(name=name, kind=kind, options=options)
    return open_channel(settings, attend)
