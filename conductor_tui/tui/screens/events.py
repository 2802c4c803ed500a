"""What happened, all of it: a log to follow, to search and to copy from."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from conductor_tui.domain.ids import AgentId, Seq
from conductor_tui.tui.clipboard import Copy
from conductor_tui.tui.messages import OpenAgent, OpenPlatform, SnapshotChanged
from conductor_tui.tui.present.events_filter import ASKS, complaint, filtered
from conductor_tui.tui.present.events_page import Entry, Log, as_text, layout, title
from conductor_tui.tui.present.header import header
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.filter_line import FilterLine
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.log import LogView
from conductor_tui.tui.widgets.status_line import StatusLine


class EventsScreen(Screen[None]):
    """Shows every event that is kept; satisfies Filters, Follows and Copies.

    It picks no platform: in a log that moves, a key that acts would hit what has just
    come. Enter only opens.
    """

    CSS_PATH = [stylesheet("lines"), stylesheet("events")]
    AUTO_FOCUS = "LogView"
    BINDINGS = [
        Binding("enter", "jump", "open", key_display="enter", tooltip="Open its page"),
        Binding("escape", "clear", "no marks; then no filter; then back", show=False),
    ]

    def __init__(
        self,
        *,
        ascii: bool = False,
        zone: tzinfo | None = None,
        since: datetime | None = None,
    ) -> None:
        """`zone` None: times of day are in the system's time zone. `since`: the cursor
        begins at what happened then, not at the end.
        """
        super().__init__()
        self._since = since
        self._ascii = ascii
        self._zone = zone
        self._shown: SnapshotChanged | None = None
        self._log = Log()
        self._words = ""
        self._read_to = Seq(0)

    def compose(self) -> ComposeResult:
        yield LinesView(ascii=self._ascii, id="header")
        yield LinesView(ascii=self._ascii, id="title")
        yield LogView(ascii=self._ascii, id="log")
        yield FilterLine(ASKS, id="filter")
        yield StatusLine()
        yield KeyLine()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        self._shown = message
        self._draw()

    def on_resize(self) -> None:
        self._draw(anew=True)

    def filter(self) -> None:
        """Ask for a filter; the one in force may be changed."""
        self.query_one(FilterLine).open(self._words)

    def follow(self) -> None:
        """Follow the end, or stop following it."""
        view = self.query_one(LogView)
        view.follow(not view.follows)

    def copied(self, *, everything: bool) -> Copy:
        """Return all that is shown, or the marked lines, or the current one."""
        view = self.query_one(LogView)
        entries: Sequence[Entry] = view.entries
        if not everything:
            marked = [entry for entry in entries if entry.seq in view.marks]
            entries = marked or ([view.current] if view.current else [])
        count = f"{len(entries)} line{'' if len(entries) == 1 else 's'}"
        return Copy(as_text(entries, self._lens), count)

    def action_jump(self) -> None:
        """Open the platform or agent of the line under the cursor, if it has one."""
        current = self.query_one(LogView).current
        if current and current.agent and self._is_known(current.agent):
            self.post_message(OpenAgent(current.agent))
        if current and current.platform and self._is_watched(current):
            self.post_message(OpenPlatform(current.platform))

    async def action_clear(self) -> None:
        """One thing for each press: the marks, the filter, this screen."""
        view = self.query_one(LogView)
        if view.marks:
            view.clear_marks()
        elif self._words:
            self._words = ""
            self._draw(anew=True)
        else:
            await self.app.run_action("app.back")

    def on_log_view_opened(self, message: LogView.Opened) -> None:
        message.stop()
        self.action_jump()

    def on_log_view_moved(self, message: LogView.Moved) -> None:
        message.stop()
        self._draw_title()

    def on_filter_line_typed(self, message: FilterLine.Typed) -> None:
        message.stop()
        self._words = message.words
        if message.is_done:
            self.query_one(LogView).focus()
        self._draw(anew=True)

    def _is_known(self, agent: AgentId) -> bool:
        return self._shown is not None and agent in self._shown.snapshot.agents

    def _is_watched(self, entry: Entry) -> bool:
        shown = self._shown
        return shown is not None and entry.platform in shown.snapshot.platforms

    def _draw(self, *, anew: bool = False) -> None:
        if self._shown is None:
            return
        snapshot, lens, width = self._shown.snapshot, self._lens, self.size.width
        self._line("header").show([header(snapshot, lens, width)])
        if self._log.update(snapshot.events, lens) or anew:
            entries = self._log.entries
            columns = layout(entries, lens, max(1, width - 1))
            shown = filtered(entries, self._words, snapshot.platforms)
            self.query_one(LogView).show_entries(shown, columns, lens)
            if self._since and shown:
                self.query_one(LogView).stand_at(self._since)
                self._since = None
        self._draw_title()

    def _draw_title(self) -> None:
        if self._shown is None:
            return
        view = self.query_one(LogView)
        if view.below == 0 and self._log.entries:
            self._read_to = self._log.entries[-1].seq
        line = title(
            len(view.entries),
            len(self._log.entries),
            self._words,
            complaint(self._words) or self._hint(view),
            follows=view.follows,
            width=self.size.width,
        )
        self._line("title").show([line])

    def _hint(self, view: LogView) -> str:
        """Say how many lines came that nobody can have seen."""
        new = sum(entry.seq > self._read_to for entry in view.entries)
        return f"{new} new ↓" if new else ""

    @property
    def _lens(self) -> Lens:
        assert self._shown is not None
        return Lens(self._shown.now, self._zone)

    def _line(self, id: str) -> LinesView:
        return self.query_one(f"#{id}", LinesView)
