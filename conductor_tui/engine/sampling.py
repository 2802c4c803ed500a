"""The host's resources at a steady beat, and the load state they come to."""

import asyncio
from collections.abc import Callable, Mapping

from conductor_tui.domain.events import LoadChanged, ResourcesSampled, SamplingFailed
from conductor_tui.domain.resources import (
    SAMPLE_INTERVAL_S,
    Load,
    LoadLimits,
    LoadState,
    ResourceSample,
    next_load,
)
from conductor_tui.domain.text import one_line
from conductor_tui.engine.foreseeing import Foreseeing
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock, Sampler


async def keep_sampling(
    hub: Hub, sampler: Sampler, limits: Callable[[], LoadLimits], clock: Clock
) -> None:
    """Sample for ever, off the loop: a reading may block for some milliseconds.
    `limits` gives those in force: the settings may be read anew meanwhile.
    """
    foreseeing = Foreseeing(hub, clock)
    while True:
        try:
            sample = await asyncio.to_thread(sampler.sample)
        except Exception as error:  # odd hosts make psutil raise anything: no reason
            _tell_failure(hub, error)  # to stop
        else:
            _tell(hub, sample, limits())
            foreseeing.look(limits())
        await clock.sleep(SAMPLE_INTERVAL_S)


def _tell(hub: Hub, sample: ResourceSample, limits: LoadLimits) -> None:
    hub.publish(ResourcesSampled(sample=sample, limits=limits))
    resources = hub.snapshot.resources
    used = resources.used()
    load = next_load(resources.load, used, limits)
    if load != resources.load:  # also when another resource is hot now
        hub.publish(
            LoadChanged(was=resources.load.state, load=load, why=_reason(load, used))
        )


def _tell_failure(hub: Hub, error: Exception) -> None:
    """Say it once, not every two seconds."""
    why = one_line(_words(error))
    if why != hub.snapshot.resources.trouble:
        hub.publish(SamplingFailed(why=why))


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror.lower()}{where}"
    return f"{type(error).__name__}: {error}"


def _reason(load: Load, used: Mapping[str, float]) -> str:
    if load.state is LoadState.NORMAL:
        return "all resources have recovered"
    return ", ".join(f"{name} {used[name]:.0f} %" for name in sorted(load.hot))
