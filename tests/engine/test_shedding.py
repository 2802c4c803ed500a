"""Room under load: what is advised and done, in which order, and what comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from conductor_tui.domain.alert import Subject
from conductor_tui.domain.check import CheckSpec, Finding, Outcome
from conductor_tui.domain.commands import RestorePlatform, ShedPlatform
from conductor_tui.domain.events import (
    PlatformPaused,
    PlatformResumed,
    ShedActed,
    ShedAdvised,
)
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import PauseKind
from conductor_tui.domain.resources import LoadLimits, LoadState, ShedMode
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import (
    PlatformSettings,
    Settings,
    ShedAction,
    ShedSettings,
)
from conductor_tui.domain.shedding import ShedStep
from conductor_tui.ports import Mender
from tests.build import spec
from tests.engine.recording.memory_state import MemoryState
from tests.engine.stage import Stage, stage

DONE = Finding(Outcome.PASSED, "done")


class Actions:
    """Opens menders that do what is said; `done` are the actions, in order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.findings: dict[str, Finding] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    def open(self, action: object) -> Mender:
        async def act(subject: Subject, why: str) -> Finding:
            await self.gate.wait()
            self.done.append(str(action))
            return self.findings.get(str(action), DONE)

        return act


def platform(
    name: str, priority: int = 50, *, acts: bool = True, **more: Any
) -> PlatformSettings:
    shedding = ShedSettings(
        shed=ShedAction(action=f"stop {name}", words=f"stop {name}"),
        restore=ShedAction(action=f"start {name}", words=f"start {name}"),
    )
    on_shed = f"stop {name}" if acts else ""
    made: CheckSpec = replace(spec(name), priority=priority, on_shed=on_shed, **more)
    return PlatformSettings(
        spec=made, options=None, shedding=shedding if acts else None
    )


USUAL = (platform("bot", 10), platform("bridge", 20), platform("llm", 50, acts=False))


@asynccontextmanager
async def loaded(
    *platforms: PlatformSettings,
    mode: ShedMode = ShedMode.AUTO,
    actions: Actions | None = None,
    state: MemoryState | None = None,
    limits: LoadLimits | None = None,
) -> AsyncIterator[Stage]:
    """A host that is well, two minutes after its start."""
    settings = Settings(
        platforms=platforms or USUAL, load=replace(limits or LoadLimits(), shed=mode)
    )
    actions = actions or Actions()
    async with stage(settings=settings, open_mender=actions.open, state=state) as on:
        await on.pass_time(120)
        yield on


def shed(on: Stage) -> list[str]:
    return [view.name for view in on.hub.snapshot.shed]


def ordered(kind: type[ShedPlatform | RestorePlatform], on: Stage, name: str) -> Any:
    return kind(id=on.new_id(), platform=PlatformName(name), by="ann")


def acted(on: Stage) -> list[tuple[str, bool, str]]:
    return [
        (event.action, event.is_done, event.words)
        for event in on.told(ShedActed)
        if isinstance(event, ShedActed)
    ]


async def test_auto_sheds_in_order_and_restores_in_reverse() -> None:
    actions = Actions()
    async with loaded(actions=actions) as on:
        on.sampler.ram = 86.0
        await on.pass_time(50)
        assert shed(on) == []  # it may pass: a minute is given to that
        await on.pass_time(30)
        assert shed(on) == ["bot"]
        await on.pass_time(40)
        assert shed(on) == ["bot", "bridge"]  # who matters stays, however loaded it is
        await on.pass_time(120)
        assert shed(on) == ["bot", "bridge"]
        pause = on.view("bot").pause
        assert pause is not None
        assert (pause.kind, pause.by) == (PauseKind.SHED, "load shedding")
        assert pause.why == "RAM 86 %"
        calls = on.probe("bot").calls
        on.sampler.ram = 40.0
        await on.pass_time(150)
        assert on.probe("bot").calls == calls  # nothing is checked meanwhile
        assert shed(on) == ["bot"]
        await on.pass_time(150)
        assert shed(on) == []
        assert on.probe("bot").calls > 0
    assert actions.done == ["stop bot", "stop bridge", "start bridge", "start bot"]


async def test_what_is_advised_is_told_once_and_done_by_nobody() -> None:
    actions = Actions()
    async with loaded(mode=ShedMode.ADVISE, actions=actions) as on:
        on.sampler.ram = 86.0
        await on.pass_time(120)
        advised = [e.advice for e in on.told(ShedAdvised) if isinstance(e, ShedAdvised)]
        names = [one.platform for one in advised if one and not one.is_ahead]
        assert names == ["bot"]
        assert on.hub.snapshot.advice == advised[-1]
        assert shed(on) == actions.done == []
        on.sampler.ram = 40.0
        await on.pass_time(30)
        assert on.hub.snapshot.advice is None


async def test_the_advice_is_followed_with_its_own_why() -> None:
    actions = Actions()
    async with loaded(mode=ShedMode.ADVISE, actions=actions) as on:
        on.sampler.ram = 86.0
        await on.pass_time(80)
        answer = await on.ask(ordered(ShedPlatform, on, "bot"))
        assert (answer.granted, answer.words) == (True, "shed: stop bot")
        await on.pass_time(2)
        pause = on.view("bot").pause
        assert pause is not None
        assert (pause.by, pause.why) == ("ann", "RAM 86 %")
        assert acted(on) == [("stop bot", True, "done")]
        await on.pass_time(60)
        advice = on.hub.snapshot.advice
        assert advice is not None
        assert (advice.step, advice.platform) == (ShedStep.SHED, "bridge")
        on.sampler.ram = 40.0
        await on.pass_time(180)
        advice = on.hub.snapshot.advice
        assert advice is not None
        assert (advice.step, advice.platform) == (ShedStep.RESTORE, "bot")


async def test_a_growth_is_told_before_the_limit_and_acted_on_by_nobody() -> None:
    async with loaded() as on:
        while on.hub.snapshot.advice is None:
            on.sampler.ram += 0.3
            await on.pass_time(2)
            assert on.sampler.ram < 80
        assert on.hub.snapshot.advice.is_ahead
        assert "reaches 80 % in about" in on.hub.snapshot.advice.why
        assert shed(on) == []
        while on.sampler.ram < 82:
            on.sampler.ram += 0.3
            await on.pass_time(2)
        await on.pass_time(60)
        assert shed(on)[0] == "bot"
        assert on.hub.snapshot.advice is None  # done, not advised


async def test_off_is_off() -> None:
    actions = Actions()
    async with loaded(mode=ShedMode.OFF, actions=actions) as on:
        on.sampler.ram = 97.0
        await on.pass_time(120)
        assert on.told(ShedAdvised) == []
        assert shed(on) == actions.done == []


@pytest.mark.parametrize(
    ("spared", "words"),
    [
        (platform("bot", 10, protected=True), "it is protected"),
        (platform("bot", 10, paused=True), "it is PAUSED already"),
    ],
)
async def test_who_is_protected_or_paused_stays(
    spared: PlatformSettings, words: str
) -> None:
    async with loaded(spared, platform("bridge", 20)) as on:
        on.sampler.ram = 86.0
        await on.pass_time(120)
        assert shed(on) == ["bridge"]
        answer = await on.ask(ordered(ShedPlatform, on, "bot"))
        assert not answer.granted
        assert answer.words.startswith(words)


async def test_an_action_that_fails_changes_nothing_and_the_next_one_goes() -> None:
    actions = Actions()
    actions.findings["stop bot"] = Finding(Outcome.FAILED, "no such unit")
    async with loaded(actions=actions) as on:
        on.sampler.ram = 86.0
        await on.pass_time(100)
        assert acted(on)[0] == ("stop bot", False, "no such unit")
        assert shed(on) == ["bridge"]
        assert on.view("bot").pause is None
        await on.pass_time(300)
        assert actions.done.count("stop bot") == 2  # tried again after 5 min


async def test_what_cannot_be_restored_stays_shed_and_is_tried_again() -> None:
    actions = Actions()
    actions.findings["start bot"] = Finding(Outcome.FAILED, "no such unit")
    async with loaded(platform("bot", 10), actions=actions) as on:
        on.sampler.ram = 86.0
        await on.pass_time(120)
        on.sampler.ram = 40.0
        await on.pass_time(180)
        assert acted(on)[-1] == ("start bot", False, "no such unit")
        assert shed(on) == ["bot"]
        actions.findings.clear()
        await on.pass_time(400)
        assert shed(on) == []


async def test_an_action_that_hangs_is_given_up_in_its_time() -> None:
    actions = Actions()
    actions.gate.clear()
    async with loaded(platform("bot", 10), actions=actions) as on:
        on.sampler.ram = 86.0
        await on.pass_time(120)
        assert acted(on)[0] == ("stop bot", False, "no end within 30s: stopped")
        assert shed(on) == []


async def test_a_secret_is_not_told() -> None:
    actions = Actions()
    actions.findings["stop bot"] = Finding(Outcome.FAILED, "token s3cr3t is bad")
    bot = platform("bot", 10)
    assert bot.shedding is not None
    action = replace(bot.shedding.shed, secrets=(Secret("s3cr3t"),))
    bot = replace(bot, shedding=replace(bot.shedding, shed=action))
    async with loaded(bot, actions=actions) as on:
        await on.ask(ordered(ShedPlatform, on, "bot"))
        await on.pass_time(2)
        assert "s3cr3t" not in str(acted(on))


async def test_whom_a_person_brought_back_is_spared_while_the_load_lasts() -> None:
    async with loaded(platform("bot", 10), platform("bridge", 20)) as on:
        on.sampler.ram = 86.0
        await on.pass_time(100)
        assert shed(on) == ["bot", "bridge"]
        answer = await on.ask(ordered(RestorePlatform, on, "bot"))
        assert (answer.granted, answer.words) == (True, "restored: start bot")
        await on.pass_time(300)
        assert shed(on) == ["bridge"]


async def test_a_resume_restores_and_what_is_not_shed_cannot_be_restored() -> None:
    actions = Actions()
    async with loaded(actions=actions) as on:
        refused = await on.ask(ordered(RestorePlatform, on, "bot"))
        assert refused.words == "it is not shed: there is nothing to restore"
        await on.ask(ordered(ShedPlatform, on, "bot"))
        await on.pass_time(2)
        pause = on.view("bot").pause
        assert pause is not None
        assert pause.why == "by hand"
        again = await on.ask(ordered(ShedPlatform, on, "bot"))
        assert again.words == "it is SHED already (shed by ann, by hand)"
        rest = await on.pause(name="bot")
        assert not rest.granted
        answer = await on.resume("bot")
        assert answer.granted
        await on.pass_time(2)
        assert on.view("bot").pause is None
        told = on.told(PlatformResumed)[-1]
        assert isinstance(told, PlatformResumed)
        assert (told.by, told.why) == ("ann", "restored: by hand")
    assert actions.done == ["stop bot", "start bot"]


async def test_what_was_shed_is_shed_after_a_restart_and_comes_back() -> None:
    actions = Actions()
    async with stage() as anywhere:
        state = MemoryState(anywhere.clock)
    async with loaded(actions=actions, state=state) as on:
        on.sampler.ram = 86.0
        await on.pass_time(80)
        assert shed(on) == ["bot"]
    async with loaded(actions=actions, state=state) as on:
        await on.pass_time(200)
        assert shed(on) == []
    assert actions.done == ["stop bot", "start bot"]


async def test_what_is_removed_while_it_is_shed_is_started_again() -> None:
    actions = Actions()
    async with loaded(actions=actions) as on:
        await on.ask(ordered(ShedPlatform, on, "bot"))
        await on.pass_time(2)
        await on.reload(Settings(platforms=USUAL[1:]))
        await on.pass_time(4)
        assert actions.done == ["stop bot", "start bot"]


async def test_what_changes_while_it_is_shed_comes_back_the_way_it_went() -> None:
    actions = Actions()
    async with loaded(actions=actions) as on:
        await on.ask(ordered(ShedPlatform, on, "bot"))
        await on.pass_time(2)
        other = platform("bot", 10, target="http://127.0.0.1:99/", acts=False)
        await on.reload(Settings(platforms=(other, *USUAL[1:])))
        await on.pass_time(4)
        assert shed(on) == ["bot"]
        await on.ask(ordered(RestorePlatform, on, "bot"))
        await on.pass_time(4)
        assert shed(on) == []
        assert actions.done == ["stop bot", "start bot"]


async def test_a_burst_of_cpu_is_no_load_and_a_minute_of_it_is() -> None:
    async with loaded() as on:
        on.sampler.cpu = 97.0
        await on.pass_time(30)
        on.sampler.cpu = 10.0
        await on.pass_time(120)
        assert on.told(PlatformPaused) == []
        on.sampler.cpu = 97.0
        await on.pass_time(130)
        assert shed(on)[0] == "bot"
        pause = on.view("bot").pause
        assert pause is not None
        assert pause.why.startswith("CPU")


async def test_low_priorities_are_checked_less_often_under_load() -> None:
    async with loaded(mode=ShedMode.OFF) as on:
        before = on.probe("bot").calls, on.probe("llm").calls
        await on.pass_time(60)
        usual = on.probe("bot").calls - before[0]
        assert usual == 12
        on.sampler.ram = 86.0
        await on.pass_time(10)
        assert on.hub.snapshot.resources.load.state is LoadState.DEGRADED
        assert on.view("bot").interval_s == 10.0
        assert on.view("llm").interval_s == 5.0
        before = on.probe("bot").calls, on.probe("llm").calls
        await on.pass_time(60)
        assert on.probe("bot").calls - before[0] == 6
        assert on.probe("llm").calls - before[1] == 12
        on.sampler.ram = 97.0
        await on.pass_time(10)
        assert on.view("bot").interval_s == 20.0
        on.sampler.ram = 40.0
        await on.pass_time(120)
        assert on.view("bot").interval_s == 5.0
        before = on.probe("bot").calls, 0
        await on.pass_time(60)
        assert on.probe("bot").calls - before[0] == 12
