"""Rows of cells under titles; the last column takes the rest of the width."""

from collections.abc import Sequence
from dataclasses import dataclass

from conductor_tui.tui.present.glyphs import CURSOR
from conductor_tui.tui.present.look import GLANCE, Look
from conductor_tui.tui.present.spans import (
    Line,
    Span,
    Tone,
    fit,
    fit_line,
    fit_right,
    marked,
)

_MARGIN = 2  # the cursor and the mark
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in cells, without the gap behind it; shown from a table of `needs` cells
    on.
    """

    title: str
    width: int
    is_right: bool = False
    needs: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    text: str = ""
    tone: Tone = "plain"


def titles(columns: Sequence[Column], width: int) -> Line:
    """Return the titles, in exactly `width` cells."""
    cells = [Cell(column.title, "muted") for column in columns]
    return row(columns, cells, width)


def row(
    columns: Sequence[Column], cells: Sequence[Cell], width: int, look: Look = GLANCE
) -> Line:
    """Return one row in exactly `width` cells: one cell a column."""
    spans = [Span(CURSOR, "accent") if look.selected else Span(" "), look.sign]
    last = len(columns) - 1
    for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        if width < column.needs:
            continue
        if place == last:
            spans.append(Span(cell.text, cell.tone))
        else:
            put = fit_right if column.is_right else fit
            spans += [Span(put(cell.text, column.width), cell.tone), Span(_GAP)]
    line = fit_line(spans, width)
    return marked(line) if look.selected else line
