"""When each check is due: one heap, one task that waits for its top.

A process that wakes up spends more on that than on a check: so beats that are due
within a moment of each other (25 ms, a fraction of the interval) begin together, the
later ones early. At 1,000 platforms five or six share one wake-up.

Due times come from the schedule, never from "sleep after work": no drift, no pile-up.
A platform that is still being checked, or still waiting for a free place, when it is
due again loses that beat; it is told as an overrun. At most `limit` checks run at
once: past a quarter of timeout / cost, more concurrency only makes timeouts.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import count
from typing import NamedTuple

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.schedule import next_due
from conductor_tui.ports import Clock

_NOW_S = 0.001  # event loops round timers to 1 ms: closer than that is due
_TOGETHER_S, _TOGETHER_SHARE = 0.045, 0.009  # at most, and of the interval
_KEPT_DEAD = 64  # beats that moved away before they were due, and as many as live
_KEPT_LATENESS = 8192  # checks between two looks at it; the newest count

RunCheck = Callable[[PlatformName], Awaitable[None]]


class _Beat(NamedTuple):
    """A platform's next due time. A beat that left the table is dead: it is skipped.

    A tuple, because the heap compares it: `order` decides between equal due times.
    `early_s` before it is due it may begin, if the loop is awake anyway.
    """

    due: float
    order: int
    name: PlatformName
    interval_s: float
    early_s: float


class Scheduler:
    """Runs `run(name)` for every platform at its beats, at most `limit` at once."""

    def __init__(
        self,
        run: RunCheck,
        overran: Callable[[PlatformName], None],
        clock: Clock,
        *,
        limit: int = 128,
    ) -> None:
        self._run, self._overran, self._clock = run, overran, clock
        self._limit = limit
        self._heap: list[_Beat] = []
        self._order = count()
        self._beats: dict[PlatformName, _Beat] = {}
        self._busy: set[PlatformName] = set()  # being checked, or waiting for a place
        self._waiting: deque[tuple[PlatformName, float | None]] = deque()
        self._late: deque[float] = deque(maxlen=_KEPT_LATENESS)
        self.checks = self.overruns = self.in_flight = 0
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._group: asyncio.TaskGroup | None = None

    def add(self, name: PlatformName, *, first_due: float, interval_s: float) -> None:
        """Check `name` from `first_due` (monotonic seconds) on."""
        self._put(name, first_due, interval_s)
        if len(self._heap) > 2 * len(self._beats) + _KEPT_DEAD:
            self._heap = sorted(self._beats.values())  # a sorted list is a heap
        self._woken.set()

    @property
    def kept_beats(self) -> int:
        """How many beats are kept, dead ones too: bounded, however often they move."""
        return len(self._heap)

    def remove(self, name: PlatformName) -> None:
        self._beats.pop(name, None)

    def due(self, name: PlatformName) -> float | None:
        """Return the next beat of `name`, in monotonic seconds."""
        beat = self._beats.get(name)
        return beat.due if beat else None

    def check_now(self, name: PlatformName) -> bool:
        """Check out of turn; the beats stay. False: a check is under way already."""
        if name in self._busy:
            return False
        self._begin(name, None)
        return True

    def limit_to(self, limit: int) -> None:
        """Run at most `limit` checks at once; those under way go on."""
        self._limit = limit
        self._fill()

    def take_lateness(self) -> list[float]:
        """Return how late each check began (seconds) since the last call."""
        late, self._late = list(self._late), deque(maxlen=_KEPT_LATENESS)
        return late

    async def run(self) -> None:
        """Run until `drain`. Cancelling it cancels the checks under way."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._fill()
            while not self._stopping:
                self._begin_due()
                await self._wait_for_next()

    async def drain(self, limit_s: float) -> bool:
        """Start no more checks; wait for those under way. False: some are left."""
        self._stopping = True
        self._waiting.clear()
        self._woken.set()
        try:
            async with self._clock.timeout(limit_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _put(self, name: PlatformName, due: float, interval_s: float) -> None:
        early_s = max(_NOW_S, min(_TOGETHER_S, interval_s * _TOGETHER_SHARE))
        beat = _Beat(due, next(self._order), name, interval_s, early_s)
        self._beats[name] = beat
        heapq.heappush(self._heap, beat)

    def _begin_due(self) -> None:
        now = self._clock.monotonic()
        while self._heap and self._heap[0].due - self._heap[0].early_s <= now:
            beat = heapq.heappop(self._heap)
            if self._beats.get(beat.name) is not beat:
                continue
            due = next_due(beat.due, interval_s=beat.interval_s, now=now)
            self._put(beat.name, due, beat.interval_s)
            if beat.name in self._busy:
                self.overruns += 1
                self._overran(beat.name)
            else:
                self._begin(beat.name, beat.due)

    async def _wait_for_next(self) -> None:
        self._woken.clear()
        if not self._heap:
            await self._woken.wait()
            return
        wait_s = max(0.0, self._heap[0].due - self._clock.monotonic())
        call_off = self._clock.alarm(wait_s, self._woken.set)
        try:
            await self._woken.wait()
        finally:
            call_off()

    def _begin(self, name: PlatformName, due: float | None) -> None:
        if self._stopping:
            return
        self._busy.add(name)
        self._waiting.append((name, due))
        self._idle.clear()
        self._fill()

    def _fill(self) -> None:
        if self._group is None:  # not running yet: what waits is begun by `run`
            return
        while self._waiting and self.in_flight < self._limit:
            name, due = self._waiting.popleft()
            self.in_flight += 1
            self._group.create_task(self._check(name, due), name=f"check {name}")

    async def _check(self, name: PlatformName, due: float | None) -> None:
        """Check; one out of turn has no `due`, and so is never late."""
        self.checks += 1
        if due is not None:
            self._late.append(max(0.0, self._clock.monotonic() - due))
        try:
            await self._run(name)
        finally:
            self.in_flight -= 1
            self._busy.discard(name)
            self._fill()
            if not self.in_flight:
                self._idle.set()
