"""How an event changes one platform."""

from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from conductor_tui.domain.check import Outcome
from conductor_tui.domain.events import (
    BreakerChanged,
    CheckFinished,
    CommandAnswered,
    HealthChanged,
    PlatformChanged,
    PlatformPaused,
    PlatformResumed,
    RamJumped,
    ShedActed,
    VerdictApplied,
)
from conductor_tui.domain.health import HealthRun, observe
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.domain.window import Window

KEPT_RESULTS = 12
_NUMBERS = {outcome: number for number, outcome in enumerate(Outcome)}

# What changes one platform, if anything, and is kept: often of many at the same moment.
OfPlatform: TypeAlias = (
    PlatformPaused
    | PlatformResumed
    | HealthChanged
    | BreakerChanged
    | RamJumped
    | CommandAnswered
    | VerdictApplied
    | ShedActed
)


def with_result(view: PlatformView, finished: CheckFinished) -> PlatformView:
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
        pace=view.pace,
        window=view.window.push(
            result.at.timestamp(), result.latency_s, _NUMBERS[result.outcome]
        ),
        timeline=view.timeline,
        requests=view.requests,
        recent=(*view.recent, result)[-KEPT_RESULTS:],
    )


def with_event(view: PlatformView, event: OfPlatform, at: datetime) -> PlatformView:
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
        case RamJumped() | CommandAnswered() | VerdictApplied() | ShedActed():
            return view


def respecified(
    view: PlatformView, changed: PlatformChanged, pace: float
) -> PlatformView:
    spec, window = changed.spec, view.window
    if window.capacity != changed.history:
        window = window.resized(changed.history)
    breaker = replace(view.breaker, limit=spec.breaker.failures)
    after = replace(
        view,
        spec=spec,
        breaker=breaker,
        next_at=changed.next_at,
        window=window,
        pace=pace,
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


def found_at(view: PlatformView, origin: str) -> PlatformView:
    return replace(view, spec=replace(view.spec, origin=origin))
