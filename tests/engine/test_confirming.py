"""A trip that nobody confirms undoes itself, once, and says so."""

from datetime import timedelta

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import ConfirmTrip, TripBreaker
from conductor_tui.domain.events import BreakerChanged, CommandAnswered
from conductor_tui.domain.ids import Epoch, PlatformName
from conductor_tui.testing import FakeClock
from tests.engine.recording.memory_state import MemoryState
from tests.engine.stage import FAILED, Stage, stage

API = PlatformName("api")


async def trip(
    on: Stage, within_s: float | None = 120.0, *, ttl_s: float | None = None
) -> CommandAnswered:
    epoch = on.view().breaker.epoch
    return await on.ask(
        TripBreaker(
            id=on.new_id(),
            platform=API,
            by="ann",
            epoch=epoch,
            why="swap",
            ttl_s=ttl_s,
            confirm_within_s=within_s,
        )
    )


async def confirm(on: Stage, epoch: int = -1) -> CommandAnswered:
    seen = on.view().breaker.epoch if epoch < 0 else Epoch(epoch)
    return await on.ask(ConfirmTrip(id=on.new_id(), platform=API, by="bob", epoch=seen))


async def test_unconfirmed_it_undoes_itself_and_says_so() -> None:
    async with stage() as on:
        answer = await trip(on)
        assert (answer.granted, "unless confirmed" in answer.words) == (True, True)
        assert on.view().breaker.confirm_by == on.clock.now() + timedelta(minutes=2)
        await on.pass_time(119)
        assert on.view().breaker.state is BreakerState.HELD
        await on.pass_time(2)
        assert on.view().breaker.state is BreakerState.CLOSED
        last = on.told(BreakerChanged)[-1]
        assert isinstance(last, BreakerChanged)
        words = "the trip by ann was not confirmed: undone"
        assert (last.breaker.by, last.breaker.why) == ("conductor", words)


async def test_confirmed_it_stands_and_the_epoch_that_others_saw_does_too() -> None:
    async with stage() as on:
        await trip(on)
        epoch = on.view().breaker.epoch
        assert (await confirm(on)).granted
        assert on.view().breaker.epoch == epoch
        assert on.view().breaker.confirm_by is None
        last = on.told(BreakerChanged)[-1]
        assert isinstance(last, BreakerChanged)
        assert last.breaker.why == "confirmed by bob"
        await on.pass_time(300)
        assert on.view().breaker.state is BreakerState.HELD
        again = await confirm(on)
        assert (again.granted, "nothing to confirm" in again.words) == (False, True)


async def test_it_goes_back_to_how_the_breaker_was() -> None:
    async with stage(script=[FAILED]) as on:
        await on.pass_time(15)
        assert on.view().breaker.state is BreakerState.OPEN
        await trip(on, 5.0)
        await on.pass_time(6)
        assert on.view().breaker.state is BreakerState.OPEN


async def test_a_trip_on_top_of_one_that_waits_takes_both_back() -> None:
    async with stage() as on:
        await trip(on, 60.0)
        await trip(on, 60.0)
        await on.pass_time(61)
        assert on.view().breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize("end", ["reset", "release", "undo"])
async def test_what_somebody_decides_meanwhile_stands(end: str) -> None:
    async with stage() as on:
        await trip(on, 8.0)
        assert (await getattr(on, end)()).granted
        await on.pass_time(2)
        epoch = on.view().breaker.epoch
        await on.pass_time(20)
        assert on.view().breaker.epoch == epoch


async def test_a_trip_without_it_on_top_stands() -> None:
    async with stage() as on:
        await trip(on, 60.0)
        await trip(on, None)
        await on.pass_time(120)
        assert on.view().breaker.state is BreakerState.HELD


@pytest.mark.parametrize(
    ("within_s", "ttl_s", "words"),
    [
        pytest.param(0.0, None, "more than 0 s", id="no time at all"),
        pytest.param(-5.0, None, "more than 0 s", id="less than none"),
        pytest.param(3601.0, None, "at most 1h", id="too long"),
        pytest.param(60.0, 60.0, "end before", id="it would have ended"),
    ],
)
async def test_times_that_cannot_be_are_refused(
    within_s: float, ttl_s: float | None, words: str
) -> None:
    async with stage() as on:
        answer = await trip(on, within_s, ttl_s=ttl_s)
        assert (answer.granted, words in answer.words) == (False, True)
        assert on.view().breaker.state is BreakerState.CLOSED


async def test_a_late_confirmation_is_refused() -> None:
    async with stage() as on:
        await trip(on)
        late = await confirm(on, epoch=0)
        assert (late.granted, "too late" in late.words) == (False, True)


async def test_it_undoes_itself_across_a_restart() -> None:
    journal = MemoryState(FakeClock())
    async with stage(state=journal) as on:
        await trip(on, 60.0)
        assert journal.breakers[API].before is not None
    async with stage(state=journal) as on:
        assert on.view().breaker.state is BreakerState.HELD
        await on.pass_time(62)
        assert on.view().breaker.state is BreakerState.CLOSED
        assert journal.breakers[API].before is None


async def test_confirmed_it_stands_across_a_restart() -> None:
    journal = MemoryState(FakeClock())
    async with stage(state=journal) as on:
        await trip(on, 60.0)
        await confirm(on)
        assert journal.breakers[API].before is None
    async with stage(state=journal) as on:
        await on.pass_time(90)
        assert on.view().breaker.state is BreakerState.HELD
