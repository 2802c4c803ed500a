"""A blocking reading, taken off the loop and shared.

Reading the process table takes milliseconds and can hang (a process whose memory is
locked, a pid file on a dead mount). So each reading has a thread of its own, one at
a time: whoever asks meanwhile waits for the one under way, and a hung one costs one
daemon thread, not the loop's executor, which six such calls would exhaust.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Lock, Thread
from typing import Generic, TypeVar

T = TypeVar("T")
_Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[T]"]


class OffLoop(Generic[T]):
    """Calls `read` in a thread. What it gave is good for `fresh_s` seconds.

    May be shared by several loops in several threads.
    """

    def __init__(
        self,
        read: Callable[[], T],
        *,
        fresh_s: float = 0.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._fresh_s = fresh_s
        self._now = now
        self._lock = Lock()
        self._kept: tuple[float, T] | None = None
        self._waiters: set[_Waiter[T]] = set()
        self._is_reading = False

    async def get(self) -> T:
        """Return a reading begun at most `fresh_s` before this call, or under way.

        Raises what `read` raised.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        waiter = (loop, future)
        with self._lock:
            if self._kept and self._now() - self._kept[0] < self._fresh_s:
                return self._kept[1]
            self._waiters.add(waiter)
            must_start, self._is_reading = not self._is_reading, True
        try:
            if must_start:
                self._start()
            return await future
        finally:
            with self._lock:
                self._waiters.discard(waiter)

    def _start(self) -> None:
        try:
            Thread(target=self._run, name="probe reading", daemon=True).start()
        except RuntimeError as error:  # no thread to be had: the next call tries again
            self._tell(None, partial(_fail, error))

    def _run(self) -> None:
        began = self._now()
        try:
            value = self._read()
        except Exception as error:  # foreign code; raised again in every waiter
            self._tell(None, partial(_fail, error))
        else:
            self._tell((began, value), partial(_give, value))

    def _tell(
        self,
        kept: tuple[float, T] | None,
        settle: Callable[["asyncio.Future[T]"], None],
    ) -> None:
        with self._lock:
            self._kept, self._is_reading = kept, False
            waiters, self._waiters = self._waiters, set()
        for loop, future in waiters:
            with suppress(RuntimeError):  # that loop has been closed meanwhile
                loop.call_soon_threadsafe(settle, future)


def _give(value: T, future: "asyncio.Future[T]") -> None:
    if not future.done():  # cancelled: its caller has gone
        future.set_result(value)


def _fail(error: Exception, future: "asyncio.Future[T]") -> None:
    if not future.done():
        future.set_exception(error)
