"""Every platform, the host and what happened, at a glance."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from conductor_tui.domain.ids import PlatformName
from conductor_tui.tui.messages import OpenPlatform, SnapshotChanged
from conductor_tui.tui.present.blame import behind
from conductor_tui.tui.present.board import Painter
from conductor_tui.tui.present.chips import chips, found, typed
from conductor_tui.tui.present.clients import Reaches
from conductor_tui.tui.present.events import events, rail
from conductor_tui.tui.present.filter import ASKS, EVERYTHING, parse
from conductor_tui.tui.present.glyphs import to_ascii
from conductor_tui.tui.present.header import header, summary
from conductor_tui.tui.present.layout import Plan, plan
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.marks import Marks
from conductor_tui.tui.present.order import PLAIN, Order, follow
from conductor_tui.tui.present.resources import resources
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.board import Board
from conductor_tui.tui.widgets.filter_line import FilterLine, filter_row
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.status_line import StatusLine

_MODES = ("line", "list", "table", "cards")


class OverviewScreen(Screen[None]):
    """Draws the newest snapshot; satisfies PicksPlatform, Filters and Browses."""

    CSS_PATH = [stylesheet("lines"), stylesheet("overview")]
    AUTO_FOCUS = "#board"
    BINDINGS = [
        Binding(
            "escape", "clear", "live again; then no marks; then no filter", show=False
        ),
    ]

    def __init__(self, *, ascii: bool = False, zone: tzinfo | None = None) -> None:
        """`zone` None: times of day are in the system's time zone."""
        super().__init__()
        self._ascii = ascii
        self._zone = zone
        self._shown: SnapshotChanged | None = None
        self._live: SnapshotChanged | None = None
        self._taste = PLAIN
        self._marks: Marks[PlatformName] = Marks()
        self._is_frozen = False
        self._found = ""
        self._order = Order()
        self._painter = Painter()
        self._reaches = Reaches()

    @property
    def picked(self) -> PlatformName | None:
        """The platform under the cursor."""
        board = self.query_one_optional(Board)  # keys may come before it is there
        name: PlatformName | None = board.cursor if board else None
        return name

    @property
    def marked(self) -> tuple[PlatformName, ...]:
        """The marked platforms: in the order of the board, then those hidden."""
        names, shown = self._marks.names, self._order.names
        hidden = sorted(names.difference(shown)) if names else []
        return (*[name for name in shown if name in names], *hidden)

    @property
    def frozen(self) -> SnapshotChanged | None:
        return self._shown if self._is_frozen else None

    def compose(self) -> ComposeResult:
        yield LinesView(ascii=self._ascii, id="header")
        yield LinesView(ascii=self._ascii, id="strip")
        yield LinesView(ascii=self._ascii, id="titles")
        with Horizontal(id="middle"):
            with Vertical():
                yield Board(ascii=self._ascii, id="board")
                yield LinesView(ascii=self._ascii, id="events")
            yield LinesView(ascii=self._ascii, id="rail")
        yield StatusLine()
        yield filter_row(ASKS)
        yield KeyLine()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        """Draw it; a frozen picture stays as it is."""
        self._live = message
        if not self._is_frozen or self._shown is None:
            self._shown = message
            self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_key(self) -> None:
        self._order.touch()

    def on_board_touched(self, message: Board.Touched) -> None:
        message.stop()
        self._order.touch()

    def on_board_moved(self, message: Board.Moved) -> None:
        message.stop()
        self._draw_board()

    def on_board_opened(self, message: Board.Opened) -> None:
        message.stop()
        if (name := self.picked) is not None:
            self.post_message(OpenPlatform(name))

    def filter(self) -> None:
        """Ask for a filter; the one in force may be changed."""
        self.add_class("-typing")
        self.query_one(FilterLine).open(self._taste.filter.text)
        self._draw()

    def on_filter_line_typed(self, message: FilterLine.Typed) -> None:
        message.stop()
        self._taste = replace(self._taste, filter=parse(message.words))
        if message.is_done:
            self.remove_class("-typing")
            self.query_one(Board).focus()
        self._draw()

    def mark(self) -> None:
        """Mark the platform under the cursor, or unmark it, and step on."""
        self._order.touch()  # by the palette it comes without a key
        if (name := self.picked) is not None:
            self._marks = self._marks.toggled(name)
            self.query_one(Board).action_step("right")
            self._draw()

    def mark_to_here(self) -> None:
        self._order.touch()
        if (name := self.picked) is not None:
            self._marks = self._marks.up_to(name, self._order.names)
            self._draw()

    def sort(self, step: int) -> None:
        self._order.touch()
        self._taste = replace(self._taste, sort=self._taste.sort.step(step))
        self._draw()

    def invert(self) -> None:
        self._order.touch()
        self._taste = replace(self._taste, inverse=not self._taste.inverse)
        self._draw()

    def freeze(self) -> None:
        """Stand still, or be live again: then what came meanwhile is drawn."""
        if self._shown is not None:
            self._is_frozen = not self._is_frozen
            self._shown = self._shown if self._is_frozen else self._live
            self._draw()

    def action_clear(self) -> None:
        """One thing for each press: the freeze, the marks, the filter."""
        if self._is_frozen:
            self.freeze()
        elif self._marks.names:
            self._marks = Marks()
        else:
            self._taste = replace(self._taste, filter=EVERYTHING)
        self._draw()

    def _draw(self) -> None:
        if self._shown is None:
            return
        snapshot, lens, width = self._shown.snapshot, self._lens(), self.size.width
        arranged = self._plan()
        self._arrange(arranged)
        self._marks = self._marks.kept(snapshot.platforms)
        board = self._draw_board()
        self._draw_header(arranged)
        self._lines("strip").show([resources(snapshot.resources, width)])
        below = arranged.events_height(board)
        self._lines("events").show(
            events(snapshot.events, lens, arranged.width, below) if below else ()
        )
        if arranged.rail:
            lines = rail(snapshot.events, lens, arranged.rail, arranged.room)
            self._lines("rail").show(lines)

    def _draw_header(self, arranged: Plan) -> None:
        assert self._shown is not None
        snapshot, lens, width = self._shown.snapshot, self._lens(), self.size.width
        names = self._order.names
        counts = found(len(names), len(snapshot.platforms))
        said = chips(self._taste, self._marks, frozenset(names), counts)
        line = (
            summary(snapshot, lens, width)
            if arranged.mode == "line"
            else header(snapshot, lens, width, chips=said, frozen=self._is_frozen)
        )
        self._lines("header").show([line])
        words = to_ascii(typed(self._taste.filter, counts))
        if words != self._found:  # an update arranges the whole screen anew
            self._found = words
            self.query_one("#found", Static).update(words)

    def _draw_board(self) -> int:
        """Draw the board alone, after a move of the cursor. Returns its height."""
        if self._shown is None:
            return 0
        board, before = self.query_one(Board), self._order.names
        platforms = self._shown.snapshot.platforms
        blame = behind(self._shown.snapshot)
        names = self._order.update(
            platforms,
            self._shown.now,
            frozen=not self.is_active,
            taste=self._taste,
            blame=blame,
        )
        board.put_cursor(self._cursor(board.cursor, before, names))
        arranged = self._plan()
        picture = self._painter.paint(
            names,
            platforms,
            self._lens(),
            arranged,
            board.cursor,
            marks=self._marks.names,
            blame=blame,
            taste=self._taste,
            reaches=self._reaches.of(self._shown.snapshot),
        )
        height = arranged.board_height(len(picture.lines))
        board.styles.height = height
        board.show_picture(picture)
        self._lines("titles").show([picture.titles])
        return height

    def _cursor(
        self,
        cursor: PlatformName | None,
        before: Sequence[PlatformName],
        names: Sequence[PlatformName],
    ) -> PlatformName | None:
        """Until somebody touched the board the cursor is at its top: it would follow
        the first name that came, and the worst would stand above, out of sight.
        """
        if self._order.is_touched:
            return follow(cursor, before, names)
        return names[0] if names else None

    def _arrange(self, arranged: Plan) -> None:
        for mode in _MODES:
            self.set_class(arranged.mode == mode, f"-{mode}")
        self.set_class(arranged.roomy, "-roomy")
        self.set_class(bool(arranged.rail), "-rail")

    def _plan(self) -> Plan:
        assert self._shown is not None
        count = len(self._shown.snapshot.platforms)
        return plan(self.size.width, self.size.height, count)

    def _lens(self) -> Lens:
        assert self._shown is not None
        return Lens(self._shown.now, self._zone)

    def _lines(self, id: str) -> LinesView:
        return self.query_one(f"#{id}", LinesView)
