"""The shapes of alerts, silences and deliveries for other programs: see `schema`."""

from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from conductor_tui.domain.alert import (
    DeliveryState,
    NoticeKind,
    RecoveryState,
    Severity,
    SubjectKind,
)


class SubjectDocument(TypedDict):
    kind: SubjectKind
    name: str
    group: str
    tags: list[str]


class AckDocument(TypedDict):
    """Who cares for it; a sticky one lasts until the subject is well."""

    by: str
    why: str
    at: str | None
    sticky: bool
    origin: str


class AlertDocument(SubjectDocument):
    """One alert. `told` is the state that people were told last; `quiet` says why
    nobody is told now; `members` are the keys that a group alert stands for.
    """

    key: str
    state: str
    severity: Severity
    why: str
    since: str | None
    opened_at: str | None
    ended_at: str | None
    told: str
    told_at: str | None
    reminders: int
    flapping: bool
    ack: AckDocument | None
    quiet: str
    members: list[str]
    drill: bool


class ScopeDocument(TypedDict):
    """Which subjects; all three empty: every one."""

    names: list[str]
    groups: list[str]
    tags: list[str]


class SilenceDocument(ScopeDocument):
    """Nobody is told about these subjects until `until`."""

    id: str
    by: str
    why: str
    at: str | None
    until: str | None
    origin: str


class ChannelDocument(TypedDict):
    """A way to reach people, and how it does."""

    name: str
    kind: str
    target: str
    sent: int
    failures: int
    trouble: str
    latency_s: float | None
    drill_latency_s: float | None
    origin: str


class NoticeDocument(TypedDict):
    """What a channel is asked to say."""

    id: str
    kind: NoticeKind
    key: str
    state: str
    was: str
    severity: Severity
    text: str
    at: str | None
    drill: bool


class DeliveryDocument(TypedDict):
    """A notice on its way through a channel."""

    id: int
    channel: str
    state: DeliveryState
    attempts: int
    next_at: str | None
    error: str
    ended_at: str | None
    latency_s: float | None
    notice: NoticeDocument


class RecoveryDocument(SubjectDocument):
    """One attempt to mend a subject: number `attempt` of `budget` in its window."""

    key: str
    action: str
    why: str
    at: str | None
    state: RecoveryState
    attempt: int
    budget: int
    words: str
    ended_at: str | None
