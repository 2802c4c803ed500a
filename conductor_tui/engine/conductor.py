"""The root of the engine: start, run, drain, stop."""

import asyncio
from dataclasses import dataclass

from conductor_tui.domain.settings import Settings
from conductor_tui.engine.control import Control
from conductor_tui.engine.discovering import keep_discovering
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.sampling import keep_sampling
from conductor_tui.engine.watching import Watching
from conductor_tui.ports import (
    Clock,
    Discovery,
    OpenGate,
    OpenProbe,
    Retry,
    Sampler,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the engine reaches the outside through."""

    clock: Clock
    sampler: Sampler
    discovery: Discovery
    open_probe: OpenProbe
    open_gate: OpenGate
    retry: Retry


class Conductor:
    """One engine. Make and run it on one event loop."""

    def __init__(self, settings: Settings, world: World, hub: Hub) -> None:
        self._settings, self._world, self._hub = settings, world, hub
        self._stop = asyncio.Event()
        self._watching = Watching(
            settings.engine,
            hub,
            world.clock,
            open_probe=world.open_probe,
            open_gate=world.open_gate,
            retry=world.retry,
            sampler=world.sampler,
        )
        self.control = Control(
            self._watching.by_name,
            hub,
            world.clock,
            self._watching.scheduler.check_now,
        )

    def stop(self) -> None:
        """Ask `run` to drain and return. On the engine's own loop."""
        self._stop.set()

    async def run(self) -> None:
        """Watch until `stop`, then let checks under way end, within the drain limit."""
        scheduler, world = self._watching.scheduler, self._world
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(scheduler.run(), name="scheduler"),
                    group.create_task(
                        self._watching.add_all(self._settings.platforms),
                        name="warm-up",
                    ),
                    group.create_task(
                        keep_sampling(
                            self._hub, world.sampler, self._settings.load, world.clock
                        ),
                        name="sampling",
                    ),
                ]
                if self._settings.discover:
                    follow = keep_discovering(
                        world.discovery,
                        self._watching,
                        self._settings.defaults,
                        world.clock,
                    )
                    tasks.append(group.create_task(follow, name="discovery"))
                await self._stop.wait()
                await scheduler.drain(self._settings.engine.drain_s)
                for task in tasks:
                    task.cancel()
        finally:
            self._watching.close()
            self._hub.close()
