"""Everything that is wrong, who was told, and what is on its way to people."""

from collections.abc import Sequence
from datetime import tzinfo

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Static

from conductor_tui.domain.ids import AlertKey, ChannelName, DeliveryId, SilenceId
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.clipboard import Copy
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.present.alerts_tabs import (
    COLUMNS,
    EMPTY,
    Entry,
    Tab,
    entries,
    tab_line,
)
from conductor_tui.tui.present.board import Picture, listed
from conductor_tui.tui.present.glyphs import to_ascii
from conductor_tui.tui.present.header import header
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.look import Look
from conductor_tui.tui.present.marks import Marks
from conductor_tui.tui.present.order import follow
from conductor_tui.tui.present.spans import Line, Span, clip, ends, fit_line, text_of
from conductor_tui.tui.present.table import row, titles
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.board import Board
from conductor_tui.tui.widgets.filter_line import FilterLine, filter_row
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.status_line import StatusLine

_ASKS = "words that a row must have; ! in front: must not"


class AlertsScreen(Screen[None]):
    """Draws the alerts of the newest snapshot, a tab at a time; satisfies ListsAlerts,
    Filters and Copies.
    """

    CSS_PATH = [stylesheet("lines"), stylesheet("alerts")]
    AUTO_FOCUS = "#board"
    BINDINGS = [
        Binding(
            "tab,full_stop", "tab(1)", "next tab", key_display="tab", tooltip="Tab"
        ),
        Binding("shift+tab,comma", "tab(-1)", "tab before", show=False),
        Binding("space", "mark", "mark", tooltip="Mark, to act on several"),
        Binding("escape", "clear", "no marks; no filter; then back", show=False),
    ]

    def __init__(self, *, ascii: bool = False, zone: tzinfo | None = None) -> None:
        """`zone` None: times of day are in the system's time zone."""
        super().__init__()
        self._ascii, self._zone = ascii, zone
        self._shown: SnapshotChanged | None = None
        self._tab = Tab.OPEN
        self._filter = ""
        self._found = ""
        self._marks: Marks[str] = Marks()
        self._entries: dict[str, Entry] = {}
        self._cursors: dict[Tab, str | None] = {}

    @property
    def picked_alerts(self) -> tuple[AlertKey, ...]:
        return tuple(AlertKey(key) for key in self._picked(Tab.OPEN))

    @property
    def picked_silences(self) -> tuple[SilenceId, ...]:
        return tuple(SilenceId(key) for key in self._picked(Tab.SILENCES))

    @property
    def picked_deliveries(self) -> tuple[DeliveryId, ...]:
        return tuple(DeliveryId(int(key)) for key in self._picked(Tab.OUTBOX))

    @property
    def picked_channel(self) -> ChannelName | None:
        keys = self._picked(Tab.CHANNELS)
        return ChannelName(keys[0]) if keys else None

    def _picked(self, tab: Tab) -> tuple[str, ...]:
        """The marked rows of a tab that is shown, or the one under the cursor."""
        board = self.query_one_optional(Board)  # keys may come before it is there
        if tab is not self._tab or board is None:
            return ()
        marked = tuple(key for key in self._entries if key in self._marks.names)
        return marked or ((board.cursor,) if board.cursor in self._entries else ())

    def compose(self) -> ComposeResult:
        yield LinesView(ascii=self._ascii, id="header")
        yield LinesView(ascii=self._ascii, id="tabs")
        yield LinesView(ascii=self._ascii, id="titles")
        yield Board[str](ascii=self._ascii, id="board")
        yield LinesView(ascii=self._ascii, id="detail")
        yield StatusLine()
        yield filter_row(_ASKS)
        yield KeyLine()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        self._shown = message
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_board_moved(self, message: Board.Moved) -> None:
        message.stop()
        self._draw()

    def action_tab(self, step: int) -> None:
        board: Board[str] = self.query_one(Board)
        self._cursors[self._tab] = board.cursor
        self._tab, self._marks = self._tab.step(step), Marks()
        board.put_cursor(self._cursors.get(self._tab))
        self._entries = {}
        self._draw()

    def action_mark(self) -> None:
        """Mark the row under the cursor, or unmark it, and step on."""
        board = self.query_one(Board)
        if board.cursor is not None:
            self._marks = self._marks.toggled(board.cursor)
            board.action_step("down")
            self._draw()

    def filter(self) -> None:
        """Ask for a filter; the one in force may be changed."""
        self.add_class("-typing")
        self.query_one(FilterLine).open(self._filter)
        self._draw()

    def on_filter_line_typed(self, message: FilterLine.Typed) -> None:
        message.stop()
        self._filter = message.words
        if message.is_done:
            self.remove_class("-typing")
            self.query_one(Board).focus()
        self._draw()

    async def action_clear(self) -> None:
        """One thing for each press: the marks, the filter, this screen."""
        if self._marks.names:
            self._marks = Marks()
        elif self._filter:
            self._filter = ""
        else:
            await self.app.run_action("app.back")
            return
        self._draw()

    def copied(self, *, everything: bool) -> Copy:
        """Return the rows as they stand there, or what is known of the one."""
        board = self.query_one(Board)
        one = self._entries.get(board.cursor or "")
        if everything or one is None:
            width = self.size.width
            lines = [self._line(entry, width, Look()) for entry in self._all()]
            text = "\n".join(text_of(line).rstrip() for line in lines)
            return Copy(text, f"{len(lines)} rows")
        return Copy("\n".join(one.detail), clip(one.key, 32))

    def _all(self) -> Sequence[Entry]:
        return tuple(self._entries.values())

    def _draw(self) -> None:
        if self._shown is None:
            return
        snapshot, width = self._shown.snapshot, self.size.width
        before = tuple(self._entries)
        found = entries(self._tab, snapshot, self._lens)
        self._entries = {one.key: one for one in found if self._passes(one)}
        self._marks = self._marks.kept(self._entries)
        board: Board[str] = self.query_one(Board)
        names = tuple(self._entries)
        cursor = follow(board.cursor, before, names)
        board.put_cursor(cursor if cursor in self._entries else next(iter(names), None))
        board.show_picture(self._picture(max(1, width - 1), board.cursor, len(found)))
        self._lines("header").show([header(snapshot, self._lens, width)])
        self._lines("tabs").show([self._tab_line(snapshot, len(found), width)])
        self._lines("titles").show([titles(COLUMNS[self._tab], max(1, width - 1))])
        detail = self._detail(board.cursor, snapshot, width)
        below = self._lines("detail")
        below.styles.height = len(detail)
        below.show(detail)

    def _picture(self, width: int, cursor: str | None, total: int) -> Picture[str]:
        names = tuple(self._entries)
        words = "nothing has these words: / changes them" if total else None
        none = Span(f"  {words or EMPTY[self._tab]}", "muted")

        def line(name: str) -> Line:
            look = Look(name == cursor, name in self._marks.names)
            return self._line(self._entries[name], width, look)

        return listed(names, width, line, [fit_line((none,), width)])

    def _line(self, entry: Entry, width: int, look: Look) -> Line:
        return row(COLUMNS[self._tab], entry.cells, width, look)

    def _tab_line(self, snapshot: Snapshot, total: int, width: int) -> Line:
        shown = f"{len(self._entries)} of {total}"
        chips = f"/{self._filter}  {shown} " if self._filter else ""
        if self._marks.names:
            chips = f"{len(self._marks.names)} marked  {chips}"
        words = to_ascii(shown)
        if self.has_class("-typing") and words != self._found:
            self._found = words  # an update arranges the whole screen anew
            self.query_one("#found", Static).update(words)
        line = tab_line(snapshot.alerts, self._tab, width - len(chips))
        return ends(line, (Span(chips, "accent"),), width)

    def _detail(self, cursor: str | None, snapshot: Snapshot, width: int) -> list[Line]:
        """The row under the cursor in full, and what keeps us from keeping it."""
        words = list(self._entries[cursor].detail) if cursor in self._entries else []
        room = 2 if self.size.height < 16 else 5
        lines = [fit_line((Span(f"  {one}", "muted"),), width) for one in words if one]
        if snapshot.alerts.trouble:
            trouble = f"  journal: {snapshot.alerts.trouble}"
            lines.insert(0, fit_line((Span(trouble, "degraded"),), width))
        return lines[:room]

    def _passes(self, entry: Entry) -> bool:
        text = entry.text
        return all(
            (word[1:] not in text) if word[:1] == "!" and word[1:] else word in text
            for word in self._filter.lower().split()
        )

    @property
    def _lens(self) -> Lens:
        assert self._shown is not None
        return Lens(self._shown.now, self._zone)

    def _lines(self, id: str) -> LinesView:
        return self.query_one(f"#{id}", LinesView)
