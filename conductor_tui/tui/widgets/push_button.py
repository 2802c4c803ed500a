"""A button of one line that shows whether Enter would press it."""

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class PushButton(Widget, can_focus=True):
    """Shows `[ label ]`. Whether it is `chosen` is the dialog's word, not the focus's:
    Enter in a field may press it too.
    """

    BINDINGS = [Binding("enter,space", "press", "press", show=False)]

    label: reactive[str] = reactive("", layout=True)
    chosen: reactive[bool] = reactive(False, toggle_class="-chosen")

    class Pressed(Message):
        """Enter or space on the button, or a click."""

        def __init__(self, button: "PushButton") -> None:
            super().__init__()
            self.button = button

    def __init__(self, label: str, *, id: str) -> None:
        super().__init__(id=id)
        self.set_reactive(PushButton.label, label)

    def render(self) -> Content:
        return Content(f"[ {self.label} ]")

    def action_press(self) -> None:
        self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        self.action_press()
