"""Room under load: who should go is advised, or done; who went comes back in reverse.

What is shed is a pause that is kept, so that it survives us: the pause is told first,
then the platform's own action is carried out, one at a time. Coming back it is the
action first. An action that fails changes nothing, and is not tried again for a while.
"""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from conductor_tui.domain.alert import Subject, SubjectKind
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.commands import (
    DisablePlugin,
    EnablePlugin,
    PluginCommand,
    ResumePlatform,
    ShedCommand,
    ShedPlatform,
)
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.events import ShedActed, ShedAdvised
from conductor_tui.domain.ids import CommandId, PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.resources import (
    SAMPLE_INTERVAL_S,
    LoadLimits,
    LoadState,
    ResourcesView,
    ShedMode,
)
from conductor_tui.domain.secret import without_secrets
from conductor_tui.domain.settings import PluginSwitch, ShedAction, ShedSettings
from conductor_tui.domain.shedding import ShedAdvice, Shedder, ShedStep, shed_order
from conductor_tui.domain.text import one_line
from conductor_tui.engine.alerting.seeing import of_platform
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.pausing import Pauses
from conductor_tui.engine.plugins.plugins import Plugins
from conductor_tui.engine.refusal import Refused
from conductor_tui.engine.resting import words_of
from conductor_tui.engine.watching import Watching
from conductor_tui.ports import Clock, OpenMender

BY = "load shedding"
RAM_SAMPLES, CPU_SAMPLES = 5, 30  # 10 s and a minute: one busy job is not a load
AGAIN_S = 300.0  # after an action failed
MOST_ORDERS = 100

_Order: TypeAlias = tuple[ShedStep, PlatformName, str, str, CommandId | None]


class Shedding:
    """`limits` gives those in force. On the engine's loop."""

    def __init__(
        self,
        watching: Watching,
        pauses: Pauses,
        plugins: Plugins,
        open_mender: OpenMender,
        limits: Callable[[], LoadLimits],
        hub: Hub,
        clock: Clock,
    ) -> None:
        self._watching, self._pauses, self._plugins = watching, pauses, plugins
        self._open_mender, self._limits = open_mender, limits
        self._hub, self._clock = hub, clock
        self._shedder = Shedder()
        self._settings: dict[PlatformName, ShedSettings | None] = {}  # as they went
        self._failed: dict[PlatformName, float] = {}
        self._spared: set[PlatformName] = set()  # a person brought them back
        self._load = LoadState.NORMAL
        self._orders: asyncio.Queue[_Order] = asyncio.Queue(MOST_ORDERS)

    def obey(self, command: ShedCommand | ResumePlatform) -> str:
        """Do it in a moment; return the answer's words. Raises Refused."""
        name = command.platform
        if self._orders.full():
            raise Refused(f"{MOST_ORDERS} commands wait already: ask again later")
        match command:
            case ShedPlatform(why=why):
                self._look_whether_it_may_go(name)
                why = one_line(why) or self._why()
                settings = self._watching.platforms[name].shedding
                order = (ShedStep.SHED, name, command.by, why, command.id)
                words = settings.shed.words if settings else "checked no more"
                words = f"shed: {words}"
            case _:
                if not self._pauses.is_shed(name):
                    raise Refused("it is not shed: there is nothing to restore")
                settings = self._settings_of(name)
                order = (ShedStep.RESTORE, name, command.by, "by hand", command.id)
                words = settings.restore.words if settings else "checked again"
                words = f"restored: {words}"
        self._orders.put_nowait(order)
        return words

    def is_shed(self, name: PlatformName) -> bool:
        return self._pauses.is_shed(name)

    async def run(self) -> None:
        """Look at each reading, and do what is asked for, for ever."""
        while True:
            try:
                async with self._clock.timeout(SAMPLE_INTERVAL_S):
                    order = await self._orders.get()
            except TimeoutError:
                await self._look()
            else:
                await self._do(*order)

    def _look_whether_it_may_go(self, name: PlatformName) -> None:
        platform, pause = self._watching.platforms[name], self._watching.paused
        if platform.spec.protected:
            raise Refused("it is protected: the settings say that it is never shed")
        if name in pause:
            kind, words = pause[name].kind, words_of(pause[name])
            raise Refused(f"it is {kind} already ({words})")

    def _why(self) -> str:
        advice = self._hub.snapshot.advice
        return advice.why if advice is not None else "by hand"

    # What is advised

    async def _look(self) -> None:
        resources, limits = self._hub.snapshot.resources, self._limits()
        if resources.load.state is not self._load:
            self._load = resources.load.state
            self._watching.follow_load()
            if self._load is LoadState.NORMAL:
                self._spared.clear()
        await self._bring_back_removed()
        if resources.trouble or limits.shed is ShedMode.OFF:
            self._tell(None)
            return
        advice = self._shedder.advise(
            self._clock.monotonic(),
            used(resources, limits),
            resources.forecasts,
            limits,
            self._first,
            self._gone(),
        )
        if advice is None or advice.is_ahead or limits.shed is ShedMode.ADVISE:
            self._tell(advice)
        else:
            self._tell(None)
            await self._do(advice.step, advice.platform, BY, advice.why, None)

    def _tell(self, advice: ShedAdvice | None) -> None:
        """Tell another advice; one whose figures alone are others is the same."""
        known = self._hub.snapshot.advice
        if _key(advice) != _key(known):
            self._hub.publish(ShedAdvised(advice=advice))

    def _first(self) -> PlatformName | None:
        paused = self._watching.paused
        specs = [
            platform.spec
            for name, platform in self._watching.platforms.items()
            if name not in paused
        ]
        names = (one for one in shed_order(specs) if one not in self._spared)
        return next((one for one in names if not self._has_failed(one)), None)

    def _gone(self) -> list[PlatformName]:
        gone = [
            (pause.at, name)
            for name, pause in self._watching.paused.items()
            if pause.kind is PauseKind.SHED and not self._has_failed(name)
        ]
        return [name for _, name in sorted(gone)]

    def _has_failed(self, name: PlatformName) -> bool:
        until = self._failed.get(name)
        if until is not None and self._clock.monotonic() >= until:
            del self._failed[name]
            return False
        return until is not None

    # What is done

    async def _do(
        self,
        step: ShedStep,
        name: PlatformName,
        by: str,
        why: str,
        command: CommandId | None,
    ) -> None:
        if name not in self._watching.platforms:
            return  # removed meanwhile
        if step is ShedStep.SHED and name not in self._watching.paused:
            await self._shed(name, by, why, command)
        elif step is ShedStep.RESTORE and self._pauses.is_shed(name):
            await self._restore(name, by, why, command)

    async def _shed(
        self, name: PlatformName, by: str, why: str, command: CommandId | None
    ) -> None:
        before = used(self._hub.snapshot.resources, self._limits())
        settings = self._watching.platforms[name].shedding
        self._settings[name] = settings
        pause = Pause(kind=PauseKind.SHED, by=by, why=why, at=self._clock.now())
        self._pauses.shed(name, pause)
        self._watching.obey(name, command=command)
        if settings is not None and not await self._act(
            ShedStep.SHED, name, settings.shed, why
        ):
            self._wake(name, by, "it could not be shed", command)
            return
        self._shedder.did(ShedStep.SHED, name, self._clock.monotonic(), before)

    async def _restore(
        self, name: PlatformName, by: str, why: str, command: CommandId | None
    ) -> None:
        settings = self._settings_of(name)
        if settings is not None and not await self._act(
            ShedStep.RESTORE, name, settings.restore, why
        ):
            return
        if by != BY and self._load is not LoadState.NORMAL:
            self._spared.add(name)
        before = used(self._hub.snapshot.resources, self._limits())
        self._shedder.did(ShedStep.RESTORE, name, self._clock.monotonic(), before)
        self._wake(name, by, f"restored: {why}", command)

    def _wake(
        self, name: PlatformName, by: str, why: str, command: CommandId | None
    ) -> None:
        self._settings.pop(name, None)
        self._pauses.unshed(name)
        if name in self._watching.platforms:
            self._watching.obey(name, by=by, why=why, command=command)

    def _settings_of(self, name: PlatformName) -> ShedSettings | None:
        """Return how it went; after a restart of ours how the file says it goes."""
        if name in self._settings:
            return self._settings[name]
        return self._watching.platforms[name].shedding

    async def _bring_back_removed(self) -> None:
        """What was removed while it was shed comes back all the same: nobody else knows
        that we stopped it.
        """
        gone = [one for one in self._settings if one not in self._watching.platforms]
        for name in gone:
            settings = self._settings.pop(name)
            if settings is not None:
                why = "it was removed from the settings"
                await self._act(ShedStep.RESTORE, name, settings.restore, why)

    async def _act(
        self, step: ShedStep, name: PlatformName, action: ShedAction, why: str
    ) -> bool:
        found = await self._perform(name, action, why)
        is_done = found.outcome is Outcome.PASSED
        if is_done:
            self._failed.pop(name, None)
        else:
            self._failed[name] = self._clock.monotonic() + AGAIN_S
        words = one_line(without_secrets(found.detail, action.secrets))
        self._hub.publish(
            ShedActed(
                platform=name,
                step=step,
                action=action.words,
                is_done=is_done,
                words=words,
            )
        )
        return is_done

    async def _perform(
        self, name: PlatformName, action: ShedAction, why: str
    ) -> Finding:
        subject = self._subject(name)
        try:
            async with self._clock.timeout(action.timeout_s):
                if isinstance(action.action, PluginSwitch):
                    return await self._switch(action.action)
                return await self._open_mender(action.action)(subject, why)
        except TimeoutError:
            words = f"no end within {format_duration(action.timeout_s)}: stopped"
        except Exception as error:  # foreign code; said to a person as its result
            words = str(error) or type(error).__name__
        return Finding(Outcome.FAILED, words)

    def _subject(self, name: PlatformName) -> Subject:
        platform = self._watching.platforms.get(name)
        if platform is None:
            return Subject(kind=SubjectKind.PLATFORM, name=name)
        return of_platform(platform.spec)

    async def _switch(self, switch: PluginSwitch) -> Finding:
        kind = EnablePlugin if switch.is_on else DisablePlugin
        number = f"shed{self._hub.snapshot.seq}"
        order = kind(id=CommandId(number), by=BY, plugin=switch.plugin)
        answered: asyncio.Future[Finding] = asyncio.get_running_loop().create_future()

        def answer(command: PluginCommand, granted: bool, words: str) -> None:
            is_so = granted or "already" in words
            outcome = Outcome.PASSED if is_so else Outcome.FAILED
            if not answered.done():
                answered.set_result(Finding(outcome, words))

        self._plugins.carry_out(order, answer)
        return await answered


def used(resources: ResourcesView, limits: LoadLimits) -> dict[str, float]:
    """Return what shedding goes by, in percent: a mean, but of RAM that runs out."""
    if resources.sample is None:
        return {}
    ram, cpu = resources.ram(RAM_SAMPLES), resources.cpu(CPU_SAMPLES)
    found = dict[str, float]()
    newest = resources.sample.ram_percent
    if newest >= limits.emergency_at:
        found["ram"] = newest
    elif len(ram) == RAM_SAMPLES:
        found["ram"] = sum(ram) / len(ram)
    if len(cpu) == CPU_SAMPLES:
        found["cpu"] = sum(cpu) / len(cpu)
    return found


def _key(advice: ShedAdvice | None) -> object:
    return advice and (advice.step, advice.platform, advice.is_ahead)
