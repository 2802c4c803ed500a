"""When each check is due: one heap, one task that waits for its top.

Due times come from the schedule, never from "sleep after work": no drift, no pile-up.
A platform that is still being checked, or still waiting for a free place, when it is
due again loses that beat; it is told as an overrun. At most `limit` checks run at
once: past a quarter of timeout / cost, more concurrency only makes timeouts.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.schedule import next_due
from conductor_tui.ports import Clock

_NOW_S = 0.001  # event loops round timers to 1 ms: closer than that is due
_KEPT_LATENESS = 8192  # checks between two looks at it; the newest count

RunCheck = Callable[[PlatformName], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Beat:
    """A platform's next due time. A beat that left the table is dead: it is skipped."""

    due: float
    name: PlatformName
    interval_s: float


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
        self._heap: list[tuple[float, int, _Beat]] = []
        self._order = count()  # of equal due times; tuples compare fast, beats do not
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
        self._put(_Beat(first_due, name, interval_s))

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

    def _put(self, beat: _Beat) -> None:
        self._beats[beat.name] = beat
        heapq.heappush(self._heap, (beat.due, next(self._order), beat))
        self._woken.set()

    def _begin_due(self) -> None:
        now = self._clock.monotonic()
        while self._heap and self._heap[0][0] <= now + _NOW_S:
            _, _, beat = heapq.heappop(self._heap)
            if self._beats.get(beat.name) is not beat:
                continue
            due = next_due(beat.due, interval_s=beat.interval_s, now=now)
            self._put(_Beat(due, beat.name, beat.interval_s))
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
        wait_s = self._heap[0][0] - self._clock.monotonic()
        if wait_s <= 0:
            return
        try:
            async with self._clock.timeout(wait_s):
                await self._woken.wait()
        except TimeoutError:
            return

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
