"""Every plug-in: its state, what it takes, and what it writes."""

from datetime import tzinfo

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import PluginView
from conductor_tui.tui.clipboard import Copy
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.present.board import Picture, listed
from conductor_tui.tui.present.header import header
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.look import Look
from conductor_tui.tui.present.order import follow
from conductor_tui.tui.present.plugins_page import (
    PLUGIN_COLUMNS,
    begin_plugin_lines,
    log_lines,
    plugin_cells,
    plugin_detail,
    plugins_title,
)
from conductor_tui.tui.present.spans import Line, Span, fit_line, text_of
from conductor_tui.tui.present.table import row, titles
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.board import Board
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.page import SHORT, Page
from conductor_tui.tui.widgets.status_line import StatusLine


class PluginsScreen(Screen[None]):
    """Draws the plug-ins of the newest snapshot; satisfies PicksPlugin and Copies."""

    CSS_PATH = [stylesheet("lines"), stylesheet("plugins")]
    AUTO_FOCUS = "#board"
    BINDINGS = [
        Binding("tab", "app.focus_next", "list, log", tooltip="To its log, and back"),
        Binding("shift+tab", "app.focus_previous", "list, log", show=False),
    ]

    def __init__(
        self,
        first: PluginName | None = None,
        *,
        ascii: bool = False,
        zone: tzinfo | None = None,
    ) -> None:
        """The cursor begins on `first`, where it is there. `zone` None: times of day
        are in the system's time zone.
        """
        super().__init__()
        self._ascii, self._zone = ascii, zone
        self._shown: SnapshotChanged | None = None
        self._first = first
        self._names: tuple[PluginName, ...] = ()
        self._of: PluginName | None = None  # whose log is shown

    @property
    def picked_plugin(self) -> PluginName | None:
        board = self.query_one_optional(Board)  # keys may come before it is there
        name: PluginName | None = board.cursor if board else None
        return name

    def compose(self) -> ComposeResult:
        yield LinesView(ascii=self._ascii, id="header")
        yield LinesView(ascii=self._ascii, id="title")
        yield LinesView(ascii=self._ascii, id="titles")
        yield Board[PluginName](ascii=self._ascii, id="board")
        yield LinesView(ascii=self._ascii, id="detail")
        yield LinesView(ascii=self._ascii, id="wrote")
        yield Page(ascii=self._ascii, id="log")
        yield LinesView(ascii=self._ascii, id="begin")
        yield StatusLine()
        yield KeyLine()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        self._shown = message
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_board_moved(self, message: Board.Moved) -> None:
        message.stop()
        self._draw()

    def copied(self, *, everything: bool) -> Copy:
        """Return the list as it stands there, or all of the one with its log."""
        view = self._view
        if self._shown is None or view is None:
            return Copy("", "nothing")
        width = max(1, self.size.width - 1)
        if everything:
            lines = [self._line(name, width, Look()) for name in self._names]
            return Copy(_text(lines), f"{len(lines)} plug-ins")
        wide = 400  # what a page cuts, a copy has
        lines = plugin_detail(view, self._shown.snapshot, self._lens, wide)
        log = log_lines(view.log, self._lens, wide)
        return Copy(_text([*lines, *log]), view.name)

    def _draw(self) -> None:
        if self._shown is None:
            return
        snapshot, width = self._shown.snapshot, self.size.width
        before, self._names = self._names, tuple(snapshot.plugins)
        self.set_class(not self._names, "-empty")
        self.set_class(self.size.height < SHORT, "-short")
        self._lines("header").show([header(snapshot, self._lens, width)])
        self._lines("title").show([plugins_title(snapshot, width)])
        self._lines("titles").show([titles(PLUGIN_COLUMNS, max(1, width - 1))])
        board: Board[PluginName] = self.query_one(Board)
        cursor = follow(board.cursor, before, self._names) if before else None
        board.put_cursor(cursor or self._start)
        board.styles.height = min(len(self._names), max(3, self.size.height // 4))
        board.show_picture(self._picture(max(1, width - 1), board.cursor))
        if not self._names:
            self._lines("begin").show(begin_plugin_lines(width))
        self._draw_one()

    def _draw_one(self) -> None:
        """Draw what is known of the plug-in under the cursor, and its log."""
        view, width = self._view, self.size.width
        if view is None or self._shown is None:
            return
        detail = plugin_detail(view, self._shown.snapshot, self._lens, width)
        room = 2 if self.size.height < SHORT else max(7, self.size.height // 4)
        below = self._lines("detail")
        below.styles.height = min(room, len(detail))
        below.show(detail[:room])
        words = Span(f" What {view.name} wrote", "title")
        self._lines("wrote").show([fit_line((words,), width)])
        self._draw_log(view, width)

    def _draw_log(self, view: PluginView, width: int) -> None:
        """Draw its log; at its end it stays at the end."""
        log = self.query_one("#log", Page)
        is_other = view.name != self._of
        was_at_end = is_other or log.scroll_offset.y >= log.max_scroll_y
        self._of = view.name
        log.show(log_lines(view.log, self._lens, max(1, width - 1)))
        if was_at_end:
            log.scroll_end(animate=False, force=True)

    def _picture(self, width: int, cursor: PluginName | None) -> Picture[PluginName]:
        names = self._names

        def line(name: PluginName) -> Line:
            return self._line(name, width, Look(name == cursor))

        return listed(names, width, line)

    def _line(self, name: PluginName, width: int, look: Look) -> Line:
        assert self._shown is not None
        view = self._shown.snapshot.plugins[name]
        return row(PLUGIN_COLUMNS, plugin_cells(view, self._lens), width, look)

    @property
    def _start(self) -> PluginName | None:
        first = (self._first,) if self._first in self._names else ()
        return next(iter((*first, *self._names)), None)

    @property
    def _view(self) -> PluginView | None:
        picked = self.picked_plugin
        if self._shown is None or picked is None:
            return None
        return self._shown.snapshot.plugins.get(picked)

    @property
    def _lens(self) -> Lens:
        assert self._shown is not None
        return Lens(self._shown.now, self._zone)

    def _lines(self, id: str) -> LinesView:
        return self.query_one(f"#{id}", LinesView)


def _text(lines: list[Line]) -> str:
    return "\n".join(text_of(line).rstrip() for line in lines)
