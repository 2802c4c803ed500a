"""The field for a filter: shown while it is typed, and gone again."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from conductor_tui.tui.widgets.steady_input import SteadyInput


class FilterLine(SteadyInput):
    """Tells of each letter; enter keeps the filter, escape ends it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "Keep the filter", show=False),
        Binding("escape", "drop", "Show all again", show=False),
    ]

    @dataclass
    class Typed(Message):
        """The filter is this now; with `is_done` the field has no more to say."""

        words: str
        is_done: bool = False

    def __init__(self, asks: str, *, id: str | None = None) -> None:
        """`asks` stands in the empty field: what may be written there."""
        super().__init__(placeholder=asks, id=id, compact=True, select_on_focus=False)
        self.display = False

    def open(self, words: str) -> None:
        """Come up with `words` in the field, and take the keys."""
        self.value = words
        self.cursor_position = len(words)
        self.display = True
        self.focus()

    def action_keep(self) -> None:
        self._end(self.value.strip())

    def action_drop(self) -> None:
        self._end("")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display:
            self.post_message(self.Typed(event.value.strip()))

    def _end(self, words: str) -> None:
        self.display = False
        self.post_message(self.Typed(words, is_done=True))


def filter_row(asks: str) -> Horizontal:
    """Return the row of a screen that has a filter: its sign, the field, and `#found`
    for how many pass.
    """
    return Horizontal(
        Static("/", id="slash"),
        FilterLine(asks, id="filter"),
        Static(id="found", markup=False),
        id="filtering",
    )
