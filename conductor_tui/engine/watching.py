"""The platforms being watched: opened, scheduled, told; and let go of again."""

from collections.abc import Collection
from datetime import datetime, timedelta
from types import MappingProxyType

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.events import CheckOverran, PlatformAdded, PlatformRemoved
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.schedule import first_due, fixed_phase, hash_phase
from conductor_tui.domain.settings import EngineSettings, PlatformSettings
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.judging import Judge
from conductor_tui.engine.runner import Runner, Watched
from conductor_tui.engine.scheduler import Scheduler
from conductor_tui.ports import Clock, OpenGate, OpenProbe, Retry, Sampler

# The first checks of all platforms: one behind the other, and soon over.
WARM_UP_SPACING_S, WARM_UP_S = 0.002, 2.5


class Watching:
    """Owns the scheduler and what is open for each platform."""

    def __init__(
        self,
        settings: EngineSettings,
        hub: Hub,
        clock: Clock,
        *,
        open_probe: OpenProbe,
        open_gate: OpenGate,
        retry: Retry,
        sampler: Sampler,
        judge: Judge,
    ) -> None:
        self._settings, self._hub, self._clock = settings, hub, clock
        self._open_probe, self._open_gate = open_probe, open_gate
        self._watched: dict[PlatformName, Watched] = {}
        self.by_name = MappingProxyType(self._watched)
        self._runner = Runner(
            hub, clock, retry, sampler.ram_percent, self.next_at, self._has, judge
        )
        self.scheduler = Scheduler(
            self._check, self._overran, clock, limit=settings.max_checks_at_once
        )

    async def add_all(self, platforms: Collection[PlatformSettings]) -> None:
        """Watch platforms one after the other, so that their first checks spread."""
        spacing_s = min(WARM_UP_SPACING_S, WARM_UP_S / max(1, len(platforms)))
        for platform in platforms:
            self.add(platform)
            await self._clock.sleep(spacing_s)

    def add(self, platform: PlatformSettings) -> None:
        """Watch a platform: checked at once, then at its own beats."""
        spec, now = platform.spec, self._clock.monotonic()
        self._watched[spec.platform] = Watched(
            spec=spec,
            probe=self._open_probe(platform),
            gate=self._open_gate(platform),
            secrets=platform.secrets,
        )
        beat = first_due(
            self._phase(platform),
            spec.interval_s,
            wall_s=self._clock.now().timestamp(),
            now=now,
        )
        self.scheduler.add(spec.platform, first_due=beat, interval_s=spec.interval_s)
        history = max(1, round(self._settings.history_s / spec.interval_s))
        self._hub.publish(
            PlatformAdded(
                spec=spec, history=history, next_at=self.next_at(spec.platform)
            )
        )
        self.scheduler.check_now(spec.platform)

    def is_held(self, name: PlatformName) -> bool:
        return self._watched[name].gate.view.state is BreakerState.HELD

    def remove(self, name: PlatformName, why: str) -> None:
        watched = self._watched.pop(name, None)
        if watched is None:
            return
        self.scheduler.remove(name)
        watched.probe.close()
        self._hub.publish(PlatformRemoved(platform=name, why=why))

    def close(self) -> None:
        """Let go of every connection."""
        for watched in self._watched.values():
            watched.probe.close()

    def next_at(self, name: PlatformName) -> datetime | None:
        due = self.scheduler.due(name)
        if due is None:
            return None
        return self._clock.now() + timedelta(seconds=due - self._clock.monotonic())

    def _phase(self, platform: PlatformSettings) -> float:
        spec, spacing_s = platform.spec, self._settings.spacing_s
        if spacing_s is None:
            return hash_phase(spec.platform, spec.interval_s)
        return fixed_phase(
            len(self._watched) - 1, spacing_s=spacing_s, interval_s=spec.interval_s
        )

    def _has(self, watched: Watched) -> bool:
        """False once it was removed, though its name may be watched again."""
        return self._watched.get(watched.spec.platform) is watched

    async def _check(self, name: PlatformName) -> None:
        watched = self._watched.get(name)
        if watched is not None:
            await self._runner.check(watched)

    def _overran(self, name: PlatformName) -> None:
        self._hub.publish(CheckOverran(platform=name))
