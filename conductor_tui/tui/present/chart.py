"""A sparkline of several lines, for one platform's whole window."""

import math
from collections.abc import Sequence
from itertools import groupby

from conductor_tui.domain.check import Outcome
from conductor_tui.tui.present.glyphs import BARS, MISSED, NOT_COUNTED, NOT_SENT
from conductor_tui.tui.present.spans import Line, Span, Tone, fit_right
from conductor_tui.tui.present.spark import Cell
from conductor_tui.tui.present.words import latency

_SCALE = 8
_GRAVITY = (
    Outcome.INCONCLUSIVE,
    Outcome.REFUSED,
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.TIMED_OUT,
)
_SIGNS: dict[Outcome, tuple[str, Tone]] = {
    Outcome.FAILED: (MISSED, "bar-failed"),
    Outcome.TIMED_OUT: (MISSED, "bar-failed"),
    Outcome.REFUSED: (NOT_SENT, "bar-held"),
    Outcome.INCONCLUSIVE: (NOT_COUNTED, "muted"),
}


def per_column(cells: Sequence[Cell], width: int) -> int:
    """Return how many cells share one column, so that all of them are shown."""
    return max(1, math.ceil(len(cells) / max(1, width - _SCALE - 1)))


def chart(cells: Sequence[Cell], width: int, height: int) -> list[Line]:
    """Return `height` lines of at most `width` cells; the scale stands at the left."""
    share = per_column(cells, width)
    columns = [_worst(cells[at : at + share]) for at in range(0, len(cells), share)]
    top = max([cell[1] for cell in columns if _passed(cell) and cell], default=0.0)
    lines = []
    for level in reversed(range(height)):
        label = latency(top) if level == height - 1 and top else ""
        label = "0" if level == 0 and height > 1 else label
        signs = [_sign(cell, top, level, height) for cell in columns]
        lines.append((Span(f"{fit_right(label, _SCALE)} ", "muted"), *_runs(signs)))
    return lines


def _worst(cells: Sequence[Cell]) -> Cell:
    """Return the gravest of the cells that share a column; the slowest among equals."""
    known = [cell for cell in cells if cell is not None]
    return max(known, key=lambda cell: (_GRAVITY.index(cell[2]), cell[1]), default=None)


def _passed(cell: Cell) -> bool:
    return cell is not None and cell[2] is Outcome.PASSED


def _sign(cell: Cell, top: float, level: int, height: int) -> tuple[str, Tone]:
    if cell is None:
        return " ", "muted"
    if cell[2] is not Outcome.PASSED:
        return _SIGNS[cell[2]] if level == 0 else (" ", "muted")
    eighths = math.ceil(cell[1] / top * height * 8) if top else 0
    here = min(8, max(eighths, 1) - level * 8)
    return (BARS[here - 1], "spark") if here > 0 else (" ", "muted")


def _runs(signs: Sequence[tuple[str, Tone]]) -> list[Span]:
    return [
        Span("".join([sign for sign, _ in run]), tone)
        for tone, run in groupby(signs, key=lambda sign: sign[1])
    ]
