"""One stream of envelopes for all who read it: encoded once, sent ten times a second.

A reader has a queue of chunks, which all readers share; when more than MOST_WAITING
bytes wait for one, it loses them and gets the state anew, as after a reconnect. Writing
is its own task's: one that stalls holds up nobody. While nobody reads, nothing is done.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from conductor_tui.adapters.wire.frames import encode_envelopes, parts_of
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.ports import Frame, Session

FLUSH_S, ALIVE_S, FRESH_S = 0.1, 3.0, 1.0
MOST_WAITING = 1_048_576
AT_ONCE = 100  # envelopes in one chunk: some milliseconds of work


class Broadcast:
    """Belongs to the engine's loop."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._readers: set[Reader] = set()
        self._task: asyncio.Task[None] | None = None
        self._pending: list[Envelope] = []
        self._recent: deque[tuple[float, bytes]] = deque()
        self._whole: tuple[float, list[bytes]] | None = None
        self._encoding = asyncio.Lock()
        self._is_following = asyncio.Event()

    @property
    def readers(self) -> int:
        return len(self._readers)

    async def read(self) -> AsyncGenerator[bytes, None]:
        """Yield objects: the parts of a snapshot, then envelopes; both as often as it
        takes. What a snapshot has already may come again behind it: see its seq.
        """
        reader = Reader()
        self._readers.add(reader)
        if self._task is None:
            # No task group: it ends with its last reader, whoever that is.
            self._task = asyncio.create_task(self._run(), name="stream")
        try:
            await self._is_following.wait()
            while True:
                if reader.is_behind:
                    for part in await self._state(reader):
                        yield part
                for chunk in reader.take():
                    yield chunk
                await reader.wait()
        finally:
            self._readers.discard(reader)
            if not self._readers:
                self._stop()

    async def _state(self, reader: "Reader") -> list[bytes]:
        """Return the newest snapshot in parts; those that many want at once are made
        once, and what happened since is in the reader's queue.
        """
        loop = asyncio.get_running_loop()
        reader.begin([])  # what happens meanwhile is not lost
        async with self._encoding:
            if self._whole is None or loop.time() - self._whole[0] > FRESH_S:
                made_at, parts = loop.time(), list[bytes]()
                for part in parts_of(self._session.latest()):
                    parts.append(part)
                    await asyncio.sleep(0)  # others get their turn between two
                self._whole = made_at, parts
        made_at, parts = self._whole
        reader.begin([chunk for at, chunk in self._recent if at >= made_at])
        return parts

    async def _run(self) -> None:
        async with aclosing(closable(self._session.follow())) as frames:
            following = asyncio.create_task(self._follow(frames), name="stream follows")
            try:
                await self._flush_for_ever()
            finally:
                following.cancel()
                await asyncio.wait([following])

    async def _follow(self, frames: AsyncIterator[Frame]) -> None:
        async for frame in frames:
            if not self._is_following.is_set():
                self._is_following.set()
            elif isinstance(frame, Snapshot):
                self._pending.clear()
                self._whole = None
                for reader in self._readers:
                    reader.fall_behind()
            else:
                self._pending.append(frame)

    async def _flush_for_ever(self) -> None:
        loop, said_at = asyncio.get_running_loop(), 0.0
        while True:
            await asyncio.sleep(FLUSH_S)
            now = loop.time()
            if self._pending:
                said_at = now
                await self._flush(now)
            elif now - said_at >= ALIVE_S:
                said_at = now
                self._send(now, b'{"events":[]}')
            while self._recent and self._recent[0][0] < now - 2 * FRESH_S:
                self._recent.popleft()

    async def _flush(self, now: float) -> None:
        pending, self._pending = self._pending, []
        for start in range(0, len(pending), AT_ONCE):
            self._send(now, encode_envelopes(pending[start : start + AT_ONCE]))
            await asyncio.sleep(0)

    def _send(self, now: float, chunk: bytes) -> None:
        self._recent.append((now, chunk))
        for reader in self._readers:
            reader.offer(chunk)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._is_following.clear()
        self._task, self._whole = None, None
        self._pending.clear()
        self._recent.clear()


async def closable(frames: AsyncIterator[Frame]) -> AsyncGenerator[Frame, None]:
    """Yield the same, as something that can be closed in time."""
    async for frame in frames:
        yield frame


class Reader:
    """What waits for one who reads."""

    def __init__(self) -> None:
        self.is_behind = True
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._news = asyncio.Event()

    def offer(self, chunk: bytes) -> None:
        if self.is_behind:
            return
        if self._bytes + len(chunk) > MOST_WAITING:
            self.fall_behind()
            return
        self._waiting.append(chunk)
        self._bytes += len(chunk)
        self._news.set()

    def fall_behind(self) -> None:
        self.is_behind = True
        self._waiting.clear()
        self._bytes = 0
        self._news.set()

    def begin(self, chunks: list[bytes]) -> None:
        """Start again behind a snapshot: `chunks` may have happened since."""
        self._waiting = deque(chunks)
        self._bytes = sum(map(len, chunks))
        self.is_behind = False
        if chunks:
            self._news.set()

    def take(self) -> list[bytes]:
        taken = list(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        return taken

    async def wait(self) -> None:
        await self._news.wait()
        self._news.clear()
