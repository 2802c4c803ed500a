"""Conductor about itself, as a picture."""

from collections.abc import Callable
from datetime import UTC
from typing import TypeAlias

import pytest

from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.figures import ScreenFigures
from conductor_tui.tui.screens.own import OwnScreen
from tests.tui import long_days, worlds
from tests.tui.host import Host
from tests.tui.shell import Shell

SnapCompare: TypeAlias = Callable[..., bool]

SIZES = [(200, 60), (120, 40), (80, 24), (40, 10)]
IDS = ["wide", "usual", "small", "tiny"]
FIGURES = ScreenFigures(
    frames=5_310,
    written_bytes=4_812_345,
    frames_per_s=1.1,
    bytes_per_s=2_345.0,
    traffic=tuple(float(400 + second * 37 % 1900) for second in range(60)),
    width=120,
    height=40,
    colors=256,
    term="xterm-256color",
    encoding="utf-8",
    theme="dark",
)


def host(snapshot: Snapshot) -> Host:
    return Host(OwnScreen(lambda: FIGURES, zone=UTC), snapshot)


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_a_normal_day(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(long_days.normal()), terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_the_worst_day(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(long_days.worst()), terminal_size=size)


def test_a_stall_that_goes_on(snap_compare: SnapCompare) -> None:
    assert snap_compare(host(long_days.stalling()), terminal_size=(120, 40))


def test_before_anything_was_measured(snap_compare: SnapCompare) -> None:
    assert snap_compare(host(worlds.empty()), terminal_size=(80, 24))


async def test_the_page_tells_the_size_and_the_theme_of_this_terminal() -> None:
    async with Shell().running(size=(93, 31)) as shell:
        await shell.press("4")
        assert "93 x 31" in shell.text
        assert "theme dark" in shell.text
