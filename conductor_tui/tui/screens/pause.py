"""The pause dialog: no checks for a while, and why."""

from collections.abc import Iterator

from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.commanding import Aim
from conductor_tui.tui.screens.trip import ReasonScreen


class PauseScreen(ReasonScreen):
    """Like the trip dialog; but callers of the breaker notice nothing."""

    DEED = "Pause"
    ENTER_DOES = "pauses"
    TIME = "For"
    ENDLESS = "until resumed"

    def facts(self) -> Iterator[str]:
        yield from self.targets()
        yield (
            "No checks and no alerts until it ends; the breaker and its traffic stay "
            "as they are. p resumes."
        )

    def overtaken(self, aim: Aim, snapshot: Snapshot) -> str:
        """Only a platform that is gone: a pause does not aim at a breaker."""
        gone = aim.platform not in snapshot.platforms
        return f"{aim.platform} is no longer watched" if gone else ""

    def ends(self, at: str) -> str:
        return f"until {at}, then it is checked again" if at else "until it is resumed"
