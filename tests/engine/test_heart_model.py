"""Whatever is said, and whenever: the heart agrees with a model that just counts."""

import asyncio
from dataclasses import dataclass, field
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import BeatKind, fixed_ladder, health_after
from tests.engine.hearing import Listening, agent, listening

INTERVAL_S, GRACE_S = 4.0, 2.0
Step: TypeAlias = tuple[str, float | str]

KINDS = [kind.value for kind in BeatKind]
says = st.tuples(st.sampled_from(KINDS), st.sampled_from(["", "r1", "r2"]))
waits = st.tuples(st.just("wait"), st.integers(1, 40).map(lambda n: n / 4))
extends = st.tuples(st.just("extend"), st.integers(1, 20).map(float))
freezes = st.tuples(st.just("freeze"), st.integers(2, 40).map(float))


@dataclass
class Model:
    """Counts silence in seconds that we were awake, the plain way."""

    now: float = 0.0
    heard: float | None = None
    extended: float = -1.0
    said: Health | None = None
    is_stopped: bool = False
    runs: dict[str, float] = field(default_factory=dict)

    def say(self, kind: str, run: str) -> None:
        match kind:
            case "start":
                self.runs[run] = max(self.now + GRACE_S, self.extended)
            case "beat":
                self.end(run, ends_all=not run)
                self.runs = {
                    name: by for name, by in self.runs.items() if by > self.now
                }
                self.is_there(None)
            case "fail":
                self.end(run, ends_all=run not in self.runs)
                self.is_there(Health.FAILED)
            case "warn":
                self.is_there(Health.DEGRADED)
            case "stop":
                self.runs.clear()
                self.is_there(None)
                self.is_stopped = True
            case _:
                pass  # a log says nothing of how it is

    def end(self, run: str, *, ends_all: bool) -> None:
        self.runs.pop(run, None)
        if ends_all or not run:
            self.runs.clear()

    def is_there(self, said: Health | None) -> None:
        self.heard, self.said, self.is_stopped = self.now, said, False

    def extend(self, seconds: float) -> None:
        self.extended = max(self.extended, self.now + seconds)
        self.runs = {n: max(by, self.extended) for n, by in self.runs.items()}

    def health(self) -> Health:
        if self.said is Health.FAILED or any(
            by <= self.now for by in self.runs.values()
        ):
            return Health.FAILED
        if self.is_stopped:
            return Health.UNKNOWN
        silent_s = self.now - max(self.heard or 0.0, self.extended)
        by_silence = health_after(fixed_ladder(INTERVAL_S, 3, GRACE_S), silent_s)
        if self.heard is None and by_silence is not Health.FAILED:
            return Health.UNKNOWN
        worst = (by_silence, self.said or by_silence)
        return max(worst, key=lambda health: health.severity)


async def play(here: Listening, model: Model, step: Step) -> None:
    what, how = step
    if what == "wait":
        assert isinstance(how, float)
        await here.pass_time(how)
        model.now += how
    elif what == "extend":
        assert isinstance(how, float)
        here.say(BeatKind.LOG, extends_s=how)
        model.extend(how)
    else:
        here.say(BeatKind(what), run=str(how))
        model.say(what, str(how))


async def agrees(steps: list[Step]) -> None:
    model = Model()
    async with listening(agent(interval_s=INTERVAL_S, grace_s=GRACE_S)) as here:
        for step in steps:
            await play(here, model, step)
            assert here.health() is model.health(), (step, model)
            runs = {run.run for run in here.view().runs}
            assert runs == set(model.runs)
        assert here.view().beats == sum(what != "wait" for what, _ in steps)


@settings(max_examples=150, deadline=None)
@given(st.lists(says | waits | waits | extends, max_size=25))
def test_the_heart_agrees_with_the_model(steps: list[Step]) -> None:
    asyncio.run(agrees(steps))


async def forgives(steps: list[Step]) -> None:
    """Beat every interval while awake; the freezes between are ours."""
    async with listening(agent(interval_s=INTERVAL_S, grace_s=GRACE_S)) as here:
        here.hear()
        for what, how in steps:
            assert isinstance(how, float)
            if what == "freeze":
                here.clock.freeze(how)
                await here.pass_time(0.4)
            else:
                await here.pass_time(min(how, INTERVAL_S))
            here.hear()
        await here.pass_time(0.1)
        assert {health for _, _, health in here.moves} == {Health.HEALTHY}


@settings(max_examples=60, deadline=None)
@given(st.lists(waits | freezes, max_size=25))
def test_no_freeze_of_ours_is_ever_an_agents_fault(steps: list[Step]) -> None:
    asyncio.run(forgives(steps))
