"""The help as a picture, and that all of it can be reached."""

from collections.abc import Callable
from typing import TypeAlias

import pytest
from textual.pilot import Pilot

from conductor_tui.domain.breaker import BreakerState
from tests.build import added, moved
from tests.tui.shell import Shell

SnapCompare: TypeAlias = Callable[..., bool]


async def opened(pilot: Pilot[None]) -> None:
    await pilot.press("question_mark")


async def at_the_end(pilot: Pilot[None]) -> None:
    await pilot.press("question_mark", "end")


@pytest.mark.parametrize(
    "size", [(120, 60), (80, 24), (60, 20)], ids=["all", "80", "60"]
)
def test_the_help(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    shell = Shell(added("api"))
    assert snap_compare(shell.app, terminal_size=size, run_before=opened)


def test_the_end_of_the_help_in_ascii(snap_compare: SnapCompare) -> None:
    shell = Shell(added("api"), ascii=True)
    assert snap_compare(shell.app, terminal_size=(80, 24), run_before=at_the_end)


def test_the_question_before_a_force_close(snap_compare: SnapCompare) -> None:
    async def asked(pilot: Pilot[None]) -> None:
        await pilot.press("R")

    shell = Shell(added("api"), moved("api", BreakerState.OPEN))
    assert snap_compare(shell.app, terminal_size=(80, 24), run_before=asked)


async def test_the_last_line_can_be_scrolled_to() -> None:
    async with Shell().running(size=(80, 24)) as shell:
        await shell.press("question_mark")
        assert "it counts for nothing" not in shell.text
        await shell.press("end")
        assert "it counts for nothing" in shell.text


async def test_no_key_acts_on_a_platform_from_the_help() -> None:
    async with Shell().running() as shell:
        await shell.press("question_mark", "c", "t")
        assert shell.sent == []
        assert "trip" not in shell.hints
