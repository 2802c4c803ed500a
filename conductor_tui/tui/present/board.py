"""The board: every platform, as cards, as rows of a table or as a list of names."""

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Generic, TypeAlias, TypeVar, overload

from rich.cells import cell_len

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.tui.present.blame import NOBODY
from conductor_tui.tui.present.card import card
from conductor_tui.tui.present.clients import NOWHERE, Reach, note
from conductor_tui.tui.present.grid import Grid, index_of
from conductor_tui.tui.present.groups import Heading, with_groups
from conductor_tui.tui.present.layout import Plan
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.look import Look
from conductor_tui.tui.present.order import PLAIN, Sort, Taste
from conductor_tui.tui.present.row import headed, list_row, row_rest, titles
from conductor_tui.tui.present.spans import Line, Span, Tone, fit_line
from conductor_tui.tui.present.words import age, face

Platforms: TypeAlias = Mapping[PlatformName, PlatformView]
Card: TypeAlias = tuple[Line, ...]
N = TypeVar("N", bound=str)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Picture(Generic[N]):
    """A board's lines, made when they are looked at, and where its names sit."""

    grid: Grid[N]
    lines: Sequence[Line]
    titles: Line = ()  # what the columns of a table are


def listed(
    names: tuple[N, ...],
    width: int,
    draw: Callable[[N], Line],
    instead: Sequence[Line] = (),
) -> Picture[N]:
    """Return a list of names, a line each; `instead` stands there where none is."""
    grid = Grid(
        names=names,
        index=index_of(names),
        columns=1,
        width=width,
        tops=range(len(names)),
        heights=Same(1, len(names)),
    )
    return Picture(grid, Lazy(names, draw) if names else instead)


class Memo(Generic[V]):
    """Keeps what was drawn for each name while what it was drawn from is equal."""

    def __init__(self) -> None:
        self._drawn: dict[str, tuple[tuple[object, ...], V]] = {}

    def get(self, name: str, because: tuple[object, ...], draw: Callable[[], V]) -> V:
        known = self._drawn.get(name)
        if known is not None and known[0] == because:
            return known[1]
        drawn = draw()
        self._drawn[name] = (because, drawn)
        return drawn

    def keep_only(self, names: Collection[str]) -> None:
        """Forget names that are gone."""
        if len(self._drawn) > len(names):
            self._drawn = {n: kept for n, kept in self._drawn.items() if n in names}


class Painter:
    """Draws the board, and draws nothing twice: a card or a row is made anew only
    when its platform, the second or the cursor on it has changed.
    """

    def __init__(self) -> None:
        self._rows: Memo[Line] = Memo()
        self._rests: Memo[Line] = Memo()
        self._cards: Memo[Card] = Memo()
        self._names: tuple[PlatformName, ...] | None = None
        self._index: dict[PlatformName, int] = {}
        self._longest = 0
        self._has_calls = False  # ever: a column that comes and goes moves the others

    def paint(
        self,
        names: tuple[PlatformName, ...],
        platforms: Platforms,
        lens: Lens,
        plan: Plan,
        cursor: PlatformName | None,
        marks: Container[PlatformName] = (),
        blame: Mapping[PlatformName, PlatformName] = NOBODY,
        taste: Taste = PLAIN,
        reaches: Mapping[PlatformName, Reach] = NOWHERE,
    ) -> Picture[PlatformName]:
        """Return the board for `names`, in this order; all must be in `platforms`.

        `blame` says who is unwell behind whom, `reaches` which clients hold what.
        """
        self._has_calls = self._has_calls or bool(reaches)
        if names is not self._names:
            self._names, self._index = names, index_of(names)
            self._longest = max(map(cell_len, names), default=0)
            self._rows.keep_only(self._index)
            self._rests.keep_only(self._index)
            self._cards.keep_only(self._index)
        if not names:
            nothing = _hidden if platforms else _nothing
            return Picture(self._grid(1, plan.width, (), ()), nothing(plan.width))

        def look(name: PlatformName) -> Look:
            noted = note(reaches.get(name), platforms[name].breaker, lens)
            behind = blame.get(name)
            return Look(name == cursor, name in marks, behind, noted, self._has_calls)

        if plan.mode == "cards":
            return self._paint_cards(platforms, lens, plan, look)
        return self._paint_rows(platforms, lens, plan, look, taste)

    def _paint_rows(
        self,
        platforms: Platforms,
        lens: Lens,
        plan: Plan,
        look: Callable[[PlatformName], Look],
        taste: Taste,
    ) -> Picture[PlatformName]:
        width, longest = plan.width, self._longest

        draw = self._row if plan.mode == "table" else list_row

        def line(name: PlatformName) -> Line:
            view, seen = platforms[name], look(name)
            moment = _moment(view, lens)
            because = (view, moment, plan.mode, width, longest, seen)
            return self._rows.get(
                name, because, lambda: draw(view, lens, width, longest, seen)
            )

        names = self._names or ()
        count = len(names)
        if plan.mode == "list":
            grid = self._grid(1, plan.width, range(count), Same(1, count))
            return Picture(grid, Lazy(names, line))
        top = titles(width, longest, taste.sort, calls=self._has_calls)
        if taste.sort is Sort.GROUP:
            entries, tops = with_groups(names, [platforms[n].spec.group for n in names])
            grid = self._grid(1, width, tops, Same(1, count))
            return Picture(grid, Lazy(entries, partial(_entry, line, width)), top)
        grid = self._grid(1, width, range(count), Same(1, count))
        return Picture(grid, Lazy(names, line), top)

    def _row(
        self, view: PlatformView, lens: Lens, width: int, longest: int, look: Look
    ) -> Line:
        """Draw a row; of a quiet one only the age moves with the clock."""
        moment = None if _is_quiet(view, lens) else lens.second
        because = (view, moment, width, longest, look)
        rest = self._rests.get(
            view.name, because, lambda: row_rest(view, lens, width, longest, look)
        )
        return headed(rest, view, lens, width, look)

    def _paint_cards(
        self,
        platforms: Platforms,
        lens: Lens,
        plan: Plan,
        look: Callable[[PlatformName], Look],
    ) -> Picture[PlatformName]:
        width = plan.width // plan.columns

        def one(name: PlatformName) -> Card:
            view, seen = platforms[name], look(name)
            because = (view, _moment(view, lens), width, seen)
            return self._cards.get(
                name, because, lambda: card(view, lens, width - 1, seen)
            )

        cards = [one(name) for name in self._names or ()]
        rows = [
            cards[at : at + plan.columns] for at in range(0, len(cards), plan.columns)
        ]
        heights = [max(len(lines) for lines in cells) for cells in rows]
        tops = list(accumulate([height + 1 for height in heights], initial=0))[:-1]
        lines = [
            line
            for cells, height in zip(rows, heights, strict=True)
            for line in _beside(cells, height, width, plan.width)
        ]
        return Picture(self._grid(plan.columns, width, tops, heights), lines[:-1])

    def _grid(
        self, columns: int, width: int, tops: Sequence[int], heights: Sequence[int]
    ) -> Grid[PlatformName]:
        return Grid(
            names=self._names or (),
            index=self._index,
            columns=columns,
            width=width,
            tops=tops,
            heights=heights,
        )


def _moment(view: PlatformView, lens: Lens) -> int | str:
    """Return what of the time a platform's look depends on: all is quiet, its age."""
    return age(view.since, lens) if _is_quiet(view, lens) else lens.second


def _is_quiet(view: PlatformView, lens: Lens) -> bool:
    return view.last is not None and face(view, lens.now).quiet


def _beside(cards: Sequence[Card], height: int, width: int, total: int) -> list[Line]:
    """Return the lines of cards that stand side by side, and a blank one below."""
    blank = (Span(" " * (width - 1)),)
    lines: list[Line] = []
    for at in range(height):
        line: list[Span] = []
        for lines_of_card in cards:
            line.extend(lines_of_card[at] if at < len(lines_of_card) else blank)
            line.append(Span(" "))
        lines.append(fit_line(line, total))
    return [*lines, fit_line((), total)]


def _nothing(width: int) -> list[Line]:
    """The way out of an empty board."""
    words: tuple[tuple[str, Tone], ...] = (
        ("No platform is watched.", "plain"),
        (
            "`conductor-tui init` looks at this host and writes a conductor.toml.",
            "muted",
        ),
    )
    return [fit_line((Span(f" {text}", tone),), width) for text, tone in words]


def _entry(
    line: Callable[[PlatformName], Line], width: int, entry: PlatformName | Heading
) -> Line:
    return entry.line(width) if isinstance(entry, Heading) else line(entry)


def _hidden(width: int) -> list[Line]:
    """The way out of a filter that nothing passes."""
    words = Span(" No platform passes the filter. Esc shows all again.", "muted")
    return [fit_line((words,), width)]


class Lazy(Sequence[Line], Generic[V]):
    """One line per entry, made when it is looked at: only those on the screen are."""

    def __init__(self, names: Sequence[V], line: Callable[[V], Line]) -> None:
        self._names = names
        self._line = line

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        if isinstance(at, slice):
            return [self._line(name) for name in self._names[at]]
        return self._line(self._names[at])


class Same(Sequence[int]):
    """The same number, `count` times, without keeping it `count` times."""

    def __init__(self, value: int, count: int) -> None:
        self._value, self._count = value, count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> list[int]: ...
    def __getitem__(self, at: int | slice) -> int | list[int]:
        if isinstance(at, slice):
            return [self._value] * len(range(*at.indices(self._count)))
        return self._value
