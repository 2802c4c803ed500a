"""A choice on one line; and the one of how long a trip holds."""

from collections.abc import Sequence

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from conductor_tui.tui.present.glyphs import CURSOR

HOLDS: tuple[tuple[str, float | None], ...] = (
    ("5 min", 300.0),
    ("15 min", 900.0),
    ("1 h", 3600.0),
    ("without end", None),
)
_USUAL = 1
_PLACE = "place"  # not "@click": Textual would underline it as a link


class Choice(Widget, can_focus=True):
    """Left and right choose one of the words; `place` is which."""

    COMPONENT_CLASSES = {"choice--chosen", "choice--other"}
    BINDINGS = [
        Binding("left,h", "move(-1)", "before", show=False),
        Binding("right,l", "move(1)", "next", show=False),
        Binding("home", "move(-99)", "first", show=False),
        Binding("end", "move(99)", "last", show=False),
    ]

    place: reactive[int] = reactive(0)
    ascii: reactive[bool] = reactive(False)

    def __init__(self, words: Sequence[str], usual: int = 0, *, id: str) -> None:
        super().__init__(id=id)
        self._words = tuple(words)
        self.set_reactive(Choice.place, usual)

    class Changed(Message):
        """Another one was chosen."""

    def render(self) -> Content:
        return Content(" ").join(
            self._option(place, words) for place, words in enumerate(self._words)
        )

    def _option(self, place: int, words: str) -> Content:
        chosen = place == self.place
        style = self.get_visual_style("choice--chosen" if chosen else "choice--other")
        click = Style.from_meta({_PLACE: place})
        sign = (">" if self.ascii else CURSOR) if chosen else " "
        return Content.styled(f"{sign}{words} ", style + click)

    def on_click(self, event: events.Click) -> None:
        self.place = event.style.meta.get(_PLACE, self.place)

    def watch_place(self) -> None:
        self.post_message(self.Changed())

    def action_move(self, by: int) -> None:
        self.place = max(0, min(len(self._words) - 1, self.place + by))


class HoldChoice(Choice):
    """`ttl_s` is the choice in seconds, None without end."""

    def __init__(self, endless: str, *, id: str) -> None:
        """`endless` are the words for a time without end."""
        words = (*(words for words, _ in HOLDS[:-1]), endless)
        super().__init__(words, _USUAL, id=id)

    @property
    def ttl_s(self) -> float | None:
        return HOLDS[self.place][1]
