"""One line under the header, while there is something that no screen may hide."""

from conductor_tui.tui.widgets.lines import LinesView


class Banner(LinesView):
    """Shows one line. The app puts it on each screen, and takes it away."""
