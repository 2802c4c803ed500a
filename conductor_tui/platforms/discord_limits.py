"""Discord's rate limits: per bucket, as the headers of each answer say, and for all.

Nothing is sent while a bucket is empty: what the request's time allows waits, in the
order it came, and the rest is told when to come again. Until the first answer has said
how large the bucket is, one request goes at a time.
(docs.discord.com/developers/topics/rate-limits)
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from conductor_tui.platforms.web import Answer, seconds
from conductor_tui.plugin import PluginError

_UNKNOWN_S = 1.0  # of a 429 that says nothing else


@dataclass
class Bucket:
    """`remaining` requests may be sent before `reset_at`; unknown: `limit` is None."""

    limit: int | None = None
    remaining: int = 0
    reset_at: float = 0.0
    queued: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Limits:
    """`now` gives seconds from anywhere; `sleep` waits for some."""

    def __init__(
        self, now: Callable[[], float], sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self._now, self._sleep = now, sleep
        self._named: dict[str, Bucket] = {}  # by the name that Discord gives
        self._routes: dict[str, Bucket] = {}
        self._all_from = 0.0

    @asynccontextmanager
    async def place(self, route: str, within_s: float) -> AsyncIterator[None]:
        """Hold a place in the route's bucket while something is sent. Raises
        PluginError, with the time to wait, where that is longer than `within_s`.
        """
        bucket = self._routes.setdefault(route, Bucket())
        wait_s = self._wait_s(bucket, bucket.queued)
        if wait_s > within_s:
            raise limited(wait_s)
        bucket.queued += 1
        try:
            async with bucket.lock:
                await self._until_free(bucket)
                if bucket.limit is None:
                    yield
                    return
                bucket.remaining -= 1
        finally:
            bucket.queued -= 1
        yield

    def learn(self, route: str, answer: Answer) -> float | None:
        """Take what an answer says. Returns for how long a 429 stops us."""
        bucket, now = self._bucket(route, answer), self._now()
        limit = _number(answer, "X-RateLimit-Limit")
        remaining = _number(answer, "X-RateLimit-Remaining")
        reset_s = _number(answer, "X-RateLimit-Reset-After")
        if limit is not None and remaining is not None and reset_s is not None:
            is_same = now < bucket.reset_at and bucket.limit is not None
            left = min(bucket.remaining, int(remaining)) if is_same else int(remaining)
            bucket.limit, bucket.remaining = max(1, int(limit)), left
            bucket.reset_at = now + reset_s
        if answer.status != 429:
            return None
        wait_s = _told_to_wait(answer)
        if _is_for_all(answer):
            self._all_from = max(self._all_from, now + wait_s)
        else:
            bucket.limit = bucket.limit or 1
            bucket.remaining, bucket.reset_at = 0, now + wait_s
        return wait_s

    def _bucket(self, route: str, answer: Answer) -> Bucket:
        """Return the route's bucket: routes of one name share it."""
        own = self._routes.setdefault(route, Bucket())
        name = answer.headers.get("X-RateLimit-Bucket", "")
        if not name:
            return own
        shared = self._named.setdefault(name, own)
        self._routes[route] = shared
        return shared

    async def _until_free(self, bucket: Bucket) -> None:
        while (wait_s := self._wait_s(bucket, 0)) > 0:
            await self._sleep(wait_s)

    def _wait_s(self, bucket: Bucket, ahead: int) -> float:
        """Return how long who comes now would wait, with so many ahead."""
        now = self._now()
        wait_s = max(0.0, self._all_from - now)
        if bucket.limit is None:
            return wait_s
        if now >= bucket.reset_at:
            bucket.remaining = bucket.limit
        if bucket.remaining > ahead:
            return wait_s
        return max(wait_s, bucket.reset_at - now)


class RateLimited(PluginError):
    """Nothing may be sent for a while."""


def limited(wait_s: float) -> RateLimited:
    words = f"its rate limit is used up for {wait_s:.1f} s: nothing was sent"
    return RateLimited(words, retry_after_s=wait_s)


def _number(answer: Answer, name: str) -> float | None:
    try:
        said = float(answer.headers.get(name, ""))
    except ValueError:
        return None
    return said if math.isfinite(said) else None


def _told_to_wait(answer: Answer) -> float:
    said = answer.json
    found = said.get("retry_after") if isinstance(said, dict) else None
    if not isinstance(found, int | float):
        found = _number(answer, "Retry-After")
    wait_s = None if found is None else seconds(found)
    return _UNKNOWN_S if wait_s is None else wait_s


def _is_for_all(answer: Answer) -> bool:
    if answer.headers.get("X-RateLimit-Global", "").lower() == "true":
        return True
    if answer.headers.get("X-RateLimit-Scope") == "global":
        return True
    said = answer.json
    return isinstance(said, dict) and said.get("global") is True
