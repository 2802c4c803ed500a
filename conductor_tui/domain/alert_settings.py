"""What alerts, who is told how, and what is tried first: settings, ready to use."""

from dataclasses import dataclass, field

from conductor_tui.domain.alert import Scope, Severity
from conductor_tui.domain.ids import ChannelName
from conductor_tui.domain.secret import Secret

ALERTING_STATES = frozenset({"FAILED", "EMERGENCY", "TROUBLE", "BROKEN", "GAVE UP"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """What alerts for the subjects in `scope`.

    A subject alerts when it is in one of `states` at the `after`th beat of its
    interval. The same state of the same subject is told at most once in `cooldown_s`;
    again every `remind_s` while it lasts (None: never). `severity` None: that of the
    state. With `flapping`, changes to and fro are told as one thing.
    """

    scope: Scope = field(default_factory=Scope)
    states: frozenset[str] = ALERTING_STATES
    after: int = 1
    cooldown_s: float = 60.0
    remind_s: float | None = 14_400.0
    severity: Severity | None = None
    flapping: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """A channel: the options are its kind's own type. It carries notices from severity
    `least` on, about the subjects in `scope`.
    """

    name: ChannelName
    kind: str
    options: object
    least: Severity = Severity.INFO
    scope: Scope = field(default_factory=Scope)
    timeout_s: float = 10.0
    secrets: tuple[Secret, ...] = ()
    target: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """The first of `rules` that covers a subject counts, else `rule`.

    A notice that could not be delivered for `max_age_s` is given up. Flapping begins
    over `flap_high` percent of changes in 21 results and ends under `flap_low`.
    """

    rule: AlertRule = field(default_factory=AlertRule)
    rules: tuple[AlertRule, ...] = ()
    channels: tuple[ChannelSettings, ...] = ()
    max_age_s: float = 86_400.0
    flap_high: float = 30.0
    flap_low: float = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySettings:
    """What is done when a platform or agent is FAILED: `action` is its kind's own type.

    At most `budget` times within `within_s`, the first at once, the next not before
    `cooldown_s` x `backoff`^n later. It helped if the subject is HEALTHY within
    `helps_within_s` of its end.
    """

    action: object
    words: str = ""
    budget: int = 3
    within_s: float = 3600.0
    cooldown_s: float = 60.0
    backoff: float = 2.0
    timeout_s: float = 30.0
    helps_within_s: float = 60.0
    secrets: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    """Where what must survive a crash is kept. `path` None: the usual place. Beyond
    `max_bytes` the oldest of what only tells the past is forgotten.
    """

    path: str | None = None
    keep_events_s: float = 30 * 86_400.0
    max_bytes: int = 256_000_000
