"""The platforms being watched: opened, scheduled, told; changed, paused, let go of."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.events import (
    BreakerChanged,
    CheckOverran,
    PlatformAdded,
    PlatformChanged,
    PlatformPaused,
    PlatformRemoved,
    PlatformResumed,
)
from conductor_tui.domain.ids import CommandId, Epoch, PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.settings import EngineSettings, PlatformSettings
from conductor_tui.domain.shedding import pace_of
from conductor_tui.engine.beats import Beats, warm_up_spacing_s
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.judging import Judge
from conductor_tui.engine.pausing import FILE, Pauses
from conductor_tui.engine.runner import Runner, Watched
from conductor_tui.engine.scheduler import Scheduler
from conductor_tui.ports import (
    Clock,
    Gate,
    KeptBreaker,
    OpenGate,
    OpenProbe,
    Probe,
    Retry,
    Sampler,
)

AGENT = "its agent"  # who moved a breaker, where that is what a platform hangs on


class Watching:
    """Owns the scheduler and what is open for each platform.

    A check under way belongs to the `Watched` that it began with. Whatever replaces
    that (a pause, a change) makes its result count for nothing.
    """

    def __init__(
        self,
        settings: EngineSettings,
        hub: Hub,
        clock: Clock,
        pauses: Pauses,
        *,
        open_probe: OpenProbe,
        open_gate: OpenGate,
        retry: Retry,
        sampler: Sampler,
        judge: Judge,
    ) -> None:
        self._settings, self._hub, self._clock = settings, hub, clock
        self._pauses = pauses
        self.open_probe, self._open_gate = open_probe, open_gate
        self._watched: dict[PlatformName, Watched] = {}
        self.by_name = MappingProxyType(self._watched)
        self._platforms: dict[PlatformName, PlatformSettings] = {}
        self.platforms = MappingProxyType(self._platforms)
        self._paused: dict[PlatformName, Pause] = {}
        self.paused = MappingProxyType(self._paused)
        self._before: dict[PlatformName, KeptBreaker] = {}
        self._again: set[PlatformName] = set()  # asked for while a check was under way
        self.scheduler = Scheduler(
            self._check, self._overran, clock, limit=settings.max_checks_at_once
        )
        self._beats = Beats(self.scheduler, clock, settings.spacing_s)
        self._beats.pace_of = lambda spec: pace_of(
            spec.priority, hub.snapshot.resources.load.state
        )
        next_at = self._beats.next_at
        self._runner = Runner(
            hub, clock, retry, sampler.ram_percent, next_at, self._has, judge
        )

    # Who is watched

    def restore(self, breakers: Mapping[PlatformName, KeptBreaker]) -> None:
        """Go on from how a conductor before left these, for those that are added from
        now on. Before the first one is.
        """
        self._before = dict(breakers)

    async def add_all(
        self,
        platforms: Collection[PlatformSettings],
        probes: Mapping[PlatformName, Probe] = MappingProxyType({}),
    ) -> None:
        """Watch platforms one after the other, so that their first checks spread.
        `probes` are those that are open already.
        """
        for platform in platforms:
            self.add(platform, probes.get(platform.spec.platform))
            await self._clock.sleep(warm_up_spacing_s(len(platforms)))

    def add(self, platform: PlatformSettings, probe: Probe | None = None) -> None:
        """Watch a platform: checked at once, then at its own beats; or paused."""
        spec, name = platform.spec, platform.spec.platform
        probe = probe or self.open_probe(platform)
        self._platforms[name] = platform
        gate, before = self._open_gate(platform), self._before.pop(name, None)
        if before is not None:
            gate.recall(before.breaker)
        self._watched[name] = Watched(
            spec=spec, probe=probe, gate=gate, secrets=platform.secrets
        )
        pause = self._pauses.begin(spec)
        if pause is None:
            self._beats.give(spec)
        self._hub.publish(
            PlatformAdded(
                spec=spec,
                history=self._history(spec),
                next_at=self._beats.next_at(name),
                breaker=gate.view if before is not None else None,
            )
        )
        if pause is None:
            self._check_at_once(name)  # one of that name may have just been removed
        else:
            self._paused[name] = pause
            self._hub.publish(PlatformPaused(platform=name, pause=pause))

    def adopt(self, breakers: Mapping[PlatformName, KeptBreaker]) -> None:
        """Take over what another conductor held while this one ran beside it: a hold is
        a person's word, and outlives whoever it was said to.
        """
        for name, kept in breakers.items():
            watched = self._watched.get(name)
            if watched is None or kept.breaker.state is not BreakerState.HELD:
                continue
            own = watched.gate.view
            if own.state is not BreakerState.HELD:
                epoch = Epoch(max(own.epoch, kept.breaker.epoch) + 1)
                watched.gate.recall(replace(kept.breaker, epoch=epoch))
                let_go(watched.probe)
                moved = watched.gate.view
                self._hub.publish(
                    BreakerChanged(platform=name, was=own.state, breaker=moved)
                )

    def change(
        self,
        platform: PlatformSettings,
        reopened: Probe | None,
        command: CommandId | None = None,
    ) -> None:
        """Go by other settings for a platform that keeps its name, and so its breaker.

        `reopened` is its new probe; None: the open one, with its kept connection, is
        as good as before. Its pauses are looked at by `obey`.
        """
        spec, name = platform.spec, platform.spec.platform
        before, watched = self._platforms[name].spec, self._watched[name]
        is_another = (spec.probe, spec.target) != (before.probe, before.target)
        if reopened is not None:
            let_go(watched.probe)
        self._platforms[name] = platform
        self._watched[name] = Watched(
            spec=spec,
            probe=reopened or watched.probe,
            gate=watched.gate,
            secrets=platform.secrets,
        )
        self._pauses.change(before, spec)
        if spec.breaker != before.breaker:
            watched.gate.reconfigure(spec.breaker)
        self._tell_changed(name, is_another=is_another)
        if is_another:
            self._try_at_once(name, command)

    def try_if_open(self, name: PlatformName, why: str) -> None:
        """Let an open breaker try now. One that is held, or closed, stays as it is."""
        gate = self._watched[name].gate
        if gate.view.state is not BreakerState.OPEN:
            return
        gate.release(AGENT, why, None)
        self._hub.publish_kept(gate.drain())
        if name not in self._paused:
            self._check_at_once(name)

    def be_silent(self) -> None:
        """Give no beats to what is added: it is checked once, and when asked."""
        self._beats.is_silent = True

    def note(self, platform: PlatformSettings) -> None:
        """Remember that a platform stands elsewhere in the file, and nothing else."""
        self._platforms[platform.spec.platform] = platform

    def remove(self, name: PlatformName, why: str) -> None:
        watched = self._watched.pop(name, None)
        if watched is None:
            return
        self._beats.forget(name)
        for kept in (self._platforms, self._paused):
            kept.pop(name, None)
        self._again.discard(name)
        self._pauses.forget(name)
        let_go(watched.probe)
        self._hub.publish(PlatformRemoved(platform=name, why=why))

    def configure(
        self, settings: EngineSettings, order: Iterable[PlatformName]
    ) -> None:
        """Go by other engine settings; `order` is the one that fixed spacing counts."""
        before, self._settings = self._settings, settings
        self.scheduler.limit_to(settings.max_checks_at_once)
        self._beats.line_up(order, settings.spacing_s)
        for name, watched in self._watched.items():
            if settings.history_s != before.history_s:
                self._tell_changed(name, is_another=False)
            elif name not in self._paused:
                self._beats.give(watched.spec)

    def follow_load(self) -> None:
        """Give beats anew: the load state has moved, and intervals with it."""
        for name, watched in self._watched.items():
            if name not in self._paused:
                self._beats.give(watched.spec)

    def gate_of(self, name: PlatformName) -> Gate | None:
        """Return the breaker of a platform; None: it is not watched."""
        watched = self._watched.get(name)
        return watched.gate if watched is not None else None

    def is_kept(self, name: PlatformName) -> bool:
        """True while a person's word stands that would go with the platform."""
        held = self._watched[name].gate.view.state is BreakerState.HELD
        return held or self._pauses.is_asked(name)

    def close(self) -> None:
        """Let go of every connection."""
        for watched in self._watched.values():
            let_go(watched.probe)

    # Pauses

    def obey(
        self,
        name: PlatformName,
        *,
        by: str = "",
        why: str = "",
        command: CommandId | None = None,
    ) -> bool:
        """Stop or start the checks of a platform as its pauses say now, and tell it.

        `by` and `why` are for a resume; where nobody did it, it ended by itself. True:
        a check began.
        """
        wanted = self._pauses.of(self._watched[name].spec)
        paused = self._paused.get(name)
        if wanted is None and paused is not None:
            ended_by, ended_why = _end_of(paused)
            self._resume(name, by or ended_by, why or ended_why, command)
            return True
        if wanted is not None and wanted != paused:
            self._pause(name, wanted, command)
        return False

    def _pause(
        self, name: PlatformName, pause: Pause, command: CommandId | None
    ) -> None:
        if name not in self._paused:
            watched = self._watched[name]
            self._beats.take(name)
            self._again.discard(name)
            self._watched[name] = _anew(watched)
            let_go(watched.probe)  # what is left alone keeps no connection
        self._paused[name] = pause
        self._hub.publish(PlatformPaused(platform=name, pause=pause, command=command))

    def _resume(
        self, name: PlatformName, by: str, why: str, command: CommandId | None
    ) -> None:
        del self._paused[name]
        self._beats.give(self._watched[name].spec)
        self._hub.publish(
            PlatformResumed(
                platform=name,
                by=by,
                why=why,
                next_at=self._beats.next_at(name),
                command=command,
            )
        )
        self._check_at_once(name)

    # Checks

    def _history(self, spec: CheckSpec) -> int:
        return max(1, round(self._settings.history_s / spec.interval_s))

    def _tell_changed(self, name: PlatformName, *, is_another: bool) -> None:
        spec = self._platforms[name].spec
        if name not in self._paused:
            self._beats.give(spec)
        self._hub.publish(
            PlatformChanged(
                spec=spec,
                is_another=is_another,
                next_at=self._beats.next_at(name),
                history=self._history(spec),
            )
        )

    def _try_at_once(self, name: PlatformName, command: CommandId | None) -> None:
        """What opened the breaker says nothing about what is asked now: let it try.
        A hold stays: it is a person's word.
        """
        gate = self._watched[name].gate
        if gate.view.state is BreakerState.OPEN:
            gate.release(FILE, "something else is asked now", command)
        self._hub.publish_kept(gate.drain())
        if name not in self._paused:
            self._check_at_once(name)

    def _check_at_once(self, name: PlatformName) -> None:
        """Check now, or once the check under way, which counts no more, is over."""
        if not self.scheduler.check_now(name):
            self._again.add(name)

    def _has(self, watched: Watched) -> bool:
        """False once it was replaced, though its name may be watched again."""
        return self._watched.get(watched.spec.platform) is watched

    async def _check(self, name: PlatformName) -> None:
        """Check; and once more, if that was asked for while this one was under way."""
        is_asked = True
        while is_asked:
            self._again.discard(name)  # it was asked for before this one began
            watched = self._watched.get(name)
            if watched is not None and name not in self._paused:
                await self._runner.check(watched)
            is_asked = name in self._again

    def _overran(self, name: PlatformName) -> None:
        self._hub.publish(CheckOverran(platform=name))


def let_go(probe: Probe) -> None:
    """Close a probe that nobody asks any more."""
    with suppress(Exception):  # it is foreign code, and nothing depends on it now
        probe.close()


def _anew(watched: Watched) -> Watched:
    """Return the same under another identity: see `Watching`."""
    return replace(watched)


def _end_of(pause: Pause) -> tuple[str, str]:
    """Return who and why, for a pause that ended by itself."""
    if pause.kind is PauseKind.MAINTENANCE:
        return pause.by, "the maintenance window is over"
    if pause.kind is PauseKind.SHED:
        return pause.by, "it is back"
    if pause.by == FILE:
        return FILE, "paused no more"
    return pause.by, "the time it was paused for is over"
