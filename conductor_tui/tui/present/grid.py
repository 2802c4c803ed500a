"""Where each platform or agent sits on a board, and where the cursor goes from it."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

Step: TypeAlias = Literal["up", "down", "left", "right", "first", "last"]
N = TypeVar("N", bound=str)


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle of the board, in cells and lines from its top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid(Generic[N]):
    """Names in reading order. `tops` and `heights` have one entry per row of the
    grid; each column is `width` cells.
    """

    names: tuple[N, ...]
    index: Mapping[N, int]
    columns: int
    width: int
    tops: Sequence[int]
    heights: Sequence[int]

    def place(self, name: N) -> Place:
        """Return where a name sits. Raises KeyError when it is not here."""
        row, column = divmod(self.index[name], self.columns)
        return Place(column * self.width, self.tops[row], self.width, self.heights[row])

    def at(self, x: int, y: int) -> N | None:
        """Return the name at a cell, or None."""
        row, column = bisect_right(self.tops, y) - 1, x // self.width
        if row < 0 or column >= self.columns or y >= self.tops[row] + self.heights[row]:
            return None
        position = row * self.columns + column
        return self.names[position] if position < len(self.names) else None

    def step(self, name: N | None, step: Step, count: int = 1) -> N | None:
        """Return where the cursor goes; it stays inside. None when nothing is here."""
        if not self.names:
            return None
        here = self.index.get(name, 0) if name is not None else 0
        return self.names[self._target(here, step, count)]

    def _target(self, here: int, step: Step, count: int) -> int:
        last = len(self.names) - 1
        match step:
            case "first":
                return 0
            case "last":
                return last
            case "left":
                return max(0, here - count)
            case "right":
                return min(last, here + count)
            case "up":
                return self._vertical(here, -count)
            case "down":
                return self._vertical(here, count)

    def _vertical(self, here: int, rows: int) -> int:
        """Move by rows; into a shorter last row, onto its last name."""
        row, column = divmod(here, self.columns)
        lowest = (len(self.names) - 1) // self.columns
        row = max(0, min(lowest, row + rows))
        return min(len(self.names) - 1, row * self.columns + column)


def index_of(names: Sequence[N]) -> dict[N, int]:
    return {name: at for at, name in enumerate(names)}
