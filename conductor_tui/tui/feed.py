"""When a snapshot is worth showing: the screens are told only of what they can show."""

from datetime import datetime

from conductor_tui import ports
from conductor_tui.domain.ids import Seq
from conductor_tui.tui.messages import SnapshotChanged


class Feed:
    """Polls a session. Countdowns and ages are shown in seconds, so a new second
    counts as news even when nothing happened.
    """

    def __init__(self, session: ports.Session, clock: ports.Clock) -> None:
        self._session = session
        self._clock = clock
        self._shown: tuple[Seq, datetime] | None = None
        self._seen: SnapshotChanged | None = None

    def newest(self) -> SnapshotChanged:
        """Return what there is, seen or not."""
        return SnapshotChanged(self._session.latest(), self._clock.now())

    def seen(self) -> SnapshotChanged:
        """Return what the screens were told last: what a key that acts was aimed at."""
        return self._seen or self.newest()

    def show(self) -> SnapshotChanged:
        """Return what there is, and take it for seen: for a screen that comes up."""
        self._seen = self.newest()
        return self._seen

    def news(self) -> SnapshotChanged | None:
        """Return what there is, or None when it would look as it did last time."""
        news = self.newest()
        look = (news.snapshot.seq, news.now.replace(microsecond=0))
        if look == self._shown:
            return None
        self._shown, self._seen = look, news
        return news
