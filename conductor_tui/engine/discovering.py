"""Follows what listens on this machine: new listeners come, vanished ones go."""

import asyncio

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.presence import Roll, call_roll
from conductor_tui.domain.settings import CheckDefaults, PlatformSettings
from conductor_tui.engine.watching import Watching
from conductor_tui.ports import Clock, Discovery

LOOK_INTERVAL_S = 5.0


async def keep_discovering(
    discovery: Discovery, watching: Watching, defaults: CheckDefaults, clock: Clock
) -> None:
    """Look for ever, off the loop. What the first look finds is watched at once.

    `defaults` say how what is found is checked.
    """
    roll: Roll = {}
    known: dict[PlatformName, PlatformSettings] = {}
    while True:
        try:
            found = await asyncio.to_thread(discovery.look)
        except OSError:  # no file to open, just now: what was known still is
            await clock.sleep(LOOK_INTERVAL_S)
            continue
        seen = {
            platform.spec.platform: defaults.applied_to(platform)
            for platform in found.platforms
        }
        roll = call_roll(roll, seen, clock.monotonic())
        await _follow(watching, roll, seen, known)
        await clock.sleep(LOOK_INTERVAL_S)


async def _follow(
    watching: Watching,
    roll: Roll,
    seen: dict[PlatformName, PlatformSettings],
    known: dict[PlatformName, PlatformSettings],
) -> None:
    # a breaker goes with its platform: one that is held stays until the hold ends
    held = frozenset(filter(watching.is_held, known))
    for name in set(known) - set(roll) - held:
        watching.remove(name, "it no longer listens")
        del known[name]
    for name, platform in seen.items():
        if name not in known or name in held:
            continue
        if known[name].options != platform.options:
            watching.remove(name, f"it listens elsewhere now: {platform.spec.target}")
            del known[name]
    new = {
        name: platform
        for name, platform in seen.items()
        if roll[name].is_watched and name not in known
    }
    known.update(new)
    await watching.add_all(new.values())
