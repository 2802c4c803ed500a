"""How the other side is, asked in its own time."""

import asyncio

import pytest

from conductor_tui.platforms import looking
from conductor_tui.platforms.looking import Looking
from conductor_tui.plugin import PluginHealth

WELL = PluginHealth(is_healthy=True, detail="well")
SICK = PluginHealth(is_healthy=False, detail="sick")


class FarAway:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers: asyncio.Queue[PluginHealth] = asyncio.Queue()

    async def look(self) -> PluginHealth:
        self.asked += 1
        return await self.answers.get()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "PATIENCE_S", 0.001)


async def told(far: FarAway, health: PluginHealth, watch: Looking) -> PluginHealth:
    """Let it answer, and give the answer the time to arrive."""
    far.answers.put_nowait(health)
    while not far.answers.empty():  # noqa: ASYNC110 - it is taken, not told
        await asyncio.sleep(0)
    return await watch.health()


async def test_an_answer_that_takes_long_is_told_when_it_came() -> None:
    far = FarAway()
    watch = Looking(far.look)
    first = await watch.health()
    assert (first.is_healthy, first.warns) == (True, True)
    assert first.detail == "asked, and not answered yet"
    await watch.health()
    assert far.asked == 1  # one at a time
    assert await told(far, WELL, watch) == WELL
    assert await told(far, SICK, watch) in (WELL, SICK)
    assert await watch.health() == SICK
    watch.close()


async def test_a_quick_answer_is_that_of_this_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looking, "PATIENCE_S", 10)
    far = FarAway()
    watch = Looking(far.look)
    far.answers.put_nowait(SICK)
    assert await watch.health() == SICK
    far.answers.put_nowait(WELL)
    assert await watch.health() == WELL


async def test_a_fresh_answer_is_not_asked_for_again() -> None:
    now = 100.0
    far = FarAway()
    watch = Looking(far.look, fresh_s=15, now=lambda: now)
    await watch.health()
    assert await told(far, WELL, watch) == WELL
    now = 114.0
    assert await watch.health() == WELL
    assert far.asked == 1
    now = 115.0
    await watch.health()
    assert far.asked == 2
    watch.close()
