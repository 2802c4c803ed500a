"""How long a trip holds: four times to choose from, on one line."""

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


class HoldChoice(Widget, can_focus=True):
    """Left and right choose; `ttl_s` is the choice in seconds, None without end."""

    COMPONENT_CLASSES = {"hold-choice--chosen", "hold-choice--other"}
    BINDINGS = [
        Binding("left,h", "move(-1)", "shorter", show=False),
        Binding("right,l", "move(1)", "longer", show=False),
        Binding("home", "choose(0)", "shortest", show=False),
        Binding("end", f"choose({len(HOLDS) - 1})", "longest", show=False),
    ]

    place: reactive[int] = reactive(_USUAL)
    ascii: reactive[bool] = reactive(False)

    def __init__(self, endless: str, *, id: str) -> None:
        """`endless` are the words for a time without end."""
        super().__init__(id=id)
        self._words = (*(words for words, _ in HOLDS[:-1]), endless)

    class Changed(Message):
        """Another time was chosen."""

    @property
    def ttl_s(self) -> float | None:
        return HOLDS[self.place][1]

    def render(self) -> Content:
        return Content(" ").join(
            self._option(place, words) for place, words in enumerate(self._words)
        )

    def _option(self, place: int, words: str) -> Content:
        chosen = place == self.place
        style = self.get_visual_style(
            "hold-choice--chosen" if chosen else "hold-choice--other"
        )
        click = Style.from_meta({_PLACE: place})
        sign = (">" if self.ascii else CURSOR) if chosen else " "
        return Content.styled(f"{sign}{words} ", style + click)

    def on_click(self, event: events.Click) -> None:
        self.place = event.style.meta.get(_PLACE, self.place)

    def watch_place(self) -> None:
        self.post_message(self.Changed())

    def action_move(self, by: int) -> None:
        self.place = max(0, min(len(HOLDS) - 1, self.place + by))

    def action_choose(self, place: int) -> None:
        self.place = place
