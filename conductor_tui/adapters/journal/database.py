"""The journal's one writer: a thread that owns the file and its connection.

Whoever wants something done hands in a function of the connection and awaits its
result. What waits meanwhile is done in one transaction, for the price of a commit is
its sync to the disk; each function in a savepoint, so that one that fails takes nothing
along. It is answered after the commit: what was answered is on the disk.
"""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from conductor_tui.adapters.journal.errors import failed
from conductor_tui.adapters.journal.lock import take_lock
from conductor_tui.adapters.journal.opening import open_file
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.ports import Clock

T = TypeVar("T")
AT_ONCE = 256


@dataclass(slots=True)
class _Job:
    """Some work, and who awaits it. `is_alone`: it is in no transaction. `is_soft`: a
    crash of this process takes it back no more, but one of the machine may.
    """

    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    is_alone: bool = False
    is_soft: bool = False
    result: Any = None
    error: Exception | None = None

    def answer(self) -> None:
        with suppress(RuntimeError):  # its loop is closed: nobody waits
            self.loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Database:
    """Belongs to one event loop. Its queue holds what somebody awaits, no more."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path, self._clock = path, clock
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._connection: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._inode = 0
        self._is_soft = False
        self._words = ""

    async def open(self) -> str:
        """Open the file, making it where it is missing; nothing if it is open. Returns
        words where something has to be told of it, else "". Raises JournalFailed.
        """
        if self._thread is None and not self._is_closed:
            self._thread = threading.Thread(
                target=self._serve, name="journal", daemon=True
            )
            self._thread.start()
        return await self._ask(self._open, is_alone=True)

    async def run(
        self, work: Callable[[sqlite3.Connection], T], *, is_soft: bool = False
    ) -> T:
        """Return what `work` gives, in the writer's thread; durable by then. What is
        soft survives our own end, but a power cut only if something else was written
        after it: that costs no sync to the disk.

        Raises JournalFailed; then nothing of it is done.
        """
        return await self._ask(lambda: work(self._opened()), is_soft=is_soft)

    async def close(self) -> None:
        """Let go of the file once what waits is done. Safe to call twice, and before
        `open`.
        """
        was_closed, self._is_closed = self._is_closed, True
        if was_closed or self._thread is None:
            return
        closed = self._put(self._let_go, is_alone=True)
        self._queue.put(None)
        await closed

    def _ask(
        self, work: Callable[[], T], *, is_alone: bool = False, is_soft: bool = False
    ) -> "asyncio.Future[T]":
        if self._is_closed or self._thread is None:
            raise JournalFailed(f"{self.path}: the journal is not open")
        return self._put(work, is_alone, is_soft)

    def _put(
        self, work: Callable[[], T], is_alone: bool, is_soft: bool = False
    ) -> "asyncio.Future[T]":
        loop = asyncio.get_running_loop()
        job = _Job(work, loop, loop.create_future(), is_alone, is_soft)
        self._queue.put(job)
        return job.future

    # In the writer's thread

    def _serve(self) -> None:
        is_over = False
        while not is_over:
            waiting = self._take()
            jobs = [job for job in waiting if job is not None]
            is_over = len(jobs) < len(waiting)
            for is_alone, some in groupby(jobs, lambda job: job.is_alone):
                together = list(some)
                try:
                    self._do(together, is_alone)
                except Exception as error:
                    self._fail(together, error)
                for job in together:
                    job.answer()

    def _take(self) -> list[_Job | None]:
        taken = [self._queue.get()]
        with suppress(Empty):
            while taken[-1] is not None and len(taken) < AT_ONCE:
                taken.append(self._queue.get_nowait())
        return taken

    def _do(self, jobs: list[_Job], is_alone: bool) -> None:
        if is_alone:
            for job in jobs:
                job.result = job.work()
            return
        self._look_whether_it_is_there()
        connection = self._opened()
        self._sync(connection, is_soft=all(job.is_soft for job in jobs))
        connection.execute("BEGIN IMMEDIATE")
        for job in jobs:
            self._do_one(job, connection)
        connection.execute("COMMIT")

    def _sync(self, connection: sqlite3.Connection, *, is_soft: bool) -> None:
        """In WAL mode NORMAL syncs at a checkpoint, FULL each commit."""
        if is_soft is not self._is_soft:
            level = "NORMAL" if is_soft else "FULL"
            connection.execute(f"PRAGMA synchronous = {level}")
            self._is_soft = is_soft

    def _do_one(self, job: _Job, connection: sqlite3.Connection) -> None:
        connection.execute("SAVEPOINT job")
        try:
            job.result = job.work()
        except Exception as error:
            if not connection.in_transaction:  # a full disk ends all of it
                raise
            job.error = failed(self.path, error)
            connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")

    def _fail(self, jobs: list[_Job], error: Exception) -> None:
        if self._connection is not None and self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
        for job in jobs:
            job.error = failed(self.path, error)
            job.error.__cause__ = error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise JournalFailed(f"{self.path}: the journal could not be opened")
        return self._connection

    def _open(self) -> str:
        if self._connection is not None and self._is_there():
            return self._words
        self._let_go()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = take_lock(self.path)
        try:
            opened, self._words = open_file(self.path, self._clock.now())
            self._connection, self._is_soft = opened, False
            self._inode = self.path.stat().st_ino
        except BaseException:
            self._let_go()
            raise
        return self._words

    def _look_whether_it_is_there(self) -> None:
        """What is written to a removed file would be durable nowhere: begin a new one,
        and say so once by failing.
        """
        if not self._inode:  # it could never be opened
            return
        if self._connection is not None and self._is_there():
            return
        self._open()
        raise JournalFailed(
            f"{self.path}: it was removed or replaced while in use, and begins anew: "
            "what it had kept is gone"
        )

    def _is_there(self) -> bool:
        with suppress(FileNotFoundError):
            return self.path.stat().st_ino == self._inode
        return False

    def _let_go(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        if self._lock is not None:
            os.close(self._lock)
        self._connection = self._lock = None
