"""The journal of all that is no alert: see ports.StateJournal."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from conductor_tui.adapters.journal import state_rows
from conductor_tui.adapters.journal.database import Database
from conductor_tui.adapters.journal.retention import Retention
from conductor_tui.domain.alert_settings import JournalSettings
from conductor_tui.domain.events import Envelope
from conductor_tui.ports import (
    Clock,
    KeptBreaker,
    KeptCommand,
    KeptPause,
    KeptPlugin,
    KeptState,
    StateRecord,
)

_USUAL = JournalSettings()
# A power cut takes these back neither.
_HARD = (KeptBreaker, KeptPause, KeptPlugin, KeptCommand)


class SqliteStateJournal:
    """Satisfies ports.StateJournal. Belongs to one event loop, which it never holds."""

    def __init__(
        self, database: Database, clock: Clock, settings: JournalSettings = _USUAL
    ) -> None:
        self._database, self._clock = database, clock
        self._retention = Retention(settings)

    async def open(self) -> KeptState:
        words = await self._database.open()
        kept, unread = await self._database.run(state_rows.load)
        if unread:
            count = f"{unread} records of state in the journal cannot be read"
            words = f"{words}; {count}" if words else count
        return replace(kept, words=words)

    async def history(self) -> tuple[Envelope, ...]:
        return await self._database.run(state_rows.newest_events, is_soft=True)

    async def keep(self, records: Sequence[StateRecord]) -> None:
        records = tuple(records)
        is_soft = not any(isinstance(one, _HARD) for one in records)
        await self._database.run(lambda to: self._keep(to, records), is_soft=is_soft)

    async def close(self) -> None:
        await self._database.close()

    def _keep(
        self, connection: sqlite3.Connection, records: tuple[StateRecord, ...]
    ) -> None:
        for record in records:
            state_rows.put(connection, record)
        now = self._clock.now()
        state_rows.mark_alive(connection, now)
        if not any(isinstance(one, _HARD) for one in records):  # else somebody waits
            self._retention.prune(connection, now)
