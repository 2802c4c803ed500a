"""The log of events: as a picture, and what its keys do."""

from collections.abc import Callable
from datetime import UTC
from typing import TypeAlias

import pytest

from conductor_tui.domain.fold import KEPT_EVENTS
from conductor_tui.domain.health import Health
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.screens.events import EventsScreen
from conductor_tui.tui.widgets.filter_line import FilterLine
from conductor_tui.tui.widgets.log import LogView
from tests.build import added, turned
from tests.tui import long_days, worlds
from tests.tui.host import Host
from tests.tui.shell import Shell

SnapCompare: TypeAlias = Callable[..., bool]

SIZES = [(200, 60), (120, 40), (80, 24), (40, 10)]
IDS = ["wide", "usual", "small", "tiny"]


def host(snapshot: Snapshot, *, ascii: bool = False, theme: str = "") -> Host:
    screen = EventsScreen(ascii=ascii, zone=UTC)
    return Host(screen, snapshot, **({"theme": theme} if theme else {}))


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_a_normal_day(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(long_days.normal()), terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_the_worst_day(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(long_days.worst()), terminal_size=size)


def test_two_marks_above_the_end(snap_compare: SnapCompare) -> None:
    app = host(long_days.worst(), ascii=True, theme="conductor-monochrome")
    keys = ["k", "k", "k", "k", "space", "space"]
    assert snap_compare(app, terminal_size=(80, 24), press=keys)


def test_a_filter_that_is_typed(snap_compare: SnapCompare) -> None:
    app = host(long_days.worst())

    async def ask(pilot: object) -> None:
        assert isinstance(app.screen, EventsScreen)
        app.screen.filter()
        app.screen.query_one(FilterLine).value = "discord !kind:health"

    assert snap_compare(app, terminal_size=(100, 24), run_before=ask)


def test_nothing_has_happened(snap_compare: SnapCompare) -> None:
    assert snap_compare(host(worlds.empty()), terminal_size=(80, 24))


class Watching(Shell):
    """A shell with `count` events of one platform, on the log of them."""

    def __init__(self, count: int = 40) -> None:
        words = [
            turned("api", Health.DEGRADED, Health.CRITICAL, f"reason {at}")
            for at in range(count)
        ]
        super().__init__(added("api"), *words)

    @property
    def view(self) -> LogView:
        return self.app.screen.query_one(LogView)

    @property
    def current(self) -> str:
        entry = self.view.current
        return entry.told.detail if entry else ""

    async def happen(self, why: str) -> None:
        await self.tell(turned("api", Health.CRITICAL, Health.FAILED, why))


async def test_the_newest_line_stays_in_sight_while_the_log_is_followed() -> None:
    async with (shell := Watching()).running(size=(100, 20)):
        await shell.press("2")
        await shell.happen("the last straw")

        assert "the last straw" in shell.text
        assert shell.current == "the last straw"
        assert "following" in shell.text


async def test_who_moves_up_stays_there_and_is_told_what_came() -> None:
    async with (shell := Watching()).running(size=(100, 20)):
        await shell.press("2", "pageup", "pageup")
        before, line = shell.current, shell.view.scroll_offset.y
        await shell.happen("one")
        await shell.happen("two")

        assert shell.current == before
        assert shell.view.scroll_offset.y == line
        assert "2 new" in shell.text
        assert "following" not in shell.text


@pytest.mark.parametrize("keys", [("F",), ("G",), ("end",)])
async def test_a_key_leads_back_to_the_end(keys: tuple[str, ...]) -> None:
    async with (shell := Watching()).running(size=(100, 20)):
        await shell.press("2", "pageup", *keys)
        await shell.happen("the last straw")
        assert "the last straw" in shell.text
        assert " new" not in shell.text


async def test_follow_can_be_switched_off_where_one_is() -> None:
    async with (shell := Watching()).running(size=(100, 20)):
        await shell.press("2", "F")
        await shell.happen("unseen")
        assert shell.current == "reason 39"
        assert "1 new" in shell.text


async def test_what_falls_out_at_the_top_moves_nothing_that_is_looked_at() -> None:
    async with (shell := Watching(KEPT_EVENTS)).running(size=(100, 20)):
        await shell.press("2", "pageup", "pageup")
        before = shell.text.splitlines()[2:]
        for at in range(5):
            await shell.happen(f"late {at}")

        assert len(shell.view.entries) == KEPT_EVENTS
        assert [line.rstrip("▁▂▃▄▅▆▇█ ") for line in shell.text.splitlines()[2:15]] == [
            line.rstrip("▁▂▃▄▅▆▇█ ") for line in before[:13]
        ]


async def test_a_filter_is_applied_letter_by_letter_and_kept() -> None:
    async with (shell := Watching()).running():
        await shell.press("2", "slash", *"39")
        assert len(shell.view.entries) == 1
        await shell.press("enter")
        assert shell.current == "reason 39"
        assert "1 of 41" in shell.text

        await shell.press("slash", "escape")
        assert len(shell.view.entries) == 41
        assert isinstance(shell.app.screen, EventsScreen)


async def test_letters_of_a_filter_are_no_commands() -> None:
    async with (shell := Watching()).running():
        await shell.press("2", "slash", *"trcUyqF2")
        assert shell.sent == []
        assert isinstance(shell.app.screen, EventsScreen)
        assert shell.app.screen.query_one(FilterLine).value == "trcUyqF2"


async def test_no_key_acts_on_a_platform_from_a_log_that_moves() -> None:
    async with (shell := Watching()).running():
        await shell.press("2", "c")
        assert shell.sent == []
        assert "no platform is picked" in shell.said


async def test_who_asked_for_what_and_from_where_stands_in_the_log() -> None:
    async with Shell(
        added("api"), long_days.granted("check", "api", "passed")
    ).running() as shell:
        assert "check granted" not in shell.text
        await shell.press("2")
        assert "check granted" in shell.text
        assert "(by root, ssh from 10.0.0.2)" in shell.text


async def test_a_wheel_upwards_ends_the_following() -> None:
    async with (shell := Watching()).running(size=(100, 20)):
        await shell.press("2")
        shell.view.scroll_to(y=3, animate=False, immediate=True)
        await shell.happen("unseen")
        assert shell.view.scroll_offset.y == 3


async def test_marked_lines_are_copied_or_else_the_current_one() -> None:
    async with (shell := Watching()).running():
        await shell.press("2")
        screen = shell.app.screen
        assert isinstance(screen, EventsScreen)
        one = screen.copied(everything=False)
        assert one.what == "1 line"
        assert one.text.endswith("reason 39")

        await shell.press("k", "k", "space", "space")
        two = screen.copied(everything=False)
        assert two.what == "2 lines"
        assert [line[-9:] for line in two.text.split("\n")] == [
            "reason 37",
            "reason 38",
        ]
        assert screen.copied(everything=True).what == "41 lines"


async def test_escape_undoes_one_thing_at_a_time() -> None:
    async with (shell := Watching()).running():
        await shell.press("2", "slash", *"3", "enter", "k", "space")
        assert shell.view.marks
        await shell.press("escape")
        assert not shell.view.marks
        assert len(shell.view.entries) < 41
        await shell.press("escape")
        assert len(shell.view.entries) == 41
        await shell.press("escape")
        assert not isinstance(shell.app.screen, EventsScreen)
