"""Follows what listens on this machine: new listeners come, vanished ones go."""

import asyncio
from collections.abc import Collection

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.presence import Roll, call_roll
from conductor_tui.domain.settings import CheckDefaults, PlatformSettings
from conductor_tui.engine.beats import warm_up_spacing_s
from conductor_tui.engine.watching import Watching
from conductor_tui.ports import Clock, Discovery, Probe

LOOK_INTERVAL_S = 5.0
_Platforms = dict[PlatformName, PlatformSettings]


class Discovering:
    """Looks while it is on. What the first look finds is watched at once.

    What was watched before it is switched on stays where it is found too, breaker
    and all, and goes at the first look where it is not.
    """

    def __init__(self, discovery: Discovery, watching: Watching, clock: Clock) -> None:
        self._discovery, self._watching, self._clock = discovery, watching, clock
        self._on = asyncio.Event()
        self._defaults = CheckDefaults()
        self._roll: Roll = {}
        self._known: _Platforms = {}
        self._before: frozenset[PlatformName] = frozenset()

    def begin(
        self, defaults: CheckDefaults, others: Collection[PlatformName] = ()
    ) -> None:
        """Look from now on; `defaults` say how what is found is checked. `others` are
        watched for another reason: they are left alone.
        """
        self._defaults = defaults
        watched = self._watching.platforms.items()
        self._roll = {}
        self._known = {name: one for name, one in watched if name not in others}
        self._before = frozenset(self._known)
        self._on.set()

    def keep_to(self, defaults: CheckDefaults) -> None:
        """Go by other defaults for what is found from now on."""
        self._defaults = defaults

    def end(self) -> None:
        """Look no more. What is watched is left to the caller."""
        self._on.clear()
        self._known = {}

    async def run(self) -> None:
        """Look for ever, off the loop."""
        while True:
            await self._on.wait()
            await self._look()
            await self._clock.sleep(LOOK_INTERVAL_S)

    async def _look(self) -> None:
        known = self._known
        try:
            found = await asyncio.to_thread(self._discovery.look)
        except OSError:  # no file to open, just now: what was known still is
            return
        if known is not self._known or not self._on.is_set():
            return  # switched off, or on anew, meanwhile
        seen = {
            platform.spec.platform: self._defaults.applied_to(platform)
            for platform in found.platforms
        }
        self._roll = call_roll(self._roll, seen, self._clock.monotonic())
        self._let_go(seen, known)
        await self._take_up(seen, known)

    def _let_go(self, seen: _Platforms, known: _Platforms) -> None:
        # a breaker goes with its platform: one that is held stays until the hold ends
        for name in [one for one in known if one not in self._watching.by_name]:
            del known[name]
        kept = frozenset(filter(self._watching.is_kept, known))
        for name in set(known) - set(self._roll) - kept:
            why = "it stands in no file any more, and nothing listens there"
            if name not in self._before:
                why = "it no longer listens"
            self._remove(name, why, known)
        for name, platform in seen.items():
            if name in self._before and name in known:
                self._take_over(platform, known)
            elif name not in known or name in kept:
                continue
            elif known[name].options != platform.options:
                where = platform.spec.target
                self._remove(name, f"it listens elsewhere now: {where}", known)
        self._before = frozenset()

    def _remove(self, name: PlatformName, why: str, known: _Platforms) -> None:
        self._watching.remove(name, why)
        del known[name]

    def _take_over(self, platform: PlatformSettings, known: _Platforms) -> None:
        """Go on with what a file named before: the same name is the same platform."""
        name = platform.spec.platform
        probe = self._opened(platform) if known[name] != platform else None
        if probe is not None:
            self._watching.change(platform, probe)
            self._watching.obey(name)
            known[name] = platform

    async def _take_up(self, seen: _Platforms, known: _Platforms) -> None:
        new = [
            platform
            for name, platform in seen.items()
            if self._roll[name].is_watched
            and name not in known
            and name not in self._watching.by_name
        ]
        for platform in new:
            if known is not self._known:
                return  # switched off, or on anew, meanwhile
            probe = self._opened(platform)
            if probe is None:
                continue
            self._watching.add(platform, probe)
            known[platform.spec.platform] = platform
            await self._clock.sleep(warm_up_spacing_s(len(new)))

    def _opened(self, platform: PlatformSettings) -> Probe | None:
        """Open its probe; None where that fails, as it does without a file to open
        for certificates: the next look tries again.
        """
        try:
            return self._watching.open_probe(platform)
        except Exception:  # foreign code
            return None
