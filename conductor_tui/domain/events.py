"""Everything that can happen, once. Screens, journal and metrics all read this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from conductor_tui.domain.agent import AgentSpec, IngestView, OpenRun
from conductor_tui.domain.alert_events import AlertEvent
from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.check import CheckResult, CheckSpec
from conductor_tui.domain.client import ClientView
from conductor_tui.domain.dispatch import DispatchFigures
from conductor_tui.domain.forecasting.forecast import Forecast
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import (
    AgentId,
    AlertKey,
    ClientId,
    CommandId,
    NodeName,
    PlatformName,
    Seq,
)
from conductor_tui.domain.letter_events import LetterEvent
from conductor_tui.domain.own import OwnSample, Stall
from conductor_tui.domain.pause import Pause
from conductor_tui.domain.plugin_events import PluginEvent
from conductor_tui.domain.resources import Load, LoadLimits, LoadState, ResourceSample
from conductor_tui.domain.shedding import ShedAdvice, ShedStep
from conductor_tui.domain.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAdded:
    """A platform is watched from now on; `history` results of it are kept. `breaker`
    is how a conductor before this one left it; None: it begins CLOSED.
    """

    spec: CheckSpec
    next_at: datetime | None = None
    history: int = 360
    breaker: BreakerView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRemoved:
    platform: PlatformName
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformChanged:
    """The settings of a platform changed; its breaker and its history stay.

    `is_another` is True where something else is asked now (another probe or target):
    what was found of the old one says nothing about it.
    """

    spec: CheckSpec
    is_another: bool = False
    next_at: datetime | None = None
    history: int = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformPaused:
    platform: PlatformName
    pause: Pause
    command: CommandId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformResumed:
    platform: PlatformName
    by: str
    why: str
    next_at: datetime | None = None
    command: CommandId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFinished:
    """A check has its result. `failures` and `retry_at` are the breaker's after it:
    told anew each time, because the wall clock may have been stepped since.
    """

    result: CheckResult
    failures: int = 0
    retry_at: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOverran:
    """A platform was still being checked when it was due again; that beat is lost."""

    platform: PlatformName


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChanged:
    """The fold gave a platform another health. `why` is the detail of the result."""

    platform: PlatformName
    was: Health
    now: Health
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerChanged:
    """A breaker made one transition. `command` is set when an operator asked for it."""

    platform: PlatformName
    was: BreakerState
    breaker: BreakerView
    command: CommandId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAdded:
    """An agent is listened for from now on. `silent_since`: what is known from before
    a restart, so that it goes on from there.
    """

    spec: AgentSpec
    silent_since: datetime | None = None
    health: Health = Health.UNKNOWN
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChanged:
    """The settings of an agent changed; its history stays."""

    spec: AgentSpec
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRemoved:
    agent: AgentId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBeats:
    """What one agent said since the last telling: `beats` of the newest, oldest first,
    with the Unix seconds of each, and `count` of all. The rest is as it is after them.
    `why` is what it says of itself where that is why it is as it is; None: it is not.
    """

    agent: AgentId
    beats: tuple[tuple[float, Beat], ...]
    count: int
    heard_at: datetime | None
    due_at: datetime | None
    runs: tuple[OpenRun, ...] = ()
    is_stopped: bool = False
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatsHeard:
    """Heartbeats, told together at most a few times a second. Not journaled."""

    agents: tuple[AgentBeats, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHealthChanged:
    """An agent got worse or better. `due_at` is when it gets worse next, if ever."""

    agent: AgentId
    was: Health
    now: Health
    why: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestCounted:
    """The ways in, and what came through them until now."""

    ingest: IngestView


@dataclass(frozen=True, slots=True, kw_only=True)
class RamJumped:
    """RAM in use rose by more than 5 points while this platform was checked."""

    platform: PlatformName
    before_percent: float
    after_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MassFailed:
    """Many platforms failed within one interval: more likely one cause than many.

    `canary` says what a look at ourselves over loopback found; `is_ours` is True when
    it failed too, and the failures count for nothing.
    """

    platforms: tuple[PlatformName, ...]
    watched: int
    canary: str
    is_ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStalled:
    """The engine stood still and goes on now: what was found meanwhile says nothing."""

    stall: Stall


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSampled:
    sample: OwnSample


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsLoaded:
    """The settings file was read anew, and this is what it changed, by name.

    `origins` says of platforms that did not change where they stand in it now,
    `agent_origins` the same of agents.
    """

    source: str
    added: tuple[PlatformName, ...] = ()
    removed: tuple[PlatformName, ...] = ()
    changed: tuple[PlatformName, ...] = ()
    others: tuple[str, ...] = ()
    origins: tuple[tuple[PlatformName, str], ...] = ()
    agent_origins: tuple[tuple[AgentId, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsRefused:
    """The settings file cannot be used: what was in force before still is."""

    source: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcesSampled:
    """One reading of the host, and the limits that it was judged by."""

    sample: ResourceSample
    limits: LoadLimits = field(default_factory=LoadLimits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastMade:
    """What the series of the host will be (see ResourcesView). Not journaled."""

    forecasts: Mapping[str, Forecast]
    full_in_s: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitForeseen:
    """A resource grows steadily, and reaches `limit` percent in about `in_s`. Told once
    for a growth, and only while it is below.
    """

    resource: str
    limit: float
    in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingFailed:
    """The host cannot be measured any more; told once, until it can be again."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadChanged:
    """The load state moved. `why` names the resources and their percentages."""

    was: LoadState
    load: Load
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShedAdvised:
    """Who should make room, or come back, next; None: nobody any more. Not told where
    it is done at once.
    """

    advice: ShedAdvice | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShedActed:
    """What makes room of a platform, or brings it back, was done, or failed: `words`
    say which.
    """

    platform: PlatformName
    step: ShedStep
    action: str
    is_done: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAnswered:
    """A command was granted or refused, in words; either way it is audited.

    `platform` is None for a command about no platform, and so are `agent` and `alert`.
    """

    command: CommandId
    verb: str
    platform: PlatformName | None
    granted: bool
    words: str
    by: str
    origin: str = ""
    agent: AgentId | None = None
    alert: AlertKey | None = None
    about: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductorStarted:
    """An engine began. `before` is when the one before it was last alive, as far as
    the journal knows: what happened since then is unknown. `visits` says when the last
    dashboard of each operator went. `by_daemon`: it has no screen of its own.
    `breakers` are those that were not CLOSED then: their word stands until their
    platforms are watched again.
    """

    before: datetime | None = None
    visits: tuple[tuple[str, datetime], ...] = ()
    by_daemon: bool = False
    breakers: tuple[tuple[PlatformName, BreakerView], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewersChanged:
    """A dashboard came, or went. All that are attached now, in the order they came.
    `left` is who went with their last one, and when.
    """

    viewers: tuple[Viewer, ...]
    left: tuple[str, datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientsTold:
    """What clients said of themselves since the last telling, told together at most a
    few times a second: those that came or changed, whole, and those that `went`.
    """

    clients: tuple[ClientView, ...] = ()
    went: tuple[ClientId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictApplied:
    """A breaker's transition is in force in `count` of the `of` clients that hold it:
    in all, `took_s` after it was told, or as many as there were when nobody waits any
    longer; `missing` names some of the others.
    """

    platform: PlatformName
    breaker: BreakerView
    count: int
    of: int
    took_s: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSampled:
    """The requests of platforms, told together once a second where they changed. Not
    journaled.
    """

    figures: tuple[tuple[PlatformName, DispatchFigures], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakersDropped:
    """These platforms did not come back after a restart: their breakers bind nobody."""

    platforms: tuple[PlatformName, ...]


Event: TypeAlias = (
    ConductorStarted
    | ViewersChanged
    | ClientsTold
    | VerdictApplied
    | BreakersDropped
    | DispatchSampled
    | PlatformAdded
    | PlatformChanged
    | PlatformRemoved
    | PlatformPaused
    | PlatformResumed
    | CheckFinished
    | CheckOverran
    | HealthChanged
    | BreakerChanged
    | AgentAdded
    | AgentChanged
    | AgentRemoved
    | BeatsHeard
    | AgentHealthChanged
    | IngestCounted
    | RamJumped
    | MassFailed
    | LoopStalled
    | OwnSampled
    | SettingsLoaded
    | SettingsRefused
    | ResourcesSampled
    | ForecastMade
    | LimitForeseen
    | SamplingFailed
    | LoadChanged
    | ShedAdvised
    | ShedActed
    | CommandAnswered
    | AlertEvent
    | PluginEvent
    | LetterEvent
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An event with its place in one node's history. `seq` has no holes."""

    seq: Seq
    node: NodeName
    at: datetime
    event: Event
