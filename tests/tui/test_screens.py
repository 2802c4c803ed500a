"""The full screens behind the numbers: how to get there, and back."""

from dataclasses import replace

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.events import LoopStalled
from conductor_tui.domain.own import Stall
from conductor_tui.tui.action_table import BY_ID
from conductor_tui.tui.ledger import Tone
from conductor_tui.tui.screens.agents import AgentsScreen
from conductor_tui.tui.screens.events import EventsScreen
from conductor_tui.tui.screens.overview import OverviewScreen
from conductor_tui.tui.screens.own import OwnScreen
from conductor_tui.tui.screens.platform import PlatformScreen
from conductor_tui.tui.screens.resources import ResourcesScreen
from conductor_tui.tui.widgets.lines import LinesView
from conductor_tui.tui.widgets.log import LogView
from conductor_tui.tui.widgets.page import Page
from tests.build import added, moved
from tests.tui import long_days
from tests.tui.shell import Shell


@pytest.mark.parametrize(
    ("key", "screen"),
    [
        ("2", EventsScreen),
        ("3", ResourcesScreen),
        ("4", OwnScreen),
        ("5", AgentsScreen),
    ],
)
@pytest.mark.parametrize("back", ["escape", "q", "backspace", "1"])
async def test_a_number_opens_a_screen_and_a_key_leads_back(
    key: str, screen: type, back: str
) -> None:
    async with Shell().running() as shell:
        await shell.press(key)
        assert isinstance(shell.app.screen, screen)
        await shell.press(back)
        assert isinstance(shell.app.screen, OverviewScreen)


async def test_a_number_takes_the_place_of_the_screen_before() -> None:
    async with Shell().running() as shell:
        await shell.press("enter", "2", "3", "4", "2", "2")
        assert isinstance(shell.app.screen, EventsScreen)
        await shell.press("escape")
        assert isinstance(shell.app.screen, OverviewScreen)


async def test_from_a_line_of_the_log_to_its_platform_and_back_to_the_log() -> None:
    async with Shell(added("api"), moved("api", BreakerState.OPEN)).running() as shell:
        await shell.press("2", "enter")
        assert isinstance(shell.app.screen, PlatformScreen)
        await shell.press("escape")
        assert isinstance(shell.app.screen, EventsScreen)
        await shell.press("enter", "3")
        await shell.press("escape")
        assert isinstance(shell.app.screen, OverviewScreen)


async def test_a_key_of_another_screen_says_that_it_does_nothing_here() -> None:
    async with Shell().running() as shell:
        await shell.app.perform(BY_ID["window"])
        assert shell.said == "longer window: not on this screen"
        assert "window" not in shell.hints
        await shell.press("3")
        assert "window" in shell.hints


async def test_broken_settings_are_said_on_every_screen_until_they_are_mended() -> None:
    async with Shell(added("api"), long_days.REFUSED).running() as shell:
        await shell.look()
        for key in ("1", "2", "3", "4", "5", "question_mark"):
            await shell.press(key)
            assert "cannot be used (2 problems)" in shell.said, key
        await shell.tell(long_days.LOADED)
        assert shell.said == ""


async def test_an_answer_comes_before_the_trouble_and_then_makes_room_again() -> None:
    async with Shell(added("api"), long_days.REFUSED).running() as shell:
        await shell.press("c")
        await shell.answer("passed in 3 ms")
        assert "passed in 3 ms" in shell.said
        await shell.wait(30)
        assert "cannot be used" in shell.said


async def test_what_blocks_the_engine_is_said_on_every_screen_while_it_does() -> None:
    async with Shell().running() as shell:
        stall = Stall(
            at=shell.clock.now(), lasted_s=0.6, task="check discord", where="my.py:12"
        )
        own = replace(shell.session.latest().own, stall=stall)
        shell.session.frames.append(replace(shell.session.latest(), own=own))
        for key in ("1", "2", "3", "4", "5", "question_mark"):
            await shell.press(key)
            await shell.wait(1)
            assert shell.said.startswith("engine blocked by check discord for"), key
            assert shell.said.endswith("my.py:12")
        assert "for 6.0 s" in shell.said
        await shell.tell(LoopStalled(stall=replace(stall, lasted_s=5.2)))
        assert shell.said == ""


async def test_no_note_hides_what_blocks_the_engine_but_an_answer_is_heard() -> None:
    async with Shell(added("api")).running() as shell:
        shell.app.desk.say("what is watched stands in c.toml")
        own = shell.session.latest().own
        stalled = replace(own, stall=Stall(at=shell.clock.now(), lasted_s=0.6))
        shell.session.frames.append(replace(shell.session.latest(), own=stalled))
        await shell.wait(1)
        assert shell.said.startswith("engine blocked for")
        shell.app.desk.say("refused: it moved on", Tone.REFUSED)
        await shell.wait(1)
        assert shell.said == "refused: it moved on"


@pytest.mark.parametrize("key", ["2", "3", "4", "5"])
async def test_every_size_is_drawn_without_complaint(key: str) -> None:
    async with Shell(added("api"), long_days.REFUSED).running(size=(80, 24)) as shell:
        shell.session.frames.append(long_days.worst(12))
        await shell.press(key)
        for size in ((1, 1), (250, 70), (39, 9), (20, 3), (100, 30), (76, 12)):
            assert shell._pilot is not None
            await shell._pilot.resize_terminal(*size)
            await shell.look()
        assert "web-7" in shell.text


@pytest.mark.parametrize(("key", "widget"), [("2", LogView), ("3", Page)])
async def test_a_second_in_which_nothing_happened_repaints_only_the_clock(
    key: str, widget: type[LinesView], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Shell().running(size=(100, 30)) as shell:
        shell.session.frames.append(long_days.normal())
        await shell.press(key)
        await shell.look()
        view = shell.app.screen.query_one(widget)
        for y in range(view.size.height):
            view.render_line(y)  # painted by now, whatever the machine is busy with
        asked: list[object] = []
        monkeypatch.setattr(widget, "refresh", lambda self, *a, **k: asked.append(a))
        await shell.wait(1)
        assert asked == []
        assert "12:00:01" in shell.text
