"""What the engine adds to a check: CPU per check, and lateness, at 1,000 platforms.

Run: uv run python tests/bench/engine_overhead.py [platforms] [seconds]

The probe answers at once, in this process. The reference, in the same run, is a bare
loop that makes the same checks at the same rate: one task per platform that sleeps
and calls the probe under a deadline. Look at the ratio; the times are this machine's.
"""

import asyncio
import sys
import time
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from conductor_tui.adapters.breaker import PlatformBreaker
from conductor_tui.adapters.retry import TenacityRetry
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.adapters.watchdog import LoopWatchdog
from conductor_tui.cli.local_engine import loop_factory
from conductor_tui.domain.check import CheckSpec, Finding, Outcome
from conductor_tui.domain.events import CheckFinished, Envelope
from conductor_tui.domain.ids import NodeName, PlatformName
from conductor_tui.domain.schedule import hash_phase
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.engine.conductor import Conductor, World
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Listeners
from conductor_tui.testing import FakeCanary, FakeOwnMeter, FakeSampler

INTERVAL_S = 1.0
PASSED = Finding(Outcome.PASSED)


class Instant:
    """A probe that knows the answer."""

    async def __call__(self) -> Finding:
        return PASSED

    def close(self) -> None:
        """Nothing is kept."""


class Nothing:
    """A machine on which nothing listens."""

    def look(self) -> Listeners:
        return Listeners(())


def main(platforms: int, seconds: float) -> None:
    bare = _measured(_bare(platforms, seconds), "bare loop")
    engine = _measured(_engine(platforms, seconds), "whole engine")
    print(f"ratio {engine / bare:.2f}, the engine adds {engine - bare:.0f} us a check")


def _measured(run: Coroutine[Any, Any, int], name: str) -> float:
    """Run it and return CPU microseconds per check."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        started = time.process_time()
        checks = runner.run(run)
        cpu_us = (time.process_time() - started) * 1e6 / checks
    print(f"{name:>12}: {checks} checks, {cpu_us:.0f} us of CPU each")
    return cpu_us


async def _bare(platforms: int, seconds: float) -> int:
    probe, made, end = Instant(), 0, time.monotonic() + seconds

    async def watch(name: PlatformName) -> None:
        nonlocal made
        due = time.monotonic() + hash_phase(name, INTERVAL_S)
        while due < end:
            await asyncio.sleep(due - time.monotonic())
            async with asyncio.timeout(0.2):
                await probe()
            made += 1
            due += INTERVAL_S

    names = [PlatformName(f"p-{n}") for n in range(platforms)]
    await asyncio.gather(*[watch(name) for name in names])
    return made


async def _engine(platforms: int, seconds: float) -> int:
    clock = SystemClock()
    hub = Hub(NodeName("bench"), clock)
    conductor = Conductor(_settings(platforms), _world(clock), hub)
    made, late = 0, list[float]()
    running = asyncio.create_task(conductor.run())
    asyncio.get_running_loop().call_later(seconds, conductor.stop)
    following = asyncio.create_task(_note_lateness(hub, late))
    await running
    following.cancel()
    views = hub.snapshot.platforms.in_order()
    made = sum(len(view.window) for view in views)
    late.sort()
    if late:
        p99 = late[int(len(late) * 0.99)] * 1000
        p50 = late[len(late) // 2] * 1000
        print(f"{'':>12}  lateness p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    return made


async def _note_lateness(hub: Hub, late: list[float]) -> None:
    """A check that ends after its beat began late: its phase tells by how much."""
    async for frame in hub.follow():
        if isinstance(frame, Envelope) and isinstance(frame.event, CheckFinished):
            event = frame.event
            view = hub.snapshot.platforms[event.result.platform]
            if event.next_at is None or len(view.window) < 2:
                continue
            due = event.next_at.timestamp() - INTERVAL_S
            late.append(max(0.0, event.result.at.timestamp() - due))


def _settings(platforms: int) -> Settings:
    spec = CheckSpec(
        platform=PlatformName("p"), probe="none", target="", interval_s=INTERVAL_S
    )
    return Settings(
        platforms=tuple(
            PlatformSettings(
                spec=replace(spec, platform=PlatformName(f"p-{n}")), options=None
            )
            for n in range(platforms)
        )
    )


def _world(clock: SystemClock) -> World:
    return World(
        clock=clock,
        sampler=FakeSampler(),
        discovery=Nothing(),
        open_probe=lambda _: Instant(),
        open_gate=lambda p: PlatformBreaker(p.spec.platform, p.spec.breaker, clock),
        retry=TenacityRetry(clock),
        watchdog=LoopWatchdog(),
        canary=FakeCanary(),
        own_meter=FakeOwnMeter(),
    )


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(
        int(arguments[0]) if arguments else 1000,
        float(arguments[1]) if len(arguments) > 1 else 10.0,
    )
