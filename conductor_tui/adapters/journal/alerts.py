"""The journal of alerts: see ports.AlertJournal."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from conductor_tui.adapters.journal import alert_rows
from conductor_tui.adapters.journal.database import Database
from conductor_tui.adapters.journal.errors import failed
from conductor_tui.adapters.journal.opening import open_to_read
from conductor_tui.domain.alert import Silence
from conductor_tui.ports import AlertRecord, Clock, Kept

PRUNED_EVERY = 100  # records; one prune takes more than so many make


class SqliteAlertJournal:
    """Satisfies ports.AlertJournal. Belongs to one event loop, which it never holds."""

    def __init__(
        self, path: Path, clock: Clock, database: Database | None = None
    ) -> None:
        """`database` is that of the same path, where others keep things in it too:
        they close it.
        """
        self._database, self._clock = database or Database(path, clock), clock
        self._is_shared = database is not None
        self._unpruned = 0  # of the writer's thread

    async def open(self) -> Kept:
        words = await self._database.open()
        kept, unread = await self._database.run(self._load)
        return replace(kept, words=_words(words, unread))

    async def keep(
        self, records: Sequence[AlertRecord], ended: Sequence[Silence] = ()
    ) -> None:
        records, ended = tuple(records), tuple(ended)
        if records or ended:
            await self._database.run(lambda to: self._keep(to, records, ended))

    async def close(self) -> None:
        if not self._is_shared:
            await self._database.close()

    def _load(self, connection: sqlite3.Connection) -> tuple[Kept, int]:
        alert_rows.prune(connection, self._clock.now())
        return alert_rows.load(connection)

    def _keep(
        self,
        connection: sqlite3.Connection,
        records: tuple[AlertRecord, ...],
        ended: tuple[Silence, ...],
    ) -> None:
        for record in records:
            alert_rows.put(connection, record)
        for silence in ended:
            alert_rows.forget(connection, silence)
        self._unpruned += len(records)
        if self._unpruned >= PRUNED_EVERY:
            self._unpruned = 0
            alert_rows.prune(connection, self._clock.now())


def read_kept(path: Path) -> Kept:
    """Return what a journal keeps, also while a conductor writes it. Blocks.

    Raises JournalFailed.
    """
    try:
        with closing(open_to_read(path)) as connection:
            kept, unread = alert_rows.load(connection)
    except (OSError, sqlite3.Error) as error:
        raise failed(path, error) from error
    return replace(kept, words=_words("", unread))


def _words(words: str, unread: int) -> str:
    if not unread:
        return words
    count = f"{unread} records in the journal cannot be read: they are left alone"
    return f"{words}; {count}" if words else count
