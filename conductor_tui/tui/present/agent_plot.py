"""The intervals between an agent's beats over time, and the bounds of its silence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.duration import format_duration, short_duration
from conductor_tui.tui.present.agent_beats import Beat, beats, usual_s
from conductor_tui.tui.present.agent_words import steps
from conductor_tui.tui.present.glyphs import HEALTH
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.plot import (
    Limit,
    Scale,
    Track,
    columns,
    plot,
    round_top,
)
from conductor_tui.tui.present.spans import Line, Span, ends, fit_line
from conductor_tui.tui.present.words import HEALTH_TONES, span

ALL = math.inf
_TOPS_S = (50, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18_000, 43_200, 86_400)
WINDOWS_S = (ALL, 300.0, 900.0, 1800.0)
_MARGIN = "   "
_RIGHT = 4  # cells at the right of a plot, for the names of its limits
_WIDEST = 8  # cells for one beat, where there are few
_LABEL = 7  # cells at its left: 6 of the scale and a blank


@dataclass(frozen=True, slots=True)
class Jitter:
    """How far beats were from their interval: percentiles in seconds."""

    usual: float
    p50: float
    p95: float
    top: float


def in_window(view: AgentView, lens: Lens, window_s: float) -> list[Beat]:
    """Return the beats of the last `window_s` seconds, oldest first."""
    since = lens.now.timestamp() - window_s
    return [beat for beat in beats(view) if beat.at >= since]


def jitter(found: Sequence[float], usual: float | None) -> Jitter | None:
    """Return how far the intervals in `found` are from `usual`; None without any."""
    if not found or usual is None:
        return None
    off = sorted(abs(one - usual) for one in found)
    ranked = [off[max(0, math.ceil(p * len(off)) - 1)] for p in (0.5, 0.95, 1.0)]
    return Jitter(usual, *ranked)


def interval_plot(
    view: AgentView, lens: Lens, width: int, height: int, window_s: float
) -> list[Line]:
    """Return a heading, `height` lines of plot and its axis."""
    known = in_window(view, lens, window_s)
    found = [beat for beat in known if beat.after_s is not None]
    usual = usual_s(view, known)
    title = _title(known, jitter([b.after_s or 0 for b in found], usual), window_s)
    if not found:
        words = f"{_MARGIN}no two beats in this time" if known else f"{_MARGIN}no beats"
        return [*_heading(title, width), fit_line((Span(words, "muted"),), width)]
    room = width - len(_MARGIN)
    span_s = max(found[-1].at - found[0].at, 1.0) if window_s == ALL else window_s
    track = Track(
        times=[beat.at for beat in found],
        values=[beat.after_s or 0.0 for beat in found],
        every_s=_apart(found, usual),
    )
    # one column more: the first beat and the last are a span apart
    shown = columns(track, span_s + track.every_s, max(1, room - _LABEL - _RIGHT))
    wide = max(1, min(_WIDEST, (room - _LABEL - _RIGHT) // max(1, len(shown))))
    shown = [value for value in shown for _ in range(wide)]
    limits = _limits(view)
    most = max(track.values)
    near = [limit.at for limit in limits if limit.at <= 2 * most]
    top = _top(max([most, *near, 1.3 * (usual or 0.0)]))
    scale = Scale(top=top, words=span, cells=6)
    kept = tuple(limit for limit in limits if limit.at <= top)
    lines = plot(shown, room, height, scale, kept)
    right = _RIGHT if kept else 0
    lines.append(_axis(span_s, len(shown), room, right, lens, found[-1].at))
    whole = [fit_line((Span(_MARGIN), *line), width) for line in lines]
    return [*_heading(title, width), *whole]


def _apart(found: Sequence[Beat], usual: float | None) -> float:
    """Return how far apart beats are, for the width of a column: far more often than
    they are expected they would share one.
    """
    seen = median([beat.after_s or 0.0 for beat in found])
    if usual is None or seen < usual / 2:
        return max(seen, 0.001)
    return usual


def _top(seconds: float) -> float:
    """Return the end of a scale, at least `seconds`: one that is read at once."""
    if seconds <= _TOPS_S[0]:
        return round_top(seconds, 0.001)
    days = 86_400 * math.ceil(seconds / 86_400)
    return next((top for top in _TOPS_S if top >= seconds), float(days))


def _limits(view: AgentView) -> tuple[Limit, ...]:
    """The boundaries of its ladder. Of one that is expected at times there are none."""
    found = steps(view)
    if found.is_due:
        return ()
    return tuple(
        Limit(at=at, label=HEALTH[health], tone=HEALTH_TONES[health])
        for at, health in reversed(found.ladder)
    )


def _title(
    known: Sequence[Beat], off: Jitter | None, window_s: float
) -> tuple[list[Span], str]:
    spans = [Span(_MARGIN), Span("Intervals", "title")]
    if off is not None:
        spans += [
            Span("   off by  ", "muted"),
            *_figure("p50", off.p50),
            *_figure("p95", off.p95),
            *_figure("max", off.top),
        ]
    count = f"{len(known)} beat{'' if len(known) == 1 else 's'}"
    if window_s == ALL:
        return spans, f"all {count}"
    return spans, f"{format_duration(window_s)}: {count}"


def _heading(title: tuple[list[Span], str], width: int) -> list[Line]:
    spans, note = title
    return [ends(spans, (Span(f"  {note} ", "muted"),), width)]


def _figure(label: str, seconds: float) -> tuple[Span, Span]:
    return Span(f"{label} ", "muted"), Span(f"{span(seconds)}   ")


def _axis(
    span_s: float, shown: int, width: int, right: int, lens: Lens, newest: float
) -> Line:
    """Return the line below: how long ago its first column was, and its last."""
    start = max(0, width - right - shown)
    ago_s = max(0.0, lens.now.timestamp() - newest)
    first = f"-{short_duration(ago_s + span_s)}"
    last = f"-{short_duration(ago_s)}{' ' * right}"
    line = (Span(" " * start), Span(first, "spark"))
    return ends(line, (Span(last, "spark"),), width)
