"""One write into the journal at a time, and what becomes of it."""

import asyncio

from conductor_tui.domain.errors import JournalFailed
from conductor_tui.engine.recording.unkept import Unkept
from conductor_tui.ports import Clock, StateJournal, StateRecord

WITHIN_S = 2.0  # a write that takes longer is waited for no more


class Writing:
    """Brings what is unkept into the journal. A write that hangs goes on by itself: no
    other is begun before it is over, and nothing is written twice.
    """

    def __init__(
        self, journal: StateJournal | None, unkept: Unkept, clock: Clock
    ) -> None:
        self._journal, self._unkept, self._clock = journal, unkept, clock
        self._going: tuple[asyncio.Task[str], list[StateRecord]] | None = None

    async def write_all(self) -> str:
        """Write until nothing is left; that we are alive in any case. Return why it
        could not be done, "" when it was.
        """
        is_first = True
        while is_first or self._unkept:
            is_first = False
            trouble = await self._write()
            if trouble:
                return trouble + self._words_of_lost()
        return ""

    async def _write(self) -> str:
        if self._going is None:
            records = self._unkept.some()
            # No task group: it outlives whoever waits for it, up to the last close.
            task = asyncio.create_task(self._keep(records), name="journal write")
            self._going = task, records
        task, records = self._going
        try:
            async with self._clock.timeout(WITHIN_S):
                trouble = await asyncio.shield(task)
        except TimeoutError:
            return f"the journal takes longer than {WITHIN_S:g} s: is its disk busy?"
        self._going = None
        if not trouble:
            self._unkept.kept(records)
        return trouble

    async def _keep(self, records: list[StateRecord]) -> str:
        if self._journal is None:
            return ""
        try:
            await self._journal.keep(records)
        except JournalFailed as error:
            return str(error)
        return ""

    def _words_of_lost(self) -> str:
        lost = self._unkept.lost
        return f"; {lost} of the oldest records are lost" if lost else ""
