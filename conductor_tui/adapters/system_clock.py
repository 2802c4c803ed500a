"""The real clocks: the only file that reads them."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime


class SystemClock:
    """Satisfies ports.Clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def alarm(self, seconds: float, ring: Callable[[], object]) -> Callable[[], None]:
        return asyncio.get_running_loop().call_later(seconds, ring).cancel

    def timeout(self, seconds: float) -> asyncio.Timeout:
        return asyncio.timeout(seconds)
