"""The question before agents are forgotten."""

from collections.abc import Iterator

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from conductor_tui.domain.ids import AgentId
from conductor_tui.tui.present.glyphs import to_ascii
from conductor_tui.tui.present.listing import listing
from conductor_tui.tui.stylesheets import stylesheet
from conductor_tui.tui.widgets.push_button import PushButton


class ForgetScreen(ModalScreen[tuple[AgentId, ...] | None]):
    """Starts on Cancel: the key that opened it, once more, is the other answer."""

    CSS_PATH = stylesheet("forget")
    AUTO_FOCUS = "#cancel"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (16, "-tall")]
    BINDINGS = [
        Binding("escape,ctrl+c", "cancel", "cancel", show=False, priority=True),
        Binding("enter", "press", "press", show=False),
        Binding("x", "deed", "forget", show=False),
        Binding("down,right", "app.focus_next", "next", show=False),
        Binding("up,left", "app.focus_previous", "previous", show=False),
    ]

    def __init__(
        self, names: tuple[AgentId, ...], of: int, *, ascii: bool = False
    ) -> None:
        """`of`: how many the key was aimed at; the others came by no beat."""
        super().__init__()
        self._names, self._of, self._ascii = names, of, ascii
        self.set_class(ascii, "-ascii")

    def compose(self) -> ComposeResult:
        count = len(self._names)
        who = self._names[0] if count == 1 else f"{count} agents"
        with VerticalScroll(id="dialog", can_focus=False):
            yield Static(self._shown(f"Forget  {who}"), id="title")
            yield Static(self._shown("\n".join(self._facts())), id="facts")
            with Horizontal(id="buttons"):
                yield PushButton("Cancel", id="cancel")
                yield PushButton("Forget", id="deed")
            yield Static(id="hint")

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_deed(self) -> None:
        self.dismiss(self._names)

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
        it = "it" if len(self._names) == 1 else "them"
        hint = f"Enter cancels · x forgets {it}"
        if does:
            hint = f"Enter forgets {it} · Tab moves · Esc cancels"
        self.query_one("#hint", Static).update(self._shown(hint))

    def _answer(self, does: bool) -> None:
        self.dismiss(self._names if does else None)

    def _facts(self) -> Iterator[str]:
        it, its = ("it", "its") if len(self._names) == 1 else ("them", "their")
        if len(self._names) > 1:
            yield listing(self._names, 12)
        if left := self._of - len(self._names):
            yield f"{left} more stand in the settings, and stay."
        yield f"Nobody listens for {it} any more, and {its} history is gone."
        yield f"The next beat creates {it} anew, where the settings allow that."

    def _shown(self, words: str) -> Content:
        """Text from outside is never markup."""
        return Content(to_ascii(words) if self._ascii else words)
