"""An engine in this process for the benchmarks, and what it says about itself."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from conductor_tui.cli.local_engine import real_world
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.events import CheckFinished, Envelope
from conductor_tui.domain.ids import NodeName, PlatformName
from conductor_tui.domain.settings import Settings
from conductor_tui.engine.conductor import Conductor
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import OpenProbe


@dataclass(slots=True)
class Seen:
    """What became of the checks after the first of each platform: seconds from beat
    to begin, by platform, and the words of those that were bad.
    """

    late: dict[PlatformName, list[float]] = field(default_factory=dict)
    bad: dict[PlatformName, list[str]] = field(default_factory=dict)
    inconclusive: int = 0
    cpu_percent: float = 0.0
    wall_s: float = 0.0


async def run_engine(
    settings: Settings, seconds: float, open_probe: OpenProbe | None = None
) -> Seen:
    """Run an engine, wait until each platform was checked, then look on."""
    world = real_world()
    if open_probe is not None:
        world = replace(world, open_probe=open_probe)
    hub, seen = Hub(NodeName("bench"), world.clock), Seen()
    conductor = Conductor(settings, world, hub)
    running = asyncio.create_task(conductor.run(), name="engine")
    count = len(settings.platforms)
    while not _is_warm(hub, count):  # noqa: ASYNC110 - a look now and then costs less
        await asyncio.sleep(0.1)
    began, cpu_s = time.monotonic(), time.process_time()
    looking = asyncio.create_task(_look(hub, seen), name="looking on")
    await asyncio.sleep(seconds)
    seen.wall_s = time.monotonic() - began
    seen.cpu_percent = 100 * (time.process_time() - cpu_s) / seen.wall_s
    looking.cancel()
    conductor.stop()
    await running
    return seen


def _is_warm(hub: Hub, platforms: int) -> bool:
    snapshot = hub.snapshot
    views = list(snapshot.platforms.in_order())
    return len(views) == platforms and snapshot.is_complete


async def _look(hub: Hub, seen: Seen) -> None:
    async for frame in hub.follow():
        if not isinstance(frame, Envelope) or not isinstance(
            frame.event, CheckFinished
        ):
            continue
        result, next_at = frame.event.result, frame.event.next_at
        name, at = result.platform, result.at.timestamp()
        if result.outcome.is_bad:
            seen.bad.setdefault(name, []).append(result.detail)
        seen.inconclusive += result.outcome is Outcome.INCONCLUSIVE
        view = hub.snapshot.platforms.get(name)
        if next_at is None or view is None:
            continue
        due = next_at.timestamp() - view.spec.interval_s
        late = max(0.0, at - result.latency_s - due)
        seen.late.setdefault(name, []).append(late)


def percentiles_ms(late: Sequence[float]) -> str:
    in_order = sorted(late)
    p50, p99 = (in_order[int(len(in_order) * share)] for share in (0.5, 0.99))
    top = in_order[-1]
    return f"p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, max {top * 1000:.1f} ms"
