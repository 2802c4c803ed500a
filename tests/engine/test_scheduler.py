import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from conductor_tui.domain.ids import PlatformName
from conductor_tui.engine.scheduler import RunCheck, Scheduler
from conductor_tui.testing import FakeClock, settle

A, B = PlatformName("a"), PlatformName("b")


class Log:
    """Notes when checks began, how many ran at once, and which beats were lost."""

    def __init__(self, clock: FakeClock, takes_s: float = 0.0) -> None:
        self._clock, self._takes_s = clock, takes_s
        self.begun: list[tuple[float, str]] = []
        self.lost: list[str] = []
        self.running = self.most = 0

    async def check(self, name: PlatformName) -> None:
        self.begun.append((round(self._clock.monotonic(), 3), name))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self._clock.sleep(self._takes_s)
        finally:
            self.running -= 1


@asynccontextmanager
async def running(
    check: RunCheck, lost: Callable[[PlatformName], None], clock: FakeClock, limit: int
) -> AsyncIterator[Scheduler]:
    scheduler = Scheduler(check, lost, clock, limit=limit)
    task = asyncio.create_task(scheduler.run())
    await settle()
    try:
        yield scheduler
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_each_platform_is_checked_at_its_own_phase_without_drift() -> None:
    clock = FakeClock()
    log = Log(clock, takes_s=0.7)
    async with running(log.check, log.lost.append, clock, 9) as scheduler:
        scheduler.add(A, first_due=1, interval_s=5)
        scheduler.add(B, first_due=3.5, interval_s=5)
        await clock.advance(14)
    assert log.begun == [(1, A), (3.5, B), (6, A), (8.5, B), (11, A), (13.5, B)]


async def test_a_platform_still_being_checked_loses_its_beat_and_is_told() -> None:
    clock = FakeClock()
    log = Log(clock, takes_s=12)
    async with running(log.check, log.lost.append, clock, 9) as scheduler:
        scheduler.add(A, first_due=0, interval_s=5)
        await clock.advance(16)
    assert log.begun == [(0, A), (15, A)]
    assert log.lost == [A, A]


async def test_beats_missed_while_we_slept_are_not_made_up() -> None:
    clock = FakeClock()
    log = Log(clock)
    async with running(log.check, log.lost.append, clock, 9) as scheduler:
        scheduler.add(A, first_due=0, interval_s=5)
        await clock.advance(1)
        clock.freeze(32)
        await clock.advance(7)
    assert log.begun == [(0, A), (33, A), (35, A), (40, A)]


async def test_no_more_than_the_limit_run_at_once_and_none_is_lost() -> None:
    clock = FakeClock()
    log = Log(clock, takes_s=0.1)
    async with running(log.check, log.lost.append, clock, 3) as scheduler:
        for number in range(10):
            name = PlatformName(f"p{number}")
            scheduler.add(name, first_due=0, interval_s=5)
        await clock.advance(1)
    assert log.most == 3
    assert len(log.begun) == 10


async def test_a_check_out_of_turn_leaves_the_beats_where_they_are() -> None:
    clock = FakeClock()
    log = Log(clock, takes_s=0.5)
    async with running(log.check, log.lost.append, clock, 9) as scheduler:
        scheduler.add(A, first_due=5, interval_s=5)
        await clock.advance(1)
        assert scheduler.check_now(A)
        assert not scheduler.check_now(A)
        await clock.advance(5)
        assert scheduler.due(A) == 10
    assert log.begun == [(1, A), (5, A)]


async def test_a_removed_platform_is_not_checked_again() -> None:
    clock = FakeClock()
    log = Log(clock)
    async with running(log.check, log.lost.append, clock, 9) as scheduler:
        scheduler.add(A, first_due=0, interval_s=5)
        await clock.advance(1)
        scheduler.remove(A)
        await clock.advance(20)
        assert scheduler.due(A) is None
    assert log.begun == [(0, A)]


async def test_one_that_is_added_while_waiting_is_checked_in_time() -> None:
    clock = FakeClock()
    log = Log(clock)
    async with running(log.check, log.lost.append, clock, 9) as scheduler:
        scheduler.add(A, first_due=100, interval_s=100)
        await clock.advance(1)
        scheduler.add(B, first_due=2, interval_s=100)
        await clock.advance(1)
    assert log.begun == [(2, B)]


async def test_draining_waits_for_checks_under_way_and_starts_no_other() -> None:
    clock = FakeClock()
    log = Log(clock, takes_s=1)
    async with running(log.check, log.lost.append, clock, 1) as scheduler:
        scheduler.add(A, first_due=0, interval_s=5)
        scheduler.add(B, first_due=0, interval_s=5)
        await clock.advance(0.5)
        drained = asyncio.create_task(scheduler.drain(2))
        await clock.advance(0.6)
        assert await drained
    assert log.begun == [(0, A)]


async def test_draining_gives_up_at_its_limit() -> None:
    clock = FakeClock()
    log = Log(clock, takes_s=60)
    async with running(log.check, log.lost.append, clock, 1) as scheduler:
        scheduler.add(A, first_due=0, interval_s=5)
        await clock.advance(0.5)
        drained = asyncio.create_task(scheduler.drain(2))
        await clock.advance(2)
        assert not await drained


async def test_it_knows_how_late_each_check_began_and_how_many_there_were() -> None:
    clock = FakeClock()
    log = Log(clock, takes_s=0.5)
    async with running(log.check, log.lost.append, clock, 1) as scheduler:
        scheduler.add(A, first_due=1, interval_s=5)
        scheduler.add(B, first_due=1.2, interval_s=5)
        await clock.advance(3)
        assert [round(late, 3) for late in scheduler.take_lateness()] == [0.0, 0.3]
        assert scheduler.take_lateness() == []
        assert (scheduler.checks, scheduler.overruns, scheduler.in_flight) == (2, 0, 0)


async def test_a_check_out_of_turn_is_never_late() -> None:
    clock = FakeClock()
    log = Log(clock)
    async with running(log.check, log.lost.append, clock, 9) as scheduler:
        scheduler.add(A, first_due=5, interval_s=5)
        scheduler.check_now(A)
        await clock.advance(1)
        assert scheduler.checks == 1
        assert scheduler.take_lateness() == []


async def test_beats_a_moment_apart_begin_together_and_keep_their_own_times() -> None:
    clock = FakeClock()
    log = Log(clock)
    async with running(log.check, log.lost.append, clock, 9) as scheduler:
        scheduler.add(A, first_due=1, interval_s=5)
        scheduler.add(B, first_due=1.006, interval_s=5)
        await clock.advance(6.5)
        dues = scheduler.due(A), scheduler.due(B)
    assert log.begun == [(1, A), (1, B), (6, A), (6, B)]
    assert dues == (11, 11.006)


async def test_a_short_interval_takes_no_beat_early_that_is_a_share_of_it() -> None:
    clock = FakeClock()
    log = Log(clock)
    async with running(log.check, log.lost.append, clock, 9) as scheduler:
        scheduler.add(A, first_due=1, interval_s=0.5)
        scheduler.add(B, first_due=1.006, interval_s=0.5)
        await clock.advance(1.2)
    assert log.begun == [(1, A), (1.006, B)]
