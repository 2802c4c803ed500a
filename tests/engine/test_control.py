"""Operators' commands: granted or refused, always answered."""

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import CheckNow, TripBreaker
from conductor_tui.domain.events import BreakerChanged, CommandAnswered
from conductor_tui.domain.ids import CommandId, Epoch, PlatformName
from conductor_tui.testing import EPOCH
from tests.engine.stage import FAILED, PASSED, stage

S = BreakerState


async def test_a_trip_holds_at_once_and_nothing_more_is_sent() -> None:
    async with stage() as staged:
        answer = await staged.trip("rate limited", ttl_s=None)
        assert (answer.granted, answer.words) == (True, "HELD until somebody resets it")
        calls = staged.probe().calls
        await staged.clock.advance(60)
        assert staged.probe().calls == calls
        hold = staged.view().breaker.hold
        assert hold is not None
        assert (hold.by, hold.why, hold.until) == ("ann", "rate limited", None)


async def test_a_held_platform_keeps_no_connection() -> None:
    async with stage() as staged:
        await staged.trip()
        assert staged.probe().closed


async def test_a_hold_with_an_end_is_followed_by_a_trial() -> None:
    async with stage() as staged:
        answer = await staged.trip(ttl_s=900)
        assert answer.words == "HELD for 15m, then a trial"
        hold = staged.view().breaker.hold
        assert hold is not None
        assert hold.until is not None
        assert (hold.until - EPOCH).total_seconds() == pytest.approx(900, abs=1)
        await staged.clock.advance(899)
        assert staged.view().breaker.state is S.HELD
        await staged.clock.advance(7)
        assert staged.view().breaker.state is S.CLOSED


async def test_a_trip_during_a_running_trial_holds() -> None:
    async with stage(script=[FAILED, FAILED, FAILED, 0.15]) as staged:
        while staged.view().breaker.state is not S.HALF_OPEN:
            await staged.clock.advance(0.05)
        await staged.trip()
        await staged.clock.advance(1)
        assert staged.view().breaker.state is S.HELD


@pytest.mark.parametrize("ttl_s", [1e300, float("nan")])
async def test_a_hold_that_no_calendar_can_end_is_refused(ttl_s: float) -> None:
    async with stage() as staged:
        answer = await staged.trip(ttl_s=ttl_s)
        words = "a hold cannot last that long: leave its end out"
        assert (answer.granted, answer.words) == (False, words)
        assert staged.view().breaker.state is S.CLOSED


@pytest.mark.parametrize("why", ["", "  \n "])
async def test_a_trip_without_a_reason_is_refused(why: str) -> None:
    async with stage() as staged:
        answer = await staged.trip(why)
        assert (answer.granted, answer.words) == (False, "a trip needs a reason")
        assert staged.view().breaker.state is S.CLOSED


async def test_a_command_aimed_at_an_older_epoch_is_refused_and_says_so() -> None:
    async with stage(script=[FAILED]) as staged:
        seen = staged.view().breaker.epoch
        await staged.clock.advance(15)
        answer = await staged.trip(epoch=seen)
        assert not answer.granted
        assert "too late" in answer.words
        assert "OPEN now" in answer.words
        assert staged.view().breaker.state is S.OPEN


async def test_a_release_tries_at_once_and_closes_when_the_trial_passes() -> None:
    async with stage() as staged:
        await staged.trip()
        calls = staged.probe().calls
        answer = await staged.release()
        assert answer.granted
        assert staged.probe().calls == calls + 1
        assert staged.view().breaker.state is S.CLOSED


async def test_a_release_of_a_broken_platform_opens_it_again() -> None:
    async with stage(script=[FAILED]) as staged:
        await staged.trip()
        await staged.release()
        assert staged.view().breaker.state is S.OPEN


async def test_a_reset_closes_without_a_trial() -> None:
    async with stage(script=[FAILED]) as staged:
        await staged.clock.advance(15)
        calls = staged.probe().calls
        assert (await staged.reset()).granted
        assert staged.view().breaker.state is S.CLOSED
        assert staged.probe().calls == calls


async def test_what_is_closed_already_cannot_be_released_or_reset() -> None:
    async with stage() as staged:
        assert not (await staged.release()).granted
        assert not (await staged.reset()).granted


async def test_a_trip_can_be_undone_within_ten_seconds() -> None:
    async with stage() as staged:
        await staged.trip()
        await staged.clock.advance(9)
        answer = await staged.undo()
        assert (answer.granted, answer.words) == (True, "undone: CLOSED again")


async def test_after_ten_seconds_it_cannot() -> None:
    async with stage() as staged:
        await staged.trip()
        await staged.clock.advance(10.1)
        answer = await staged.undo()
        assert not answer.granted
        assert "10 s" in answer.words
        assert staged.view().breaker.state is S.HELD


async def test_a_reset_of_a_hold_is_undone_to_the_same_hold() -> None:
    async with stage() as staged:
        await staged.trip("maintenance", ttl_s=900)
        hold = staged.view().breaker.hold
        await staged.reset()
        assert (await staged.undo()).granted
        assert staged.view().breaker.hold == hold


async def test_what_has_moved_on_since_cannot_be_undone() -> None:
    async with stage(script=[FAILED]) as staged:
        await staged.trip()
        await staged.release()  # the trial fails: the breaker moves twice
        answer = await staged.undo()
        assert not answer.granted
        assert "nothing to undo" in answer.words


async def test_an_undo_cannot_be_undone() -> None:
    async with stage() as staged:
        await staged.trip()
        await staged.undo()
        assert not (await staged.undo()).granted


async def test_read_only_refuses_everything_and_changes_nothing() -> None:
    async with stage(read_only=True) as staged:
        answer = await staged.trip()
        assert not answer.granted
        assert "--read-only" in answer.words
        assert not staged.told(BreakerChanged)


async def test_a_platform_that_is_gone_is_named_in_the_answer() -> None:
    async with stage() as staged:
        gone = TripBreaker(
            id=CommandId("c-1"),
            platform=PlatformName("ghost"),
            by="ann",
            epoch=Epoch(0),
            why="?",
        )
        answer = await staged.ask(gone)
        assert not answer.granted
        assert "'ghost'" in answer.words


async def test_a_check_now_is_made_now_and_only_once() -> None:
    async with stage(script=[PASSED, 0.1]) as staged:
        check = CheckNow(id=CommandId("c-1"), platform=PlatformName("api"), by="ann")
        assert (await staged.ask(check)).words == "check started"
        assert staged.probe().calls == 2
        again = CheckNow(id=CommandId("c-2"), platform=PlatformName("api"), by="ann")
        assert (await staged.ask(again)).words == "a check is under way already"


async def test_no_check_now_bypasses_the_breaker() -> None:
    async with stage() as staged:
        await staged.trip()
        calls = staged.probe().calls
        check = CheckNow(id=CommandId("c-9"), platform=PlatformName("api"), by="ann")
        assert "HELD" in (await staged.ask(check)).words
        assert staged.probe().calls == calls


async def test_every_answer_says_who_asked_for_what() -> None:
    async with stage() as staged:
        await staged.trip()
        [told] = staged.told(CommandAnswered)
        assert isinstance(told, CommandAnswered)
        assert (told.by, told.verb, told.platform) == ("ann", "trip", "api")
