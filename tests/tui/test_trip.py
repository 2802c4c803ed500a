"""The trip dialog: `t`, a reason, Enter; and all that may happen meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TypeAlias

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.client import Traffic
from conductor_tui.domain.commands import TripBreaker
from conductor_tui.domain.events import ClientsTold, PlatformAdded, PlatformRemoved
from conductor_tui.domain.fold import replay
from conductor_tui.domain.ids import Epoch, PlatformName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import visible
from conductor_tui.testing import EPOCH
from conductor_tui.tui.commanding import take_aim
from conductor_tui.tui.messages import SnapshotChanged
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.why import why
from conductor_tui.tui.screens.force_close import ForceCloseScreen
from conductor_tui.tui.screens.pause import PauseScreen
from conductor_tui.tui.screens.trip import TripScreen
from conductor_tui.tui.widgets.push_button import PushButton
from tests.build import (
    added,
    client,
    failed,
    history,
    hold,
    holding,
    moved,
    passed,
    spec,
)
from tests.tui.shell import OPERATOR, Shell

SnapCompare: TypeAlias = Callable[..., bool]

OPENED = moved("api", BreakerState.OPEN, epoch=1)


def trip_of(shell: Shell) -> TripBreaker:
    (command,) = shell.sent
    assert isinstance(command, TripBreaker)
    return command


def highlight(shell: Shell) -> list[str]:
    """The labels of the buttons that Enter would press."""
    buttons = shell.app.screen.query(PushButton)
    return [button.label for button in buttons if button.chosen]


async def test_t_a_reason_and_enter_trip_what_was_picked() -> None:
    async with Shell(added("api"), OPENED).running() as shell:
        await shell.press("t", *"rate limited", "enter")
        command = trip_of(shell)
        assert command.platform == "api"
        assert command.epoch == Epoch(1)
        assert command.why == "rate limited"
        assert command.ttl_s == 900.0
        assert (command.by, command.origin) == (OPERATOR.by, OPERATOR.origin)
        assert "asked" in shell.said


def bots(*names: str) -> ClientsTold:
    """Programs that call the platform api 107 times a second each."""
    held = holding("api", traffic=Traffic(calls_hz=107.0))
    some = [client(name, 812 + at, held) for at, name in enumerate(names)]
    return ClientsTold(clients=tuple(some))


async def test_it_says_which_clients_stop_also_of_those_that_come_meanwhile() -> None:
    async with Shell().running() as shell:
        await shell.press("t")
        assert "No client holds it: only its checks stop, at once." in shell.text
        await shell.tell(bots("bot-a", "bot-b"))
        assert "Stops 2 clients (214 calls/s): bot-a pid 812, bot-b" in shell.text


async def test_without_a_reason_enter_says_so_and_stays() -> None:
    async with Shell().running() as shell:
        await shell.press("t", "enter", "space", "enter")
        assert shell.sent == []
        assert isinstance(shell.app.screen, TripScreen)
        assert "a reason is needed: it goes to the audit" in shell.text


async def test_the_highlight_says_what_enter_does() -> None:
    async with Shell().running() as shell:
        await shell.press("t")
        assert highlight(shell) == []
        await shell.press("x")
        assert highlight(shell) == ["Trip"]
        await shell.press("tab")  # to the hold
        assert highlight(shell) == ["Trip"]
        await shell.press("tab")  # to the box
        assert highlight(shell) == ["Trip"]
        await shell.press("tab")
        assert highlight(shell) == ["Cancel"]
        await shell.press("tab")
        assert highlight(shell) == ["Trip"]


async def test_the_box_makes_a_trip_that_undoes_itself() -> None:
    async with Shell().running() as shell:
        await shell.press("t", "x", "tab", "tab", "space", "enter")
        assert trip_of(shell).confirm_within_s == 120.0


async def test_one_platform_is_tripped_for_good_unless_somebody_says_so() -> None:
    async with Shell().running() as shell:
        await shell.press("t", "x", "enter")
        assert trip_of(shell).confirm_within_s is None


async def test_tab_reaches_cancel_first_and_enter_there_cancels() -> None:
    async with Shell().running() as shell:
        await shell.press("t", "x", "tab", "tab", "tab", "enter")
        assert shell.sent == []
        assert not isinstance(shell.app.screen, TripScreen)


@pytest.mark.parametrize("dialog", [TripScreen, PauseScreen, ForceCloseScreen])
async def test_a_dialog_that_is_asked_before_it_is_drawn_waits(
    dialog: type[TripScreen | PauseScreen | ForceCloseScreen],
) -> None:
    async with Shell().running() as shell:
        snapshot = shell.app.feed.seen().snapshot
        aim = take_aim(snapshot, PlatformName("api"))
        assert aim is not None
        more = (snapshot,) if dialog is TripScreen else ()
        screen = dialog((aim,), Lens(EPOCH), *more)
        screen.on_snapshot_changed(SnapshotChanged(snapshot, EPOCH))

        assert bool(screen.missing()) is (dialog is not ForceCloseScreen)


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_escape_and_ctrl_c_cancel_even_in_the_reason(key: str) -> None:
    async with Shell().running() as shell:
        await shell.press("t", "x", key)
        assert shell.sent == []
        assert not isinstance(shell.app.screen, TripScreen)


@pytest.mark.parametrize(
    ("keys", "ttl_s"),
    [
        pytest.param(["left"], 300.0, id="5 min"),
        pytest.param([], 900.0, id="15 min is the usual"),
        pytest.param(["right"], 3600.0, id="1 h"),
        pytest.param(["right", "right"], None, id="until reset"),
        pytest.param(["end", "right"], None, id="it ends at the end"),
        pytest.param(["home", "left"], 300.0, id="and at the start"),
    ],
)
async def test_the_hold_is_chosen_with_the_arrows(
    keys: list[str], ttl_s: float | None
) -> None:
    async with Shell().running() as shell:
        await shell.press("t", "x", "down", *keys, "enter")
        assert trip_of(shell).ttl_s == ttl_s


async def test_it_says_when_the_hold_ends() -> None:
    async with Shell().running() as shell:
        await shell.press("t")
        assert "until 12:15, then one trial; closed if it passes" in shell.text
        await shell.press("tab", "end")
        assert "until somebody resets it" in shell.text


async def test_a_click_chooses_a_hold_and_presses_a_button() -> None:
    shell = Shell()
    async with shell.app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("t", "x")
        await pilot.click("#hold", offset=(2, 0))
        await pilot.click("#deed", offset=(3, 0))
        await pilot.pause()
        assert trip_of(shell).ttl_s == 300.0


async def test_a_reason_loses_what_a_terminal_would_obey() -> None:
    async with Shell().running() as shell:
        await shell.press("t")
        reason = shell.app.screen.query_one("#reason", Input)
        reason.insert_text_at_cursor("  no\x1b[31m \u202e quota  ")
        await shell.press("enter")
        assert trip_of(shell).why == r"no\x1b[31m \u202e quota"


async def test_a_pasted_reason_keeps_all_its_lines() -> None:
    async with Shell().running() as shell:
        await shell.press("t")
        shell.app.post_message(events.Paste("rate limited\nby upstream\r\n"))
        await shell.press("!", "enter")
        assert trip_of(shell).why == "rate limited by upstream!"


async def test_a_pasted_reason_that_is_too_long_is_cut_and_not_lost() -> None:
    async with Shell().running() as shell:
        await shell.press("t", "x")
        shell.app.post_message(events.Paste("y" * 500))
        await shell.press("enter")
        assert trip_of(shell).why == "x" + "y" * 199


async def test_a_reason_ends_at_its_limit() -> None:
    async with Shell().running() as shell:
        await shell.press("t")
        shell.app.screen.query_one("#reason", Input).value = "x" * 198
        await shell.press("end", "y", "y", "y", "enter")
        assert trip_of(shell).why == "x" * 198 + "yy"


async def test_the_target_stays_when_the_list_behind_moves() -> None:
    async with Shell(added("api"), added("db"), passed("api")).running() as shell:
        picked = shell.picked
        await shell.press("t", "x")
        other = "db" if picked == "api" else "api"
        await shell.tell(failed(other), failed(other), failed(other))
        await shell.press("enter")
        assert trip_of(shell).platform == picked


async def test_a_breaker_that_moves_on_is_said_and_not_hit_by_accident() -> None:
    async with Shell().running() as shell:
        await shell.press("t", "x")
        await shell.tell(OPENED)
        assert "moved on: CLOSED -> OPEN" in shell.text
        assert highlight(shell) == ["Aim again"]
        await shell.press("enter")
        assert shell.sent == []
        assert highlight(shell) == ["Trip"]
        await shell.press("enter")
        assert trip_of(shell).epoch == Epoch(1)


async def test_when_it_moved_on_the_key_of_a_force_close_aims_again_and_says_so() -> (
    None
):
    async with Shell(added("api"), OPENED).running() as shell:
        await shell.press("R")
        assert "R closes it by force" in shell.text
        await shell.tell(moved("api", BreakerState.OPEN, epoch=3))
        assert "moved on: it left OPEN, and is OPEN again." in shell.text
        assert "R aims at what is true now" in shell.text
        await shell.press("R")
        assert shell.sent == []


async def test_a_platform_that_vanishes_leaves_only_cancel() -> None:
    async with Shell(added("api"), added("db")).running() as shell:
        name = shell.picked
        await shell.press("t", "x")
        await shell.tell(PlatformRemoved(platform=name, why="it stopped listening"))
        assert f"{name} is no longer watched" in shell.text
        assert highlight(shell) == ["Cancel"]
        await shell.press("enter")
        assert shell.sent == []


async def test_a_hostile_name_is_shown_letter_by_letter() -> None:
    name = visible('a"b\n[red]x[/red] \x1b[2J 漢字')
    hostile = PlatformAdded(spec=replace(spec(), platform=PlatformName(name)))
    async with Shell(hostile).running() as shell:
        await shell.press("t")
        assert f"Trip  {name}" in shell.text
        await shell.press("x", "enter")
        await shell.answer("HELD for 15m, then a trial [b]")
        assert shell.said == f"tripped {name}: HELD for 15m, then a trial [b]"
        assert shell.said in shell.text


def held_shell(name: str = "discord") -> Shell:
    return Shell(
        added(name),
        passed(name),
        moved(name, BreakerState.HELD, held=hold(until=EPOCH)),
    )


async def typed(pilot: Pilot[None]) -> None:
    await pilot.press("t", *"rate limited upstream")


@pytest.mark.parametrize(
    "size", [(120, 40), (80, 24), (60, 20), (40, 12)], ids=["wide", "80", "60", "40"]
)
def test_the_dialog(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    shell = Shell(added("discord"), passed("discord"))
    assert snap_compare(shell.app, terminal_size=size, run_before=typed)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "80"])
def test_the_dialog_that_stops_clients(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    shell = Shell(added("api"), passed("api"), bots("bot-a", "bot-b", "crawler"))
    assert snap_compare(shell.app, terminal_size=size, run_before=typed)


def test_the_dialog_over_a_held_platform_with_a_long_name(
    snap_compare: SnapCompare,
) -> None:
    shell = held_shell("bridge-to-" + "the-other-side-of-" * 6)
    assert snap_compare(shell.app, terminal_size=(80, 24), run_before=typed)


def test_the_dialog_in_ascii(snap_compare: SnapCompare) -> None:
    shell = Shell(added("discord"), ascii=True)
    assert snap_compare(shell.app, terminal_size=(80, 24), run_before=typed)


@pytest.mark.parametrize("theme", ["conductor-light", "conductor-monochrome"])
def test_the_dialog_in_another_theme(snap_compare: SnapCompare, theme: str) -> None:
    shell = Shell(added("discord"))
    shell.app.theme = theme
    assert snap_compare(shell.app, terminal_size=(80, 24), run_before=typed)


def test_the_dialog_when_the_breaker_moved_on(snap_compare: SnapCompare) -> None:
    shell = Shell()

    async def overtaken(pilot: Pilot[None]) -> None:
        await typed(pilot)
        shell.add(OPENED)
        shell.app.pull()

    assert snap_compare(shell.app, terminal_size=(80, 24), run_before=overtaken)


async def test_a_cursor_stands_still_for_it_costs_bytes_over_ssh() -> None:
    shell = Shell(added("api"))
    async with shell.running():
        await shell.press("t")
        assert not shell.app.screen.query_one("#reason", Input).cursor_blink
        await shell.press("escape", "slash")
        assert not shell.app.screen.query_one(Input).cursor_blink


@pytest.mark.parametrize(
    ("left_s", "words"),
    [(102.0, "1:42"), (60.0, "1:00"), (9.2, "0:10"), (-3.0, "0:00")],
)
def test_a_trip_that_undoes_itself_counts_down(left_s: float, words: str) -> None:
    now = EPOCH
    held = replace(hold(), confirm_by=now + timedelta(seconds=left_s))
    events = (added("api"), moved("api", BreakerState.HELD, held=held))
    snapshot = replay(Snapshot(), history(*events))
    view = snapshot.platforms[PlatformName("api")]
    told = why(view, Lens(now, UTC))
    assert told.then == f"undone in {words} unless confirmed (C)"
