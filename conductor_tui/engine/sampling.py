"""The host's resources at a steady beat, and the load state they come to."""

import asyncio
from collections.abc import Mapping

from conductor_tui.domain.events import LoadChanged, ResourcesSampled
from conductor_tui.domain.resources import (
    SAMPLE_INTERVAL_S,
    Load,
    LoadLimits,
    LoadState,
    next_load,
)
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock, Sampler


async def keep_sampling(
    hub: Hub, sampler: Sampler, limits: LoadLimits, clock: Clock
) -> None:
    """Sample for ever, off the loop: a reading may block for some milliseconds."""
    while True:
        sample = await asyncio.to_thread(sampler.sample)
        hub.publish(ResourcesSampled(sample=sample))
        resources = hub.snapshot.resources
        used = resources.used()
        load = next_load(resources.load, used, limits)
        if load.state is not resources.load.state:
            hub.publish(
                LoadChanged(
                    was=resources.load.state, load=load, why=_reason(load, used)
                )
            )
        await clock.sleep(SAMPLE_INTERVAL_S)


def _reason(load: Load, used: Mapping[str, float]) -> str:
    if load.state is LoadState.NORMAL:
        return "all resources have recovered"
    return ", ".join(f"{name} {used[name]:.0f} %" for name in sorted(load.hot))
