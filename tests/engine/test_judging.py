"""What counts as a verdict on a platform, and what says more about ourselves."""

from dataclasses import replace

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Finding, Outcome, RetrySpec
from conductor_tui.domain.events import LoopStalled, OwnSampled
from conductor_tui.domain.health import Health
from conductor_tui.domain.own import Stall
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.engine.local_session import LocalSession
from conductor_tui.testing import EPOCH
from tests.build import spec
from tests.engine.stage import FAILED, PASSED, Stage, stage

STALL = Stall(at=EPOCH, lasted_s=1.4, task="check discord", where="my.py:12 in ask")


def stand_still(staged: Stage, seconds: float) -> None:
    """Let the loop stand still for the last `seconds`."""
    now = staged.clock.monotonic()
    staged.watchdog.pauses.append((now - seconds, now))


async def test_a_deadline_that_passed_while_we_stood_still_is_no_verdict() -> None:
    async with stage(script=[PASSED, 60.0]) as staged:
        while staged.probe().calls < 2:
            await staged.clock.advance(0.05)
        staged.clock.freeze(1.2)
        stand_still(staged, 1.2)
        await staged.clock.advance(0.01)
        last = staged.view().last
        assert last is not None
        assert last.outcome is Outcome.INCONCLUSIVE
        assert last.detail == (
            "we stood still for 1.2 s meanwhile: timed out after 200ms"
        )
        assert staged.view().health is Health.HEALTHY
        assert staged.view().breaker.failures == 0


@pytest.mark.parametrize(
    ("script", "stood_s", "outcome"),
    [
        pytest.param(60.0, 0.04, Outcome.TIMED_OUT, id="a short lag, a late answer"),
        pytest.param(60.0, 0.06, Outcome.INCONCLUSIVE, id="a lag of the deadline"),
        pytest.param(FAILED, 0.2, Outcome.FAILED, id="a lag, and a refusal"),
        pytest.param(FAILED, 0.3, Outcome.INCONCLUSIVE, id="a stall, and a refusal"),
        pytest.param(PASSED, 9.0, Outcome.PASSED, id="a stall, and an answer"),
    ],
)
async def test_a_finding_counts_unless_we_stood_still_for_a_part_of_it(
    script: Finding | float, stood_s: float, outcome: Outcome
) -> None:
    async with stage(script=[PASSED, script]) as staged:
        staged.watchdog.stalled_s = lambda since: stood_s  # type: ignore[method-assign]
        await staged.clock.advance(6)
        last = staged.view().last
        assert last is not None
        assert last.outcome is outcome


async def test_a_finding_that_does_not_count_is_not_tried_again() -> None:
    retried = replace(spec("api"), retry=RetrySpec(attempts=3))
    async with stage(retried, script=[PASSED, FAILED]) as staged:
        staged.watchdog.stalled_s = lambda since: 1.0  # type: ignore[method-assign]
        calls = staged.probe().calls
        await staged.clock.advance(5)
        assert staged.probe().calls == calls + 1


async def test_an_inconclusive_trial_is_followed_by_another_trial() -> None:
    async with stage(script=[FAILED, FAILED, FAILED, FAILED, PASSED]) as staged:
        while staged.view().breaker.state is BreakerState.CLOSED:
            await staged.clock.advance(1)
        staged.watchdog.stalled_s = lambda since: 1.0  # type: ignore[method-assign]
        while staged.probe().calls < 4:
            await staged.clock.advance(1)
        assert staged.view().breaker.state is BreakerState.HALF_OPEN
        await staged.clock.advance(5)
        assert staged.view().breaker.state is BreakerState.CLOSED


async def test_a_pass_slower_than_asked_for_is_degraded_and_says_by_how_much() -> None:
    slow = replace(spec("api"), slow_after_s=0.15)
    async with stage(slow, script=[0.18]) as staged:
        await staged.clock.advance(0.2)
        last = staged.view().last
        assert last is not None
        assert (last.outcome, last.warns) == (Outcome.PASSED, True)
        assert last.detail == "slow: 180 ms > 150 ms"
        assert staged.view().health is Health.DEGRADED


async def test_a_pass_that_was_slow_by_our_own_fault_is_not_slow() -> None:
    slow = replace(spec("api"), slow_after_s=0.15)
    async with stage(slow, script=[0.18]) as staged:
        staged.watchdog.stalled_s = lambda since: 0.1  # type: ignore[method-assign]
        await staged.clock.advance(0.2)
        assert staged.view().health is Health.HEALTHY


async def test_a_probes_own_warning_reaches_the_result() -> None:
    warning = Finding(Outcome.PASSED, "certificate ends in 6 days", warns=True)
    async with stage(script=[warning]) as staged:
        last = staged.view().last
        assert last is not None
        assert last.warns
        assert staged.view().health is Health.DEGRADED


async def test_what_must_not_be_told_is_not_in_a_result_nor_in_the_breaker() -> None:
    leak = Finding(Outcome.FAILED, "401 for token hunter2-hunter2")
    guarded = PlatformSettings(
        spec=spec("api", failures=1),
        options=None,
        secrets=(Secret("hunter2-hunter2", "${TOKEN}"),),
    )
    async with stage(script=[leak]) as staged:
        staged.conductor._watching.add(replace(guarded, spec=spec("b", failures=1)))
        await staged.clock.advance(1)
        last = staged.view("b").last
        assert last is not None
        assert last.detail == "401 for token ${TOKEN}"
        assert "hunter2" not in staged.view("b").breaker.why
        shown = [event for event in staged.events if "'b'" in repr(event)]
        assert shown
        assert "hunter2" not in repr(shown)


async def test_a_stall_is_told_once_it_is_over() -> None:
    async with stage() as staged:
        staged.watchdog.told(STALL)
        await staged.clock.advance(0.01)
        assert staged.told(LoopStalled) == [LoopStalled(stall=STALL)]
        own = staged.hub.snapshot.own
        assert (own.last_stall, own.stalls) == (STALL, 1)


async def test_a_stall_that_goes_on_is_in_what_the_screen_reads() -> None:
    async with stage() as staged:
        session = LocalSession(staged.hub)
        assert session.latest() is staged.hub.snapshot
        staged.watchdog.current = STALL
        assert session.latest().own.stall == STALL


async def test_the_engine_tells_its_own_figures_every_two_seconds() -> None:
    async with stage(spec("a"), spec("b"), settings=Settings()) as staged:
        staged.watchdog.lags = [0.001, 0.002, 0.3]
        await staged.clock.advance(60)
        first, *more = staged.told(OwnSampled)
        assert isinstance(first, OwnSampled)
        assert len(more) >= 28
        assert (first.sample.lag_p50_s, first.sample.lag_max_s) == (0.002, 0.3)
        own = staged.hub.snapshot.own.sample
        assert own is not None
        assert own.checks == staged.probe("a").calls + staged.probe("b").calls
        assert (own.threads, own.open_files, own.inconclusive) == (3, 24, 0)


async def test_a_stopped_engine_watches_no_more() -> None:
    async with stage() as staged:
        pass
    assert staged.watchdog.closed
