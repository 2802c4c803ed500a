"""The one table of actions, and that nothing is left out of what is made from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.tui import actions
from conductor_tui.tui.action import Action, Group
from conductor_tui.tui.action_table import ACTIONS, BY_ID
from conductor_tui.tui.app import ConductorApp
from conductor_tui.tui.present.spans import text_of
from conductor_tui.tui.screens.help import help_lines
from conductor_tui.tui.widgets.key_line import KeyHint, fitting
from tests.build import added, passed
from tests.tui.shell import Shell


@pytest.mark.parametrize("action", ACTIONS, ids=[action.id for action in ACTIONS])
def test_each_action_is_one_that_the_app_can_carry_out(action: Action) -> None:
    assert callable(getattr(ConductorApp, f"action_{action.id}"))


def test_names_are_given_once_and_keys_are_shared_only_by_other_screens() -> None:
    ids = [action.id for action in ACTIONS]
    assert len(set(ids)) == len(ids)
    keys = [key for action in ACTIONS for key in action.keys]
    # back and quit; forget an agent, end a silence, disable a plug-in, discard a
    # letter; try a delivery again, redrive a letter; test a channel, enable a plug-in,
    # export letters; windows and steps in the past
    brackets = ["left_square_bracket", "right_square_bracket"]
    shared = sorted(key for key in set(keys) if keys.count(key) > 1)
    assert shared == sorted([*brackets, "D", "d", "e", "q", "shift+d", "x"])


def test_no_action_is_on_a_key_that_shells_and_multiplexers_need() -> None:
    kept = {f"ctrl+{letter}" for letter in "abdhjkl"}
    assert not kept & {key for action in ACTIONS for key in action.keys}


def test_everything_that_acts_on_a_platform_is_off_in_read_only() -> None:
    assert all(a.writes for a in ACTIONS if a.group is Group.ACT)


def test_the_help_has_every_action() -> None:
    text = "\n".join(text_of(line) for line in help_lines((), 80))
    assert [a.id for a in ACTIONS if a.words not in text or a.title not in text] == []


async def test_the_palette_has_every_action_but_itself() -> None:
    async with Shell().running() as shell:
        offered = {c.title for c in shell.app.get_system_commands(shell.app.screen)}
        assert offered >= {a.title for a in ACTIONS} - {"Palette"}
        assert "Palette" not in offered


async def test_an_action_from_the_palette_says_why_it_cannot_be_done() -> None:
    async with Shell(added("api"), passed("api")).running() as shell:
        await shell.app.perform(BY_ID["undo"])
        assert "nothing to undo" in shell.said


async def test_the_keys_of_a_screen_stand_in_its_help() -> None:
    async with Shell().running() as shell:
        own = dict(actions.own_keys(shell.app.screen))
        assert own["↑ k"] == "Up"
        assert "enter" not in own  # the table has it


HINTS = [KeyHint(a.shown_key, a.label, a.id, a.keys[0]) for a in ACTIONS if a.label]


@given(st.integers(0, 200))
def test_the_key_line_fits_and_keeps_its_order(width: int) -> None:
    kept = fitting(HINTS, width)
    assert sum(hint.width + 2 for hint in kept) <= width
    assert kept == [hint for hint in HINTS if hint in kept]


def test_when_room_is_short_quit_and_help_stay_longest() -> None:
    assert {hint.action for hint in fitting(HINTS, 18)} == {"help", "leave"}


def test_in_80_cells_trip_trial_open_help_and_quit_are_there() -> None:
    shown = {hint.action for hint in fitting(HINTS, 80)}
    assert {"trip", "release", "open", "help", "leave"} <= shown


async def test_in_ascii_the_palette_is_ascii_too() -> None:
    async with Shell(added("api"), passed("api"), ascii=True).running() as shell:
        await shell.press("colon", *"theme")
        await shell.look()
        assert shell.text.isascii()
