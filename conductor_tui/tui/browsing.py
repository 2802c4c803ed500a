"""What a screen with many platforms can do, beyond picking one."""

from typing import Protocol, runtime_checkable

from conductor_tui.domain.ids import PlatformName
from conductor_tui.tui.messages import SnapshotChanged


@runtime_checkable
class Browses(Protocol):
    """A screen that sorts, marks and stands still."""

    @property
    def marked(self) -> tuple[PlatformName, ...]:
        """The marked platforms, those that a filter hides too."""

    @property
    def frozen(self) -> SnapshotChanged | None:
        """The picture that stands still; None: it is live."""

    def mark(self) -> None:
        """Mark the platform under the cursor, or unmark it, and step on."""

    def mark_to_here(self) -> None:
        """Mark all from the last mark to the cursor."""

    def sort(self, step: int) -> None:
        """Sort by the next thing (1), or by the one before (-1)."""

    def invert(self) -> None:
        """Turn the order round."""

    def freeze(self) -> None:
        """Stand still, or be live again."""
