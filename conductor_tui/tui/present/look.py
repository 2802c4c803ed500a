"""How one platform is looked at: under the cursor, marked, behind another."""

from dataclasses import dataclass

from conductor_tui.domain.ids import PlatformName
from conductor_tui.tui.present.clients import Note
from conductor_tui.tui.present.glyphs import MARK
from conductor_tui.tui.present.spans import Span


@dataclass(frozen=True, slots=True)
class Look:
    """`behind`: the platform to blame for the state of this one. `clients`: what those
    that hold its breaker do; None: there is none. `has_calls`: a table has a column
    for their calls.
    """

    selected: bool = False
    mark: bool = False
    behind: PlatformName | None = None
    clients: Note | None = None
    has_calls: bool = False

    @property
    def sign(self) -> Span:
        """The cell behind the state's glyph: it tells the marked ones."""
        return Span(MARK, "accent") if self.mark else Span(" ")


GLANCE = Look()
