"""Plots over time: columns of bars on a scale that is written beside them.

Columns stand for fixed stretches of time, so that a new sample moves nothing but the
newest column until a whole column is full: fewer bytes, and a picture that rests.
A column shows the highest of its samples: a short peak in 30 minutes is what matters.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from conductor_tui.tui.present.glyphs import BAND, BARS
from conductor_tui.tui.present.quantity import number
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    Tone,
    bar_tone,
    ends,
    fit_line,
    fit_right,
)

_RULE = "─"
_HOLES = 3.0  # intervals without a sample that are shown as a gap
_LIMIT_CELLS = 4
LEAST_WIDTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Samples over time: `times` in Unix seconds, oldest first, `every_s` apart."""

    times: Sequence[float]
    values: Sequence[float]
    every_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A threshold. Bars that reach it wear `tone`; None: it has a line alone."""

    at: float
    label: str
    tone: Tone | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From 0 at the bottom to `top`; `words` writes a value beside it in `cells`."""

    top: float
    words: Callable[[float], str]
    cells: int = 5


def columns(track: Track, span_s: float, width: int) -> list[float | None]:
    """Return the newest `span_s` in at most `width` columns; None is a gap."""
    if not track.times or width <= 0:
        return []
    step = max(track.every_s, span_s / width)
    count = min(width, math.ceil(span_s / step))
    first = math.floor(track.times[-1] / step) - count + 1
    found: list[float | None] = [None] * count
    before: tuple[float, int] | None = None
    values = track.values[-len(track.times) :]
    for time, value in zip(track.times[-len(values) :], values, strict=True):
        at = math.floor(time / step) - first
        if at >= 0:
            if before and time - before[0] <= _HOLES * track.every_s:
                _fill(found, before[1], at)
            found[at] = max(value, found[at] or 0.0)
        before = (time, at)
    return found


def _fill(found: list[float | None], start: int, end: int) -> None:
    """Samples are never exactly as far apart as columns: that is no gap."""
    for at in range(max(0, start) + 1, end):
        found[at] = found[start] if start >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A column of the future: from `low` to `high` with a good chance."""

    low: float
    high: float


def expected(
    ahead: Sequence[tuple[float, float, float]], now: float, span_s: float, width: int
) -> list[Expected]:
    """Return `width` columns from now on for `span_s`. `ahead` has for some moments
    (seconds from now) the lowest and the highest value; between two of them, and from
    `now`, a straight line is drawn.
    """
    points = [(0.0, now, now), *ahead]
    found = []
    for place in range(width):
        at = (place + 0.5) * span_s / width
        after = next((n for n, one in enumerate(points) if one[0] >= at), None)
        if after is None:
            break
        (t, low, high), (u, lower, higher) = points[after - 1], points[after]
        share = (at - t) / (u - t)
        found.append(
            Expected(
                low=low + share * (lower - low), high=high + share * (higher - high)
            )
        )
    return found


def sparks(track: Track, span_s: float, width: int, top: float) -> str:
    """Return `columns` as a line of `width` cells, at the right."""
    shown = columns(track, span_s, width)
    return "".join([_bar(value, top, 0, 1) for value in shown]).rjust(width)


def plot(
    shown: Sequence[float | None],
    width: int,
    height: int,
    scale: Scale,
    limits: Sequence[Limit] = (),
    ahead: Sequence[Expected] = (),
) -> list[Line]:
    """Return `height` lines of `width` cells; `ahead` stands right of now. The limits
    are named at the right.
    """
    right = _LIMIT_CELLS if limits else 0
    room = width - scale.cells - 1 - right - len(ahead)
    kept = [*[None] * (room - len(shown)), *shown[-room:]] if room > 0 else []
    tones = [_tone(value, limits) for value in kept]
    lines = []
    for level in reversed(range(height)):
        here = _limit_at(level, height, scale, limits)
        blank = _RULE if here else " "
        signs = [
            (_bar(value, scale.top, level, height, blank), tone)
            for value, tone in zip(kept, tones, strict=True)
        ]
        signs += [
            (_ahead(one, scale.top, level, height, blank), "spark") for one in ahead
        ]
        label = fit_right(_label(level, height, scale), scale.cells)
        end = fit_right(here.label if here else "", right)
        lines.append(
            fit_line(
                (Span(f"{label} ", "muted"), *_runs(signs), Span(end, "muted")), width
            )
        )
    return lines


def axis(span_s: float, shown: int, width: int, right: int = 0, ahead: int = 0) -> Line:
    """Return the line below a plot: how long ago its first column was, and now.

    `shown` columns are drawn at the right, `right` cells before the edge, and behind
    them `ahead` of the future.
    """
    start = width - right - shown - ahead
    words = f"-{span_s / 60:g} min"
    line = (Span(" " * max(0, start)), Span(words, "spark"))
    return ends(line, (Span(f"now{' ' * (right + ahead)}", "spark"),), width)


def margin(limits: Iterable[Limit]) -> int:
    """Return the cells at the right that the names of limits take."""
    return _LIMIT_CELLS if tuple(limits) else 0


def round_top(value: float, least: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at least `value`: a scale that rests."""
    value = max(value, least)
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * 0.999)


def _label(level: int, height: int, scale: Scale) -> str:
    if level == height - 1:
        return scale.words(scale.top)
    return "0" if level == 0 else ""


def _limit_at(
    level: int, height: int, scale: Scale, limits: Sequence[Limit]
) -> Limit | None:
    """Return the limit whose line is in this row: the first named, where two are."""
    for limit in limits:
        if min(height - 1, int(limit.at / scale.top * height + 1e-9)) == level:
            return limit
    return None


def _tone(value: float | None, limits: Sequence[Limit]) -> Tone:
    """Return the tone of a column: that of the highest limit it reaches."""
    reached = [
        limit
        for limit in limits
        if limit.tone and value is not None and value >= limit.at
    ]
    highest = max(reached, key=lambda limit: limit.at, default=None)
    return bar_tone(highest.tone) if highest and highest.tone else "spark"


def _bar(
    value: float | None, top: float, level: int, height: int, blank: str = " "
) -> str:
    if value is None:
        return blank
    eighths = math.ceil(value / top * height * 8) if top else 0
    here = min(8, max(eighths, 1) - level * 8)
    return BARS[here - 1] if here > 0 else blank


def _ahead(one: Expected, top: float, level: int, height: int, blank: str) -> str:
    """Return the sign of a row: the band touches at least one."""
    if not top:
        return blank
    lowest = min(height - 1, int(one.low / top * height))
    highest = min(height - 1, max(lowest, math.ceil(one.high / top * height) - 1))
    return BAND if lowest <= level <= highest else blank


def _runs(signs: Sequence[tuple[str, Tone]]) -> list[Span]:
    """Join columns of one tone. What is blank or a rule has no tone of its own."""
    toned = [(sign, "spark" if sign in (" ", _RULE) else tone) for sign, tone in signs]
    return [
        Span("".join([sign for sign, _ in run]), tone)
        for tone, run in groupby(toned, key=lambda sign: sign[1])
    ]


def titled(name: str, value: str, tone: Tone, notes: str, width: int) -> Line:
    """Return the line above a plot: its name, the newest value, and notes."""
    start = (Span(f"{name} ", "title"), *number(value, len(value), tone))
    return fit_line((*start, Span(f"   {notes}", "muted")), width)
