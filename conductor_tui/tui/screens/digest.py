"""Dialogs to read: what happened while a person was away, and other notes."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from conductor_tui.tui.present.digest import Digest
from conductor_tui.tui.present.digest_page import digest_page
from conductor_tui.tui.present.spans import Line, Span
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.page import Page


class NotesScreen(ModalScreen[bool]):
    """Lines to read. Its answer is whether the person wants to see more."""

    CSS_PATH = [stylesheet("lines"), stylesheet("digest")]
    AUTO_FOCUS = "Page"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    BINDINGS = [Binding("escape,enter,q", "close", "close", show=False)]

    def __init__(self, lines: Sequence[Line] = (), *, ascii: bool = False) -> None:
        super().__init__()
        self._lines = lines
        self._ascii = ascii
        self.set_class(ascii, "-ascii")

    def compose(self) -> ComposeResult:
        yield Page(ascii=self._ascii, id="page")

    def action_close(self) -> None:
        self.dismiss(False)

    def on_resize(self) -> None:
        lines = self.lines(self.room)
        page = self.query_one(Page)
        page.styles.height = len(lines)
        page.show(lines)

    @property
    def room(self) -> tuple[int, int]:
        """Width and height, in cells, of the lines that fit without scrolling."""
        edges = 0 if self.size.height < 20 else 2
        return max(20, min(96, self.size.width - 4)), max(3, self.size.height - edges)

    def lines(self, room: tuple[int, int]) -> Sequence[Line]:
        return (*self._lines, (), (Span(" Esc closes", "muted"),))


class DigestScreen(NotesScreen):
    """What happened since; `e` opens the events there."""

    BINDINGS = [Binding("e", "more", "events", show=False)]

    def __init__(self, digest: Digest, *, ascii: bool = False) -> None:
        super().__init__(ascii=ascii)
        self._digest = digest

    def action_more(self) -> None:
        self.dismiss(True)

    def lines(self, room: tuple[int, int]) -> Sequence[Line]:
        return digest_page(self._digest, *room)
