"""The dead letters: what waits for whom, why, and what is in it."""

import asyncio
from datetime import tzinfo

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Static

from conductor_tui import ports
from conductor_tui.domain.dead_letter import DeadLetter, LetterView
from conductor_tui.domain.errors import ConductorError
from conductor_tui.domain.ids import LetterId, PlatformName
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.text import one_line
from conductor_tui.tui.clipboard import Copy
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.present.board import Picture, listed
from conductor_tui.tui.present.glyphs import to_ascii
from conductor_tui.tui.present.header import header
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.letters_filter import ASKS, EVERY_LETTER, parse
from conductor_tui.tui.present.letters_page import (
    LETTER_COLUMNS,
    begin_letter_lines,
    hidden_letter_lines,
    in_need,
    letter_cells,
    letter_lines,
    letter_text,
    letters_title,
)
from conductor_tui.tui.present.look import Look
from conductor_tui.tui.present.marks import Marks
from conductor_tui.tui.present.order import follow
from conductor_tui.tui.present.spans import Line, text_of
from conductor_tui.tui.present.table import row, titles
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.board import Board
from conductor_tui.tui.widgets.filter_line import FilterLine, filter_row
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.page import SHORT, Page
from conductor_tui.tui.widgets.status_line import StatusLine

_GONE = "it is gone: delivered, or discarded"
_NOWHERE = "this dashboard has no way to the payloads"


class LettersScreen(Screen[None]):
    """Draws the dead letters of the newest snapshot; satisfies PicksLetters, Filters
    and Copies. The payload of the one under the cursor is fetched in a thread.
    """

    CSS_PATH = [stylesheet("lines"), stylesheet("letters")]
    AUTO_FOCUS = "#board"
    BINDINGS = [
        Binding("tab", "app.focus_next", "list, payload", tooltip="To what it holds"),
        Binding("shift+tab", "app.focus_previous", "list, payload", show=False),
        Binding("space", "mark", "mark", tooltip="Mark, to act on several"),
        Binding("v", "mark_to_here", "mark to here", show=False),
        Binding("escape", "clear", "no marks; no filter; then back", show=False),
    ]

    def __init__(
        self,
        box: ports.LetterBox | None,
        first: PlatformName | None = None,
        *,
        ascii: bool = False,
        zone: tzinfo | None = None,
    ) -> None:
        """`box` gives the letters whole. The cursor begins at the first one to `first`,
        where there is one. `zone` None: times of day are in the system's time zone.
        """
        super().__init__()
        self._box, self._first = box, first
        self._ascii, self._zone = ascii, zone
        self._shown: SnapshotChanged | None = None
        self._filter = EVERY_LETTER
        self._found = ""
        self._marks: Marks[str] = Marks()
        self._views: dict[str, LetterView] = {}
        self._of: Roster[LetterId, LetterView] | None = None  # of which those are
        self._passing = self._filter  # and which filter they passed
        self._asked: LetterView | None = None  # whose payload was asked for
        self._wish: LetterView | None = None
        self._is_fetching = False
        self._whole: DeadLetter | None = None
        self._words = ""  # why there is no payload
        self._drawn: tuple[object, ...] = ()  # what the page was drawn from

    @property
    def picked_letters(self) -> tuple[LetterId, ...]:
        if marked := self.marked_letters:
            return marked
        board = self.query_one_optional(Board)  # keys may come before it is there
        view = self._views.get(board.cursor or "") if board else None
        return (view.id,) if view else ()

    @property
    def marked_letters(self) -> tuple[LetterId, ...]:
        names, views = self._marks.names, self._views
        hidden = sorted(int(key) for key in names if key not in views)
        shown = [view.id for key, view in views.items() if key in names]
        return (*shown, *map(LetterId, hidden))

    @property
    def listed_letters(self) -> tuple[LetterId, ...]:
        return tuple(view.id for view in self._views.values())

    @property
    def is_filtered(self) -> bool:
        return bool(self._filter.terms)

    def compose(self) -> ComposeResult:
        yield LinesView(ascii=self._ascii, id="header")
        yield LinesView(ascii=self._ascii, id="title")
        yield LinesView(ascii=self._ascii, id="titles")
        yield Board[str](ascii=self._ascii, id="board")
        yield Page(ascii=self._ascii, id="letter")
        yield LinesView(ascii=self._ascii, id="begin")
        yield StatusLine()
        yield filter_row(ASKS)
        yield KeyLine()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        self._shown = message
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_board_moved(self, message: Board.Moved) -> None:
        message.stop()
        self._draw()

    def action_mark(self) -> None:
        """Mark the letter under the cursor, or unmark it, and step on."""
        board: Board[str] = self.query_one(Board)
        if board.cursor is not None:
            self._marks = self._marks.toggled(board.cursor)
            board.action_step("down")
            self._draw()

    def action_mark_to_here(self) -> None:
        board: Board[str] = self.query_one(Board)
        if board.cursor is not None:
            self._marks = self._marks.up_to(board.cursor, tuple(self._views))
            self._draw()

    def filter(self) -> None:
        """Ask for a filter; the one in force may be changed."""
        self.add_class("-typing")
        self.query_one(FilterLine).open(self._filter.text)
        self._draw()

    def on_filter_line_typed(self, message: FilterLine.Typed) -> None:
        message.stop()
        self._filter = parse(message.words)
        if message.is_done:
            self.remove_class("-typing")
            self.query_one(Board).focus()
        self._draw()

    async def action_clear(self) -> None:
        """One thing for each press: the marks, the filter, this screen."""
        if self._marks.names:
            self._marks = Marks()
        elif self._filter.text:
            self._filter = EVERY_LETTER
        else:
            await self.app.run_action("app.back")
            return
        self._draw()

    def copied(self, *, everything: bool) -> Copy:
        """Return the list as it stands there, or the one under the cursor whole."""
        if self._shown is None:
            return Copy("", "nothing")
        if not everything and self._whole is not None:
            what = f"dead letter {self._whole.id} as Markdown"
            return Copy(letter_text(self._whole, self._lens), what)
        width = max(1, self.size.width - 1)
        lines = [self._line(key, width, Look()) for key in self._views]
        text = "\n".join(text_of(line).rstrip() for line in lines)
        return Copy(text, f"{len(lines)} dead letters")

    def _draw(self) -> None:
        if self._shown is None:
            return
        snapshot, width = self._shown.snapshot, self.size.width
        before, total = tuple(self._views), len(snapshot.letters)
        self._sift(snapshot.letters)
        names = tuple(self._views)
        self.set_class(not total, "-empty")
        self.set_class(self.size.height < SHORT, "-short")
        self._lines("header").show([header(snapshot, self._lens, width)])
        self._lines("title").show([self._title(total, width)])
        self._lines("titles").show([titles(LETTER_COLUMNS, max(1, width - 1))])
        board: Board[str] = self.query_one(Board)
        cursor = follow(board.cursor, before, names) if before else self._start
        board.put_cursor(cursor if cursor in self._views else next(iter(names), None))
        board.styles.height = max(1, min(len(names), max(3, self.size.height // 3)))
        board.show_picture(self._picture(max(1, width - 1), board.cursor))
        if not total:
            self._lines("begin").show(begin_letter_lines(snapshot, width))
        self._draw_one()

    def _sift(self, letters: Roster[LetterId, LetterView]) -> None:
        """List those that pass; only where the letters or the filter are others."""
        if self._of is letters and self._passing is self._filter:
            return
        self._of, self._passing = letters, self._filter
        passing = [one for one in letters.in_order() if self._filter.accepts(one)]
        self._views = {str(one.id): one for one in in_need(passing)}
        if self._marks.names:
            self._marks = self._marks.kept({str(number) for number in letters})

    def _draw_one(self) -> None:
        """Draw the letter under the cursor; fetch it where it is another one."""
        page = self.query_one("#letter", Page)
        view = self._views.get(self.query_one(Board).cursor or "")
        if view is None:
            self._asked, self._drawn = None, ()
            page.show([])
            return
        if view != self._asked:
            if self._asked is None or view.id != self._asked.id:
                self._whole, self._words = None, ""
                page.scroll_to(y=0, animate=False, force=True)
            self._asked = self._wish = view
            if self._box is not None and not self._is_fetching:
                self._is_fetching = True
                self._fetch(self._box)
        words = self._words if self._box is not None else _NOWHERE
        lens, width = self._lens, max(1, self.size.width - 1)
        drawn = (view, self._whole, words, width, lens.local(lens.now).date())
        if drawn != self._drawn:  # a payload may be long
            self._drawn = drawn
            page.show(letter_lines(view, self._whole, lens, width, words))

    @work(name="letter", group="letter")
    async def _fetch(self, box: ports.LetterBox) -> None:
        """Fetch one after the other; of those the cursor only passed, none."""
        try:
            while (view := self._wish) is not None:
                self._wish = None
                letter, words = await asyncio.to_thread(_fetched, box, view.id)
                if self._asked is not None and view.id == self._asked.id:
                    self._whole, self._words = letter, words
                    self._draw_one()
        finally:
            self._is_fetching = False

    def _title(self, total: int, width: int) -> Line:
        assert self._shown is not None
        counts = f"{len(self._views):,} of {total:,}"
        words = self._filter.trouble
        words = to_ascii(f"{counts}  {words}" if words else counts)
        if self.has_class("-typing") and words != self._found:
            self._found = words  # an update arranges the whole screen anew
            self.query_one("#found", Static).update(words)
        marked, hidden = len(self._marks.names), self._marks.names - {*self._views}
        snapshot, lens = self._shown.snapshot, self._lens
        chips = f"{marked} marked" if marked else ""
        chips += f" ({len(hidden)} hidden)" if hidden else ""
        return letters_title(snapshot, self._filter, chips, counts, lens, width)

    def _picture(self, width: int, cursor: str | None) -> Picture[str]:
        names = tuple(self._views)

        def line(key: str) -> Line:
            return self._line(key, width, Look(key == cursor, key in self._marks.names))

        return listed(names, width, line, hidden_letter_lines(width))

    def _line(self, key: str, width: int, look: Look) -> Line:
        assert self._shown is not None
        cells = letter_cells(self._views[key], self._shown.snapshot, self._lens)
        return row(LETTER_COLUMNS, cells, width, look)

    @property
    def _start(self) -> str | None:
        """The first letter to the platform that was picked before."""
        found = (key for key, one in self._views.items() if one.to == self._first)
        return next(found, None)

    @property
    def _lens(self) -> Lens:
        assert self._shown is not None
        return Lens(self._shown.now, self._zone)

    def _lines(self, id: str) -> LinesView:
        return self.query_one(f"#{id}", LinesView)


def _fetched(box: ports.LetterBox, letter: LetterId) -> tuple[DeadLetter | None, str]:
    """Return it whole, and why it is not there. Blocks."""
    try:
        return box.letter(letter), _GONE
    except ConductorError as error:
        return None, one_line(str(error))
