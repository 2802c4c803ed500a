"""How the overview shares its terminal out. Never refuses a size.

What a terminal gets depends on its size and on how many platforms there are, not on
how they do: a bad day must not rearrange the screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from conductor_tui.tui.present.card import SICK_HEIGHT

Mode: TypeAlias = Literal["line", "list", "table", "cards"]

RAIL_WIDTH = 44
_CARD_WIDTH = 38
_MOST_COLUMNS = 4
_FEET = 2  # the status line and the key line


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`roomy` puts blank lines around the strip; heights are in lines, 0: left out."""

    mode: Mode
    width: int
    room: int
    columns: int = 1
    rail: int = 0
    least_events: int = 0
    roomy: bool = False

    def board_height(self, needed: int) -> int:
        """Return the board's height when it would like `needed` lines."""
        return max(0, min(needed, self.room - self._below()))

    def events_height(self, board: int) -> int:
        return max(0, self.room - board - 1) if self.least_events else 0

    def _below(self) -> int:
        return self.least_events + 1 if self.least_events else 0


def plan(width: int, height: int, platforms: int) -> Plan:
    """Return the plan for a terminal of `width` x `height` cells."""
    if width < 24 or height < 6:
        return Plan(mode="line", width=width, room=0)
    if width < 80 or height < 24:
        return Plan(mode="list", width=width, room=max(0, height - 2 - _FEET))
    if width < 100 or height < 30:
        return Plan(mode="table", width=width, room=height - 3 - _FEET, least_events=4)
    return _roomy(width, height, platforms)


def cards_height(heights: Sequence[int], columns: int) -> int:
    """Return the lines that cards of these heights take, in rows of `columns`."""
    rows = [max(heights[at : at + columns]) for at in range(0, len(heights), columns)]
    return sum(rows) + max(0, len(rows) - 1)


def _roomy(width: int, height: int, platforms: int) -> Plan:
    rail = RAIL_WIDTH if width >= 180 else 0
    board = width - rail - 1 if rail else width
    events = 0 if rail else (4 if height < 40 else 6)
    columns = max(1, min(_MOST_COLUMNS, board // _CARD_WIDTH, max(2, platforms)))
    cards = Plan(
        mode="cards",
        width=board,
        room=height - 4 - _FEET,
        columns=columns,
        rail=rail,
        least_events=events,
        roomy=True,
    )
    worst = cards_height([SICK_HEIGHT] * platforms, columns)
    if worst <= cards.board_height(worst):
        return cards
    return Plan(
        mode="table",
        width=board,
        room=cards.room,
        rail=rail,
        least_events=events,
        roomy=True,
    )
