"""Every row of the table of aiobreaker 1.2's defects, and the operator's verbs.

The rows about its Redis storage and its shared counter have no test: neither is used.
"""

import asyncio
import time
import warnings
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.breaker import PlatformBreaker
from conductor_tui.domain.breaker import BreakerState, Hold
from conductor_tui.domain.check import BreakerSpec, Finding, Outcome, TrialBy
from conductor_tui.domain.errors import CallRefused
from conductor_tui.domain.ids import CommandId, PlatformName
from conductor_tui.ports import Permit
from conductor_tui.testing import EPOCH, FakeClock

PASSED = Finding(Outcome.PASSED)
FAILED = Finding(Outcome.FAILED, "connection refused")
BY = CommandId("c-1")
S = BreakerState


def breaker(clock: FakeClock, **spec: float) -> PlatformBreaker:
    settings = BreakerSpec(**spec)  # type: ignore[arg-type]  # failures is an int
    return PlatformBreaker(PlatformName("api"), settings, clock)


def fail(gate: PlatformBreaker, times: int = 3) -> None:
    for _ in range(times):
        gate.settle(gate.admit(health_check=True), FAILED)


def trip(gate: PlatformBreaker, ttl_s: float | None = None) -> None:
    gate.trip(Hold(by="ann", why="maintenance", at=EPOCH), ttl_s, BY)


def states(gate: PlatformBreaker) -> list[tuple[BreakerState, BreakerState]]:
    return [(move.was, move.breaker.state) for move in gate.drain()]


async def half_open(clock: FakeClock) -> tuple[PlatformBreaker, Permit]:
    """A breaker whose trial is under way, and the permit of the trial."""
    gate = breaker(clock)
    fail(gate)
    await clock.advance(30)
    return gate, gate.admit(health_check=True)


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Tokyo"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


# Rows: utcnow/now mixed; never opened; wall clock


async def test_thirty_seconds_are_thirty_seconds_in_every_time_zone(zone: str) -> None:
    clock = FakeClock()
    gate = breaker(clock)
    fail(gate)
    assert gate.opens_at == EPOCH + timedelta(seconds=30)
    assert gate.time_until_open == timedelta(seconds=30)
    await clock.advance(29.9)
    with pytest.raises(CallRefused):
        gate.admit(health_check=True)
    await clock.advance(0.1)
    assert gate.admit(health_check=True).trial is not None


def test_a_breaker_that_never_opened_has_no_retry_time() -> None:
    gate = breaker(FakeClock())
    assert gate.opens_at is None
    assert gate.time_until_open is None
    assert gate.view.retry_at is None


async def test_a_reset_time_of_zero_is_zero() -> None:
    clock = FakeClock()
    gate = breaker(clock, reset_after_s=0)
    fail(gate)
    assert gate.admit(health_check=True).trial is not None


@pytest.mark.parametrize("step_s", [-3600, 3600])
async def test_a_step_of_the_wall_clock_moves_no_deadline(step_s: float) -> None:
    clock = FakeClock()
    gate = breaker(clock)
    fail(gate)
    clock.step_wall(step_s)
    assert gate.view.retry_at == clock.now() + timedelta(seconds=30)
    await clock.advance(29)
    with pytest.raises(CallRefused):
        gate.admit(health_check=True)
    await clock.advance(1)
    assert gate.admit(health_check=True).trial is not None


# Row: HALF_OPEN stampede


async def test_of_fifty_callers_at_once_one_reaches_a_half_open_backend() -> None:
    clock = FakeClock()
    gate, reached = breaker(clock), 0
    fail(gate)
    await clock.advance(30)

    async def backend() -> str:
        nonlocal reached
        reached += 1
        await clock.sleep(1)
        return "ok"

    calls = [asyncio.create_task(gate.call_async(backend)) for _ in range(50)]
    await clock.advance(1)
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert reached == 1
    assert answers.count("ok") == 1
    assert sum(isinstance(answer, CallRefused) for answer in answers) == 49
    assert gate.view.state is S.CLOSED


async def test_only_a_health_check_may_be_the_trial() -> None:
    clock = FakeClock()
    gate = breaker(clock)
    fail(gate)
    await clock.advance(30)
    with pytest.raises(CallRefused, match="waiting for its trial"):
        gate.admit()
    assert gate.admit(health_check=True).trial is not None


async def test_a_cancelled_trial_gives_its_permit_back() -> None:
    clock = FakeClock()
    gate = breaker(clock)
    fail(gate)
    await clock.advance(30)
    trial = asyncio.create_task(gate.call_async(clock.sleep, 60))
    await clock.advance(1)
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    assert states(gate)[-1] == (S.OPEN, S.HALF_OPEN)
    await gate.call_async(asyncio.sleep, 0)
    assert states(gate) == [(S.HALF_OPEN, S.CLOSED)]


# Row: outer timeout or cancel


async def test_a_timed_out_call_counts_when_it_is_settled_as_such() -> None:
    gate = breaker(FakeClock())
    for _ in range(3):
        gate.settle(gate.admit(), Finding(Outcome.TIMED_OUT))
    assert gate.view.state is S.OPEN


@pytest.mark.parametrize(
    "finding",
    [
        pytest.param(None, id="cancelled"),
        pytest.param(Finding(Outcome.INCONCLUSIVE), id="inconclusive"),
        pytest.param(Finding(Outcome.REFUSED), id="refused"),
    ],
)
def test_what_is_no_verdict_counts_for_nothing(finding: Finding | None) -> None:
    gate = breaker(FakeClock())
    fail(gate, 2)
    for _ in range(5):
        gate.settle(gate.admit(), finding)
    assert (gate.view.state, gate.view.failures) == (S.CLOSED, 2)


# Rows: no sticky trip; trip during a trial; stale failure after trip and reset


async def test_a_trip_without_end_is_never_tried_again_by_itself() -> None:
    clock = FakeClock()
    gate = breaker(clock)
    trip(gate)
    await clock.advance(1e6)
    with pytest.raises(CallRefused) as refusal:
        gate.admit(health_check=True)
    assert refusal.value.retry_in_s is None
    assert gate.view.state is S.HELD


@pytest.mark.parametrize("finding", [PASSED, FAILED], ids=["passes", "fails"])
async def test_a_trip_during_a_trial_holds_however_the_trial_ends(
    finding: Finding,
) -> None:
    gate, trial = await half_open(FakeClock())
    trip(gate)
    gate.settle(trial, finding)
    assert gate.view.state is S.HELD
    assert gate.stale == 1


def test_a_failure_from_before_a_trip_and_reset_is_stale() -> None:
    gate = breaker(FakeClock(), failures=1)
    permit = gate.admit()
    trip(gate)
    gate.reset("ann", "done", BY)
    gate.settle(permit, FAILED)
    assert (gate.view.state, gate.view.failures) == (S.CLOSED, 0)


async def test_a_late_failure_does_not_extend_the_time_open() -> None:
    clock = FakeClock()
    gate = breaker(clock)
    late = gate.admit()
    fail(gate)
    retry_at = gate.view.retry_at
    await clock.advance(10)
    gate.settle(late, FAILED)
    assert gate.view.retry_at == retry_at


# Row: 10 concurrent failures


async def test_ten_failures_at_once_open_once_and_raise_their_own_error() -> None:
    clock = FakeClock()
    gate = breaker(clock)

    async def backend() -> None:
        await clock.sleep(1)
        raise OSError("no route")

    calls = [asyncio.create_task(gate.call_async(backend)) for _ in range(10)]
    await clock.advance(1)
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers] == [OSError] * 10
    assert states(gate) == [(S.CLOSED, S.OPEN)]


# Rows: raising listener; listener view; reading .state mutates


def test_transitions_are_told_after_they_are_made_with_the_new_state() -> None:
    gate = breaker(FakeClock())
    fail(gate)
    [move] = gate.drain()
    assert (move.was, move.breaker.state) == (S.CLOSED, S.OPEN)
    assert move.breaker.why == "3 failed in a row: connection refused"
    assert move.breaker.failures == 3
    assert gate.drain() == ()


def test_looking_changes_nothing() -> None:
    gate = breaker(FakeClock())
    fail(gate, 2)
    for _ in range(10):
        assert gate.view.failures == 2
        assert gate.state is not None
    fail(gate, 1)
    assert gate.view.state is S.OPEN


# Rows: storage OPEN without opened_at; b.call(async_fn); 3.12+ warnings


def test_open_without_a_date_of_opening_is_still_closed_to_calls() -> None:
    gate = breaker(FakeClock())
    trip(gate)
    reached = False

    def backend() -> None:
        nonlocal reached
        reached = True

    with pytest.raises(CallRefused):
        gate.call(backend)
    assert not reached


async def test_a_coroutine_function_called_as_a_plain_one_is_refused() -> None:
    with pytest.raises(TypeError, match="call_async"):
        await breaker(FakeClock()).call(asyncio.sleep, 0)


async def test_no_deprecated_clock_is_read_on_any_way_through() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gate, trial = await half_open(FakeClock())
        gate.settle(trial, FAILED)
        gate.reset("ann", "done", BY)
        gate.settle(gate.admit(), PASSED)
    assert gate.view.state is S.CLOSED


def test_the_decorator_of_aiobreaker_goes_through_the_permit_too() -> None:
    gate = breaker(FakeClock())

    @gate
    def greet(name: str) -> str:
        return f"hello {name}"

    assert greet("ann") == "hello ann"
    trip(gate)
    with pytest.raises(CallRefused):
        greet("ann")


# What follows a trial, and what an operator may ask for


async def test_a_trial_that_passes_closes_and_one_that_fails_opens_again() -> None:
    clock = FakeClock()
    gate, trial = await half_open(clock)
    gate.settle(trial, FAILED)
    assert gate.view.state is S.OPEN
    assert gate.view.why == "the trial failed: connection refused"
    assert (gate.view.failures, gate.view.limit) == (3, 3)
    await clock.advance(30)
    gate.settle(gate.admit(health_check=True), PASSED)
    assert (gate.view.state, gate.view.failures) == (S.CLOSED, 0)


async def test_the_time_open_grows_with_each_failed_trial_up_to_its_cap() -> None:
    clock = FakeClock()
    gate = breaker(clock, backoff=2.0, max_reset_s=100)
    fail(gate)
    waits = []
    for _ in range(4):
        left = gate.time_until_open
        assert left is not None
        waits.append(left.total_seconds())
        await clock.advance(waits[-1])
        gate.settle(gate.admit(health_check=True), FAILED)
    assert waits == [30, 60, 100, 100]


async def test_a_target_that_is_down_for_months_stays_at_the_cap() -> None:
    clock = FakeClock()
    gate = breaker(clock, backoff=10.0, max_reset_s=100)
    fail(gate)
    for _ in range(400):  # 10.0 to the power of 309 is more than a float can be
        await clock.advance(100)
        fail(gate, times=1)
    assert gate.time_until_open == timedelta(seconds=100)


async def test_a_hold_that_ends_is_followed_by_a_trial_not_by_traffic() -> None:
    clock = FakeClock()
    gate = breaker(clock)
    trip(gate, ttl_s=60)
    await clock.advance(59)
    with pytest.raises(CallRefused):
        gate.admit(health_check=True)
    await clock.advance(1)
    with pytest.raises(CallRefused):
        gate.admit()
    assert gate.admit(health_check=True).trial is not None
    assert gate.view.state is S.HALF_OPEN
    assert gate.view.hold is None


def test_a_release_makes_the_next_health_check_the_trial() -> None:
    gate = breaker(FakeClock())
    trip(gate)
    gate.release("ann", "try it", BY)
    assert gate.view.hold is None
    gate.settle(gate.admit(health_check=True), PASSED)
    assert gate.view.state is S.CLOSED


async def test_an_undone_reset_holds_again_with_its_old_reason_and_end() -> None:
    clock = FakeClock()
    gate = breaker(clock)
    trip(gate, ttl_s=60)
    before = gate.view
    gate.reset("ann", "oops", BY)
    await clock.advance(5)
    gate.restore(before, "ann", BY)
    assert gate.view.state is S.HELD
    assert gate.view.hold == before.hold
    assert gate.time_until_open == timedelta(seconds=55)


def test_an_undone_trip_gives_the_failures_before_it_back() -> None:
    gate = breaker(FakeClock())
    fail(gate, 2)
    before = gate.view
    trip(gate)
    gate.restore(before, "ann", BY)
    assert (gate.view.state, gate.view.failures) == (S.CLOSED, 2)
    assert gate.drain()[-1].breaker.failures == 2
    fail(gate, 1)
    assert gate.view.state is S.OPEN


async def test_undoing_a_trip_made_during_a_trial_makes_a_trial_due() -> None:
    clock = FakeClock()
    gate, _ = await half_open(clock)
    before = gate.view
    trip(gate)
    gate.restore(before, "ann", BY)
    assert gate.view.state is S.OPEN
    assert gate.time_until_open == timedelta(0)


def test_every_transition_has_its_own_epoch_and_names_its_command() -> None:
    gate = breaker(FakeClock())
    fail(gate)
    trip(gate)
    gate.reset("ann", "done", BY)
    moves = gate.drain()
    assert [move.breaker.epoch for move in moves] == [1, 2, 3]
    assert [move.command for move in moves] == [None, BY, BY]
    assert [move.breaker.by for move in moves] == ["checks", "ann", "ann"]


_STEPS = st.lists(
    st.sampled_from(["begin", "pass", "fail", "cancel", "trip", "reset", "release"]),
    max_size=60,
)


@given(steps=_STEPS)
def test_no_schedule_of_callers_and_operators_breaks_the_rules(
    steps: list[str],
) -> None:
    clock = FakeClock()
    gate, open_permits = breaker(clock, reset_after_s=0), list[Permit]()
    for step in steps:
        if step == "begin":
            try:
                permit = gate.admit(health_check=True)
            except CallRefused:
                assert gate.view.state is not S.CLOSED
            else:
                assert gate.view.state in (S.CLOSED, S.HALF_OPEN)
                open_permits.append(permit)
        elif step == "trip":
            trip(gate)
        elif step == "reset":
            gate.reset("ann", "", BY)
        elif step == "release":
            gate.release("ann", "", BY)
        elif open_permits:
            was_held = gate.view.state is S.HELD
            finding = {"pass": PASSED, "fail": FAILED, "cancel": None}[step]
            gate.settle(open_permits.pop(0), finding)
            assert (gate.view.state is S.HELD) == was_held
        trials = [p for p in open_permits if p.trial is not None and gate.stands(p)]
        assert len(trials) <= (gate.view.state is S.HALF_OPEN)


# trial = "any": whoever comes first


def of_any(clock: FakeClock) -> PlatformBreaker:
    spec = BreakerSpec(failures=3, reset_after_s=30.0, trial=TrialBy.ANY)
    return PlatformBreaker(PlatformName("api"), spec, clock)


@pytest.mark.parametrize("first", [True, False], ids=["a check", "a call"])
async def test_of_a_check_and_a_call_the_first_is_the_trial(first: bool) -> None:
    clock = FakeClock()
    gate = of_any(clock)
    fail(gate)
    await clock.advance(30)
    trial = gate.admit(health_check=first)
    for other in (True, False):
        with pytest.raises(CallRefused, match="under way"):
            gate.admit(health_check=other)
    gate.settle(trial, PASSED)
    assert states(gate)[-2:] == [(S.OPEN, S.HALF_OPEN), (S.HALF_OPEN, S.CLOSED)]


async def test_a_call_that_comes_too_early_hears_how_long() -> None:
    clock = FakeClock()
    gate = of_any(clock)
    fail(gate)
    await clock.advance(10)
    with pytest.raises(CallRefused) as info:
        gate.admit()
    assert info.value.retry_in_s == pytest.approx(20.0)
    assert gate.view.state is S.OPEN


async def test_a_call_that_was_the_trial_and_was_cancelled_frees_it() -> None:
    clock = FakeClock()
    gate = of_any(clock)
    fail(gate)
    await clock.advance(30)
    gate.settle(gate.admit(), None)
    gate.settle(gate.admit(health_check=True), FAILED)
    assert gate.view.state is S.OPEN


async def test_a_hold_refuses_calls_whoever_may_try() -> None:
    gate = of_any(FakeClock())
    trip(gate)
    with pytest.raises(CallRefused, match="HELD"):
        gate.admit()


# opened on the word of others


async def test_the_word_of_others_opens_it_as_failures_would() -> None:
    clock = FakeClock()
    gate = breaker(clock, reset_after_s=10.0, backoff=2.0, max_reset_s=60.0)
    gate.open_for("clients", "2 of 3 clients")
    [move] = gate.drain()
    assert (move.was, move.breaker.state, move.breaker.epoch) == (S.CLOSED, S.OPEN, 1)
    assert (move.breaker.by, move.breaker.why) == ("clients", "2 of 3 clients")
    assert gate.time_until_open == timedelta(seconds=10)
    await clock.advance(10)
    gate.settle(gate.admit(health_check=True), FAILED)
    assert gate.time_until_open == timedelta(seconds=20)


async def test_only_a_closed_one_is_opened_on_the_word_of_others() -> None:
    clock = FakeClock()
    held, (half, _) = breaker(clock), await half_open(clock)
    trip(held)
    already = breaker(clock)
    fail(already)
    for gate in (held, half, already):
        before = gate.view
        gate.drain()
        gate.open_for("clients", "2 of 3 clients")
        assert (gate.view, gate.drain()) == (before, ())
