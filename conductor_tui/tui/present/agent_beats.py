"""The heartbeats that are kept of an agent, and a strip of them for its row.

One cell per beat, the newest at the right; what was missed leaves a hole. The height
is the time since the beat before: half of it is the usual interval, so a steady agent
draws an even line and a late beat stands up from it.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

from conductor_tui.domain.agent import KEPT_BEATS, AgentView
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.tui.present.glyphs import BARS, CURSOR, HELD, MISSED, NOT_COUNTED
from conductor_tui.tui.present.spans import Line, Span, Tone

_KINDS = tuple(BeatKind)
_THERE = (BeatKind.BEAT, BeatKind.WARN, BeatKind.FAIL)
_GAP = 1.5  # intervals without a beat that leave a hole
_SIGNS: dict[BeatKind, tuple[str, Tone]] = {
    BeatKind.WARN: ("!", "bar-degraded"),
    BeatKind.FAIL: (MISSED, "bar-failed"),
    BeatKind.START: (CURSOR, "muted"),
    BeatKind.LOG: (NOT_COUNTED, "muted"),
    BeatKind.STOP: (HELD, "bar-held"),
}


class Beat(NamedTuple):
    """One heartbeat as it is kept. `at` in Unix seconds; `after_s` since the one before
    that said that the agent is there, None where that is not known.
    """

    at: float
    kind: BeatKind
    duration_s: float | None
    after_s: float | None
    note: str


def beats(view: AgentView, last: int = KEPT_BEATS) -> list[Beat]:
    """Return the newest `last` beats, oldest first."""
    history = view.history
    times, took, kinds = (history.column(at, last) for at in range(3))
    notes = view.notes[-len(times) :] if times else ()
    padded = ("",) * (len(times) - len(notes)) + tuple(notes)
    found: list[Beat] = []
    before: float | None = None
    for at, duration_s, index, note in zip(times, took, kinds, padded, strict=True):
        kind = _KINDS[int(index)]
        after_s = at - before if before is not None and kind in _THERE else None
        found.append(
            Beat(at, kind, duration_s if duration_s >= 0 else None, after_s, note)
        )
        before = at if kind in _THERE else before
    return found


def intervals(view: AgentView) -> list[float]:
    """Return the seconds between beats that said that it is there, oldest first."""
    return [beat.after_s for beat in beats(view) if beat.after_s is not None]


def usual_s(view: AgentView, known: Sequence[Beat]) -> float | None:
    """Return what should be between two beats: of a cron agent, what usually is."""
    if not view.spec.cron:
        return view.spec.interval_s
    found = [beat.after_s for beat in known if beat.after_s]
    return median(found) if found else None


def strip(view: AgentView, now: datetime, width: int) -> Line:
    """Return the newest beats in exactly `width` cells, and the silence since."""
    if width <= 0:
        return ()
    known = beats(view, width + 1)
    usual = usual_s(view, known)
    signs = [sign for beat in known for sign in _cells(beat, usual, width)]
    if known and usual and not (view.is_stopped or view.runs or view.spec.cron):
        # of a long silence only so much that the beats before it are still seen
        silent_s = now.timestamp() - known[-1].at
        signs += _hole(silent_s, usual, width // 2, ended=False)
    signs = signs[-width:]
    blank: tuple[str, Tone] = (" ", "muted")
    signs = [blank] * (width - len(signs)) + signs
    return tuple(
        [
            Span("".join([sign for sign, _ in run]), tone)
            for tone, run in groupby(signs, key=lambda sign: sign[1])
        ]
    )


def missed(known: Sequence[Beat], usual: float | None) -> int:
    """Return how many beats did not come between those that are kept."""
    if not usual:
        return 0
    there = [beat.at for beat in known if beat.kind in _THERE]
    return sum(len(_hole(b - a, usual, KEPT_BEATS)) for a, b in pairwise(there))


def _cells(beat: Beat, usual: float | None, width: int) -> list[tuple[str, Tone]]:
    hole = _hole(beat.after_s or 0.0, usual, width) if usual else []
    if beat.kind in _SIGNS:
        return [*hole, _SIGNS[beat.kind]]
    share = 0.5
    if usual and beat.after_s is not None:
        share = min(beat.after_s / (2 * usual), 1.0)
    return [*hole, (BARS[max(0, math.ceil(share * len(BARS)) - 1)], "spark")]


def _hole(
    silent_s: float, usual: float, most: int, *, ended: bool = True
) -> list[tuple[str, Tone]]:
    """Return a blank for each beat that did not come. While a silence lasts, its own
    beat is not late by the rounding alone.
    """
    if silent_s <= _GAP * usual:
        return []
    count = round(silent_s / usual) - 1 if ended else int(silent_s / usual)
    return [(" ", "muted")] * min(most, count)
