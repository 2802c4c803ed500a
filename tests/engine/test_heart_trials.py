"""Platforms that are as well as their agent, when it comes back."""

from dataclasses import replace

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.events import BreakerChanged
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.settings import Settings
from conductor_tui.testing import settle
from tests.build import spec
from tests.engine.hearing import A, agent
from tests.engine.stage import FAILED, PASSED, Stage, stage

AGENTS = Settings(agents=(agent("a"), agent("b")))
API = replace(spec(), probe="heartbeat", target="a", interval_s=3600.0)


async def open_breaker(staged: Stage) -> None:
    """Fail three checks, and let the agent be well from then on."""
    for _ in range(2):
        staged.conductor._watching.scheduler.check_now(API.platform)
        await settle()
    assert staged.view().breaker.state is BreakerState.OPEN
    staged.probe().script = [PASSED]


async def beat(staged: Stage, name: str) -> None:
    staged.conductor.heart.hear(Beat(agent=AgentId(name)))
    await staged.clock.advance(0.1)
    await settle()


async def test_an_agent_that_is_well_again_has_its_platform_tried() -> None:
    async with stage(API, script=[FAILED], settings=AGENTS) as staged:
        await open_breaker(staged)
        await beat(staged, A)
        assert staged.view().breaker.state is BreakerState.CLOSED
        moves = [
            one.breaker for one in staged.events if isinstance(one, BreakerChanged)
        ]
        states = [move.state for move in moves]
        assert states[-3:] == [
            BreakerState.OPEN,
            BreakerState.HALF_OPEN,
            BreakerState.CLOSED,
        ]
        assert (moves[-3].by, moves[-3].why) == ("its agent", "agent a is HEALTHY")


async def test_a_hold_stays_when_the_agent_is_well_again() -> None:
    async with stage(API, script=[FAILED], settings=AGENTS) as staged:
        await open_breaker(staged)
        await staged.trip()
        await beat(staged, A)
        assert staged.view().breaker.state is BreakerState.HELD


@pytest.mark.parametrize(
    ("platform", "name"),
    [(API, "b"), (replace(API, probe="http", target="a"), "a")],
    ids=["another agent", "another probe"],
)
async def test_nothing_else_is_tried(platform: CheckSpec, name: str) -> None:
    async with stage(platform, script=[FAILED], settings=AGENTS) as staged:
        await open_breaker(staged)
        await beat(staged, name)
        assert staged.view().breaker.state is BreakerState.OPEN
