"""What came of a command at several platforms, one line for each."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from conductor_tui.tui.batch import Batch
from conductor_tui.tui.present.spans import Span, Tone, fit
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.page import Page

_NAME, _WORD = 24, 10
_WORDS = {True: "done", False: "refused", None: "asked"}


class AnswersScreen(ModalScreen[None]):
    """A list to read; the refused ones stand first."""

    CSS_PATH = [stylesheet("lines"), stylesheet("answers")]
    AUTO_FOCUS = "Page"
    BINDINGS = [
        Binding("escape,enter,q,L,shift+l", "dismiss", "close", show=False),
    ]

    def __init__(self, batch: Batch, *, ascii: bool = False) -> None:
        super().__init__()
        self._batch = batch
        self._ascii = ascii

    def compose(self) -> ComposeResult:
        yield Page(ascii=self._ascii, id="page")

    def on_mount(self) -> None:
        lines = [(Span(f" {self._batch.sentence()}", "title"),), ()]
        for name, words, granted in self._batch.lines():
            tone: Tone = "degraded" if granted is False else "muted"
            word = Span(fit(_WORDS[granted], _WORD), tone)
            lines.append((Span(f" {fit(name, _NAME)} "), word, Span(words, "muted")))
        lines += [(), (Span(" Esc closes", "muted"),)]
        page = self.query_one(Page)
        page.styles.height = len(lines)
        page.show(lines)
