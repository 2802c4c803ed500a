"""The host's page as a picture, and its window."""

from collections.abc import Callable
from datetime import UTC
from typing import TypeAlias

import pytest

from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.screens.resources import ResourcesScreen
from tests.tui import long_days, worlds
from tests.tui.host import Host

SnapCompare: TypeAlias = Callable[..., bool]

SIZES = [(200, 60), (120, 40), (80, 24), (40, 10)]
IDS = ["wide", "usual", "small", "tiny"]


def host(snapshot: Snapshot, *, ascii: bool = False, theme: str = "") -> Host:
    screen = ResourcesScreen(ascii=ascii, zone=UTC)
    return Host(screen, snapshot, **({"theme": theme} if theme else {}))


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_a_normal_day(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(long_days.normal()), terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_the_worst_day(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(long_days.worst(32)), terminal_size=size)


@pytest.mark.parametrize("size", SIZES[:3], ids=IDS[:3])
def test_what_is_ahead(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(long_days.growing()), terminal_size=size)


def test_what_is_ahead_in_ascii(snap_compare: SnapCompare) -> None:
    app = host(long_days.growing(), ascii=True, theme="conductor-monochrome")
    assert snap_compare(app, terminal_size=(120, 40))


def test_the_worst_day_in_ascii_and_monochrome(snap_compare: SnapCompare) -> None:
    app = host(long_days.worst(), ascii=True, theme="conductor-monochrome")
    assert snap_compare(app, terminal_size=(120, 40))


def test_nothing_was_measured_yet(snap_compare: SnapCompare) -> None:
    assert snap_compare(host(worlds.empty()), terminal_size=(80, 24))


def test_half_an_hour_of_128_cores(snap_compare: SnapCompare) -> None:
    app = host(long_days.normal(128))
    app.call_later(lambda: None)

    async def longest(pilot: object) -> None:
        assert isinstance(app.screen, ResourcesScreen)
        app.screen.window(-1)

    assert snap_compare(app, terminal_size=(120, 40), run_before=longest)


async def test_the_window_goes_round() -> None:
    app = host(long_days.normal())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, ResourcesScreen)
        seen = []
        for step in (1, 1, 1, -1):
            screen.window(step)
            seen.append(screen.copied(everything=True).text.split("\n")[0][-11:])
        assert [words.strip() for words in seen] == [
            "last 15 min",
            "last 30 min",
            "last 5 min",
            "last 30 min",
        ]


async def test_every_size_is_drawn_without_complaint() -> None:
    async with host(long_days.worst(128)).run_test(size=(80, 24)) as pilot:
        for size in ((1, 1), (250, 70), (39, 9), (100, 30), (20, 5), (76, 12)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert isinstance(pilot.app.screen, ResourcesScreen)
        assert "CPU" in pilot.app.screen.copied(everything=True).text
