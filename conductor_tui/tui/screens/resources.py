"""The host closely: its resources over up to 30 minutes."""

from datetime import tzinfo

from textual.app import ComposeResult
from textual.screen import Screen

from conductor_tui.tui.clipboard import Copy
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.present.header import header
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.resources_page import WINDOWS_S, resources_page
from conductor_tui.tui.present.spans import Line, text_of
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.page import SHORT, Page
from conductor_tui.tui.widgets.status_line import StatusLine


class ResourcesScreen(Screen[None]):
    """Draws the resources of the newest snapshot; satisfies HasWindow and Copies."""

    CSS_PATH = [stylesheet("lines"), stylesheet("resources")]
    AUTO_FOCUS = "Page"

    def __init__(self, *, ascii: bool = False, zone: tzinfo | None = None) -> None:
        """`zone` None: times of day are in the system's time zone."""
        super().__init__()
        self._ascii = ascii
        self._zone = zone
        self._shown: SnapshotChanged | None = None
        self._span_s = WINDOWS_S[0]
        self._page: tuple[Line, ...] = ()
        self._drawn: object = None
        self._drawn_way: tuple[float, ...] = ()

    def compose(self) -> ComposeResult:
        yield LinesView(ascii=self._ascii, id="header")
        yield Page(ascii=self._ascii, id="page")
        yield StatusLine()
        yield KeyLine()

    def on_snapshot_changed(self, message: SnapshotChanged) -> None:
        self._shown = message
        self._draw()

    def on_resize(self) -> None:
        self.set_class(self.size.height < SHORT, "-short")
        self._draw()

    def window(self, step: int) -> None:
        """Show more of the history, or less; behind the most comes the least again."""
        at = WINDOWS_S.index(self._span_s) + step
        self._span_s = WINDOWS_S[at % len(WINDOWS_S)]
        self._draw()

    def copied(self, *, everything: bool) -> Copy:
        """Return the page as text: there is no single line to pick here."""
        text = "\n".join(text_of(line).rstrip() for line in self._page)
        return Copy(text, "the page")

    def _draw(self) -> None:
        if self._shown is None:
            return
        snapshot, lens = self._shown.snapshot, Lens(self._shown.now, self._zone)
        width, height = self.size
        top = self.query_one("#header", LinesView)
        top.show([header(snapshot, lens, width)])
        seen, way = snapshot.resources, (width, height, self._span_s)
        # the very same ones: comparing what is in them would cost more than drawing
        if seen is not self._drawn or way != self._drawn_way:
            self._drawn, self._drawn_way = seen, way
            room = max(1, height - 4)
            self._page = resources_page(
                seen, max(1, width - 1), room, self._span_s, lens
            )
            self.query_one(Page).show(self._page)
