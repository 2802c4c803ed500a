"""A day with alerts to look at, folded from events as a session would send them."""

from dataclasses import replace
from datetime import timedelta

from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.alert import (
    Ack,
    AlertView,
    ChannelView,
    Delivery,
    DeliveryState,
    Notice,
    NoticeKind,
    RecoveryState,
    RecoveryView,
    Scope,
    Severity,
    Silence,
    Subject,
    SubjectKind,
)
from conductor_tui.domain.alert_events import (
    AlertChanged,
    ChannelChanged,
    DeliveryChanged,
    JournalChanged,
    RecoveryChanged,
    SilenceChanged,
)
from conductor_tui.domain.events import AgentAdded, Event
from conductor_tui.domain.fold import replay
from conductor_tui.domain.ids import (
    AgentId,
    ChannelName,
    DeliveryId,
    NodeName,
    SilenceId,
)
from conductor_tui.domain.snapshot import Snapshot
from tests.build import added, history
from tests.tui.worlds import HOSTILE, NOW, incident

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
API = Subject(kind=SubjectKind.PLATFORM, name="api", group="web", tags=("paid",))
REDIS = Subject(kind=SubjectKind.PLATFORM, name="redis", group="data")
STRANGE = Subject(kind=SubjectKind.PLATFORM, name=HOSTILE)
SHUT = Subject(kind=SubjectKind.BREAKER, name="api", group="web")
BOT = Subject(kind=SubjectKind.AGENT, name="bot-7", group="bots")
HOOK = Subject(kind=SubjectKind.CHANNEL, name="ops")
LOAD = Subject(kind=SubjectKind.LOAD, name="host")
GROUP = Subject(kind=SubjectKind.GROUP, name="agents")


def alert(subject: Subject, state: str = "FAILED", **more: object) -> AlertView:
    plain: dict[str, object] = {
        "severity": Severity.CRITICAL,
        "why": "connection refused",
        "since": NOW - 20 * MINUTE,
        "opened_at": NOW - 20 * MINUTE,
        "told": state,
        "told_at": NOW - 20 * MINUTE,
    }
    return AlertView(subject=subject, state=state, **{**plain, **more})  # type: ignore[arg-type]


def notice(subject: Subject = API, text: str = "FAILED platform api") -> Notice:
    return Notice(
        id="n1",
        kind=NoticeKind.OPENED,
        subject=subject,
        state="FAILED",
        severity=Severity.CRITICAL,
        text=f"{text}: connection refused",
        at=NOW - 20 * MINUTE,
        opened_at=NOW - 20 * MINUTE,
        host=NodeName("web-7"),
    )


def delivery(number: int, **more: object) -> Delivery:
    plain: dict[str, object] = {
        "channel": ChannelName("ops"),
        "notice": notice(),
        "attempts": 4,
        "next_at": NOW + timedelta(seconds=12),
        "error": "no connection to hooks.internal, port 443: connection refused",
    }
    return Delivery(id=DeliveryId(number), **{**plain, **more})  # type: ignore[arg-type]


def recovery(state: RecoveryState, number: int = 1, **more: object) -> RecoveryView:
    plain: dict[str, object] = {
        "action": "restart redis.service",
        "why": "connection refused",
        "at": NOW - (30 - 5 * number) * MINUTE,
        "budget": 3,
    }
    made = {**plain, **more}
    return RecoveryView(subject=REDIS, state=state, number=number, **made)  # type: ignore[arg-type]


def told(one: AlertView) -> AlertChanged:
    return AlertChanged(alert=one, what=f"told: {one.state}")


def events() -> list[Event]:
    """Everything at once: told, acked, silenced, quiet, flapping, broken, mended."""
    ack = Ack(by="ann", why="on the phone with them", at=NOW - 5 * MINUTE, sticky=True)
    silence = Silence(
        id=SilenceId("a1b2c3"),
        scope=Scope(groups=frozenset({"bots"})),
        by="ben",
        why="new release",
        at=NOW - 5 * MINUTE,
        until=NOW + HOUR,
    )
    warning = {"severity": Severity.WARNING}
    return [
        added("api"),
        added("redis"),
        AgentAdded(spec=AgentSpec(agent=AgentId("bot-7"), group="bots")),
        told(alert(API, reminders=2, told_at=NOW - 2 * MINUTE)),
        told(alert(REDIS, ack=ack, why="LOADING Redis is loading the dataset")),
        told(alert(BOT, told="", told_at=None, quiet=_quiet(silence))),
        told(alert(STRANGE, is_flapping=True, told="FLAPPING", **warning)),
        told(alert(HOOK, "BROKEN", why="hooks.internal: 503 for the 4th time")),
        told(alert(LOAD, "EMERGENCY", why="RAM 96 %", opened_at=NOW - HOUR)),
        told(alert(GROUP, members=(BOT,), why="1 fail together: bot-7")),
        told(alert(SHUT, "CLOSED", told="OPEN", ended_at=NOW - HOUR, **warning)),
        SilenceChanged(silence=silence),
        ChannelChanged(channel=channel("ops", "webhook", failures=4)),
        ChannelChanged(channel=channel("mail", "smtp", sent=12)),
        ChannelChanged(channel=channel("tty", "terminal")),
        DeliveryChanged(delivery=delivery(7)),
        DeliveryChanged(
            delivery=delivery(3, state=DeliveryState.GIVEN_UP, next_at=None)
        ),
        RecoveryChanged(recovery=recovery(RecoveryState.HELPED, words="after 12 s")),
        RecoveryChanged(recovery=recovery(RecoveryState.DID_NOT_HELP, 2)),
        RecoveryChanged(
            recovery=recovery(RecoveryState.GAVE_UP, 3, words="again from 13:10 on")
        ),
    ]


def day() -> Snapshot:
    return replay(Snapshot(), history(*events(), at=NOW))


def quiet_day() -> Snapshot:
    return replay(Snapshot(), history(added("api"), at=NOW))


def without_journal() -> Snapshot:
    trouble = "/var/lib/conductor-tui/journal.db: no room left on its disk: make room"
    said = JournalChanged(trouble=trouble)
    return replay(Snapshot(), history(*events(), said, at=NOW))


def pictured() -> Snapshot:
    """The incident of the other pictures, and who was told of it."""
    told_too = replace(day().alerts, open=day().alerts.open.without(STRANGE.key))
    return replace(incident(), alerts=told_too)


def channel(name: str, kind: str, sent: int = 0, failures: int = 0) -> ChannelView:
    return ChannelView(
        name=ChannelName(name),
        kind=kind,
        target="https://hooks.internal/..." if kind == "webhook" else "",
        sent=sent,
        failures=failures,
        trouble="503 for the 4th time" if failures else "",
        latency_s=0.084 if sent else None,
        drill_latency_s=16.4 if sent else None,
        origin="conductor.toml, [[channel]] 1",
    )


def _quiet(silence: Silence) -> str:
    return f'silenced until {silence.until:%H:%M} UTC by {silence.by}: "{silence.why}"'
