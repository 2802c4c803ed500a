"""When a snapshot is worth showing: the screens are told only of what they can show."""

from conductor_tui import ports
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.news import is_news


class Feed:
    """Polls a session. `past` is a moment that the screens are shown instead."""

    def __init__(self, session: ports.Session, clock: ports.Clock) -> None:
        self._session = session
        self._clock = clock
        self._seen: SnapshotChanged | None = None
        self.past: Snapshot | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The newest state, seen or not."""
        return self._session.latest()

    def newest(self) -> SnapshotChanged:
        """Return what there is, seen or not; while `past` is set that one instead, at
        its own moment.
        """
        if self.past is not None:
            return SnapshotChanged(self.past, self.past.at or self._clock.now())
        return SnapshotChanged(self._session.latest(), self._clock.now())

    def seen(self) -> SnapshotChanged:
        """Return what the screens were told last: what a key that acts was aimed at."""
        return self._seen or self.newest()

    def show(self) -> SnapshotChanged:
        """Return what there is, and take it for seen: for a screen that comes up."""
        self._seen = self.newest()
        return self._seen

    def news(self) -> SnapshotChanged | None:
        """Return what there is, or None when that is not worth a repaint now."""
        news = self.newest()
        if self._seen is not None and not is_news(news, self._seen):
            return None
        self._seen = news
        return news
