"""One line under the header, while shedding waits for a person."""

from conductor_tui.tui.widgets.lines import LinesView


class AdviceLine(LinesView):
    """Shows one line. The app puts it on each screen, and takes it away."""
