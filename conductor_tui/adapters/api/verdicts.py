"""The word about every breaker, to all who go by it: each once encoded, sent at once.

A client that does not read loses what waits for it and gets all words anew, as after a
reconnect: only the newest counts.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress
from datetime import UTC, datetime

from conductor_tui.adapters.api.broadcast import Reader, closable
from conductor_tui.domain.address import host_of
from conductor_tui.domain.breaker import BreakerView
from conductor_tui.domain.check import BreakerSpec
from conductor_tui.domain.events import (
    BreakerChanged,
    BreakersDropped,
    Event,
    PlatformAdded,
    PlatformChanged,
    PlatformRemoved,
)
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.ports import Session

ALIVE_S, FRESH_S = 3.0, 1.0
HANDFUL = 100  # some milliseconds of work
ALIVE = b"{}"
_USUAL = BreakerSpec()


class Verdicts:
    """Belongs to the engine's loop. While nobody reads, nothing is done."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._readers: set[Reader] = set()
        self._task: asyncio.Task[None] | None = None
        self._is_following = asyncio.Event()
        self._encoding = asyncio.Lock()
        self._whole: tuple[float, bytes] | None = None  # all words, and when
        self._changes = 0

    async def read(self, reader: Reader) -> AsyncGenerator[bytes, None]:
        """Yield all words, then each that changes. `reader` may be offered more."""
        self._readers.add(reader)
        if self._task is None:
            # No task group: it ends with its last reader, whoever that is.
            self._task = asyncio.create_task(self._follow(), name="verdicts")
        try:
            await self._is_following.wait()
            while True:
                if reader.is_behind:
                    reader.begin([])  # what changes from now on comes behind it
                    yield await self._all()
                for chunk in reader.take():
                    yield chunk
                if not await _news(reader):
                    yield ALIVE
        finally:
            self._readers.discard(reader)
            if not self._readers and self._task is not None:
                self._task.cancel()
                self._task = None
                self._is_following.clear()
                self._forget()

    async def _all(self) -> bytes:
        """Return all words. Many come at once when a conductor is back: they are
        encoded once for all, and by handfuls, between which others get their turn.
        """
        loop = asyncio.get_running_loop()
        async with self._encoding:
            if self._whole is not None and loop.time() - self._whole[0] < FRESH_S:
                return self._whole[1]
            changes, made_at = self._changes, loop.time()
            whole = await encode_all(self._session.latest())
            if changes == self._changes:
                self._whole = made_at, whole
            return whole

    async def _follow(self) -> None:
        async with aclosing(closable(self._session.follow())) as frames:
            async for frame in frames:
                if not self._is_following.is_set():
                    self._is_following.set()
                elif isinstance(frame, Snapshot):
                    self._forget()
                    for reader in self._readers:
                        reader.fall_behind()
                else:
                    self._tell(frame.event)

    def _tell(self, event: Event) -> None:
        for line in _lines(event, self._session.latest()):
            self._forget()
            for reader in self._readers:
                reader.offer(line)

    def _forget(self) -> None:
        self._whole = None
        self._changes += 1


async def encode_all(snapshot: Snapshot) -> bytes:
    breakers = [(one.name, one.breaker) for one in snapshot.platforms.in_order()]
    breakers += snapshot.awaited.items()
    written = []
    for number, (name, breaker) in enumerate(breakers, start=1):
        if number % HANDFUL == 0:
            await asyncio.sleep(0)
        written.append(json.dumps(_document(name, breaker, snapshot)))
    is_whole = json.dumps(snapshot.is_whole)
    return f'{{"breakers": [{", ".join(written)}], "is_whole": {is_whole}}}'.encode()


def _lines(event: Event, snapshot: Snapshot) -> Iterator[bytes]:
    match event:
        case BreakerChanged(platform=name, breaker=breaker):
            yield _changed(name, breaker, snapshot)
        case PlatformAdded(spec=spec) | PlatformChanged(spec=spec):
            view = snapshot.platforms.get(spec.platform)
            if view is not None:
                yield _changed(view.name, view.breaker, snapshot)
        case PlatformRemoved(platform=name):
            yield json.dumps({"removed": name}).encode()
        case BreakersDropped(platforms=names):
            for name in names:
                yield json.dumps({"removed": name}).encode()
            yield b'{"is_whole": true}'
        case _:
            pass


def _changed(name: PlatformName, breaker: BreakerView, snapshot: Snapshot) -> bytes:
    return json.dumps({"breaker": _document(name, breaker, snapshot)}).encode()


def _document(
    name: PlatformName, breaker: BreakerView, snapshot: Snapshot
) -> dict[str, object]:
    """Return what a client has to know. A moment leaves as seconds from now: nobody's
    clock needs to be right.
    """
    view = snapshot.platforms.get(name)
    spec = view.spec.breaker if view is not None else _USUAL
    host = host_of(view.spec.target) if view is not None else None
    retry_in_s = None
    if breaker.retry_at is not None:
        left_s = (breaker.retry_at - datetime.now(UTC)).total_seconds()
        retry_in_s = max(0.0, round(left_s, 3))
    return {
        "name": name,
        "state": breaker.state,
        "epoch": breaker.epoch,
        "by": breaker.by,
        "why": breaker.hold.why if breaker.hold is not None else breaker.why,
        "retry_in_s": retry_in_s,
        "trial": spec.trial,
        "failures": spec.failures,
        "reset_after_s": spec.reset_after_s,
        "hosts": [host] if host is not None else [],
    }


async def _news(reader: Reader) -> bool:
    """Wait for some; False: none came, and it is time to say that we live."""
    with suppress(TimeoutError):
        async with asyncio.timeout(ALIVE_S):
            await reader.wait()
            return True
    return False
