"""Every platform, the host and what happened, at a glance."""

from datetime import tzinfo

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from conductor_tui.domain.ids import PlatformName
from conductor_tui.tui.messages import OpenPlatform, SnapshotChanged
from conductor_tui.tui.news import is_news
from conductor_tui.tui.present.board import Painter, Picture
from conductor_tui.tui.present.events import events, rail
from conductor_tui.tui.present.header import header, summary
from conductor_tui.tui.present.layout import Plan, plan
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.order import Order, follow
from conductor_tui.tui.present.resources import resources
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.board import Board
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.status_line import StatusLine

_MODES = ("line", "list", "table", "cards")


class OverviewScreen(Screen[None]):
    """Draws the newest snapshot; satisfies PicksPlatform."""

    CSS_PATH = [stylesheet("lines"), stylesheet("overview")]

    def __init__(self, *, ascii: bool = False, zone: tzinfo | None = None) -> None:
        """`zone` None: times of day are in the system's time zone."""
        super().__init__()
        self._ascii = ascii
        self._zone = zone
        self._shown: SnapshotChanged | None = None
        self._order = Order()
        self._painter = Painter()

    @property
    def picked(self) -> PlatformName | None:
        """The platform under the cursor."""
        board = self.query_one_optional(Board)  # keys may come before it is there
        return board.cursor if board else None

    def compose(self) -> ComposeResult:
        yield LinesView(ascii=self._ascii, id="header")
        yield LinesView(ascii=self._ascii, id="strip")
        with Horizontal(id="middle"):
            with Vertical():
                yield Board(ascii=self._ascii, id="board")
                yield LinesView(ascii=self._ascii, id="events")
            yield LinesView(ascii=self._ascii, id="rail")
        yield StatusLine()
        yield KeyLine()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        """Draw at once when something happened; a mere result waits for the next
        second, when the clock is drawn anyway.
        """
        before, self._shown = self._shown, message
        if before is None or is_news(message, before):
            self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_key(self) -> None:
        self._order.touch()

    def on_board_moved(self, message: Board.Moved) -> None:
        message.stop()
        self._draw_board()

    def on_board_opened(self, message: Board.Opened) -> None:
        message.stop()
        self.post_message(OpenPlatform(message.name))

    def _draw(self) -> None:
        if self._shown is None:
            return
        snapshot, lens, width = self._shown.snapshot, self._lens(), self.size.width
        arranged = self._plan()
        self._arrange(arranged)
        first = summary if arranged.mode == "line" else header
        self._lines("header").show([first(snapshot, lens, width)])
        self._lines("strip").show([resources(snapshot.resources, width)])
        board = self._draw_board()
        below = arranged.events_height(board)
        self._lines("events").show(
            events(snapshot.events, lens, arranged.width, below) if below else ()
        )
        if arranged.rail:
            lines = rail(snapshot.events, lens, arranged.rail, arranged.room)
            self._lines("rail").show(lines)

    def _draw_board(self) -> int:
        """Draw the board alone, after a move of the cursor. Returns its height."""
        if self._shown is None:
            return 0
        board, before = self.query_one(Board), self._order.names
        platforms = self._shown.snapshot.platforms
        names = self._order.update(
            platforms, self._shown.now, frozen=not self.is_active
        )
        board.set_reactive(Board.cursor, follow(board.cursor, before, names))
        arranged = self._plan()
        picture: Picture = self._painter.paint(
            names, platforms, self._lens(), arranged, board.cursor
        )
        height = arranged.board_height(len(picture.lines))
        board.styles.height = height
        board.show_picture(picture)
        return height

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
