"""How many requests of one platform run at once, how many wait, and who is next.

A platform that drowns must not take the others with it: beyond what may wait a request
is turned away at once (Nygard, Release It!).
"""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count


class Full(Exception):
    """As many as may wait do so already."""


class Bulkhead:
    """Belongs to one event loop."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once, self._most_waiting = at_once, waiting
        self.under_way = 0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()

    @property
    def waiting(self) -> int:
        return sum(not turn.done() for _, _, turn in self._waiting)

    def resize(self, at_once: int, waiting: int) -> None:
        """Go by other limits from now on; who is in, or waits, stays."""
        self._at_once, self._most_waiting = at_once, waiting
        self._let_in()

    @asynccontextmanager
    async def place(self, priority: int = 0) -> AsyncIterator[None]:
        """Hold a place in the block. Of those that wait the higher priority goes first,
        then who came first. Raises Full.
        """
        await self._enter(priority)
        try:
            yield
        finally:
            self.under_way -= 1
            self._let_in()

    async def _enter(self, priority: int) -> None:
        if self.under_way < self._at_once and not self.waiting:
            self.under_way += 1
            return
        if self.waiting >= self._most_waiting:
            words = f"{self.under_way} are under way and {self.waiting} wait already"
            raise Full(words)
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-priority, next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # let in and called off at once
                self.under_way -= 1
            self._let_in()
            raise

    def _let_in(self) -> None:
        while self._waiting and self.under_way < self._at_once:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self.under_way += 1
                turn.set_result(None)
