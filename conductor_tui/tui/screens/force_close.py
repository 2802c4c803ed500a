"""The question before a breaker is closed by force."""

from collections.abc import Iterator

from textual.binding import Binding

from conductor_tui.tui.commanding import Aim
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.why import why
from conductor_tui.tui.screens.aiming import AimingScreen


class ForceCloseScreen(AimingScreen[tuple[Aim, ...]]):
    """Starts on Cancel: the key that opened it, once more, is the other answer."""

    AUTO_FOCUS = "#cancel"
    BINDINGS = [Binding("R,shift+r", "deed", "close by force", show=False)]
    DEED = "Close by force"
    ENTER_DOES = "closes it by force"
    CANCEL_HINT = "Enter cancels · R closes it by force"
    LATE_HINT = "Enter cancels · R aims at what is true now"

    def __init__(
        self,
        aims: tuple[Aim, ...],
        lens: Lens,
        *,
        alone: int = 0,
        ascii: bool = False,
    ) -> None:
        """`alone`: in how many programs their own failures stop calls to these."""
        super().__init__(aims, lens, ascii=ascii)
        self._alone = alone

    def facts(self) -> Iterator[str]:
        yield from self.targets()
        if len(self.aims) == 1:
            yield f"It is {why(self.aim.view, self.lens).sentence}."
        if self._alone:
            clients = (
                "1 client has" if self._alone == 1 else f"{self._alone} clients have"
            )
            yield f"{clients} stopped calling after failures: they begin anew."
        yield "Closed by force, every check and call goes through untried."
        yield "r would try one check first, and close only if it passes."

    def answer(self) -> tuple[Aim, ...]:
        return self.aims

    def action_deed(self) -> None:
        self.press_deed()
