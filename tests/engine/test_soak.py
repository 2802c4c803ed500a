"""A simulated day: nothing that the engine keeps may grow with time."""

import asyncio
import gc
import sys
from dataclasses import replace

from conductor_tui.cli.local_engine import loop_factory
from conductor_tui.domain.check import BreakerSpec, CheckSpec, Finding, Outcome
from conductor_tui.domain.commands import CheckNow
from conductor_tui.domain.events import LoopStalled
from conductor_tui.domain.ids import CommandId, PlatformName
from conductor_tui.domain.own import Stall
from conductor_tui.testing import ScriptedProbe
from tests.build import spec
from tests.engine.stage import FAILED, PASSED, Stage, stage

HOUR_S = 3600.0
PLATFORMS, INTERVAL_S = 12, 60.0
SLOW = 60.0  # never in time


class Moody(ScriptedProbe):
    """Passes, fails and hangs in turns, for as long as the platform's number says.

    Every 50th time all of them fail.
    """

    def __init__(self, number: int, probe: ScriptedProbe) -> None:
        super().__init__(*probe.script, clock=probe._clock)
        self._number = number

    async def __call__(self) -> Finding:
        moods = (PASSED, FAILED, SLOW, PASSED)
        mood = moods[self.calls // (self._number + 1) % len(moods)]
        self.script = [FAILED if self.calls % 50 > 45 else mood]
        return await super().__call__()


def specs() -> list[CheckSpec]:
    """Breakers of all patience, that stay open for some checks."""
    return [
        replace(
            spec(f"p{number}", interval_s=INTERVAL_S),
            breaker=BreakerSpec(failures=number % 4 + 1, reset_after_s=150.0),
        )
        for number in range(PLATFORMS)
    ]


async def hours(staged: Stage, count: int) -> int:
    """Let time pass; return how many blocks of memory are taken after it."""
    for hour in range(count):
        for quarter in range(4):
            staged.conductor.control.handle(
                CheckNow(
                    id=CommandId(f"{hour}-{quarter}"),
                    platform=PlatformName("p3"),
                    by="ann",
                )
            )
            now = staged.clock.monotonic()
            staged.watchdog.pauses[:] = [(now, now + 300)]
            staged.watchdog.told(Stall(at=staged.clock.now(), lasted_s=300))
            staged.events.clear()  # what the test itself has heard
            await staged.clock.advance(HOUR_S / 4)
    staged.events.clear()
    gc.collect()
    return sys.getallocatedblocks()


async def a_day() -> None:
    async with stage(*specs()) as staged:
        for number in range(PLATFORMS):
            watched = staged.conductor._watching.by_name[PlatformName(f"p{number}")]
            moody = Moody(number, staged.probe(f"p{number}"))
            object.__setattr__(watched, "probe", moody)
        after_two = await hours(staged, 2)
        after_all = await hours(staged, 22)
        snapshot = staged.hub.snapshot
        assert len(snapshot.events) == 1000
        assert any(isinstance(one.event, LoopStalled) for one in snapshot.events)
        outcomes = {o for v in snapshot.platforms.in_order() for _, _, o in v.results()}
        assert outcomes == set(Outcome)
        checks = PLATFORMS * 22 * HOUR_S / INTERVAL_S
        assert after_all - after_two < checks / 4  # not even a block for each check


def test_after_a_day_no_more_memory_is_taken_than_after_two_hours() -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(a_day())
