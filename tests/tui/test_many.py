"""Many platforms at once: marks, bulk commands, filter, sort, freeze, pause."""

from dataclasses import replace

import pytest
from textual.widgets import Input

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import (
    CheckNow,
    Command,
    PausePlatform,
    ReleaseBreaker,
    ReloadSettings,
    ResumePlatform,
    TripBreaker,
    UndoBreaker,
    platform_of,
    verb,
)
from conductor_tui.domain.events import (
    CommandAnswered,
    Event,
    PlatformAdded,
    PlatformPaused,
    PlatformRemoved,
)
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.testing import EPOCH
from conductor_tui.tui.screens.answers import AnswersScreen
from conductor_tui.tui.screens.overview import OverviewScreen
from conductor_tui.tui.screens.pause import PauseScreen
from conductor_tui.tui.screens.trip import TripScreen
from tests.build import added, failed, hold, moved, passed
from tests.tui.shell import Shell

FOUR: tuple[Event, ...] = tuple(added(name) for name in "abcd")
REASON = [*"quota"]


def names(shell: Shell) -> list[str]:
    return [str(platform_of(command)) for command in shell.sent]


def overview(shell: Shell) -> OverviewScreen:
    screen = shell.app.screen
    assert isinstance(screen, OverviewScreen)
    return screen


def answer(to: Command, words: str, *, granted: bool = True) -> CommandAnswered:
    return CommandAnswered(
        command=to.id,
        verb=verb(to),
        platform=platform_of(to),
        granted=granted,
        words=words,
        by=to.by,
    )


def held(command: Command) -> Event:
    name = platform_of(command)
    assert name is not None
    change = moved(name, BreakerState.HELD, held=hold())
    return type(change)(
        platform=name, was=change.was, breaker=change.breaker, command=command.id
    )


async def test_space_marks_and_steps_on_and_v_marks_the_rest() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("space")
        assert (overview(shell).marked, shell.picked) == (("a",), "b")
        await shell.press("right", "v")
        assert overview(shell).marked == ("a", "b", "c")
        assert "3 marked" in shell.text
        await shell.press("escape")
        assert overview(shell).marked == ()


async def test_marks_survive_a_filter_that_hides_them_and_the_count_says_so() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("space", "slash", "!", *"name:a", "enter")
        assert overview(shell).marked == ("a",)
        assert "filter 3 of 4: !name:a" in shell.text
        assert "1 marked (1 hidden)" in shell.text
        await shell.press("c")
        assert names(shell) == ["a"]


async def test_marks_vanish_with_their_platform() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("space", "space")
        await shell.tell(PlatformRemoved(platform=PlatformName("a"), why="gone"))
        assert overview(shell).marked == ("b",)


async def test_three_are_tripped_only_when_their_count_is_typed() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("space", "space", "space", "t", *REASON, "enter")
        assert shell.sent == []
        assert isinstance(shell.app.screen, TripScreen)
        assert "Trip  3 platforms" in shell.text
        assert "a, b, c" in shell.text
        assert "type 3, how many it hits, into Count" in shell.text
        shell.app.screen.query_one("#count", Input).focus()
        await shell.press("3", "enter")
        assert names(shell) == ["a", "b", "c"]
        assert {type(command) for command in shell.sent} == {TripBreaker}
        assert shell.said == "trip 3 platforms: asked …"


async def test_two_are_tripped_without_a_count() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("space", "space", "t", *REASON, "enter")
        assert names(shell) == ["a", "b"]


async def test_each_answer_of_several_is_told_and_listed() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("space", "space", "t", *REASON, "enter")
        first, second = shell.sent
        await shell.tell(held(first), answer(first, "HELD"))
        assert shell.said == "1 tripped, 1 not answered yet: HELD · U undoes"
        await shell.tell(answer(second, "too late: it moved on", granted=False))
        assert shell.said == (
            "1 tripped, 1 refused: b: too late: it moved on · U undoes"
        )
        await shell.press("L")
        assert isinstance(shell.app.screen, AnswersScreen)
        assert "too late: it moved on" in shell.text
        await shell.press("escape")
        assert isinstance(shell.app.screen, OverviewScreen)


async def test_undo_takes_several_back_and_hears_of_each() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("space", "space", "t", *REASON, "enter")
        tripped = tuple(shell.sent)
        for command in tripped:
            await shell.tell(held(command), answer(command, "HELD"))
        assert shell.said == "2 tripped: HELD · U undoes"
        await shell.press("U")
        undone = shell.sent[2:]
        assert [type(command) for command in undone] == [UndoBreaker, UndoBreaker]
        for command in undone:
            await shell.tell(answer(command, "undone: CLOSED again"))
        assert shell.said == "2 undone: undone: CLOSED again"


async def test_of_several_that_were_tripped_only_those_that_stand_are_undone() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("space", "space", "t", *REASON, "enter")
        for command in tuple(shell.sent):
            await shell.tell(held(command), answer(command, "HELD"))
        await shell.tell(moved("a", BreakerState.HALF_OPEN, epoch=9))
        await shell.press("U")
        assert names(shell)[2:] == ["b"]


@pytest.mark.parametrize(("key", "kind"), [("r", ReleaseBreaker), ("c", CheckNow)])
async def test_release_and_check_act_on_all_marked(
    key: str, kind: type[Command]
) -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("space", "space", key)
        assert names(shell) == ["a", "b"]
        assert {type(command) for command in shell.sent} == {kind}


async def test_a_force_close_of_several_leaves_out_what_is_closed() -> None:
    opened = [moved(name, BreakerState.OPEN) for name in "ab"]
    async with Shell(*FOUR, *opened).running() as shell:
        await shell.press("space", "space", "space", "R")
        assert "Close by force  2 platforms" in shell.text
        await shell.press("R")
        assert sorted(names(shell)) == ["a", "b"]


async def test_one_of_several_that_moves_on_is_named() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("space", "space", "t", *REASON)
        await shell.tell(moved("b", BreakerState.OPEN))
        assert "1 of 2 moved on: b." in shell.text
        await shell.press("enter")
        assert shell.sent == []
        await shell.press("enter")
        assert [getattr(command, "epoch", None) for command in shell.sent] == [0, 1]


async def test_p_pauses_with_a_reason_and_resumes_what_is_paused() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("p", *REASON, "enter")
        (command,) = shell.sent
        assert isinstance(command, PausePlatform)
        assert (command.platform, command.why, command.ttl_s) == ("a", "quota", 900.0)
        pause = Pause(kind=PauseKind.PAUSED, by="root", why="quota", at=EPOCH)
        await shell.tell(PlatformPaused(platform=PlatformName("a"), pause=pause))
        assert "PAUSED" in shell.text
        assert "1 paused" in shell.text
        await shell.press("p")
        assert isinstance(shell.sent[-1], ResumePlatform)


async def test_a_pause_does_not_mind_a_breaker_that_moves() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("p", *REASON)
        await shell.tell(moved("a", BreakerState.OPEN))
        assert isinstance(shell.app.screen, PauseScreen)
        await shell.press("enter")
        assert names(shell) == ["a"]


async def test_ctrl_r_asks_for_the_settings_again() -> None:
    async with Shell().running() as shell:
        await shell.press("ctrl+r")
        (command,) = shell.sent
        assert isinstance(command, ReloadSettings)


@pytest.mark.parametrize("key", ["p", "ctrl+r"])
async def test_read_only_says_why_a_key_does_nothing(key: str) -> None:
    async with Shell(read_only=True).running() as shell:
        await shell.press(key)
        assert shell.sent == []
        assert not isinstance(shell.app.screen, PauseScreen)


async def test_a_frozen_picture_stands_still_and_commands_aim_at_it() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("f")
        assert "FROZEN since 12:00:00" in shell.text
        await shell.tell(moved("a", BreakerState.OPEN))
        await shell.wait(7)
        assert "FROZEN since 12:00:00" in shell.text
        assert "OPEN" not in shell.text
        await shell.press("r")
        (command,) = shell.sent
        assert isinstance(command, ReleaseBreaker)
        assert command.epoch == 0
        assert "aimed at the picture of 12:00:00" in shell.said
        await shell.press("escape")
        assert "OPEN" in shell.text
        assert "LIVE 12:00:07" in shell.text


async def test_the_filter_counts_while_it_is_typed_and_esc_drops_it() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("slash", *"name:b")
        assert "1 of 4" in shell.text
        assert shell.picked == "b"
        await shell.press("escape")
        assert "of 4" not in shell.text


async def test_an_unknown_key_is_said_while_it_is_typed() -> None:
    async with Shell(*FOUR).running() as shell:
        await shell.press("slash", *"stat:x")
        assert "no key 'stat:'" in shell.text
        await shell.press("enter")
        assert "No platform passes the filter" in shell.text
        await shell.press("escape")
        assert overview(shell).picked == "a"


async def test_sorting_is_said_and_turned_round() -> None:
    async with Shell(*reversed(FOUR), failed("d"), passed("a")).running() as shell:
        await shell.press("greater_than_sign")
        assert "by name" in shell.text
        await shell.press("home")
        assert shell.picked == "a"
        await shell.press("I", "home")
        assert "by name, inverted" in shell.text
        assert shell.picked == "d"
        await shell.press("I", "less_than_sign", "home")
        assert shell.picked == "d"  # the worst


async def test_the_trip_dialog_says_what_depends_on_its_target() -> None:
    needy = replace(
        added("web").spec, depends_on=(PlatformName("a"),), platform=PlatformName("web")
    )
    async with Shell(*FOUR, PlatformAdded(spec=needy)).running() as shell:
        await shell.press("t")
        assert "Depends on it: web" in shell.text
