"""A box that is ticked or not, drawn with characters that every terminal has."""

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class CheckBox(Widget, can_focus=True):
    """Space ticks it and unticks it; Enter stays with the dialog."""

    BINDINGS = [Binding("space", "tick", "tick", show=False)]

    ticked: reactive[bool] = reactive(False)

    def __init__(self, words: str, *, ticked: bool, id: str) -> None:
        super().__init__(id=id)
        self._words = words
        self.set_reactive(CheckBox.ticked, ticked)
        self.set_class(ticked, "-ticked")

    class Changed(Message):
        """It was ticked, or unticked."""

    def render(self) -> Content:
        return Content(f"[{'x' if self.ticked else ' '}] {self._words}")

    def watch_ticked(self, ticked: bool) -> None:
        self.set_class(ticked, "-ticked")
        self.post_message(self.Changed())

    def on_click(self) -> None:
        self.action_tick()

    def action_tick(self) -> None:
        self.ticked = not self.ticked
