"""A platform that waits for heartbeats, in an engine with everything wired in."""

import asyncio

from conductor_tui.adapters.probes.heartbeat import Options
from conductor_tui.cli.local_engine import LocalEngine
from conductor_tui.domain.check import CheckResult, CheckSpec, Outcome
from conductor_tui.domain.commands import BeatAgent, CheckNow
from conductor_tui.domain.events import CheckFinished, Envelope
from conductor_tui.domain.ids import AgentId, CommandId, PlatformName
from conductor_tui.domain.settings import ListenSettings, PlatformSettings, Settings
from tests.engine.hearing import agent

BOT = PlatformName("bot")
SETTINGS = Settings(
    agents=(agent("a", interval_s=60),),
    platforms=(
        PlatformSettings(
            spec=CheckSpec(platform=BOT, probe="heartbeat", target="a", interval_s=60),
            options=Options(target="a"),
        ),
    ),
    listen=ListenSettings(socket="", datagrams=""),
)


async def results_around_a_beat(engine: LocalEngine) -> list[CheckResult]:
    """Return the first result, and the one after a beat by hand."""
    found: list[CheckResult] = []
    async for frame in engine.session.follow():
        if isinstance(frame, Envelope) and isinstance(frame.event, CheckFinished):
            found.append(frame.event.result)
            if len(found) == 2:
                return found
            engine.session.send(
                BeatAgent(id=CommandId("1"), by="ann", agent=AgentId("a"))
            )
            engine.session.send(CheckNow(id=CommandId("2"), by="ann", platform=BOT))
    raise AssertionError("the stream of a running engine does not end")


async def test_a_platform_is_as_well_as_the_agent_that_the_engine_hears() -> None:
    engine = LocalEngine(SETTINGS)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(engine._run())
        before, after = await results_around_a_beat(engine)
        engine.stop()
    assert (before.outcome, before.detail) == (Outcome.INCONCLUSIVE, "a is UNKNOWN")
    assert (after.outcome, after.detail) == (Outcome.PASSED, "a is HEALTHY")
