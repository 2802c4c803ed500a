"""Over half of the platforms fail at once: one cause, and perhaps it is ours."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from conductor_tui.domain.check import CheckSpec, Finding, Outcome
from conductor_tui.domain.events import MassFailed
from conductor_tui.domain.health import Health
from tests.build import spec
from tests.engine.stage import FAILED, PASSED, Stage, stage

DEAF = Finding(Outcome.FAILED, "loopback did not answer within 200 ms")


def many(count: int, interval_s: float = 5.0) -> list[CheckSpec]:
    return [spec(f"p{n}", interval_s=interval_s) for n in range(count)]


def answers(staged: Stage, finding: Finding, numbers: Sequence[int]) -> None:
    for number in numbers:
        staged.probe(f"p{number}").script = [finding]


def episodes(staged: Stage) -> list[MassFailed]:
    return [e for e in staged.told(MassFailed) if isinstance(e, MassFailed)]


async def test_half_of_the_platforms_are_failures_of_their_own() -> None:
    async with stage(*many(6)) as staged:
        answers(staged, FAILED, range(3))
        await staged.clock.advance(20)
        assert not episodes(staged)
        assert staged.canary.songs == 0


async def test_of_three_platforms_all_may_fail_without_a_common_cause() -> None:
    async with stage(*many(3)) as staged:
        answers(staged, FAILED, range(3))
        await staged.clock.advance(20)
        assert not episodes(staged)


async def test_over_half_at_once_is_one_event_and_real_when_we_hear_ourselves() -> None:
    async with stage(*many(6)) as staged:
        answers(staged, FAILED, range(4))
        await staged.clock.advance(40)
        [event] = episodes(staged)
        assert event.platforms == ("p0", "p1", "p2", "p3")
        assert (event.watched, event.is_ours) == (6, False)
        assert event.canary == "loopback answers"
        assert all(staged.view(f"p{n}").health is Health.FAILED for n in range(4))


async def test_while_we_cannot_reach_ourselves_no_failure_counts_any_more() -> None:
    async with stage(*many(6)) as staged:
        staged.canary.finding = DEAF
        answers(staged, FAILED, range(6))
        await staged.clock.advance(40)
        first, last_told = episodes(staged)
        assert (len(first.platforms), first.is_ours) == (4, True)
        assert (len(last_told.platforms), last_told.is_ours) == (6, True)
        healths = [staged.view(f"p{n}").health for n in range(6)]
        assert sorted(healths) == [Health.DEGRADED] * 3 + [Health.HEALTHY] * 3
        last = staged.view("p0").last
        assert last is not None
        assert last.outcome is Outcome.INCONCLUSIVE
        assert last.detail == f"most platforms fail, and so do we: {DEAF.detail}"


async def test_a_failure_that_was_ours_counts_once_we_are_well_again() -> None:
    async with stage(*many(6)) as staged:
        staged.canary.finding = DEAF
        answers(staged, FAILED, range(4))
        await staged.clock.advance(20)
        staged.canary.finding = PASSED
        await staged.clock.advance(20)
        assert [event.is_ours for event in episodes(staged)] == [True, False]
        assert all(staged.view(f"p{n}").health is Health.FAILED for n in range(4))


async def test_the_canary_sings_once_an_interval_however_many_ask() -> None:
    async with stage(*many(20)) as staged:
        staged.canary.finding = DEAF
        answers(staged, FAILED, range(20))
        await staged.clock.advance(14)
        assert staged.canary.songs in (2, 3)


async def test_those_that_follow_within_the_interval_are_told_once_more() -> None:
    async with stage(*many(12)) as staged:
        answers(staged, FAILED, range(12))
        await staged.clock.advance(60)
        first, last = episodes(staged)
        assert len(first.platforms) == 7
        assert len(last.platforms) == 12


async def test_once_most_are_well_again_it_is_over_and_may_begin_anew() -> None:
    async with stage(*many(6)) as staged:
        answers(staged, FAILED, range(4))
        await staged.clock.advance(10)
        answers(staged, PASSED, range(6))
        await staged.clock.advance(60)
        answers(staged, FAILED, range(4))
        await staged.clock.advance(10)
        assert len(episodes(staged)) == 2


async def test_one_that_has_been_down_for_long_is_no_news_and_no_part_of_it() -> None:
    async with stage(*many(8)) as staged:
        answers(staged, FAILED, [0, 1, 2, 3])
        await staged.clock.advance(60)
        answers(staged, FAILED, [4, 5])
        await staged.clock.advance(60)
        assert not episodes(staged)
        answers(staged, PASSED, range(8))
        await staged.clock.advance(60)
        answers(staged, FAILED, [0, 1, 2, 3])
        await staged.clock.advance(60)
        answers(staged, FAILED, [4, 5, 6])
        await staged.clock.advance(6)
        [event] = episodes(staged)
        assert event.platforms == ("p4", "p5", "p6")


async def test_failures_far_apart_have_no_common_cause() -> None:
    async with stage(*many(6)) as staged:
        for number in range(5):
            answers(staged, FAILED, [number])
            await staged.clock.advance(12)
        assert not episodes(staged)


async def test_held_platforms_are_left_out() -> None:
    specs = [spec("api"), *many(4)]
    async with stage(*specs) as staged:
        await staged.trip()
        answers(staged, FAILED, [0, 1, 2])
        await staged.clock.advance(10)
        [event] = episodes(staged)
        assert event.watched == 4


@pytest.mark.parametrize("interval_s", [1.0, 60.0])
async def test_within_one_interval_means_the_platforms_own(interval_s: float) -> None:
    async with stage(*many(6, interval_s)) as staged:
        answers(staged, FAILED, range(4))
        await staged.clock.advance(2 * interval_s)
        assert len(episodes(staged)) == 1


async def test_a_removed_platform_does_not_keep_it_going() -> None:
    slow = [replace(one, interval_s=5.0) for one in many(6)]
    async with stage(*slow) as staged:
        answers(staged, FAILED, range(4))
        await staged.clock.advance(8)
        for number in range(3):
            staged.conductor._watching.remove(slow[number].platform, "gone")
        await staged.clock.advance(8)
        assert not staged.conductor._judge._mass.is_on
