"""What would have happened by other rules: recorded results, judged once more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeAlias

from conductor_tui.domain.check import CheckSpec, Outcome
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.health import Health, HealthRun, observe

Recorded: TypeAlias = tuple[float, float, Outcome]  # Unix s, latency s, what came of it
_EARLY = 0.1  # of an interval: checks are never exactly as far apart
_EVEN = 1 - 1e-6  # latencies are kept with seven digits
_FEW = 30  # results: of fewer nothing is suggested
_HEALED = 3  # bad results in a row, at most, that are a hiccup when they end


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What may be changed: by how many `failures` in a row the breaker opens, how long
    a check may take, and how far apart checks are.
    """

    failures: int
    timeout_s: float
    interval_s: float

    @classmethod
    def of(cls, spec: CheckSpec) -> "Rules":
        return cls(
            failures=spec.breaker.failures,
            timeout_s=spec.timeout_s,
            interval_s=spec.interval_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What the rules would have made of it: `checks` that were sent, those that were
    `bad`, how often the breaker would have opened and for how long in all, and how
    often it would have been FAILED, of which people are told. `unsure` are timeouts
    that the longer one may not have been: they count as bad.
    """

    checks: int = 0
    bad: int = 0
    trips: int = 0
    open_s: float = 0.0
    failed: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    rules: Rules
    why: str


def replay(results: Sequence[Recorded], spec: CheckSpec, rules: Rules) -> Replayed:
    """Judge `results` (oldest first) of a platform by `rules`. The times that its
    breaker stays open, and what ends FAILED, are those of `spec`.

    Nothing is known of moments in which nothing was asked: neither while the breaker
    really was open, nor between two checks.
    """
    breaker, run = spec.breaker, HealthRun()
    checks = bad = trips = failed = unsure = in_row = 0
    open_s, lasts_s = 0.0, breaker.reset_after_s
    until, is_open, next_at = 0.0, False, float("-inf")
    for at, latency_s, outcome in results:
        if not outcome.is_verdict or at < next_at or (is_open and at < until):
            continue
        next_at = at + (1 - _EARLY) * rules.interval_s
        checks += 1
        was_timeout = outcome is Outcome.TIMED_OUT
        is_longer = rules.timeout_s > max(latency_s, spec.timeout_s)
        unsure += was_timeout and is_longer
        judged = _judged(latency_s, outcome, rules.timeout_s)
        before, run = (
            run.health,
            observe(run, judged, failures=rules.failures, rise=spec.rise),
        )
        failed += run.health is Health.FAILED and before is not Health.FAILED
        if not judged.is_bad:
            is_open, in_row, lasts_s = False, 0, breaker.reset_after_s
            continue
        bad, in_row = bad + 1, in_row + 1
        if is_open:  # its trial failed
            lasts_s = min(lasts_s * breaker.backoff, breaker.max_reset_s)
        elif in_row < rules.failures:
            continue
        trips += not is_open
        is_open, until = True, at + lasts_s
        open_s += lasts_s
    if is_open and results:  # it has not been open for longer than was seen
        open_s -= max(0.0, until - results[-1][0])
    return Replayed(
        checks=checks,
        bad=bad,
        trips=trips,
        open_s=open_s,
        failed=failed,
        unsure=unsure,
    )


def _judged(latency_s: float, outcome: Outcome, timeout_s: float) -> Outcome:
    if outcome is Outcome.PASSED and latency_s > timeout_s:
        return Outcome.TIMED_OUT
    return outcome


def suggestions(results: Sequence[Recorded], spec: CheckSpec) -> Iterator[Suggestion]:
    """Yield rules that fit what was recorded better, each with its reason."""
    rules = Rules.of(spec)
    told = [one for one in results if one[2].is_verdict]
    passed = sorted(took for _, took, outcome in told if outcome is Outcome.PASSED)
    if len(passed) < _FEW:
        return
    usual_s = passed[int(0.99 * (len(passed) - 1))]
    wanted_s = min(_round_up(2 * usual_s), rules.interval_s)
    timed_out = sum(outcome is Outcome.TIMED_OUT for _, _, outcome in told)
    if timed_out and wanted_s > 1.25 * rules.timeout_s:
        why = (
            f"99 of 100 passes took up to {format_duration(round(usual_s, 3))}, and "
            f"{timed_out} checks ran out of time"
        )
        yield Suggestion(replace(rules, timeout_s=wanted_s), why)
    hiccups = [length for length in _hiccups(told) if length >= rules.failures]
    if hiccups:
        times = "once" if len(hiccups) == 1 else f"{len(hiccups)} times"
        why = f"{max(hiccups)} bad ones in a row ended by themselves {times}"
        yield Suggestion(replace(rules, failures=max(hiccups) + 1), why)


def _hiccups(told: Sequence[Recorded]) -> Iterator[int]:
    """Yield the lengths of short runs of bad results that a pass ended."""
    runs = [
        (is_bad, len(list(run)))
        for is_bad, run in groupby(told, key=lambda one: one[2].is_bad)
    ]
    for is_bad, length in runs[:-1]:
        if is_bad and length <= _HEALED:
            yield length


def _round_up(seconds: float) -> float:
    """Return 1, 1.5, 2, 3, 5 or 8 times a power of ten, at least `seconds`."""
    power = 0.01
    while True:
        for step in (1, 1.5, 2, 3, 5, 8):
            if step * power >= seconds * _EVEN:
                return round(step * power, 6)
        power *= 10
