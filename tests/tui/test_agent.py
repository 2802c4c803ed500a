"""One agent as a picture, and the keys of its page."""

from collections.abc import Callable
from datetime import UTC
from typing import TypeAlias

import pytest

from conductor_tui.domain.commands import BeatAgent
from conductor_tui.domain.events import AgentRemoved
from conductor_tui.domain.ids import AgentId
from conductor_tui.testing import EPOCH
from conductor_tui.tui.screens.agent import AgentScreen
from conductor_tui.tui.widgets.page import Page
from tests.tui import agent_days, worlds
from tests.tui.host import Host
from tests.tui.shell import Shell

SnapCompare: TypeAlias = Callable[..., bool]

SIZES = [(200, 60), (120, 40), (80, 24), (40, 10)]
IDS = ["wide", "usual", "small", "tiny"]


def host(name: str, *, ascii: bool = False, theme: str = "") -> Host:
    screen = AgentScreen(AgentId(name), ascii=ascii, zone=UTC)
    return Host(screen, agent_days.day(), **({"theme": theme} if theme else {}))


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_a_steady_agent(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host("worker-1"), terminal_size=size)


@pytest.mark.parametrize(
    "name",
    ["indexer", "backup", "nightly", "laptop", "never-heard", "phi-1", "scanner"],
)
def test_agents_of_every_kind(snap_compare: SnapCompare, name: str) -> None:
    assert snap_compare(host(name), terminal_size=(120, 40))


def test_ascii_and_monochrome(snap_compare: SnapCompare) -> None:
    app = host("crawler", ascii=True, theme="conductor-monochrome")
    assert snap_compare(app, terminal_size=(120, 40))


def test_an_agent_that_is_gone(snap_compare: SnapCompare) -> None:
    assert snap_compare(host("no-one"), terminal_size=(80, 24))


async def opened(app: Shell, name: str) -> AgentScreen:
    """Go the way a person goes to the page of an agent."""
    await app.press("5", "slash", *name, "enter", "enter")
    screen = app.app.screen
    assert isinstance(screen, AgentScreen)
    return screen


def shell() -> Shell:
    shell = Shell()
    shell.session.frames.append(agent_days.day())
    shell.clock.step_wall((worlds.NOW - EPOCH).total_seconds())
    return shell


async def test_left_and_right_choose_the_beat_whose_metadata_is_shown() -> None:
    async with shell().running(size=(120, 40)) as app:
        await opened(app, "worker-1")
        assert "queue.depth     297" in app.text
        await app.press("left", "h")
        assert "queue.depth     291" in app.text
        await app.press("right", "l", "l")
        assert "Newest beat" in app.text


async def test_w_shows_another_stretch_of_the_past_and_goes_round() -> None:
    async with shell().running(size=(120, 40)) as app:
        screen = await opened(app, "worker-1")
        seen = []
        for key in ("w", "w", "w", "w", "left_square_bracket"):
            await app.press(key)
            page = screen.copied(everything=True).text
            [title] = [line for line in page.split("\n") if "Intervals" in line]
            seen.append(title.split("   ")[-1].strip())
        assert seen == [
            "5m: 57 beats",
            "15m: 97 beats",
            "30m: 97 beats",
            "all 97 beats",
            "30m: 97 beats",
        ]


async def test_the_agent_of_the_page_is_the_target_of_b() -> None:
    async with shell().running(size=(120, 40)) as app:
        await opened(app, "crawler")
        await app.press("b")
        [command] = app.sent
        assert isinstance(command, BeatAgent)
        assert command.agent == "crawler"
        assert "trip" not in app.hints


async def test_nothing_is_aimed_at_once_the_agent_is_gone() -> None:
    async with shell().running(size=(120, 40)) as app:
        await opened(app, "laptop")
        await app.tell(AgentRemoved(agent=AgentId("laptop"), why="forgotten"))
        assert "is not listened for any more" in app.text
        await app.press("b")
        assert app.sent == []
        assert app.said == "beat by hand: no agent is picked here"


async def test_one_agent_can_be_copied_as_markdown() -> None:
    async with shell().running(size=(120, 40)) as app:
        screen = await opened(app, "indexer")
        text = screen.copied(everything=False).text
        assert text.startswith("## indexer: FAILED for 3 m")
        assert "- no beat for 17.5 s (every 5 s)" in text
        await app.press("y")
        assert "copied indexer as Markdown" in app.said


async def test_keys_scroll_the_page() -> None:
    async with shell().running(size=(80, 24)) as app:
        screen = await opened(app, "worker-1")
        await app.press("j", "pagedown")
        assert screen.query_one(Page).scroll_offset.y > 10
        await app.press("g")
        assert screen.query_one(Page).scroll_offset.y == 0
