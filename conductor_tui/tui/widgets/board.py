"""A board of platforms, or of agents, with a cursor on one of them."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive

from conductor_tui.tui.present.board import Picture
from conductor_tui.tui.present.grid import Grid, Step
from conductor_tui.tui.widgets.lines import LinesView

N = TypeVar("N", bound=str)


class Board(LinesView, Generic[N], can_focus=True):
    """Shows a picture of what has names. The cursor follows a name, never a row."""

    BINDINGS = [
        Binding("up,k", "step('up')", "Up", show=False),
        Binding("down,j", "step('down')", "Down", show=False),
        Binding("left,h", "step('left')", "Left", show=False),
        Binding("right,l", "step('right')", "Right", show=False),
        Binding("home,g", "step('first')", "First", show=False),
        Binding("end,G,shift+g", "step('last')", "Last", show=False),
        Binding("pageup,ctrl+u", "page('up')", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page('down')", "Page down", show=False),
    ]

    cursor: reactive[N | None] = reactive(None, repaint=False, init=False)

    @dataclass
    class Moved(Message):
        """The cursor is on another name now."""

    @dataclass
    class Opened(Message):
        """A double click on the name that `cursor` is."""

    class Touched(Message):
        """The mouse is at work here: a hand that no key tells of."""

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:
        super().__init__(ascii=ascii, id=id)
        self._grid: Grid[N] | None = None

    def show_picture(self, picture: Picture[N]) -> None:
        """Draw `picture`; the cursor stays on its name, and in sight."""
        moved = self._place() != self._place_in(picture.grid)
        self._grid = picture.grid
        self.show(picture.lines)
        if moved:
            self._reveal()

    def put_cursor(self, name: N | None) -> None:
        """Move the cursor without telling of it, before a picture is shown."""
        self.set_reactive(Board.cursor, name)  # type: ignore[misc]  # of any N

    def watch_cursor(self) -> None:
        self.post_message(self.Moved())

    def action_step(self, step: Step) -> None:
        self._go(step, 1)

    def action_page(self, step: Step) -> None:
        grid = self._grid
        if grid is not None and grid.heights:
            lines = grid.heights[0] + (grid.columns > 1)
            self._go(step, max(1, self.size.height // lines - 1))

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self.call_after_refresh(self._reveal)  # the size below is not known before

    def on_mouse_down(self) -> None:
        self.post_message(self.Touched())

    def on_mouse_scroll_down(self) -> None:
        self.post_message(self.Touched())

    def on_mouse_scroll_up(self) -> None:
        self.post_message(self.Touched())

    def on_click(self, event: events.Click) -> None:
        """One click moves the cursor, a second one opens."""
        if self._grid is None:
            return
        name = self._grid.at(event.x, event.y + self.scroll_offset.y)
        if name is None:
            return
        self.cursor = name
        if event.chain == 2:
            self.post_message(self.Opened())

    def _go(self, step: Step, count: int) -> None:
        if self._grid is not None:
            self.cursor = self._grid.step(self.cursor, step, count)
            self._reveal()

    def _reveal(self) -> None:
        place = self._place()
        if place is not None:
            self.scroll_to_region(place, animate=False, force=True)

    def _place(self) -> Region | None:
        return self._place_in(self._grid)

    def _place_in(self, grid: Grid[N] | None) -> Region | None:
        if grid is None or self.cursor is None or self.cursor not in grid.index:
            return None
        place = grid.place(self.cursor)
        return Region(0, place.y, 1, place.height)
