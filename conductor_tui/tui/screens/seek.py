"""The question for a moment of the past."""

from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from conductor_tui.tui.present.glyphs import to_ascii
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.past import ASKS, meant, parse_moment
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.steady_input import SteadyInput

LONGEST = 40


class SeekScreen(ModalScreen[datetime | None]):
    """Says at each letter what was understood. Enter goes there."""

    CSS_PATH = stylesheet("seek")
    AUTO_FOCUS = "#moment"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (12, "-tall")]
    BINDINGS = [
        Binding("escape,ctrl+c", "cancel", "cancel", show=False, priority=True),
    ]

    def __init__(self, lens: Lens, *, ascii: bool = False) -> None:
        super().__init__()
        self._lens, self._ascii = lens, ascii
        self.set_class(ascii, "-ascii")

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Static("Look back", id="title")
            with Horizontal(id="row"):
                yield Static("To", id="label")
                yield SteadyInput(id="moment", max_length=LONGEST, compact=True)
            yield Static(self._shown(f"write {ASKS}"), id="notice")
            yield Static(self._shown("Enter goes there · Esc cancels"), id="hint")

    def action_cancel(self) -> None:
        self.dismiss(None)

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        try:
            self._say(meant(parse_moment(message.value, self._lens), self._lens))
        except ValueError as error:
            self._say(str(error))

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        try:
            self.dismiss(parse_moment(message.value, self._lens))
        except ValueError as error:
            self._say(str(error), is_bad=True)

    def _say(self, words: str, *, is_bad: bool = False) -> None:
        notice = self.query_one("#notice", Static)
        notice.set_class(is_bad, "-bad")
        notice.update(self._shown(words))

    def _shown(self, words: str) -> Content:
        """What was typed is never markup."""
        return Content(to_ascii(words) if self._ascii else words)
