import asyncio

import pytest

from conductor_tui.adapters.retry import TenacityRetry
from conductor_tui.domain.check import Finding, Outcome, RetrySpec
from conductor_tui.testing import FakeClock, ScriptedProbe

FAILED = Finding(Outcome.FAILED, "refused")
PASSED = Finding(Outcome.PASSED)
THREE = RetrySpec(attempts=3, wait_s=0.05, max_wait_s=0.2)


async def retried(
    probe: ScriptedProbe, *, budget_s: float = 5.0, spec: RetrySpec = THREE
) -> Finding:
    clock = FakeClock()
    retry = TenacityRetry(clock)
    task = asyncio.create_task(
        retry(probe, spec, first=Finding(Outcome.FAILED, "first"), budget_s=budget_s)
    )
    await clock.advance(60)
    return await task


async def test_the_first_attempt_is_not_made_twice() -> None:
    probe = ScriptedProbe(PASSED)
    assert await retried(probe) == PASSED
    assert probe.calls == 1


async def test_attempts_end_at_their_number_with_the_last_finding() -> None:
    probe = ScriptedProbe(FAILED)
    assert await retried(probe) == FAILED
    assert probe.calls == 2


async def test_no_wait_goes_past_the_budget() -> None:
    probe = ScriptedProbe(PASSED)
    found = await retried(probe, budget_s=-0.001)
    assert found.detail == "first"
    assert probe.calls == 0


async def test_a_refused_attempt_ends_the_series() -> None:
    probe = ScriptedProbe(Finding(Outcome.REFUSED), PASSED)
    assert (await retried(probe)).outcome is Outcome.REFUSED
    assert probe.calls == 1


async def test_cancellation_is_not_swallowed() -> None:
    clock = FakeClock()
    probe = ScriptedProbe(10.0, clock=clock)
    retry = TenacityRetry(clock)
    task = asyncio.create_task(retry(probe, THREE, first=FAILED, budget_s=60))
    await clock.advance(1)
    assert probe.calls == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
