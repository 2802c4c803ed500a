"""One line under the header, while the past is shown."""

from conductor_tui.tui.widgets.lines import LinesView


class PastLine(LinesView):
    """Shows one line. The app puts it on each screen, and takes it away."""
