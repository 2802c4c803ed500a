"""A field whose cursor stands still."""

from textual.reactive import reactive
from textual.widgets import Input


class SteadyInput(Input):
    """A cursor that blinks sends bytes over ssh twice a second, and says nothing."""

    cursor_blink = reactive(False, init=False)
