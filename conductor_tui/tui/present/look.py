"""How one platform is looked at: under the cursor, marked, behind another."""

from dataclasses import dataclass

from conductor_tui.domain.ids import PlatformName
from conductor_tui.tui.present.glyphs import MARK
from conductor_tui.tui.present.spans import Span


@dataclass(frozen=True, slots=True)
class Look:
    """`behind`: the platform to blame for the state of this one."""

    selected: bool = False
    mark: bool = False
    behind: PlatformName | None = None

    @property
    def sign(self) -> Span:
        """The cell behind the state's glyph: it tells the marked ones."""
        return Span(MARK, "accent") if self.mark else Span(" ")


GLANCE = Look()
