"""What must survive a crash, on its way into the journal.

Nobody is stopped by a journal that fails: an alert that cannot be kept is told all the
same. What could not be kept is remembered, the newest of each record, and tried again.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence

from conductor_tui.domain.alert import AlertView, Delivery, RecoveryView, Silence
from conductor_tui.domain.alert_events import JournalChanged
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import AlertJournal, AlertRecord, Clock, Kept

MOST_UNKEPT = 10_000  # records; then the oldest is lost, and that is said
RETRY_S = 5.0
NOTED_S = 600.0  # so long it is told how the journal was found
NOWHERE = "there is no journal: nothing survives a restart"


class Keeping:
    """`trouble` says why nothing is kept, or how the journal was found; "" when all is
    well. One write goes on at a time, with all that came during the one before it.
    """

    def __init__(self, journal: AlertJournal | None, hub: Hub, clock: Clock) -> None:
        self._journal, self._hub, self._clock = journal, hub, clock
        self.trouble = NOWHERE if journal is None else ""
        self.is_taken = False  # by another conductor
        self._is_open = False
        self._unkept = _Unkept()
        self._writing = asyncio.Lock()
        self._asked = self._tried = 0
        self._failing = asyncio.Event()

    @property
    def is_shut(self) -> bool:
        """True where there is a journal that could not be opened yet."""
        return self._journal is not None and not self._is_open

    async def open(self) -> Kept:
        """Return what was kept; nothing, and `trouble`, where that cannot be had."""
        if self._journal is None:
            return Kept()
        try:
            kept = await self._journal.open()
        except JournalFailed as error:
            self.is_taken, self.trouble = error.is_taken, str(error)
            if not error.is_taken:
                self.trouble += "; it is tried again every few seconds"
            return Kept()
        self.is_taken, self._is_open, self.trouble = False, True, kept.words
        return kept

    async def keep(
        self, records: Sequence[AlertRecord], ended: Sequence[Silence] = ()
    ) -> None:
        """Keep these, and forget the silences that `ended`. When it returns they are
        durable, or the trouble has been told.
        """
        if not self._is_open or not (records or ended):
            return
        self._unkept.add(records, ended)
        self._asked += 1
        mine = self._asked
        async with self._writing:
            if self._tried < mine:
                await self._write()

    async def run(self) -> None:
        """Try again what could not be kept, every few seconds, for ever."""
        if self._journal is not None and self.trouble:
            self._hub.publish(JournalChanged(trouble=self.trouble))
        call_off: Callable[[], None] = _nothing
        if self._is_open and self.trouble:
            call_off = self._clock.alarm(NOTED_S, self._end_note)
        try:
            while True:
                await self._failing.wait()
                await self._clock.sleep(RETRY_S)
                async with self._writing:
                    await self._write()
        finally:
            call_off()

    async def close(self) -> None:
        """Try once more what is not kept, and let go of the journal."""
        async with self._writing:
            await self._write()
            self._is_open = False
            if self._journal is not None:
                await self._journal.close()

    async def _write(self) -> None:
        self._tried = self._asked
        records, ended = self._unkept.all()
        if self._journal is None or not self._is_open or not (records or ended):
            return
        try:
            await self._journal.keep(records, ended)
        except JournalFailed as error:
            self._failing.set()
            self._tell(f"{error}{self._unkept.words_of_lost()}")
            return
        self._unkept.forget(records, ended)
        if self._failing.is_set():
            self._failing.clear()
            self._tell("")

    def _tell(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self._hub.publish(JournalChanged(trouble=trouble))

    def _end_note(self) -> None:
        if not self._failing.is_set():
            self._tell("")


class _Unkept:
    """The newest of each record that is not kept yet; of a silence, that it ended."""

    def __init__(self) -> None:
        self._records: dict[Hashable, AlertRecord] = {}
        self._ended: dict[Hashable, Silence] = {}
        self._lost = 0

    def add(self, records: Sequence[AlertRecord], ended: Sequence[Silence]) -> None:
        for record in records:
            self._records[_identity(record)] = record
            self._ended.pop(_identity(record), None)
        for silence in ended:
            self._ended[_identity(silence)] = silence
            self._records.pop(_identity(silence), None)
        for some in (self._records, self._ended):
            while len(some) > MOST_UNKEPT:
                del some[next(iter(some))]
                self._lost += 1

    def all(self) -> tuple[list[AlertRecord], list[Silence]]:
        return list(self._records.values()), list(self._ended.values())

    def forget(self, records: Sequence[AlertRecord], ended: Sequence[Silence]) -> None:
        """These are kept: whichever has not changed meanwhile is done."""
        for record in records:
            if self._records.get(_identity(record)) is record:
                del self._records[_identity(record)]
        for silence in ended:
            if self._ended.get(_identity(silence)) is silence:
                del self._ended[_identity(silence)]
        self._lost = 0

    def words_of_lost(self) -> str:
        return f"; {self._lost} of the oldest records are lost" if self._lost else ""


def _identity(record: AlertRecord) -> Hashable:
    match record:
        case AlertView():
            return record.key, record.opened_at
        case Delivery():
            return record.id
        case Silence():
            return Silence, record.id
        case RecoveryView():
            return RecoveryView, record.subject.key, record.at


def _nothing() -> None: ...
