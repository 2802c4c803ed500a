"""When which dead letter is redriven.

Each platform or group that letters wait for has a lane. What was accepted without
waiting goes through as fast as the bulkhead lets it, while nothing is wrong. Whatever
failed, or came while the breaker was not CLOSED, is redriven in the order it came, one
at a time and paced: when a breaker closes, what waited must not trip it again. A letter
that fails on waits 1, 2, 4 ... 30 s, and lets the others by.
"""

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from conductor_tui.domain.dead_letter import DeadLetter, LetterState, wait_s
from conductor_tui.domain.dispatch import Dispatched, DispatchOutcome, DispatchRequest
from conductor_tui.domain.ids import LetterId
from conductor_tui.domain.letter_events import LettersDelivered, LettersWait
from conductor_tui.engine.dispatch.letters import Letters
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock

LOOK_S = 0.5  # how often somebody looks whether what stops a lane is over
_BUSY_S = 1.0
_UNCOUNTED = (DispatchOutcome.REJECTED, DispatchOutcome.TURNED_AWAY)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the letters for one platform or group are redriven: `at_once` of those that
    nothing is wrong with, the others `rate` a second, each at most `redrives` times.
    """

    at_once: int
    rate: float
    redrives: int


@dataclass(slots=True)
class _Lane:
    """The letters for one platform or group: those that `wait`, by their number, and
    those that are `fresh`.
    """

    to: str
    waiting: list[LetterId] = field(default_factory=list)
    fresh: deque[LetterId] = field(default_factory=deque)
    driven: set[LetterId] = field(default_factory=set)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    delivered: int = 0
    is_driving: bool = False
    is_pumping: bool = False

    def add(self, letter: LetterId) -> None:
        place = bisect_left(self.waiting, letter)
        if self.waiting[place : place + 1] != [letter]:
            self.waiting.insert(place, letter)
        self.wake.set()

    def drop(self, letter: LetterId) -> None:
        place = bisect_left(self.waiting, letter)
        if self.waiting[place : place + 1] == [letter]:
            del self.waiting[place]
        self.wake.set()


class Lanes:
    """`deliver` sends a request, `rest` says why it should not be sent by itself now,
    `pace_of` how those for it are redriven; `done` hears of a letter that was
    delivered, before it is forgotten.
    """

    def __init__(
        self,
        letters: Letters,
        hub: Hub,
        clock: Clock,
        *,
        deliver: Callable[[DispatchRequest], Awaitable[Dispatched]],
        rest: Callable[[DispatchRequest], str],
        pace_of: Callable[[DispatchRequest], Pace],
        done: Callable[[DeadLetter, Dispatched], Awaitable[None]],
    ) -> None:
        self._letters, self._hub, self._clock = letters, hub, clock
        self._deliver, self._rest, self._pace_of = deliver, rest, pace_of
        self._done = done
        self._lanes: dict[str, _Lane] = {}
        self._group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Redrive what waits, for ever."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                for lane in list(self._lanes.values()):
                    self._go(lane)
                await asyncio.get_running_loop().create_future()
            finally:
                self._group = None

    def put(self, letter: DeadLetter, why: str = "") -> None:
        """Let a letter wait for its turn; `why` it does is told of the first one."""
        lane = self._lane(letter)
        if why and not lane.waiting:
            self._hub.publish(LettersWait(to=lane.to, why=why))
        lane.add(letter.id)
        self._go(lane)

    def put_fresh(self, letter: DeadLetter) -> None:
        """Deliver it as soon as may be: nothing is wrong with it."""
        lane = self._lane(letter)
        lane.fresh.append(letter.id)
        self._go(lane)

    def drop(self, letter: DeadLetter) -> None:
        """It is gone, or waits for a person."""
        self._lane(letter).drop(letter.id)

    def is_driven(self, letter: LetterId, to: str) -> bool:
        """True while it is on its way just now."""
        lane = self._lanes.get(to)
        return lane is not None and letter in lane.driven

    def _lane(self, letter: DeadLetter) -> _Lane:
        return self._lanes.setdefault(letter.view.to, _Lane(letter.view.to))

    def _go(self, lane: _Lane) -> None:
        if self._group is None:
            return
        if lane.fresh and not lane.is_pumping:
            lane.is_pumping = True
            self._group.create_task(self._pump(lane), name=f"fresh for {lane.to}")
        if lane.waiting and not lane.is_driving:
            lane.is_driving = True
            self._group.create_task(self._drive(lane), name=f"letters for {lane.to}")

    # Those that nothing is wrong with

    async def _pump(self, lane: _Lane) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                room = asyncio.Semaphore(self._room_of(lane))
                while lane.fresh:
                    await room.acquire()
                    letter = self._next_fresh(lane)
                    if letter is None:
                        room.release()
                        continue
                    lane.driven.add(letter.id)
                    task = group.create_task(self._first(lane, letter))
                    task.add_done_callback(lambda _: room.release())
        finally:
            lane.is_pumping = False
        self._go(lane)  # one may have come as the last ones ended

    def _room_of(self, lane: _Lane) -> int:
        letter = self._letters.whole(lane.fresh[0]) if lane.fresh else None
        return 1 if letter is None else self._pace_of(letter.request).at_once

    def _next_fresh(self, lane: _Lane) -> DeadLetter | None:
        """Return one to send now; what must not be sent joins those that wait."""
        if not lane.fresh:
            return None
        letter = self._letters.whole(lane.fresh.popleft())
        if letter is None:
            return None
        why = self._rest(letter.request)
        if not why and not lane.waiting:
            return letter
        self.put(letter, why)
        return None

    async def _first(self, lane: _Lane, letter: DeadLetter) -> None:
        why = await self._redrive(lane, letter)
        again = self._letters.whole(letter.id)
        if again is not None and again.view.state is LetterState.WAITING:
            self.put(again, why)

    # Those that wait

    async def _drive(self, lane: _Lane) -> None:
        try:
            while lane.waiting:
                lane.wake.clear()
                first = self._letters.whole(lane.waiting[0])
                if first is None:
                    lane.drop(lane.waiting[0])
                elif self._rest(first.request):
                    await self._until_clear(lane)
                else:
                    await self._drive_next(lane)
            if lane.delivered:
                event = LettersDelivered(to=lane.to, count=lane.delivered)
                lane.delivered = 0
                self._hub.publish(event)
        finally:
            lane.is_driving = False

    async def _until_clear(self, lane: _Lane) -> None:
        """Wait until the breaker is CLOSED. Then all are due, in their order."""
        while lane.waiting:
            first = self._letters.whole(lane.waiting[0])
            if first is None or not self._rest(first.request):
                break
            await self._woken(lane, LOOK_S)
        now = self._clock.now()
        for letter in list(lane.waiting):
            known = self._letters.whole(letter)
            if known is None:
                continue
            at = known.view.next_at
            if at is not None and at > now:
                self._letters.note(replace(known.view, next_at=now))

    async def _drive_next(self, lane: _Lane) -> None:
        letter, in_s = self._due(lane)
        if letter is None:
            await self._woken(lane, in_s)
            return
        lane.driven.add(letter.id)
        await self._redrive(lane, letter)
        after = self._letters.whole(letter.id)
        if after is None or after.view.state is not LetterState.WAITING:
            lane.drop(letter.id)
            lane.delivered += after is None
        await self._clock.sleep(1.0 / self._pace_of(letter.request).rate)

    def _due(self, lane: _Lane) -> tuple[DeadLetter | None, float]:
        """Return the first that is due; or in how many seconds one will be."""
        now, in_s = self._clock.now(), LOOK_S
        soonest: float | None = None
        for number in lane.waiting:
            letter = self._letters.whole(number)
            if letter is None:
                return None, 0.0  # the next turn drops it
            at = letter.view.next_at
            left_s = 0.0 if at is None else (at - now).total_seconds()
            if left_s <= 0:
                return letter, 0.0
            soonest = left_s if soonest is None else min(soonest, left_s)
        return None, in_s if soonest is None else soonest

    async def _woken(self, lane: _Lane, within_s: float) -> None:
        try:
            async with self._clock.timeout(within_s):
                await lane.wake.wait()
        except TimeoutError:
            pass
        lane.wake.clear()

    async def _redrive(self, lane: _Lane, letter: DeadLetter) -> str:
        """Send it once more, and keep what came of it. Returns why it was not
        delivered.
        """
        try:
            done = await self._deliver(letter.request)
        except LookupError as error:  # its platform went a moment ago
            lane.driven.discard(letter.id)
            return str(error.args[0])
        if done.outcome is DispatchOutcome.DELIVERED:
            await self._done(letter, done)
        else:
            await self._failed(letter, done)
        lane.driven.discard(letter.id)
        return done.words

    async def _failed(self, letter: DeadLetter, done: Dispatched) -> None:
        known = self._letters.whole(letter.id)
        if known is None:  # discarded while it was on its way
            return
        view, now = known.view, self._clock.now()
        if done.outcome in _UNCOUNTED and not done.attempts:
            in_s = max(_BUSY_S, done.retry_in_s or 0.0)
            self._letters.note(replace(view, next_at=now + timedelta(seconds=in_s)))
            return
        redrives = view.redrives + 1
        in_s = wait_s(redrives, done.retry_in_s)
        view = replace(view, redrives=redrives, next_at=now + timedelta(seconds=in_s))
        after = replace(known, view=view).with_errors(self._letters.errors_of(done))
        if done.outcome is DispatchOutcome.REFUSED:
            await self._letters.give_up(after, f"refused: {done.words}")
        elif redrives >= self._pace_of(letter.request).redrives:
            words = f"after {redrives} redrives: {done.words}"
            await self._letters.give_up(after, words)
        else:
            await self._letters.change(after)
