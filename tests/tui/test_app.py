"""The app as a whole: what it shows when, where keys lead, how it starts and ends."""

import threading
from dataclasses import replace

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import (
    CheckNow,
    ReleaseBreaker,
    ResetBreaker,
    TripBreaker,
    UndoBreaker,
)
from conductor_tui.domain.errors import SessionLost
from conductor_tui.domain.events import BreakerChanged, ClientsTold, PlatformRemoved
from conductor_tui.domain.ids import CommandId, Epoch, PlatformName
from conductor_tui.tui import themes
from conductor_tui.tui.action_table import ACTIONS
from conductor_tui.tui.app import ConductorApp
from conductor_tui.tui.screens.force_close import ForceCloseScreen
from conductor_tui.tui.screens.help import HelpScreen
from conductor_tui.tui.screens.overview import OverviewScreen
from conductor_tui.tui.screens.platform import PlatformScreen
from conductor_tui.tui.screens.trip import TripScreen
from conductor_tui.tui.widgets.key_line import KeyLine
from tests.build import added, client, failed, hold, holding, moved
from tests.tui.shell import Shell

API = PlatformName("api")
OPENED = moved("api", BreakerState.OPEN, epoch=4)


def held_by(command: CommandId, *, epoch: int = 1) -> BreakerChanged:
    """The transition that a granted trip leaves behind."""
    change = moved("api", BreakerState.HELD, epoch=epoch, held=hold())
    return replace(change, command=command)


@pytest.mark.parametrize("opened_by", ["t", "R", "?"])
async def test_ctrl_z_suspends_from_a_dialog_too(
    opened_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    suspended = []
    monkeypatch.setattr(
        ConductorApp, "action_suspend_process", lambda app: suspended.append(app)
    )
    async with Shell(added("api"), OPENED).running() as shell:
        await shell.press(opened_by, "ctrl+z")
        assert suspended == [shell.app]


async def test_r_asks_for_a_trial_of_what_was_seen() -> None:
    async with Shell(added("api"), OPENED).running() as shell:
        await shell.press("r")
        (command,) = shell.sent
        assert isinstance(command, ReleaseBreaker)
        assert (command.platform, command.epoch) == (API, Epoch(4))


async def test_a_move_that_was_not_on_the_screen_yet_is_not_aimed_at() -> None:
    async with Shell(added("api"), OPENED).running() as shell:
        shell.add(moved("api", BreakerState.HELD, epoch=5, held=hold()))
        await shell.press("r")
        (command,) = shell.sent
        assert isinstance(command, ReleaseBreaker)
        assert command.epoch == Epoch(4)  # the engine will refuse it as late


async def test_c_asks_for_a_check() -> None:
    async with Shell().running() as shell:
        await shell.press("c")
        assert isinstance(shell.sent[0], CheckNow)


@pytest.mark.parametrize("key", ["R", "shift+r"])
async def test_force_close_asks_first_and_the_key_again_is_the_answer(key: str) -> None:
    async with Shell(added("api"), OPENED).running() as shell:
        await shell.press(key)
        assert isinstance(shell.app.screen, ForceCloseScreen)
        assert shell.sent == []
        await shell.press(key)
        (command,) = shell.sent
        assert isinstance(command, ResetBreaker)
        assert command.epoch == Epoch(4)


async def test_enter_on_the_question_cancels_the_force_close() -> None:
    async with Shell(added("api"), OPENED).running() as shell:
        await shell.press("R", "enter")
        assert shell.sent == []
        assert isinstance(shell.app.screen, OverviewScreen)


async def test_what_is_closed_is_not_closed_by_force() -> None:
    async with Shell().running() as shell:
        await shell.press("R")
        assert isinstance(shell.app.screen, OverviewScreen)
        assert shell.said == "api is CLOSED already"


async def test_what_is_closed_but_stopped_by_a_client_alone_is_closed_by_force() -> (
    None
):
    stopped = client("bot-a", 812, holding("api", state=BreakerState.OPEN))
    async with Shell(added("api"), ClientsTold(clients=(stopped,))).running() as shell:
        await shell.press("R")
        assert isinstance(shell.app.screen, ForceCloseScreen)
        facts = "\n".join(shell.app.screen.facts())
        assert "1 client has stopped calling after failures" in facts


async def test_every_command_has_a_name_of_its_own() -> None:
    async with Shell().running() as shell:
        await shell.press("c", "c", "r")
        assert len({command.id for command in shell.sent}) == 3


async def test_a_granted_trip_is_said_and_u_takes_it_back() -> None:
    async with Shell().running() as shell:
        await shell.press("t", "x", "enter")
        trip = shell.sent[0]
        await shell.answer("HELD for 15m, then a trial", held_by(trip.id, epoch=7))
        assert shell.said == "tripped api: HELD for 15m, then a trial · U undoes"
        await shell.press("U")
        undo = shell.sent[1]
        assert isinstance(undo, UndoBreaker)
        assert undo.epoch == Epoch(7)


async def test_undo_is_offered_only_while_it_is_possible() -> None:
    async with Shell().running() as shell:
        assert "undo" not in shell.hints
        await shell.press("t", "x", "enter")
        trip = shell.sent[0]
        await shell.answer("HELD", held_by(trip.id))
        assert shell.hints["undo"].enabled
        await shell.wait(11)
        assert "undo" not in shell.hints
        await shell.press("U")
        assert len(shell.sent) == 1
        assert "nothing to undo" in shell.said


async def test_undo_is_no_longer_offered_once_the_trial_has_moved_the_breaker() -> None:
    async with Shell(added("api"), OPENED).running() as shell:
        await shell.press("r")
        ours = replace(OPENED, command=shell.sent[0].id)
        await shell.answer("one trial now; CLOSED if it passes", ours)
        assert shell.said.endswith("U undoes")
        await shell.tell(moved("api", BreakerState.CLOSED, epoch=6))
        assert shell.said == "released api: one trial now; CLOSED if it passes"
        assert "undo" not in shell.hints


async def test_a_refusal_is_said_in_the_words_of_the_engine() -> None:
    async with Shell().running() as shell:
        await shell.press("r")
        await shell.answer("its breaker is CLOSED already", granted=False)
        assert shell.said == "release api refused: its breaker is CLOSED already"


async def test_no_answer_within_3_seconds_is_said() -> None:
    async with Shell().running() as shell:
        await shell.press("c")
        await shell.wait(2.9)
        assert "asked" in shell.said
        await shell.wait(0.2)
        assert "no answer to check api within 3 s" in shell.said


async def test_a_lost_session_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(command: object) -> None:
        raise SessionLost("the conductor on web-7 is gone")

    async with Shell().running() as shell:
        monkeypatch.setattr(shell.session, "send", lost)
        await shell.press("c")
        assert shell.said == "check api was not sent: the conductor on web-7 is gone"


@pytest.mark.parametrize("key", ["t", "r", "R", "c", "U"])
async def test_read_only_greys_what_writes_and_says_so(key: str) -> None:
    async with Shell(read_only=True).running() as shell:
        await shell.press(key)
        assert shell.sent == []
        assert isinstance(shell.app.screen, OverviewScreen)
        assert shell.said.startswith("read-only: ")
        writing = {a.id for a in ACTIONS if a.writes}
        assert {hint.enabled for id, hint in shell.hints.items() if id in writing} == {
            False
        }
        assert shell.hints["help"].enabled


async def test_without_a_platform_a_key_says_so_and_is_not_offered() -> None:
    async with Shell(added("api")).running() as shell:
        await shell.tell(PlatformRemoved(platform=API, why="it stopped listening"))
        await shell.press("t")
        assert not isinstance(shell.app.screen, TripScreen)
        assert shell.said == "trip: no platform is picked here"
        assert "trip" not in shell.hints


async def test_a_first_platform_brings_its_keys() -> None:
    shell = Shell(OPENED)  # about a platform that is not there
    async with shell.running():
        assert "trip" not in shell.hints
        await shell.tell(added("api"))
        await shell.look()
        assert shell.hints["trip"].enabled


@pytest.mark.parametrize("back", ["escape", "backspace", "q"])
async def test_enter_opens_the_platform_and_these_keys_go_back(back: str) -> None:
    async with Shell().running() as shell:
        await shell.press("enter")
        assert isinstance(shell.app.screen, PlatformScreen)
        assert "open" not in shell.hints
        await shell.press(back)
        assert isinstance(shell.app.screen, OverviewScreen)
        assert shell.app.is_running


async def test_the_keys_work_on_the_platform_screen_too() -> None:
    async with Shell().running() as shell:
        await shell.press("enter", "t", "x", "enter")
        assert isinstance(shell.sent[0], TripBreaker)


async def test_a_screen_that_comes_back_shows_what_happened_meanwhile() -> None:
    async with Shell().running() as shell:
        await shell.press("question_mark")
        shell.add(added("db"))
        await shell.press("escape")
        assert "db" in shell.text


async def test_the_list_behind_a_dialog_goes_on() -> None:
    async with Shell().running() as shell:
        await shell.press("t")
        await shell.tell(failed("api"))
        await shell.wait(1)
        await shell.press("escape")
        assert "DEGRADED" in shell.text


async def test_question_mark_opens_the_help_and_closes_it() -> None:
    async with Shell().running() as shell:
        await shell.press("question_mark")
        assert isinstance(shell.app.screen, HelpScreen)
        await shell.press("f1")
        assert isinstance(shell.app.screen, OverviewScreen)


async def test_q_on_the_first_screen_quits() -> None:
    shell = Shell()
    async with shell.running():
        await shell.press("q")
    assert shell.app.exit_code == 0


async def test_the_first_ctrl_c_only_says_how_to_quit() -> None:
    async with Shell().running() as shell:
        await shell.press("ctrl+c")
        assert shell.app.is_running
        assert shell.said == "press q to quit, or ctrl+c once more"


async def test_a_later_ctrl_c_is_a_first_one_again() -> None:
    async with Shell().running() as shell:
        await shell.press("ctrl+c")
        await shell.wait(20)
        assert shell.said == ""
        await shell.press("ctrl+c")
        assert shell.said.startswith("press q")


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_runs_an_action_by_its_name(key: str) -> None:
    async with Shell().running() as shell:
        await shell.press(key, *"check now")
        await shell.app.workers.wait_for_complete()
        await shell.press("enter")
        await shell.look()
        assert [type(command) for command in shell.sent] == [CheckNow]


async def test_the_palette_finds_a_theme_by_its_name() -> None:
    async with Shell().running() as shell:
        await shell.press("colon", *"light")
        await shell.app.workers.wait_for_complete()
        await shell.press("enter")
        await shell.look()
        assert shell.app.theme == "conductor-light"


async def test_a_click_on_a_key_presses_it() -> None:
    shell = Shell()
    async with shell.app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.click(KeyLine, offset=(2, 0))
        await pilot.pause()
        assert isinstance(shell.app.screen, TripScreen)


async def test_every_theme_can_be_drawn() -> None:
    async with Shell().running() as shell:
        await shell.press("t")
        for name in shell.app.available_themes:
            shell.app.theme = name
            await shell.look()
            assert "Trip  api" in shell.text


def test_every_theme_of_ours_answers_for_every_state() -> None:
    for theme in themes.THEMES:
        assert set(themes.DEFAULTS) <= set(theme.variables), theme.name


class Engine:
    """Runs until it is stopped, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.runs = threading.Event()
        self._stopped = threading.Event()
        self._error = error

    def run(self) -> None:
        self.runs.set()
        if self._error:
            raise self._error
        self._stopped.wait()

    def stop(self) -> None:
        self._stopped.set()


async def test_the_engine_runs_beside_the_screen_until_it_is_stopped() -> None:
    engine = Engine()
    shell = Shell(engine=engine)
    async with shell.running():
        assert engine.runs.wait(10)
        assert shell.app.is_running
    assert shell.app.engine is not None
    assert shell.app.engine.stop(within_s=10)


async def test_an_engine_that_fails_ends_the_app_with_70_in_words() -> None:
    shell = Shell(engine=Engine(OSError("no\nroom")))
    async with shell.app.run_test() as pilot:
        await pilot._wait_for_screen()
        while not shell.app.last_words:
            await pilot.pause()
    assert shell.app.exit_code == 70
    assert shell.app.last_words == "the engine stopped: no room"
