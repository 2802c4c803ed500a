"""The health loop as a whole: results, health, breaker, retry, RAM."""

from dataclasses import replace

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Outcome, RetrySpec
from conductor_tui.domain.events import (
    BreakerChanged,
    CheckFinished,
    CheckOverran,
    HealthChanged,
    RamJumped,
)
from conductor_tui.domain.health import Health
from tests.build import spec
from tests.engine.stage import FAILED, PASSED, Stage, stage

S, H = BreakerState, Health


def states(staged: Stage) -> list[BreakerState]:
    moves = staged.told(BreakerChanged)
    return [e.breaker.state for e in moves if isinstance(e, BreakerChanged)]


async def test_the_first_check_is_made_at_once_and_the_next_at_the_beat() -> None:
    async with stage() as staged:
        assert staged.view().health is H.HEALTHY
        next_at = staged.view().next_at
        assert next_at is not None
        assert 0 <= (next_at - staged.clock.now()).total_seconds() <= 5
        calls = staged.probe().calls
        await staged.clock.advance(50)
        assert staged.probe().calls == calls + 10


async def test_three_failures_make_it_failed_and_open_and_nothing_more_is_sent() -> (
    None
):
    async with stage(script=[FAILED]) as staged:
        seen = [staged.view().health]
        while staged.view().breaker.state is S.CLOSED:
            await staged.clock.advance(0.1)
            if staged.view().health is not seen[-1]:
                seen.append(staged.view().health)
        assert seen == [H.DEGRADED, H.CRITICAL, H.FAILED]
        assert staged.probe().calls == 3
        await staged.clock.advance(20)
        assert staged.probe().calls == 3
        last = staged.view().last
        assert last is not None
        assert last.outcome is Outcome.REFUSED


async def test_the_result_is_told_before_the_health_and_the_breaker_it_moved() -> None:
    async with stage(script=[FAILED]) as staged:
        await staged.clock.advance(11)
        kinds = [type(event) for event in staged.events]
        opened = kinds.index(BreakerChanged)
        assert kinds[opened - 2 : opened] == [CheckFinished, HealthChanged]


async def test_after_the_reset_time_one_trial_closes_it_again() -> None:
    async with stage(script=[FAILED, FAILED, FAILED, PASSED]) as staged:
        await staged.clock.advance(50)
        assert states(staged) == [S.OPEN, S.HALF_OPEN, S.CLOSED]
        assert staged.view().health is H.HEALTHY
        assert staged.view().breaker.failures == 0


async def test_a_probe_that_does_not_answer_times_out_at_its_deadline() -> None:
    async with stage(script=[60.0]) as staged:
        await staged.clock.advance(0.2)
        last = staged.view().last
        assert last is not None
        assert (last.outcome, last.detail) == (
            Outcome.TIMED_OUT,
            "timed out after 200ms",
        )
        assert round(last.latency_s, 3) == 0.2


async def test_a_probe_that_raises_is_a_failed_check_in_words() -> None:
    async with stage(script=["not a finding"]) as staged:  # type: ignore[list-item]
        last = staged.view().last
        assert last is not None
        assert last.outcome is Outcome.FAILED
        assert "the probe raised" in last.detail


async def test_a_failed_attempt_is_tried_again_inside_the_same_check() -> None:
    retried = replace(spec("api"), retry=RetrySpec(attempts=3))
    async with stage(retried, script=[FAILED, FAILED, PASSED]) as staged:
        await staged.clock.advance(1)
        last = staged.view().last
        assert last is not None
        assert (last.outcome, last.attempts) == (Outcome.PASSED, 3)
        assert staged.view().health is H.HEALTHY


async def test_three_attempts_are_one_failure_to_the_breaker() -> None:
    retried = replace(spec("api"), retry=RetrySpec(attempts=3))
    async with stage(retried, script=[FAILED]) as staged:
        await staged.clock.advance(1)
        assert staged.probe().calls == 3
        assert staged.view().breaker.failures == 1


async def test_a_trip_between_two_attempts_stops_the_series(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("random.uniform", lambda _, high: high)  # tenacity's jitter
    patient = RetrySpec(attempts=3, wait_s=1.0, max_wait_s=1.0)
    retried = replace(spec("api"), retry=patient)
    async with stage(retried, script=[FAILED]) as staged:
        assert staged.probe().calls == 1
        await staged.trip()
        await staged.clock.advance(4)
        assert staged.probe().calls == 1


async def test_a_check_longer_than_its_interval_loses_beats_and_says_so() -> None:
    slow = replace(spec("api"), timeout_s=60.0)
    async with stage(slow, script=[12.0]) as staged:
        await staged.clock.advance(11)
        assert staged.view().overruns == 2
        assert len(staged.told(CheckOverran)) == 2


async def test_ram_that_jumps_during_a_check_names_the_platform() -> None:
    async with stage(script=[0.1]) as staged:
        staged.sampler.ram += 5.1
        await staged.clock.advance(0.1)
        [jump] = staged.told(RamJumped)
        assert isinstance(jump, RamJumped)
        assert jump.platform == "api"


async def test_five_points_are_not_yet_a_jump() -> None:
    async with stage(script=[0.1]) as staged:
        staged.sampler.ram += 5.0
        await staged.clock.advance(0.1)
        assert not staged.told(RamJumped)


async def test_a_stop_lets_go_of_every_probe_and_says_stopped() -> None:
    async with stage(spec("api"), spec("db")) as staged:
        pass
    assert all(probe.closed for probe in staged.probes.values())
    assert staged.hub.snapshot.mode == "STOPPED"


async def test_a_stop_in_the_middle_of_a_check_waits_no_longer_than_the_drain() -> None:
    slow = replace(spec("api"), timeout_s=4.0)
    async with stage(slow, script=[60.0]) as staged:
        staged.conductor.stop()
        await staged.clock.advance(2.1)
        assert staged.hub.snapshot.mode == "STOPPED"
        assert staged.view().last is None
