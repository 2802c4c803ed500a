"""A fixed-size history that can be shared: numbers in arrays, read-only to look at.

Theory: a `Window` is a view (a start and an end) on columns that it shares with the
windows before and after it. `push` writes behind the newest end, where no older view
looks, so a snapshot that holds an old window keeps seeing what it saw, and one push
costs the same at any size. When twice the capacity is used, the live half moves to
fresh arrays. Two pushes on the same old window fork: the second one copies.
"""

from array import array
from collections.abc import Sequence

_Columns = tuple["array[float]", ...]


class Window:
    """The newest `capacity` rows of numbers, oldest first, one array per column."""

    __slots__ = ("_capacity", "_columns", "_end", "_start", "_types")

    def __init__(self, types: str, capacity: int) -> None:
        """`types` has one `array` type code per column, such as "dfb"."""
        self._types = types
        self._capacity = capacity
        self._columns: _Columns = tuple(array(code) for code in types)
        self._start = 0
        self._end = 0

    @classmethod
    def of(
        cls, types: str, capacity: int, columns: "Sequence[array[float]]"
    ) -> "Window":
        """Return a window of these rows, which are its own from now on."""
        window = cls(types, capacity)
        window._columns = tuple(columns)
        window._end = len(columns[0]) if columns else 0
        window._start = max(0, window._end - capacity)
        return window

    def __len__(self) -> int:
        return self._end - self._start

    @property
    def types(self) -> str:
        """One `array` type code per column."""
        return self._types

    @property
    def capacity(self) -> int:
        return self._capacity

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self._types)

    def push(self, *row: float) -> "Window":
        """Return the window after `row`; the oldest row falls out when it is full."""
        after = self._room()
        for column, value in zip(after._columns, row, strict=True):
            column.append(value)
        after._end += 1
        after._start = max(after._start, after._end - self._capacity)
        return after

    def resized(self, capacity: int) -> "Window":
        """Return the newest `capacity` rows, in a window of that capacity."""
        start = max(self._start, self._end - capacity)
        after = Window(self._types, capacity)
        after._columns = tuple(c[start : self._end] for c in self._columns)
        after._end = self._end - start
        return after

    def column(self, index: int, last: int | None = None) -> Sequence[float]:
        """Return a copy of a column, oldest first; only the newest `last` if given."""
        start = self._start if last is None else max(self._start, self._end - last)
        return self._columns[index][start : self._end]

    def _room(self) -> "Window":
        """Return a window with these rows whose columns end where this one ends."""
        after = Window.__new__(Window)
        after._types, after._capacity = self._types, self._capacity
        forked = len(self._columns[0]) != self._end
        if forked or self._end >= 2 * self._capacity:
            after._columns = tuple(c[self._start : self._end] for c in self._columns)
            after._start, after._end = 0, len(self)
        else:
            after._columns = self._columns
            after._start, after._end = self._start, self._end
        return after
