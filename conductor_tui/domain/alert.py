"""Alerts: what is wrong with a subject, who was told of it, and who said "I know".

An **alert** is open from the moment a subject is in a state that its rule names until
it is well again. A **notice** is one message about an alert; a **delivery** is a notice
on its way through one channel. An **ack** ends the reminders of one alert, a
**silence** keeps everybody's peace for a time.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from conductor_tui.domain.ids import (
    AlertKey,
    ChannelName,
    DeliveryId,
    NodeName,
    SilenceId,
)


class SubjectKind(StrEnum):
    PLATFORM = "platform"
    AGENT = "agent"
    BREAKER = "breaker"
    LOAD = "load"
    CONDUCTOR = "conductor"  # our own health: the loop, the settings, the journal...
    CHANNEL = "channel"
    RECOVERY = "recovery"  # an action that should have helped, and gave up
    GROUP = "group"  # many that went wrong together
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an alert is about. `group` and `tags` are the subject's own: by them it is
    routed.
    """

    kind: SubjectKind
    name: str
    group: str = ""
    tags: tuple[str, ...] = ()

    @property
    def key(self) -> AlertKey:
        """`platform:redis`: one subject has at most one open alert."""
        return AlertKey(f"{self.kind}:{self.name}")


class Severity(StrEnum):
    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        return tuple(Severity).index(self)


# The states that alert, and how bad each of them is where a rule says nothing else.
# Of platforms and agents it is their health, of breakers theirs, of the host its load.
SEVERITIES = {
    "DEGRADED": Severity.WARNING,
    "CRITICAL": Severity.WARNING,
    "FAILED": Severity.CRITICAL,
    "OPEN": Severity.WARNING,
    "HELD": Severity.INFO,
    "EMERGENCY": Severity.CRITICAL,
    "TROUBLE": Severity.WARNING,  # of ourselves
    "BROKEN": Severity.CRITICAL,  # a channel
    "GAVE UP": Severity.CRITICAL,  # a recovery
    "TEST": Severity.INFO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which subjects: those of a name (of any kind), of a group, with a tag.

    Without any of the three it is all of them. A name may also be a whole key, such
    as `breaker:redis`.
    """

    names: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def covers(self, subject: Subject) -> bool:
        if not (self.names or self.groups or self.tags):
            return True
        return (
            subject.name in self.names
            or subject.key in self.names
            or bool(subject.group and subject.group in self.groups)
            or not self.tags.isdisjoint(subject.tags)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """Somebody knows and cares for it: no more reminders.

    A `sticky` one lasts until the subject is well; any other until its state changes.
    """

    by: str
    why: str
    at: datetime
    sticky: bool = False
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Nobody is told about these subjects until `until`; their alerts still open."""

    id: SilenceId
    scope: Scope
    by: str
    why: str
    at: datetime
    until: datetime
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """One alert, as of the newest event about it.

    `since` is when it came into `state`, `opened_at` when it was first wrong. `told`
    is the state that people were told last, "" while they were told nothing, `told_at`
    when. `quiet` says in words why nobody is told now, "" when they are. While
    `is_flapping`, only the end of that is told. `members` are the subjects that a
    group alert stands for. `ended_at` is set when it is over.
    """

    subject: Subject
    state: str
    severity: Severity
    why: str = ""
    since: datetime
    opened_at: datetime
    ended_at: datetime | None = None
    told: str = ""
    told_at: datetime | None = None
    reminders: int = 0
    is_flapping: bool = False
    ack: Ack | None = None
    quiet: str = ""
    members: tuple[Subject, ...] = ()
    is_drill: bool = False

    @property
    def key(self) -> AlertKey:
        return self.subject.key


class NoticeKind(StrEnum):
    OPENED = "OPENED"
    CHANGED = "CHANGED"
    REMINDER = "REMINDER"
    RECOVERED = "RECOVERED"
    FLAPPING = "FLAPPING"  # began to flap: nothing more until it ends
    STEADY = "STEADY"  # flaps no more; `state` is how it is now
    TEST = "TEST"

    @property
    def is_over(self) -> bool:
        """True when it tells that nothing is wrong any more."""
        return self is NoticeKind.RECOVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message about an alert.

    `id` is unique for ever: receivers may know a repetition by it. `at` is when what
    it tells of happened, which may be long before it arrives; `opened_at` when the
    alert began. `state` is how the subject is now, `was` what was told before ("" at
    the first). `text` is one line for people, `why` the detail in it. `number` counts
    reminders. A drill is an alert on purpose. That of a group goes to whoever would
    hear of one of its `members`.
    """

    id: str
    kind: NoticeKind
    subject: Subject
    state: str
    was: str = ""
    severity: Severity
    text: str
    why: str = ""
    at: datetime
    opened_at: datetime
    host: NodeName
    members: tuple[Subject, ...] = ()
    number: int = 0
    is_drill: bool = False

    def is_for(self, scope: Scope) -> bool:
        return scope.covers(self.subject) or any(map(scope.covers, self.members))


class DeliveryState(StrEnum):
    WAITING = "WAITING"
    SENT = "SENT"
    GIVEN_UP = "GIVEN UP"
    DISCARDED = "DISCARDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A notice on its way through one channel. Ids grow in the order of the notices.

    `next_at` is when it is tried (again), None unless WAITING; `error` says why the
    last attempt failed, `ended_at` when it was sent, given up or discarded.
    """

    id: DeliveryId
    channel: ChannelName
    notice: Notice
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    next_at: datetime | None = None
    error: str = ""
    ended_at: datetime | None = None

    @property
    def latency_s(self) -> float | None:
        """Seconds from what happened to its arrival; None unless it arrived."""
        if self.state is not DeliveryState.SENT or self.ended_at is None:
            return None
        return (self.ended_at - self.notice.at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """One channel: what it is, and how it does.

    `target` is where it leads, without secrets. `failures` counts failed attempts in a
    row; `trouble` says why the newest failed, "" after one that did not. `latency_s` is
    that of the newest delivery, `drill_latency_s` of the newest of a drill.
    """

    name: ChannelName
    kind: str
    target: str = ""
    sent: int = 0
    failures: int = 0
    trouble: str = ""
    latency_s: float | None = None
    drill_latency_s: float | None = None
    origin: str = ""


class RecoveryState(StrEnum):
    RUNNING = "RUNNING"
    WAITING = "WAITING"  # done; whether it helped is not known yet
    HELPED = "HELPED"
    DID_NOT_HELP = "DID NOT HELP"
    FAILED = "FAILED"  # the action itself
    GAVE_UP = "GAVE UP"  # the budget is spent; `words` say until when


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryView:
    """One attempt to mend a subject: `action` in words, why it was made, and whether
    the subject was HEALTHY again in time. `number` of `budget` within its window.
    """

    subject: Subject
    action: str
    why: str
    at: datetime
    state: RecoveryState
    number: int = 1
    budget: int = 1
    words: str = ""
    ended_at: datetime | None = None
