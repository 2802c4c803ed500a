"""Idempotency keys: the same key is the same request, and is delivered once.

While the first one is under way the others wait for what comes of it; afterwards they
get the same answer, for a day (draft-ietf-httpapi-idempotency-key-header).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from conductor_tui.domain.dispatch import Dispatched, DispatchOutcome, DispatchRequest
from conductor_tui.domain.errors import KeyClashed
from conductor_tui.domain.payload import fingerprint, size_of
from conductor_tui.domain.plugin_calls import Reply
from conductor_tui.ports import Clock, KeptKey, LetterJournal

KEPT_S = 86_400.0
MOST_OF_REPLY = 65_536  # bytes of a reply that are remembered


@dataclass(frozen=True, slots=True)
class _Begun:
    """A request with a key that is under way."""

    print: str
    task: "asyncio.Task[Dispatched]"


class Keys:
    """Belongs to one event loop. Without a journal only what is under way is known."""

    def __init__(self, journal: LetterJournal | None, clock: Clock) -> None:
        self._journal, self._clock = journal, clock
        self._begun: dict[str, _Begun] = {}

    def close(self) -> None:
        """Let nobody wait any more."""
        for begun in self._begun.values():
            begun.task.cancel()

    async def once(
        self,
        request: DispatchRequest,
        send: Callable[[DispatchRequest], Awaitable[Dispatched]],
    ) -> Dispatched:
        """Send it, unless one with its key was sent before. Who asked may go: it is
        sent all the same. Raises KeyClashed, JournalFailed, and what `send` does.
        """
        print_, begun = fingerprint(request), self._begun.get(request.key)
        is_first = begun is None
        if begun is None:
            # in no group: what it raises is for who asked, and ends nothing else
            task = asyncio.create_task(
                self._send(request, print_, send), name=f"request {request.id}"
            )
            begun = self._begun[request.key] = _Begun(print_, task)
            task.add_done_callback(lambda _: self._begun.pop(request.key, None))
        if begun.print != print_:
            raise _clashed(request)
        done = await asyncio.shield(begun.task)
        return done if is_first else replace(done, is_repeated=True)

    def kept(self, request: DispatchRequest, done: Dispatched) -> KeptKey | None:
        """Return what is to be remembered of a request; None: it had no key."""
        if not request.key:
            return None
        return KeptKey(
            key=request.key,
            at=self._clock.now(),
            print=fingerprint(request),
            done=self._slim(done),
        )

    async def _send(
        self,
        request: DispatchRequest,
        print_: str,
        send: Callable[[DispatchRequest], Awaitable[Dispatched]],
    ) -> Dispatched:
        known = await self._known(request.key)
        if known is not None:
            if known.print != print_:
                raise _clashed(request)
            return replace(known.done, is_repeated=True)
        done = await send(request)
        kept = self.kept(request, done)
        is_new = done.outcome is DispatchOutcome.DELIVERED
        if kept is not None and is_new and self._journal is not None:
            await self._journal.keep(keys=(kept,), is_soft=True)
        return done

    async def _known(self, key: str) -> KeptKey | None:
        if self._journal is None:
            return None
        known = await self._journal.key(key)
        if known is None:
            return None
        age_s = (self._clock.now() - known.at).total_seconds()
        return known if age_s < KEPT_S else None

    def _slim(self, done: Dispatched) -> Dispatched:
        if done.reply is None or size_of(done.reply.payload) <= MOST_OF_REPLY:
            return done
        detail = "the reply was too large to be remembered"
        return replace(done, reply=Reply(detail=detail))


def _clashed(request: DispatchRequest) -> KeyClashed:
    words = f"the idempotency key {request.key!r} was that of another request"
    return KeyClashed(f"{words}: take a new key for each")
