"""A thousand agents with jitter: nobody is accused, and everybody who dies is found."""

import heapq
from collections.abc import Iterator
from random import Random

import pytest

from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import BeatKind, Ladder, fixed_ladder
from conductor_tui.testing import FakeClock
from tests.engine.hearing import Listening, agent, listening

MANY, INTERVAL_S, GRACE_S, JITTER_S, LASTS_S = 1000, 5.0, 2.5, 2.0, 60.0


def beats_of(random: Random, name: str, until: float) -> Iterator[tuple[float, str]]:
    """Yield when an agent beats: once per interval, each late by up to JITTER_S."""
    due = random.uniform(0, INTERVAL_S)
    while due < until:
        yield due + random.uniform(0, JITTER_S), name
        due += INTERVAL_S


async def play(here: Listening, beats: list[tuple[float, str]], until: float) -> None:
    heapq.heapify(beats)
    while beats:
        at, name = heapq.heappop(beats)
        if at - here.clock.monotonic() > 0.001:
            await here.pass_time(at - here.clock.monotonic())
        here.hear(name)
    await here.pass_time(until - here.clock.monotonic())


@pytest.mark.parametrize("step_s", [0.0, 3600.0, -3600.0])
async def test_who_beats_is_never_accused_and_who_dies_is_found_in_time(
    step_s: float,
) -> None:
    random = Random(7)
    names = [f"agent-{number:04}" for number in range(MANY)]
    dies_at = {name: random.uniform(10, 30) for name in names[::10]}
    beats = [
        beat
        for name in names
        for beat in beats_of(random, name, dies_at.get(name, LASTS_S))
    ]
    last = {name: at for at, name in sorted(beats)}
    agents = [agent(name, interval_s=INTERVAL_S, grace_s=GRACE_S) for name in names]
    async with listening(*agents) as here:
        half = [beat for beat in beats if beat[0] < 30]
        rest = [beat for beat in beats if beat[0] >= 30]
        await play(here, half, 30)
        here.clock.step_wall(step_s)
        await play(here, rest, LASTS_S)

        moves: dict[str, list[tuple[float, Health]]] = {name: [] for name in names}
        for when, name, health in here.moves:
            moves[name].append((when, health))
        assert [n for n in names if n not in dies_at and len(moves[n]) != 1] == []
        ladder: Ladder = fixed_ladder(INTERVAL_S, 3, GRACE_S)
        for name in dies_at:
            expected = [(last[name] + after_s, health) for after_s, health in ladder]
            found = moves[name][1:]
            assert [health for _, health in found] == [health for _, health in expected]
            for (when, _), (boundary, _) in zip(found, expected, strict=True):
                assert when == pytest.approx(boundary, abs=0.002)


async def test_the_heap_does_not_grow_with_what_is_said() -> None:
    async with listening(agent(interval_s=86_400.0, grace_s=5.0)) as here:
        for number in range(3000):
            here.say(BeatKind.START, run=str(number % 3))
            here.say(BeatKind.FAIL)
            here.hear(extends_s=float(3000 - number))
            await here.pass_time(2)
        assert here.heart.kept_deadlines < 600


class CreepingClock(FakeClock):
    """Time passes while we compute, as it really does: at each look at the clock."""

    def monotonic(self) -> float:
        self.freeze(0.0002)
        return super().monotonic()


async def test_no_boundary_is_overlooked_that_passes_while_others_are_judged() -> None:
    names = [f"agent-{number:03}" for number in range(400)]
    agents = [agent(name, interval_s=1.0) for name in names]
    async with listening(*agents, clock=CreepingClock()) as here:
        for name in names[:200]:
            here.hear(name)
        await here.pass_time(8)
        moves: dict[str, list[Health]] = {name: [] for name in names}
        for _, name, health in here.moves:
            moves[name].append(health)
        _, healthy, degraded, critical, failed = Health
        assert {tuple(moves[name]) for name in names[:200]} == {
            (healthy, degraded, critical, failed)
        }
        assert {tuple(moves[name]) for name in names[200:]} == {(failed,)}
