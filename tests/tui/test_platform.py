"""One platform as a picture, and the keys that scroll it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import pytest

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Mode
from conductor_tui.tui.messages import PicksPlatform
from conductor_tui.tui.widgets.page import Page
from tests.tui import host, worlds

SnapCompare: TypeAlias = Callable[..., bool]

WIDE, USUAL, SMALL = (200, 60), (120, 40), (80, 24)


def test_a_normal_day(snap_compare: SnapCompare) -> None:
    app = host.platform(worlds.normal(), "postgres")
    assert snap_compare(app, terminal_size=USUAL)


@pytest.mark.parametrize("name", ["discord", "llm", "mailer"])
def test_the_worst_day(snap_compare: SnapCompare, name: str) -> None:
    assert snap_compare(host.platform(worlds.worst(), name), terminal_size=USUAL)


def test_a_small_terminal(snap_compare: SnapCompare) -> None:
    assert snap_compare(host.platform(worlds.worst(), "api"), terminal_size=SMALL)


def test_a_hostile_name_in_a_light_theme(snap_compare: SnapCompare) -> None:
    app = host.platform(worlds.worst(), worlds.HOSTILE, theme="conductor-light")
    assert snap_compare(app, terminal_size=USUAL)


def test_ascii(snap_compare: SnapCompare) -> None:
    app = host.platform(worlds.worst(), "discord", ascii=True)
    assert snap_compare(app, terminal_size=USUAL)


def test_before_the_first_check(snap_compare: SnapCompare) -> None:
    assert snap_compare(host.platform(worlds.starting(), "llm"), terminal_size=SMALL)


def test_a_platform_that_is_gone(snap_compare: SnapCompare) -> None:
    assert snap_compare(host.platform(worlds.empty(), "llm"), terminal_size=SMALL)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (["j", "j", "k"], 1),
        (["down", "down"], 2),
        (["k"], 0),
        (["pagedown"], 19),
        (["pagedown", "pageup"], 0),
        (["G", "g"], 0),
    ],
)
async def test_keys_scroll_the_page(keys: list[str], line: int) -> None:
    app = host.platform(worlds.normal(), "postgres")
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.press(*keys)

        assert app.screen.query_one(Page).scroll_offset.y == line


@pytest.mark.parametrize("size", [WIDE, USUAL, SMALL], ids=["wide", "usual", "small"])
@pytest.mark.parametrize("name", ["llm", "redis"])
def test_clients_on_the_worst_day(
    snap_compare: SnapCompare, name: str, size: tuple[int, int]
) -> None:
    app = host.platform(worlds.busy_clients(), name)
    assert snap_compare(app, terminal_size=size)


def test_clients_on_a_normal_day(snap_compare: SnapCompare) -> None:
    app = host.platform(worlds.calm_clients(), "redis")
    assert snap_compare(app, terminal_size=USUAL)


@pytest.mark.parametrize("mode", [Mode.PAST, Mode.STALE])
async def test_of_clients_that_are_not_known_the_page_says_nothing(mode: Mode) -> None:
    app = host.platform(worlds.calm_clients(), "redis")

    def page() -> str:
        strips = app.screen._compositor.render_strips(app.size)
        return "\n".join(strip.text for strip in strips)

    async with app.run_test(size=USUAL) as pilot:
        await pilot.pause()
        assert "bot-a pid 812" in page()

        app.tell(replace(worlds.calm_clients(), mode=mode))
        await pilot.pause()
        for word in ("bot-a", "traffic", "applied"):
            assert word not in page()


async def test_what_is_not_watched_is_not_picked() -> None:
    app = host.platform(worlds.normal(), "llm")
    async with app.run_test() as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, PicksPlatform)
        assert screen.picked == "llm"

        normal = worlds.normal()
        gone = normal.platforms.without(PlatformName("llm"))
        app.tell(replace(normal, platforms=gone))
        await pilot.pause()
        assert screen.picked is None
