"""Everything a screen may show, and how an event changes it: the one fold."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.check import CheckResult, CheckSpec, Outcome
from conductor_tui.domain.events import (
    BreakerChanged,
    CheckFinished,
    CheckOverran,
    CommandAnswered,
    Envelope,
    HealthChanged,
    LoadChanged,
    PlatformAdded,
    PlatformRemoved,
    RamJumped,
    ResourcesSampled,
    SamplingFailed,
)
from conductor_tui.domain.health import Health, HealthRun, observe
from conductor_tui.domain.ids import NodeName, PlatformName, Seq
from conductor_tui.domain.resources import ResourcesView
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.window import Window

KEPT_EVENTS = 200
KEPT_TIMELINE = 50
KEPT_RESULTS = 12

_OUTCOMES = tuple(Outcome)
_AT, _LATENCY, _OUTCOME = 0, 1, 2


class Mode(StrEnum):
    """How much of what is shown is happening now."""

    STARTING = "STARTING"
    LIVE = "LIVE"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformView:
    """One platform, as of the newest event about it.

    `last` is the newest result of any kind, `word` the newest that was a verdict;
    `since` is when the health last changed; `timeline` holds what happened to the
    platform, oldest first, at most KEPT_TIMELINE; `recent` holds the newest
    results with their words, which the window has no room for, oldest first, at
    most KEPT_RESULTS.
    """

    spec: CheckSpec
    run: HealthRun = field(default_factory=HealthRun)
    since: datetime | None = None
    breaker: BreakerView = field(default_factory=BreakerView)
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
        if self.word is None or self.breaker.state in (
            BreakerState.OPEN,
            BreakerState.HELD,
        ):
            return False
        return (now - self.word.at).total_seconds() > 2 * self.spec.interval_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The whole state after envelope `seq`. Immutable: share it between threads."""

    host: NodeName = NodeName("")
    seq: Seq = Seq(0)
    at: datetime | None = None
    mode: Mode = Mode.STARTING
    read_only: bool = False
    platforms: Roster[PlatformName, PlatformView] = field(default_factory=Roster)
    resources: ResourcesView = field(default_factory=ResourcesView)
    events: tuple[Envelope, ...] = ()

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
        """True once every platform has had a first result."""
        return all(view.last for view in self.platforms.in_order())


_Change = Callable[[PlatformView], PlatformView]


def replay(snapshot: Snapshot, envelopes: Iterable[Envelope]) -> Snapshot:
    """Return the state after `envelopes`, in order."""
    for envelope in envelopes:
        snapshot = apply(snapshot, envelope)
    return snapshot


def apply(snapshot: Snapshot, envelope: Envelope) -> Snapshot:
    """Return the state after `envelope`. The same envelopes always give the same."""
    if isinstance(envelope.event, CheckFinished):  # by far the most frequent
        return _checked(snapshot, envelope, envelope.event)
    after = replace(snapshot, seq=envelope.seq, at=envelope.at, mode=Mode.LIVE)
    match envelope.event:
        case ResourcesSampled(sample=sample):
            return replace(after, resources=after.resources.with_sample(sample))
        case SamplingFailed(why=why):
            after = replace(after, resources=replace(after.resources, trouble=why))
            return _noted(after, envelope, None)
        case CheckOverran(platform=name):
            return _change(after, name, lambda v: replace(v, overruns=v.overruns + 1))
        case PlatformAdded(spec=spec, next_at=next_at, history=history):
            view = PlatformView(
                spec=spec,
                since=envelope.at,
                breaker=BreakerView(limit=spec.breaker.failures),
                next_at=next_at,
                window=Window("dfb", history),
            )
            after = replace(after, platforms=after.platforms.put(spec.platform, view))
            return _noted(after, envelope, spec.platform)
        case PlatformRemoved(platform=name):
            after = replace(after, platforms=after.platforms.without(name))
            return _noted(after, envelope, name)
        case HealthChanged(platform=name):
            after = _change(after, name, lambda v: replace(v, since=envelope.at))
            return _noted(after, envelope, name)
        case BreakerChanged(platform=name, breaker=breaker):
            after = _change(after, name, lambda v: replace(v, breaker=breaker))
            return _noted(after, envelope, name)
        case LoadChanged(load=load):
            after = replace(after, resources=replace(after.resources, load=load))
            return _noted(after, envelope, None)
        case RamJumped(platform=name) | CommandAnswered(platform=name):
            return _noted(after, envelope, name)


def _checked(
    snapshot: Snapshot, envelope: Envelope, finished: CheckFinished
) -> Snapshot:
    """Fold a result: one new view and one new snapshot, nothing else is touched."""
    platforms, name = snapshot.platforms, finished.result.platform
    view = platforms.get(name)
    if view is not None:  # else it was removed while its last check was under way
        platforms = platforms.put(name, _with_result(view, finished))
    return replace(
        snapshot,
        seq=envelope.seq,
        at=envelope.at,
        mode=Mode.LIVE,
        platforms=platforms,
    )


def _with_result(view: PlatformView, finished: CheckFinished) -> PlatformView:
    result, breaker = finished.result, view.breaker
    told = (finished.failures, finished.retry_at)
    if told != (breaker.failures, breaker.retry_at):
        breaker = replace(breaker, failures=told[0], retry_at=told[1])
    return replace(
        view,
        run=observe(view.run, result.outcome, failures=view.spec.breaker.failures),
        breaker=breaker,
        last=result,
        word=result if result.outcome.is_verdict else view.word,
        next_at=finished.next_at,
        window=view.window.push(
            result.at.timestamp(), result.latency_s, _OUTCOMES.index(result.outcome)
        ),
        recent=(*view.recent, result)[-KEPT_RESULTS:],
    )


def _change(snapshot: Snapshot, name: PlatformName, change: _Change) -> Snapshot:
    view = snapshot.platforms.get(name)
    if view is None:
        return snapshot
    return replace(snapshot, platforms=snapshot.platforms.put(name, change(view)))


def _noted(
    snapshot: Snapshot, envelope: Envelope, name: PlatformName | None
) -> Snapshot:
    """Keep the envelope among the recent events, and on its platform's timeline."""
    after = replace(snapshot, events=(*snapshot.events, envelope)[-KEPT_EVENTS:])
    if name is None:
        return after
    return _change(
        after,
        name,
        lambda v: replace(v, timeline=(*v.timeline, envelope)[-KEPT_TIMELINE:]),
    )
