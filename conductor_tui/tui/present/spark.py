"""Sparklines: one cell per result, the newest at the right.

The height is the latency. Half the height is the p95 that is written beside it, so a
steady platform draws a low even line and an outlier stands up from it; and what stays
under 10 ms is drawn low whatever its p95, because nobody is woken by microseconds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeAlias

from conductor_tui.domain.check import Outcome
from conductor_tui.tui.present.glyphs import BARS, MISSED, NOT_COUNTED, NOT_SENT
from conductor_tui.tui.present.spans import Line, Span, Tone

Result: TypeAlias = tuple[float, float, Outcome]
Cell: TypeAlias = Result | None
_LEAST_TOP_S = 0.02
_GAP = 1.5  # intervals between two results that leave a hole


@dataclass(frozen=True, slots=True)
class Latencies:
    """Percentiles in seconds of the results that passed; None when none did."""

    p50: float | None = None
    p95: float | None = None
    top: float | None = None


def latencies(results: Sequence[Result]) -> Latencies:
    """Return the percentiles (nearest rank) of the passed results."""
    passed = sorted([took for _, took, outcome in results if outcome is Outcome.PASSED])
    if not passed:
        return Latencies()
    return Latencies(_rank(passed, 0.50), _rank(passed, 0.95), passed[-1])


def with_gaps(results: Sequence[Result], interval_s: float, width: int) -> list[Cell]:
    """Return at most `width` cells, oldest first; None is a beat that has no result."""
    spread: list[Cell] = list(results[:1])
    for before, after in pairwise(results):
        beats = (after[0] - before[0]) / interval_s
        if beats > _GAP:
            spread.extend([None] * min(width, round(beats) - 1))
        spread.append(after)
    return spread[-width:] if width > 0 else []


def sparkline(
    results: Sequence[Result], interval_s: float, width: int, p95: float | None
) -> Line:
    """Return a line of `width` cells. `p95` (seconds) is its scale."""
    shown = with_gaps(results[-width:], interval_s, width) if width > 0 else []
    top = max(2 * (p95 or 0.0), _LEAST_TOP_S)
    signs = [(" ", "muted")] * (width - len(shown))
    signs += [_sign(cell, top) for cell in shown]
    return tuple(
        [
            Span("".join([sign for sign, _ in run]), tone)
            for tone, run in groupby(signs, key=lambda sign: sign[1])
        ]
    )


def percents(values: Sequence[float], width: int) -> str:
    """Return a sparkline of percentages, 0 to 100, in `width` cells."""
    bars = [_bar(value / 100) for value in values[-width:]] if width > 0 else []
    return "".join(bars).rjust(width)


def _sign(cell: Cell, top: float) -> tuple[str, Tone]:
    if cell is None:
        return " ", "muted"
    _, took, outcome = cell
    match outcome:
        case Outcome.PASSED:
            return _bar(took / top), "spark"
        case Outcome.FAILED | Outcome.TIMED_OUT:
            return MISSED, "bar-failed"
        case Outcome.REFUSED:
            return NOT_SENT, "bar-held"
        case Outcome.INCONCLUSIVE:
            return NOT_COUNTED, "muted"


def _bar(share: float) -> str:
    return BARS[max(0, min(len(BARS) - 1, math.ceil(share * len(BARS)) - 1))]


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
