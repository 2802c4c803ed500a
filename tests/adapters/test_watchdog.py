"""A loop that stands still is seen from outside, and what it hangs in is named.

What blocks here blocks until it was seen, and so needs no time of its own.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from conductor_tui.adapters import meanwhile
from conductor_tui.adapters.watchdog import TOLD_S, LoopWatchdog
from conductor_tui.domain.own import Stall
from tests.adapters.probes.loops import FACTORIES

LONG_S = 30.0


class Told:
    """Waits for what the watchdog tells."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Stall] = asyncio.Queue()

    async def next(self) -> Stall:
        async with asyncio.timeout(LONG_S):
            return await self.queue.get()


@asynccontextmanager
async def watched() -> AsyncIterator[tuple[LoopWatchdog, Told]]:
    """Watch the running loop, from its second tick on."""
    watchdog, told = LoopWatchdog(), Told()
    watchdog.watch(told.queue.put_nowait)
    try:
        while not watchdog.take_lags():  # noqa: ASYNC110 - its ticks tell nobody
            await asyncio.sleep(0.01)
        yield watchdog, told
    finally:
        watchdog.close()


class Interrupted(float):
    """A time that lets another thread in just when it is compared."""

    def __new__(cls, value: float, meanwhile: Callable[[], None]) -> "Interrupted":
        made = super().__new__(cls, value)
        made.meanwhile = meanwhile
        return made

    meanwhile: Callable[[], None]

    def __ge__(self, other: float) -> bool:
        self.meanwhile()
        return super().__ge__(other)


def test_the_thread_may_note_a_sleep_while_the_loop_adds_them_up() -> None:
    watchdog = LoopWatchdog()
    watchdog._due = now = time.monotonic()

    def note() -> None:
        watchdog._sleeps.append((now, 2.0))

    watchdog._sleeps.append((Interrupted(now, note), 7.0))
    assert watchdog.stalled_s(now - 1) == pytest.approx(7.0, abs=1.0)


def is_seen(watchdog: LoopWatchdog) -> bool:
    return watchdog.current is not None and bool(watchdog.current.task)


def sleep_till_seen(watchdog: LoopWatchdog) -> None:
    until = time.monotonic() + LONG_S
    while not is_seen(watchdog) and time.monotonic() < until:
        time.sleep(0.01)


def spin_till_seen(watchdog: LoopWatchdog) -> None:
    until = time.monotonic() + LONG_S
    while not is_seen(watchdog) and time.monotonic() < until:
        pass


def match_for_long(watchdog: LoopWatchdog) -> None:
    """Hold the interpreter in C, longer each time until it is long enough."""
    for length in range(22, 40):
        began = time.monotonic()
        re.match("(a+)+$", "a" * length + "b")
        if time.monotonic() - began > 2 * TOLD_S:
            return


@pytest.mark.parametrize("loop_name", FACTORIES)
@pytest.mark.parametrize("block", [sleep_till_seen, spin_till_seen, match_for_long])
def test_the_task_and_the_line_that_block_are_named(
    loop_name: str, block: Callable[[LoopWatchdog], None]
) -> None:
    async def check(watchdog: LoopWatchdog) -> None:
        block(watchdog)

    async def run() -> Stall:
        async with watched() as (watchdog, told):
            await asyncio.create_task(check(watchdog), name="check discord")
            return await told.next()

    with asyncio.Runner(loop_factory=FACTORIES[loop_name]) as runner:
        stall = runner.run(run())
    assert stall.task == "check discord"
    line = rf"\w+\.py:\d+ in ({block.__name__}|is_seen|current)"
    assert re.fullmatch(line, stall.where)
    assert stall.why == ""
    assert stall.lasted_s >= TOLD_S


async def test_a_stall_shows_from_other_threads_while_it_lasts() -> None:
    async with watched() as (watchdog, told):
        seen: list[Stall | None] = []

        async def check() -> None:
            sleep_till_seen(watchdog)
            seen.append(watchdog.current)

        await asyncio.create_task(check(), name="check api")
        [during] = seen
        after = await told.next()
        assert during is not None
        assert (during.task, during.where) == (after.task, after.where)
        assert during.lasted_s <= after.lasted_s
        assert watchdog.current is None


async def test_a_callback_that_blocks_has_a_line_and_no_task() -> None:
    async with watched() as (watchdog, told):

        def block() -> None:
            until = time.monotonic() + LONG_S
            while watchdog.current is None and time.monotonic() < until:
                time.sleep(0.01)

        asyncio.get_running_loop().call_soon(block)
        stall = await told.next()
        assert stall.task == ""
        assert stall.where.endswith("in block")


async def test_what_began_before_a_stall_knows_of_it_at_once() -> None:
    async with watched() as (watchdog, _):
        before = time.monotonic()
        sleep_till_seen(watchdog)
        after = time.monotonic()
        assert watchdog.stalled_s(before) >= TOLD_S  # the tick has not run yet
        await asyncio.sleep(0)
        assert watchdog.stalled_s(before) >= TOLD_S
        assert watchdog.stalled_s(after) < TOLD_S


async def test_a_loop_that_runs_tells_its_lags_and_no_stall() -> None:
    async with watched() as (watchdog, told):
        lags = [0.0]
        while len(lags) < 6:
            await asyncio.sleep(0.01)
            lags += watchdog.take_lags()
        assert min(lags) >= 0.0
        assert told.queue.empty()


async def test_close_is_safe_twice_and_before_watch() -> None:
    watchdog = LoopWatchdog()
    watchdog.close()
    watchdog.close()
    async with watched() as (again, _):
        again.close()


async def test_a_host_that_slept_is_a_stall_of_all_that_began_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with watched() as (watchdog, told):
        before, awake_s = time.monotonic(), meanwhile._sleep_total_s()
        monkeypatch.setattr(meanwhile, "_sleep_total_s", lambda: awake_s + 7200)
        assert watchdog.stalled_s(before) > 7199  # before the thread has looked
        stall = await told.next()
        assert stall.why == "the host was suspended for 2h"
        assert stall.lasted_s == pytest.approx(7200)
        assert watchdog.stalled_s(before) > 7199
        assert watchdog.stalled_s(time.monotonic()) < TOLD_S


async def test_many_calls_without_a_break_are_not_blamed_on_one() -> None:
    async with watched() as (watchdog, told):
        until = time.monotonic() + LONG_S

        def one_of_many() -> None:
            """Keep the loop in one turn: every call blocks until it was seen once."""
            seen = watchdog._sightings
            before = seen.seen.total() if seen else 0
            while time.monotonic() < until:
                seen = watchdog._sightings
                if seen and seen.seen.total() > before:
                    return

        async def work() -> None:
            one_of_many()

        tasks = [asyncio.create_task(work(), name=f"check p{n}") for n in range(6)]
        await asyncio.gather(*tasks)
        stall = await told.next()
        assert stall.task == ""
        assert stall.why.startswith("many calls without a break, such as check p")
