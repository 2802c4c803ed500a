"""The plug-ins as pictures, and the keys of their screen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import TypeAlias

import pytest

from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.commands import (
    Command,
    DisablePlugin,
    EnablePlugin,
    ReloadPlugin,
    plugin_of,
)
from conductor_tui.domain.events import CommandAnswered
from conductor_tui.domain.ids import PlatformName, PluginName
from conductor_tui.domain.plugin import LogLine, PluginFigures, PluginState
from conductor_tui.domain.plugin_events import PluginChanged, PluginErred, PluginLogged
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Mode, PlatformView, Snapshot
from conductor_tui.domain.viewer import Lost
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.plugin_words import PLUGIN_SIGNS, told_of_plugins
from conductor_tui.tui.present.plugins_page import plugin_cells, plugin_detail
from conductor_tui.tui.present.spans import cells, text_of
from conductor_tui.tui.screens.disable import DisableScreen
from conductor_tui.tui.screens.plugins import PluginsScreen
from conductor_tui.tui.widgets.page import Page
from tests.tui import plugin_days, worlds
from tests.tui.host import Host
from tests.tui.shell import Shell

SnapCompare: TypeAlias = Callable[..., bool]
SIZES = [(200, 60), (120, 40), (80, 24), (40, 12)]
IDS = ["wide", "usual", "small", "tiny"]
LENS = Lens(worlds.NOW, UTC)


def host(snapshot: Snapshot, *, ascii: bool = False, theme: str = "") -> Host:
    screen = PluginsScreen(ascii=ascii, zone=UTC)
    return Host(screen, snapshot, **({"theme": theme} if theme else {}))


@pytest.mark.parametrize("size", SIZES, ids=IDS)
def test_a_day_of_plugins(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(plugin_days.day()), terminal_size=size)


@pytest.mark.parametrize("size", SIZES[1:], ids=IDS[1:])
def test_none_is_installed(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host(plugin_days.nobody()), terminal_size=size)


def test_one_that_failed_with_words_without_end(snap_compare: SnapCompare) -> None:
    app = host(plugin_days.day())
    keys = ["down", "down", "down"]
    assert snap_compare(app, terminal_size=(120, 40), press=keys)


def test_a_day_in_ascii_and_monochrome(snap_compare: SnapCompare) -> None:
    app = host(plugin_days.day(), ascii=True, theme="conductor-monochrome")
    assert snap_compare(app, terminal_size=(100, 30))


def test_a_day_that_nobody_can_see_any_more(snap_compare: SnapCompare) -> None:
    why = Lost(at=worlds.NOW, why="connection refused", retry_at=worlds.ago(-16))
    snapshot = replace(plugin_days.day(), mode=Mode.STALE, lost=why)
    assert snap_compare(host(snapshot), terminal_size=(100, 30))


def test_a_day_in_the_past(snap_compare: SnapCompare) -> None:
    snapshot = replace(plugin_days.day(), mode=Mode.PAST, read_only=True)
    assert snap_compare(host(snapshot), terminal_size=(100, 30))


def shell(*, read_only: bool = False) -> Shell:
    """The app over the day of plug-ins; `7` leads to their screen."""
    shell = Shell(read_only=read_only)
    shell.session.frames.append(plugin_days.day())
    shell.clock.step_wall((worlds.NOW - EPOCH).total_seconds())
    return shell


def aims(commands: list[Command]) -> list[tuple[type[Command], str | None]]:
    return [(type(one), plugin_of(one)) for one in commands]


async def test_each_key_asks_for_what_it_says_of_the_one_under_the_cursor() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("7", "n", "down", "down", "down", "e", "x", "x")
        assert aims(app.session.sent) == [
            (ReloadPlugin, "matrix"),
            (EnablePlugin, "android"),
            (DisablePlugin, "android"),
        ]


async def test_disabling_asks_first_and_says_what_is_paused_with_it() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("7", "x")
        assert isinstance(app.app.screen, DisableScreen)
        facts = str(app.app.screen.query_one("#facts").render())
        assert "Paused with it: chat" in facts
        await app.press("enter")
        assert isinstance(app.app.screen, PluginsScreen)
        assert app.session.sent == []


async def test_its_keys_are_hidden_elsewhere_and_off_where_nothing_may_be_done() -> (
    None
):
    async with shell().running(size=(200, 40)) as app:
        assert not {"enable_plugin", "restart_plugin"} & set(app.hints)
        await app.press("7")
        assert {"enable_plugin", "restart_plugin", "disable_plugin"} <= set(app.hints)
    async with shell(read_only=True).running(size=(200, 40)) as app:
        await app.press("7", "e", "n", "x")
        assert app.session.sent == []
        assert "read-only" in app.said


async def test_the_answer_is_said_with_the_plug_ins_name() -> None:
    async with shell().running(size=(120, 40)) as app:
        await app.press("7", "n")
        [command] = app.session.sent
        told = CommandAnswered(
            command=command.id,
            verb="reload plugin",
            platform=None,
            granted=True,
            words="it ends and begins anew",
            by="ann",
            about="plug-in matrix",
        )
        await app.tell(told)
        assert app.said == "plug-in matrix: it ends and begins anew"


async def test_the_page_of_a_platform_leads_to_its_plug_in() -> None:
    watched = CheckSpec(platform=PlatformName("chat"), probe="plugin", target="webhook")
    views = {watched.platform: PlatformView(spec=watched)}
    app = Shell()
    day = replace(plugin_days.day(), platforms=Roster(views))
    app.session.frames.append(day)
    async with app.running(size=(120, 40)):
        await app.press("enter")
        assert "plug-in  ● webhook ACTIVE" in app.text
        await app.press("7")
        assert isinstance(app.app.screen, PluginsScreen)
        assert app.app.screen.picked_plugin == "webhook"


async def test_one_that_failed_is_told_on_every_screen() -> None:
    async with shell().running(size=(120, 40)) as app:
        assert app.said.startswith("plug-in android FAILED, 7 shows it: it took 530MiB")


async def test_the_log_stays_at_its_end_until_somebody_scrolls_up() -> None:
    async with shell().running(size=(100, 24)) as app:
        await app.press("7")
        log = app.app.screen.query_one("#log", Page)
        assert log.scroll_offset.y == log.max_scroll_y > 0
        await app.press("tab", "up", "up")
        assert log.scroll_offset.y == log.max_scroll_y - 2


async def test_copying_takes_all_that_is_known_of_it_with_its_log() -> None:
    async with shell().running(size=(100, 24)) as app:
        await app.press("7", "y")
        assert "matrix" in app.said
        screen = app.app.screen
        assert isinstance(screen, PluginsScreen)
        text = screen.copied(everything=False).text
        assert "sync 1 done, 12 rooms" in text
        assert "matrix_plugin:Matrix" in text
        assert len(screen.copied(everything=True).text.splitlines()) == 6


def test_a_row_says_what_it_takes_and_what_went_wrong_last() -> None:
    snapshot = plugin_days.day()
    rows = {
        view.name: [cell.text for cell in plugin_cells(view, LENS)]
        for view in snapshot.plugins.in_order()
    }
    assert rows[PluginName("matrix")][1:8] == [
        *("ACTIVE", "matrix", "20412", "84 MiB", "3 %", "2", "2+1"),
    ]
    assert rows[PluginName("matrix")][-1].startswith("12 m ago: it hung")
    assert rows[PluginName("webhook")][3] == "ours"
    assert rows[PluginName("crawler")][-1] == ("again in 5 s: it was killed by SIGSEGV")
    assert rows[PluginName("discord")][-1] == "by ann"


def test_the_details_say_how_much_of_each_limit_is_used() -> None:
    snapshot = plugin_days.day()
    view = snapshot.plugins[PluginName("matrix")]
    text = "\n".join(text_of(one) for one in plugin_detail(view, snapshot, LENS, 200))
    assert "pid 20412: 84 MiB of 512 MiB, 3 % of a core, 3 of 32 processes" in text
    assert "2 of 8 under way, 1 of 64 wait; 48,211 asked, 12 failed" in text
    assert "restarts   2, at most 5 in 10m" in text
    assert "output 4 MiB a minute, 256 open files" in text
    assert "watches    chat" in text
    hook = snapshot.plugins[PluginName("webhook")]
    text = "\n".join(text_of(one) for one in plugin_detail(hook, snapshot, LENS, 200))
    assert "matrix (ACTIVE)" in text
    assert "in conductor's own process" in text


def test_long_facts_are_broken_between_words_and_wide_ones_where_they_must() -> None:
    snapshot = plugin_days.day()
    view = snapshot.plugins[PluginName("matrix")]
    facts = [text_of(one) for one in plugin_detail(view, snapshot, LENS, 80)]
    assert facts[-2].rstrip().endswith("256 open")
    assert facts[-1].split()[0] == "files,"
    wide = replace(view, error="日" * 100)
    rows = [text_of(one) for one in plugin_detail(wide, snapshot, LENS, 40)][:3]
    assert "".join(rows).count("日") > 30
    assert all(cells(one) <= 40 for one in plugin_detail(wide, snapshot, LENS, 40))


def test_what_happens_many_times_is_told_once_with_how_often() -> None:
    name = PluginName("matrix")
    told = told_of_plugins(PluginErred(plugin=name, why="KeyError", count=12))
    assert told is not None
    assert told[:3] == ("matrix", "plug-in error 12 times", "KeyError")
    line = LogLine(at=worlds.NOW, text="x")
    assert told_of_plugins(PluginLogged(plugin=name, lines=(line,))) is None


def test_one_that_ended_and_its_restart_are_told_apart() -> None:
    ended = PluginChanged(
        plugin=PluginName("matrix"),
        was=PluginState.ACTIVE,
        now=PluginState.LOADING,
        why="it exited by itself with code 3",
        is_failure=True,
        restarts=1,
    )
    again = replace(ended, was=PluginState.LOADING, is_failure=False)
    gave_up = replace(ended, now=PluginState.FAILED)
    assert [told_of_plugins(one) for one in (ended, again, gave_up)] == [
        ("matrix", "plug-in ended", "it exited by itself with code 3", "degraded"),
        ("matrix", "plug-in LOADING", "restart 1", "muted"),
        ("matrix", "plug-in FAILED", "it exited by itself with code 3", "failed"),
    ]


def test_what_one_took_before_it_ended_is_not_what_it_takes() -> None:
    took = PluginFigures(rss_bytes=24 * plugin_days.MIB)
    ended = plugin_days.plugin("dies", PluginState.FAILED, figures=took)
    assert "24 MiB" not in [cell.text for cell in plugin_cells(ended, LENS)]


def test_every_state_has_a_sign_of_its_own() -> None:
    assert len(set(PLUGIN_SIGNS.values())) == len(PluginState)
