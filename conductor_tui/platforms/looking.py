"""How the other side is, asked in its own time.

A check has 200 ms, and an answer from far away takes longer: what is far is not sick.
So one question at a time is under way for as long as it needs, and each check tells
what the newest answer was.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from conductor_tui.plugin import PluginHealth

LOOK_S = 10.0  # how long the other side has for an answer
PATIENCE_S = 0.1  # of a check that could wait for it
_NOT_YET = PluginHealth(
    is_healthy=True, warns=True, detail="asked, and not answered yet"
)


class Looking:
    """`look` asks once, within LOOK_S. What it found counts for `fresh_s`."""

    def __init__(
        self,
        look: Callable[[], Awaitable[PluginHealth]],
        *,
        fresh_s: float = 0.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look, self._fresh_s, self._now = look, fresh_s, now
        self._found: tuple[float, PluginHealth] | None = None
        self._task: asyncio.Task[None] | None = None

    async def health(self) -> PluginHealth:
        """Return the newest answer; where one is about to come, that."""
        if self._task is None and not self._is_fresh:
            self._task = asyncio.create_task(self._ask(), name="looking")
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=PATIENCE_S)
        return self._found[1] if self._found else _NOT_YET

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    @property
    def _is_fresh(self) -> bool:
        found = self._found
        return found is not None and self._now() - found[0] < self._fresh_s

    async def _ask(self) -> None:
        try:
            self._found = self._now(), await self._look()
        finally:
            self._task = None
