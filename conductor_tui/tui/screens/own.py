"""Conductor about itself: lag, lateness, overruns, what it costs, what it draws."""

from collections.abc import Callable
from datetime import tzinfo

from textual.app import ComposeResult
from textual.screen import Screen

from conductor_tui.tui.clipboard import Copy
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.present.figures import ScreenFigures
from conductor_tui.tui.present.header import header
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.own_page import own_page
from conductor_tui.tui.present.spans import Line, text_of
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.key_line import KeyLine
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.page import SHORT, Page
from conductor_tui.tui.widgets.status_line import StatusLine


class OwnScreen(Screen[None]):
    """Draws what the snapshot says of the engine, and `figures` of this very screen;
    satisfies Copies.
    """

    CSS_PATH = [stylesheet("lines"), stylesheet("own")]
    AUTO_FOCUS = "Page"

    def __init__(
        self,
        figures: Callable[[], ScreenFigures],
        *,
        ascii: bool = False,
        zone: tzinfo | None = None,
    ) -> None:
        """`zone` None: times of day are in the system's time zone."""
        super().__init__()
        self._figures = figures
        self._ascii = ascii
        self._zone = zone
        self._shown: SnapshotChanged | None = None
        self._page: tuple[Line, ...] = ()

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

    def copied(self, *, everything: bool) -> Copy:
        """Return the page as text: there is no single line to pick here."""
        text = "\n".join(text_of(line).rstrip() for line in self._page)
        return Copy(text, "the page")

    def _draw(self) -> None:
        if self._shown is None:
            return
        snapshot, lens = self._shown.snapshot, Lens(self._shown.now, self._zone)
        width = self.size.width
        top = self.query_one("#header", LinesView)
        top.show([header(snapshot, lens, width)])
        self._page = own_page(snapshot, self._figures(), lens, max(1, width - 1))
        self.query_one(Page).show(self._page)
