"""A question before something that a key alone should not do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from conductor_tui.tui.present.glyphs import to_ascii
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.push_button import PushButton

GivenT = TypeVar("GivenT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, the facts that matter, the word on the button that does it, and
    what that does in the hint: "forgets it".
    """

    title: str
    facts: Sequence[str]
    deed: str
    does: str


class QuestionScreen(ModalScreen[GivenT | None], Generic[GivenT]):
    """Starts on Cancel: the key that opened it (x), once more, is the other answer.
    Gives back what it was given, or None.
    """

    CSS_PATH = stylesheet("question")
    AUTO_FOCUS = "#cancel"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (16, "-tall")]
    BINDINGS = [
        Binding("escape,ctrl+c", "cancel", "cancel", show=False, priority=True),
        Binding("enter", "press", "press", show=False),
        Binding("x", "deed", "do it", show=False),
        Binding("down,right", "app.focus_next", "next", show=False),
        Binding("up,left", "app.focus_previous", "previous", show=False),
    ]

    def __init__(
        self, given: GivenT, question: Question, *, ascii: bool = False
    ) -> None:
        super().__init__()
        self._given, self._question, self._ascii = given, question, ascii
        self.set_class(ascii, "-ascii")

    def compose(self) -> ComposeResult:
        asked = self._question
        with VerticalScroll(id="dialog", can_focus=False):
            yield Static(self._shown(asked.title), id="title")
            yield Static(self._shown("\n".join(asked.facts)), id="facts")
            with Horizontal(id="buttons"):
                yield PushButton("Cancel", id="cancel")
                yield PushButton(asked.deed, id="deed")
            yield Static(id="hint")

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_deed(self) -> None:
        self.dismiss(self._given)

    def action_press(self) -> None:
        self._answer(self.focused is not None and self.focused.id == "deed")

    @on(PushButton.Pressed)
    def _pressed(self, message: PushButton.Pressed) -> None:
        message.stop()
        self._answer(message.button.id == "deed")

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        does = self.focused is not None and self.focused.id == "deed"
        self.query_one("#deed", PushButton).chosen = does
        self.query_one("#cancel", PushButton).chosen = not does
        hint = f"Enter cancels · x {self._question.does}"
        if does:
            hint = f"Enter {self._question.does} · Tab moves · Esc cancels"
        self.query_one("#hint", Static).update(self._shown(hint))

    def _answer(self, does: bool) -> None:
        self.dismiss(self._given if does else None)

    def _shown(self, words: str) -> Content:
        """Text from outside is never markup."""
        return Content(to_ascii(words) if self._ascii else words)
