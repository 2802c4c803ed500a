"""Everything a screen may show, and how an event changes it: the one fold."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TypeAlias

from conductor_tui.domain.agent import AgentView, IngestView
from conductor_tui.domain.agent_fold import apply_agents, find_agents_at
from conductor_tui.domain.alert import DeliveryState, SubjectKind
from conductor_tui.domain.alert_events import (
    AlertChanged,
    AlertEvent,
    DeliveryChanged,
    JournalChanged,
    RecoveryChanged,
    SilenceChanged,
    subject_of,
)
from conductor_tui.domain.alert_fold import AlertsView, apply_alerts
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
from conductor_tui.domain.events import (
    AgentAdded,
    AgentChanged,
    AgentHealthChanged,
    AgentRemoved,
    BeatsHeard,
    BreakerChanged,
    BreakersDropped,
    CheckFinished,
    CheckOverran,
    ClientsTold,
    CommandAnswered,
    ConductorStarted,
    Envelope,
    Event,
    HealthChanged,
    IngestCounted,
    LoadChanged,
    LoopStalled,
    MassFailed,
    OwnSampled,
    PlatformAdded,
    PlatformChanged,
    PlatformPaused,
    PlatformRemoved,
    PlatformResumed,
    RamJumped,
    ResourcesSampled,
    SamplingFailed,
    SettingsLoaded,
    SettingsRefused,
    VerdictApplied,
    ViewersChanged,
)
from conductor_tui.domain.health import Health, HealthRun, observe
from conductor_tui.domain.ids import AgentId, ClientId, NodeName, PlatformName, Seq
from conductor_tui.domain.own import OwnView
from conductor_tui.domain.pause import Pause
from conductor_tui.domain.resources import ResourcesView
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.viewer import Lost, Viewer
from conductor_tui.domain.window import Window

KEPT_EVENTS = 1000
KEPT_AGENT_EVENTS = 1000
KEPT_ANSWERS = 5000  # of commands: as many as may be sent at once
KEPT_TIMELINE = 50
KEPT_RESULTS = 12

_OUTCOMES = tuple(Outcome)
_NUMBERS = {outcome: number for number, outcome in enumerate(_OUTCOMES)}
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
    most KEPT_RESULTS. While `pause` is set nothing is checked.
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

    def is_stale(self, now: datetime) -> bool:
        """True when checks should flow but the last word is older than 2 intervals."""
        at_rest = (BreakerState.OPEN, BreakerState.HELD)
        if self.word is None or self.pause or self.breaker.state in at_rest:
            return False
        return (now - self.word.at).total_seconds() > 2 * self.spec.interval_s


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
    go by them all the same. `is_whole`: who was to come back is there.
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
    own: OwnView = field(default_factory=OwnView)
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


_Change: TypeAlias = Callable[[PlatformView], PlatformView]
# What changes one platform, if anything, and is kept: often of many at the same moment.
_OfPlatform: TypeAlias = (
    PlatformPaused
    | PlatformResumed
    | HealthChanged
    | BreakerChanged
    | RamJumped
    | CommandAnswered
    | VerdictApplied
)


_OfAgent: TypeAlias = AgentAdded | AgentChanged | AgentRemoved | AgentHealthChanged


def replay(snapshot: Snapshot, envelopes: Iterable[Envelope]) -> Snapshot:
    """Return the state after `envelopes`, in order."""
    for envelope in envelopes:
        snapshot = apply(snapshot, envelope)
    return snapshot


def with_history(snapshot: Snapshot, events: Sequence[Envelope]) -> Snapshot:
    """Return the snapshot with `events` in its logs and timelines, in front of what is
    there: they happened before it began.
    """
    log = [one for one in events if not isinstance(one.event, _OfAgent)]
    agent_log = [one for one in events if isinstance(one.event, _OfAgent)]
    timelines: dict[PlatformName, list[Envelope]] = {}
    for one in log:
        name = _name_of(one.event)
        if name is not None and name in snapshot.platforms:
            timelines.setdefault(name, []).append(one)
    changed = {
        name: replace(
            snapshot.platforms[name],
            timeline=(*some, *snapshot.platforms[name].timeline)[-KEPT_TIMELINE:],
        )
        for name, some in timelines.items()
    }
    return replace(
        snapshot,
        platforms=snapshot.platforms.put_all(changed),
        log=(*log, *snapshot.log)[-KEPT_EVENTS:],
        agent_log=(*agent_log, *snapshot.agent_log)[-KEPT_AGENT_EVENTS:],
    )


def _name_of(event: Event) -> PlatformName | None:
    if isinstance(event, AlertEvent):
        return _platform(event)
    return event.platform if isinstance(event, _OfPlatform) else None


def apply(snapshot: Snapshot, envelope: Envelope) -> Snapshot:
    """Return the state after `envelope`. The same envelopes always give the same."""
    event = envelope.event
    if isinstance(event, CheckFinished):  # by far the most frequent
        return apply_checks(snapshot, (envelope,))
    if isinstance(event, _OfPlatform):
        change = partial(_with_event, event=event, at=envelope.at)
        return _noted(snapshot, envelope, event.platform, change)
    after = replace(snapshot, seq=envelope.seq, at=envelope.at, mode=Mode.LIVE)
    if isinstance(event, AlertEvent):
        after = replace(after, alerts=apply_alerts(after.alerts, event))
        return _noted(after, envelope, _platform(event)) if _is_noted(event) else after
    match event:
        case ResourcesSampled(sample=sample, limits=limits):
            resources = replace(after.resources.with_sample(sample), limits=limits)
            return replace(after, resources=resources)
        case SamplingFailed(why=why):
            after = replace(after, resources=replace(after.resources, trouble=why))
            return _noted(after, envelope, None)
        case CheckOverran(platform=name):
            return _change(after, name, lambda v: replace(v, overruns=v.overruns + 1))
        case ConductorStarted(before=before, visits=visits, by_daemon=by_daemon):
            after = replace(after, started_at=envelope.at, off_since=before)
            after = replace(after, visits=dict(visits), by_daemon=by_daemon)
            after = replace(after, awaited=dict(event.breakers), is_whole=False)
            return _noted(after, envelope, None)
        case ViewersChanged(viewers=viewers, left=left):
            gone = dict([left] if left else [])
            return replace(after, viewers=viewers, visits={**after.visits, **gone})
        case ClientsTold():
            return replace(after, clients=_told(after.clients, event))
        case BreakersDropped(platforms=names):
            awaited = _without(after.awaited, *names)
            after = replace(after, awaited=awaited, is_whole=True)
            return _noted(after, envelope, None) if names else after
        case PlatformAdded(spec=spec, next_at=next_at, history=history):
            added = PlatformView(
                spec=spec,
                since=envelope.at,
                breaker=event.breaker or BreakerView(limit=spec.breaker.failures),
                next_at=next_at,
                window=Window("dfb", history),
            )
            after = replace(after, awaited=_without(after.awaited, added.name))
            if event.breaker is not None:  # it was watched before a restart: no news
                return replace(after, platforms=after.platforms.put(added.name, added))
            after = replace(after, platforms=after.platforms.put(spec.platform, added))
            return _noted(after, envelope, spec.platform)
        case PlatformChanged(spec=spec):
            change = partial(_respecified, changed=event)
            return _noted(after, envelope, spec.platform, change)
        case PlatformRemoved(platform=name):
            after = replace(after, platforms=after.platforms.without(name))
            return _noted(after, envelope, name)
        case LoadChanged(load=load):
            after = replace(after, resources=replace(after.resources, load=load))
            return _noted(after, envelope, None)
        case BeatsHeard() as heard:
            agents = apply_agents(after.agents, heard, envelope.at)
            return replace(after, agents=agents)
        case (
            AgentAdded() | AgentChanged() | AgentRemoved() | AgentHealthChanged()
        ) as told:
            agents = apply_agents(after.agents, told, envelope.at)
            return _noted(replace(after, agents=agents), envelope, None)
        case IngestCounted(ingest=ingest):
            return replace(after, ingest=ingest)
        case OwnSampled(sample=own):
            return replace(after, own=after.own.with_sample(own))
        case LoopStalled(stall=stall):
            after = replace(after, own=after.own.with_stall(stall))
            return _noted(after, envelope, None)
        case SettingsLoaded(source=source, origins=origins) as loaded:
            for name, origin in origins:
                after = _change(after, name, partial(_found_at, origin=origin))
            view = SettingsView(source=source, at=envelope.at)
            agents = find_agents_at(after.agents, loaded.agent_origins)
            after = replace(after, settings=view, agents=agents)
            return _noted(after, envelope, None)
        case SettingsRefused(problems=problems):
            refused = replace(after.settings, problems=problems)
            return _noted(replace(after, settings=refused), envelope, None)
        case MassFailed():
            return _noted(after, envelope, None)


def _platform(event: AlertEvent) -> PlatformName | None:
    """Return the platform on whose timeline an event stands as well."""
    subject = subject_of(event)
    if subject is None or subject.kind is SubjectKind.AGENT:
        return None
    return PlatformName(subject.name)


def _is_noted(event: AlertEvent) -> bool:
    """Deliveries are listed by themselves; only what went wrong there is news. So is
    of an alert what people were told, or did.
    """
    match event:
        case DeliveryChanged(delivery=delivery):
            return delivery.state is DeliveryState.GIVEN_UP
        case AlertChanged(what=what):
            return bool(what)
        case SilenceChanged() | RecoveryChanged() | JournalChanged():
            return True
        case _:
            return False


def apply_checks(snapshot: Snapshot, envelopes: Sequence[Envelope]) -> Snapshot:
    """Return the state after results alone, at least one: what `apply` gives for one
    after the other. Each makes one new view; nothing else is touched.
    """
    before, changed = snapshot.platforms, dict[PlatformName, PlatformView]()
    for envelope in envelopes:
        if isinstance(finished := envelope.event, CheckFinished):
            name = finished.result.platform
            view = changed.get(name) or before.get(name)
            if view is not None:  # else removed while its last check was under way
                changed[name] = _with_result(view, finished)
    last, platforms = envelopes[-1], before.put_all(changed)
    return replace(
        snapshot, seq=last.seq, at=last.at, mode=Mode.LIVE, platforms=platforms
    )


def _with_result(view: PlatformView, finished: CheckFinished) -> PlatformView:
    result, breaker = finished.result, view.breaker
    told = (finished.failures, finished.retry_at)
    if told != (breaker.failures, breaker.retry_at):
        breaker = replace(breaker, failures=told[0], retry_at=told[1])
    # not `replace`, which costs as much again: this is done for every check
    return PlatformView(
        spec=view.spec,
        run=observe(
            view.run,
            result.outcome,
            failures=view.spec.breaker.failures,
            rise=view.spec.rise,
            warns=result.warns,
        ),
        since=view.since,
        breaker=breaker,
        pause=view.pause,
        last=result,
        word=result if result.outcome.is_verdict else view.word,
        next_at=finished.next_at,
        overruns=view.overruns,
        window=view.window.push(
            result.at.timestamp(), result.latency_s, _NUMBERS[result.outcome]
        ),
        timeline=view.timeline,
        recent=(*view.recent, result)[-KEPT_RESULTS:],
    )


def _with_event(view: PlatformView, event: _OfPlatform, at: datetime) -> PlatformView:
    match event:
        case PlatformPaused(pause=pause):
            return replace(view, pause=pause, next_at=None)
        case PlatformResumed(next_at=next_at):
            return replace(view, pause=None, next_at=next_at)
        case HealthChanged(now=health):
            # live, the results have said so already; the journal keeps no results
            run = view.run if view.health is health else HealthRun(health=health)
            return replace(view, run=run, since=at)
        case BreakerChanged(breaker=breaker):
            return replace(view, breaker=breaker)
        case RamJumped() | CommandAnswered() | VerdictApplied():
            return view


def _respecified(view: PlatformView, changed: PlatformChanged) -> PlatformView:
    spec, window = changed.spec, view.window
    if window.capacity != changed.history:
        window = window.resized(changed.history)
    breaker = replace(view.breaker, limit=spec.breaker.failures)
    after = replace(
        view, spec=spec, breaker=breaker, next_at=changed.next_at, window=window
    )
    if not changed.is_another:
        return after
    return replace(
        after,
        run=HealthRun(),
        last=None,
        word=None,
        window=Window("dfb", changed.history),
        recent=(),
    )


def _told(
    clients: Roster[ClientId, ClientView], told: ClientsTold
) -> Roster[ClientId, ClientView]:
    for client in told.clients:
        clients = clients.put(client.id, client)
    for gone in told.went:
        clients = clients.without(gone)
    return clients


def _without(
    awaited: Mapping[PlatformName, BreakerView], *names: PlatformName
) -> Mapping[PlatformName, BreakerView]:
    if not any(name in awaited for name in names):
        return awaited
    return {name: one for name, one in awaited.items() if name not in names}


def _found_at(view: PlatformView, origin: str) -> PlatformView:
    return replace(view, spec=replace(view.spec, origin=origin))


def _change(snapshot: Snapshot, name: PlatformName, change: _Change) -> Snapshot:
    view = snapshot.platforms.get(name)
    if view is None:
        return snapshot
    return replace(snapshot, platforms=snapshot.platforms.put(name, change(view)))


def _noted(
    snapshot: Snapshot,
    envelope: Envelope,
    name: PlatformName | None,
    change: _Change = lambda view: view,
) -> Snapshot:
    """Go on to the envelope, and keep it among the recent events and on its platform's
    timeline; `change` is what it did to the platform.
    """
    # sums of tuples, and one copy of the snapshot: many platforms may change at once
    log, agent_log, answers = snapshot.log, snapshot.agent_log, snapshot.answers
    if isinstance(envelope.event, _OfAgent):
        agent_log = (agent_log + (envelope,))[-KEPT_AGENT_EVENTS:]  # noqa: RUF005
    else:
        log = (log + (envelope,))[-KEPT_EVENTS:]  # noqa: RUF005
    if isinstance(envelope.event, CommandAnswered):
        answers = (answers + (envelope,))[-KEPT_ANSWERS:]  # noqa: RUF005
    platforms = snapshot.platforms
    view = None if name is None else platforms.get(name)
    if name is not None and view is not None:
        changed = change(view)
        timeline = (*changed.timeline, envelope)[-KEPT_TIMELINE:]
        platforms = platforms.put(name, replace(changed, timeline=timeline))
    return replace(
        snapshot,
        seq=envelope.seq,
        at=envelope.at,
        mode=Mode.LIVE,
        platforms=platforms,
        log=log,
        agent_log=agent_log,
        answers=answers,
    )
