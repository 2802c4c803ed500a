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

_WIDEST = 100  # as in digest.tcss
_SHORT = 20  # rows of a terminal in which there is no air


class NotesScreen(ModalScreen[bool]):
    """Lines to read. Its answer is whether the person wants to see more."""

    CSS_PATH = [stylesheet("lines"), stylesheet("digest")]
    AUTO_FOCUS = "Page"
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
        page = self.query_one(Page)
        gutter, air = page.gutter, 0 if self.size.height < _SHORT else 1
        width = min(_WIDEST, self.size.width) - gutter.width
        height = self.size.height - gutter.height - 2 * air
        blank: list[Line] = [()] * air
        lines = [*blank, *self.lines(max(1, width), max(1, height)), *blank]
        page.styles.height = len(lines) + gutter.height
        page.show(lines)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """Return what to read, best in so many cells; more of it scrolls."""
        return (*self._lines, (), (Span(" Esc closes", "muted"),))


class DigestScreen(NotesScreen):
    """What happened since; `e` opens the events there."""

    # before any other: the app knows the key too, and would say that it is not for here
    BINDINGS = [Binding("e", "more", "events", show=False, priority=True)]

    def __init__(self, digest: Digest, *, ascii: bool = False) -> None:
        super().__init__(ascii=ascii)
        self._digest = digest

    def action_more(self) -> None:
        self.dismiss(True)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        return digest_page(self._digest, width, height)
