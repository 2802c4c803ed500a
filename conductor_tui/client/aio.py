"""The same for a program of asyncio: what asks the conductor is awaited.

Breakers are the very same objects: they decide from memory, and block nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from conductor_tui.client.breaker import Breaker, Counts
from conductor_tui.client.client import Client, Metadata, OnLost
from conductor_tui.client.dispatching import Sent
from conductor_tui.client.watching import Watch

if TYPE_CHECKING:
    from conductor_tui.client.beater import Beater

MOST_WAITING = 1000  # events that nobody has taken yet; the stream waits then


class AsyncClient:
    """See Client. Belongs to no loop: use it from any."""

    def __init__(
        self,
        name: str = "",
        *,
        url: str = "",
        token: str | None = None,
        on_lost: OnLost = "keep",
        report: bool = False,
        first_word_s: float = 0.5,
    ) -> None:
        self._client = Client(
            name,
            url=url,
            token=token,
            on_lost=on_lost,
            report=report,
            first_word_s=first_word_s,
        )

    @property
    def name(self) -> str:
        return self._client.name

    async def __aenter__(self) -> "AsyncClient":
        await self.first_word()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def breaker(
        self,
        name: str,
        *,
        failures: int | None = None,
        reset_after_s: float | None = None,
        counts: Counts = Exception,
    ) -> Breaker:
        """See Client.breaker."""
        return self._client.breaker(
            name, failures=failures, reset_after_s=reset_after_s, counts=counts
        )

    def platform_at(self, host: str) -> str | None:
        """See Client.platform_at."""
        return self._client.platform_at(host)

    async def first_word(self) -> None:
        """See Client.first_word."""
        await self._client.first_word()

    @property
    def is_connected(self) -> bool:
        return self._client.is_connected

    async def wait(self, timeout_s: float = 5.0) -> bool:
        """See Client.wait."""
        return await asyncio.to_thread(self._client.wait, timeout_s)

    async def close(self) -> None:
        """See Client.close."""
        await asyncio.to_thread(self._client.close)

    async def beat(
        self, agent: str, metadata: Metadata | None = None, kind: str = "beat"
    ) -> None:
        """See Client.beat."""
        await asyncio.to_thread(self._client.beat, agent, metadata, kind)

    def beater(
        self,
        agent: str,
        interval_s: float = 5.0,
        metadata: Metadata | Callable[[], Metadata] | None = None,
    ) -> "Beater":
        """See Client.beater: `async with` it."""
        return self._client.beater(agent, interval_s, metadata)

    async def trip(self, name: str, *, why: str, ttl_s: float | None = None) -> str:
        """See Client.trip."""
        return await asyncio.to_thread(self._client.trip, name, why=why, ttl_s=ttl_s)

    async def reset(self, name: str) -> str:
        """See Client.reset."""
        return await asyncio.to_thread(self._client.reset, name)

    async def release(self, name: str) -> str:
        """See Client.release."""
        return await asyncio.to_thread(self._client.release, name)

    async def dispatch(
        self,
        to: str = "",
        payload: object = None,
        *,
        type: str = "",
        metadata: Mapping[str, str] | None = None,
        key: str = "",
        id: str = "",
        priority: int | None = None,
        deadline_s: float | None = None,
        wait: bool = True,
        keep: bool = True,
    ) -> Sent:
        """See Client.dispatch."""
        return await asyncio.to_thread(
            self._client.dispatch,
            to,
            payload,
            type=type,
            metadata=metadata,
            key=key,
            id=id,
            priority=priority,
            deadline_s=deadline_s,
            wait=wait,
            keep=keep,
        )

    async def snapshot(self) -> dict[str, Any]:
        """See Client.snapshot."""
        return await asyncio.to_thread(self._client.snapshot)

    async def events(self, since: str | None = None) -> AsyncIterator[dict[str, Any]]:
        """See Client.events. A thread reads while it is iterated."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[dict[str, Any] | BaseException] = asyncio.Queue(
            MOST_WAITING
        )
        watch = Watch(self._client.place, since)

        def read() -> None:
            try:
                for event in watch:
                    asyncio.run_coroutine_threadsafe(queue.put(event), loop).result()
            except RuntimeError:  # the loop was closed: nobody listens any more
                watch.close()
            except Exception as error:
                asyncio.run_coroutine_threadsafe(queue.put(error), loop)

        reading = loop.run_in_executor(None, read)
        try:
            while True:
                event = await queue.get()
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            watch.close()
            while not queue.empty():  # it may wait for room
                queue.get_nowait()
            await asyncio.wait([reading])
