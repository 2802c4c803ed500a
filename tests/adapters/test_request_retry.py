"""Requests are tried again only where that may help, and never too late."""

import asyncio

import pytest

from conductor_tui.adapters.request_retry import TenacityRequestRetry
from conductor_tui.domain.check import RetrySpec
from conductor_tui.domain.plugin_calls import PluginError, Reply, RequestRefused
from conductor_tui.testing import FakeClock, settle

SPEC = RetrySpec(attempts=3, wait_s=0.1, max_wait_s=1.0)


class Plugin:
    def __init__(self, *script: Exception) -> None:
        self.script, self.calls = list(script), 0

    async def ask(self) -> Reply:
        self.calls += 1
        if self.script:
            raise self.script.pop(0)
        return Reply(payload=self.calls)


async def tried(
    plugin: Plugin, clock: FakeClock, spec: RetrySpec = SPEC, budget_s: float = 60.0
) -> Reply:
    retry = TenacityRequestRetry(clock)
    task = asyncio.create_task(retry(plugin.ask, spec, budget_s=budget_s))
    await settle()
    for _ in range(1000):
        if task.done():
            break
        await clock.advance(0.1)
    return await task


async def test_what_works_at_once_is_tried_once() -> None:
    assert (await tried(plugin := Plugin(), FakeClock())).payload == 1
    assert plugin.calls == 1


async def test_it_is_tried_as_often_as_is_said_then_the_last_error_comes_through() -> (
    None
):
    errors = [PluginError(str(n)) for n in range(9)]
    with pytest.raises(PluginError, match="2"):
        await tried(plugin := Plugin(*errors), FakeClock())
    assert plugin.calls == 3


async def test_a_refusal_at_any_attempt_is_the_end() -> None:
    with pytest.raises(RequestRefused):
        await tried(plugin := Plugin(RequestRefused("no")), FakeClock())
    assert plugin.calls == 1
    both = Plugin(PluginError("later"), RequestRefused("no"))
    with pytest.raises(RequestRefused):
        await tried(both, FakeClock())
    assert both.calls == 2


async def test_it_waits_at_least_as_long_as_it_was_asked_to() -> None:
    clock = FakeClock()
    plugin = Plugin(PluginError("429", retry_after_s=3.0))
    assert (await tried(plugin, clock)).payload == 2
    assert clock.monotonic() >= 3.0


async def test_a_wait_that_would_pass_the_budget_is_not_begun() -> None:
    clock = FakeClock()
    plugin = Plugin(PluginError("429", retry_after_s=3.0))
    with pytest.raises(PluginError, match="429"):
        await tried(plugin, clock, budget_s=2.0)
    assert (plugin.calls, clock.monotonic()) == (1, 0.0)


async def test_a_single_attempt_is_one() -> None:
    plugin = Plugin(PluginError("gone"))
    with pytest.raises(PluginError):
        await tried(plugin, FakeClock(), RetrySpec(attempts=1))
    assert plugin.calls == 1
