"""Everything a screen may show: immutable, shared between threads."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from conductor_tui.domain.agent import AgentView, IngestView
from conductor_tui.domain.alert_fold import AlertsView
from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.check import CheckResult, CheckSpec, Outcome
from conductor_tui.domain.client import (
    Applied,
    ClientView,
    Traffic,
    applied,
    holders,
    traffic,
)
from conductor_tui.domain.dead_letter import LetterView
from conductor_tui.domain.dispatch import DispatchFigures
from conductor_tui.domain.events import (
    Envelope,
)
from conductor_tui.domain.health import Health, HealthRun
from conductor_tui.domain.ids import (
    AgentId,
    ClientId,
    LetterId,
    NodeName,
    PlatformName,
    PluginName,
    Seq,
)
from conductor_tui.domain.own import OwnView
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.plugin import PluginView
from conductor_tui.domain.resources import ResourcesView
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.shedding import ShedAdvice
from conductor_tui.domain.viewer import Lost, Viewer
from conductor_tui.domain.window import Window

_OUTCOMES = tuple(Outcome)
_AT, _LATENCY, _OUTCOME = 0, 1, 2


class Mode(StrEnum):
    """How much of what is shown is happening now."""

    STARTING = "STARTING"
    LIVE = "LIVE"
    STOPPED = "STOPPED"
    STALE = "STALE"  # the conductor is not heard: what stands here is old
    PAST = "PAST"  # read from the journal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformView:
    """One platform, as of the newest event about it.

    `last` is the newest result of any kind, `word` the newest that was a verdict;
    `since` is when the health last changed; `timeline` holds what happened to the
    platform, oldest first, at most KEPT_TIMELINE; `recent` holds the newest
    results with their words, which the window has no room for, oldest first, at
    most KEPT_RESULTS. While `pause` is set nothing is checked; under load its interval
    is `pace` times as long.
    """

    spec: CheckSpec
    run: HealthRun = field(default_factory=HealthRun)
    since: datetime | None = None
    breaker: BreakerView = field(default_factory=BreakerView)
    pause: Pause | None = None
    last: CheckResult | None = None
    word: CheckResult | None = None
    next_at: datetime | None = None
    overruns: int = 0
    pace: float = 1.0
    requests: DispatchFigures = field(default_factory=DispatchFigures)
    window: Window = field(default_factory=lambda: Window("dfb", 360))
    timeline: tuple[Envelope, ...] = ()
    recent: tuple[CheckResult, ...] = ()

    @property
    def name(self) -> PlatformName:
        return self.spec.platform

    @property
    def health(self) -> Health:
        return self.run.health

    def results(self, last: int | None = None) -> list[tuple[float, float, Outcome]]:
        """Return (Unix seconds, latency seconds, outcome) of results, oldest first."""
        return [
            (at, latency, _OUTCOMES[int(outcome)])
            for at, latency, outcome in zip(
                self.window.column(_AT, last),
                self.window.column(_LATENCY, last),
                self.window.column(_OUTCOME, last),
                strict=True,
            )
        ]

    @property
    def is_shed(self) -> bool:
        return self.pause is not None and self.pause.kind is PauseKind.SHED

    def is_stale(self, now: datetime) -> bool:
        """True when checks should flow but the last word is older than 2 intervals."""
        at_rest = (BreakerState.OPEN, BreakerState.HELD)
        if self.word is None or self.pause or self.breaker.state in at_rest:
            return False
        return (now - self.word.at).total_seconds() > 2 * self.interval_s

    @property
    def interval_s(self) -> float:
        """Return the interval in force."""
        return self.spec.interval_s * self.pace


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """Where the settings came from, and why the file there cannot be used now."""

    source: str = ""
    at: datetime | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The whole state after envelope `seq`. Immutable: share it between threads.

    `started_at` is when this conductor began; from `off_since` to then there was none,
    and nobody knows what happened. `lost` is set while a session does not hear its
    conductor, `by_daemon` where that is one without a screen. `visits` says when the
    last dashboard of each operator went, of those that are not here. `awaited` are
    breakers from before a restart whose platforms are not watched again yet: clients
    go by them all the same. `advice` is what shedding waits for somebody to do.
    `is_whole`: who was to come back is there.
    What happens to agents has a log of its own, so that a thousand that fall silent
    together push nothing else out; and so have the answers to commands.
    """

    host: NodeName = NodeName("")
    seq: Seq = Seq(0)
    at: datetime | None = None
    mode: Mode = Mode.STARTING
    read_only: bool = False
    platforms: Roster[PlatformName, PlatformView] = field(default_factory=Roster)
    agents: Roster[AgentId, AgentView] = field(default_factory=Roster)
    ingest: IngestView = field(default_factory=IngestView)
    resources: ResourcesView = field(default_factory=ResourcesView)
    advice: ShedAdvice | None = None
    own: OwnView = field(default_factory=OwnView)
    plugins: Roster[PluginName, PluginView] = field(default_factory=Roster)
    letters: Roster[LetterId, LetterView] = field(default_factory=Roster)
    alerts: AlertsView = field(default_factory=AlertsView)
    settings: SettingsView = field(default_factory=SettingsView)
    started_at: datetime | None = None
    off_since: datetime | None = None
    by_daemon: bool = False
    viewers: tuple[Viewer, ...] = ()
    visits: Mapping[str, datetime] = field(default_factory=dict)
    clients: Roster[ClientId, ClientView] = field(default_factory=Roster)
    awaited: Mapping[PlatformName, BreakerView] = field(default_factory=dict)
    is_whole: bool = False
    lost: Lost | None = None
    log: tuple[Envelope, ...] = ()
    agent_log: tuple[Envelope, ...] = ()
    answers: tuple[Envelope, ...] = ()

    @property
    def events(self) -> tuple[Envelope, ...]:
        """What happened lately and has a line, oldest first."""
        if not self.agent_log:
            return self.log
        both = heapq.merge(self.log, self.agent_log, key=lambda one: one.seq)
        return tuple(both)

    @property
    def shed(self) -> tuple[PlatformView, ...]:
        """Return the platforms that made room, the newest last."""
        gone = [
            (view.pause.at, view)
            for view in self.platforms.in_order()
            if view.pause is not None and view.is_shed
        ]
        return tuple(view for _, view in sorted(gone, key=lambda one: one[0]))

    def count(self, health: Health) -> int:
        return sum(view.health is health for view in self.platforms.in_order())

    @property
    def worst(self) -> Health:
        """The most severe health of any platform; UNKNOWN when nothing was said."""
        return max(
            (view.health for view in self.platforms.in_order()),
            key=lambda health: health.severity,
            default=Health.UNKNOWN,
        )

    @property
    def is_complete(self) -> bool:
        """True once every platform has had a first result, or is paused."""
        return all(view.last or view.pause for view in self.platforms.in_order())

    def applied(self, view: PlatformView) -> Applied:
        """Return on how many of its clients a breaker is in force as it is."""
        return applied(self.clients.in_order(), view.name, view.breaker)

    def traffic(self, name: PlatformName) -> Traffic:
        """Return what clients send to a platform."""
        return traffic(self.clients.in_order(), name)

    def platforms_of(self, plugin: PluginName) -> tuple[PlatformName, ...]:
        """Return the platforms that a plug-in watches."""
        return tuple(
            view.name
            for view in self.platforms.in_order()
            if view.spec.probe == "plugin" and view.spec.target == plugin
        )

    def stopped_alone(self, name: PlatformName) -> int:
        """Return in how many clients their own failures stop calls to a platform."""
        held = holders(self.clients.in_order(), name)
        return sum(one.state is not BreakerState.CLOSED for _, one in held)

    def blocked_by(self, view: PlatformView) -> PlatformName | None:
        """Return the platform that is to blame for this one: the dependency furthest
        down that is FAILED or held, or None when all that it depends on is there.
        """
        return self._blocked_by(view, frozenset([view.name]))

    def _blocked_by(
        self, view: PlatformView, passed: frozenset[PlatformName]
    ) -> PlatformName | None:
        for name in view.spec.depends_on:
            below = self.platforms.get(name)
            if below is None or name in passed:
                continue
            deeper = self._blocked_by(below, passed | {name})
            held = below.breaker.state is BreakerState.HELD
            if deeper or held or below.health is Health.FAILED:
                return deeper or name
        return None

    def dependents(self, name: PlatformName) -> tuple[PlatformName, ...]:
        """Return the platforms that depend on `name`, directly or not, in order."""
        found: list[PlatformName] = [name]
        for one in found:
            found += [
                view.name
                for view in self.platforms.in_order()
                if one in view.spec.depends_on and view.name not in found
            ]
        return tuple(found[1:])
