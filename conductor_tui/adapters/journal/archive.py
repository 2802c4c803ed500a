"""A journal to look back into, also while a conductor writes it: see ports.Archive."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conductor_tui.domain.events import Envelope
from conductor_tui.domain.snapshot import Snapshot

if TYPE_CHECKING:
    from conductor_tui.adapters.journal.archive_reading import Starts


class SqliteArchive:
    """Satisfies ports.Archive. Each call has a connection of its own, so it may be
    asked from any thread. What reads is imported when it is asked the first time: a
    dashboard starts without it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._starts: Starts | None = None

    def past(self, at: datetime) -> Snapshot:
        from conductor_tui.adapters.journal import archive_reading as reading

        starts = self._starts = self._starts or reading.Starts()
        return reading.read(
            self._path, lambda to: reading.past(to, at, starts.off_at(to, at))
        )

    def step(self, at: datetime, by: int) -> datetime | None:
        from conductor_tui.adapters.journal import archive_reading as reading

        return reading.read(self._path, lambda to: reading.step(to, at, by))

    def events(
        self, since: datetime, until: datetime | None = None, *, limit: int = 1000
    ) -> tuple[Envelope, ...]:
        from conductor_tui.adapters.journal import archive_reading as reading

        return reading.read(
            self._path, lambda to: reading.events(to, since, until, limit)
        )
