"""A page of lines to scroll through."""

from textual.binding import Binding

from conductor_tui.tui.widgets.lines import LinesView

SHORT = 16  # rows of a terminal in which a page leaves out what is only air


class Page(LinesView, can_focus=True):
    """Lines with keys to scroll them. Scrolling jumps: an animation is bytes on ssh."""

    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+d,space", "page(1)", "Page down", show=False),
        Binding("home,g", "move(-1000000)", "Top", show=False),
        Binding("end,G,shift+g", "move(1000000)", "Bottom", show=False),
    ]

    def action_move(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True)

    def action_page(self, pages: int) -> None:
        self.action_move(pages * max(1, self.size.height - 1))
