import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import ReleaseBreaker
from conductor_tui.domain.errors import SettingsError
from conductor_tui.tui.keymap import read_keymap, remapped
from conductor_tui.tui.screens.help import HelpScreen, help_lines
from conductor_tui.tui.screens.trip import TripScreen
from conductor_tui.tui.widgets.key_line import KeyLine
from tests.build import added, moved
from tests.tui.shell import Shell

FILE = "keymap.toml"


def worn(**keys: object) -> Shell:
    shell = Shell(added("api"), moved("api", BreakerState.OPEN, epoch=4))
    shell.app.wear_keys(remapped(read_keymap(keys, FILE)))
    return shell


async def test_another_key_acts_and_the_old_one_does_not() -> None:
    async with worn(release="z").running() as shell:
        await shell.press("r")
        assert shell.sent == []
        await shell.press("z")
        [command] = shell.sent
    assert isinstance(command, ReleaseBreaker)


async def test_a_list_gives_several_keys_and_names_may_be_characters() -> None:
    async with worn(help=["=", "f2"]).running() as shell:
        await shell.press("equals_sign")
        assert isinstance(shell.app.screen, HelpScreen)
        await shell.press("f2")
        assert not isinstance(shell.app.screen, HelpScreen)


async def test_another_key_to_quit_leaves_q_to_go_back() -> None:
    async with worn(leave="f10").running() as shell:
        await shell.press("question_mark", "q")
        assert not isinstance(shell.app.screen, HelpScreen)
        await shell.press("q")
        assert shell.app.is_running
        await shell.press("f10")
        assert not shell.app.is_running


async def test_an_action_without_a_key_is_left_to_the_palette() -> None:
    async with worn(trip=[]).running() as shell:
        await shell.press("t")
        assert not isinstance(shell.app.screen, TripScreen)
        await shell.app.run_action("app.trip")
        await shell.look()
        assert isinstance(shell.app.screen, TripScreen)


async def test_key_line_and_help_show_the_keys_that_are_worn() -> None:
    async with worn(trip="T", help="f2").running((120, 40)) as shell:
        hints = shell.app.screen.query_one(KeyLine).hints
        assert {("T", "trip"), ("f2", "help")} <= {(h.key, h.word) for h in hints}
    text = "\n".join(
        "".join(span.text for span in line)
        for line in help_lines((), 120, shell.app.table)
    )
    assert " T        Trip" in text


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        pytest.param(
            {"tripp": "x"},
            "keymap.toml: tripp: no action is called so: did you mean trip?",
            id="an action that does not exist",
        ),
        pytest.param(
            {"trip": "ctrl+banana"},
            "keymap.toml: trip = 'ctrl+banana': not a key: write one character, or a "
            'name such as "f5", "ctrl+t", "space", "pageup"',
            id="a key that does not exist",
        ),
        pytest.param(
            {"trip": 5},
            'keymap.toml: trip: write a key in quotes, or a list: ["q", "f10"]',
            id="no text",
        ),
        pytest.param(
            {"trip": "r"},
            "keymap.toml: trip = 'r': that is the key of release: choose another, or "
            "give release one too",
            id="another action's key",
        ),
        pytest.param(
            {"trip": "j"},
            "keymap.toml: trip = 'j': it moves through the list: choose another",
            id="a key that lists take",
        ),
        pytest.param(
            {"trip": "ctrl+c"},
            "keymap.toml: trip = 'ctrl+c': it ends the application",
            id="a key that Textual takes",
        ),
        pytest.param(
            {"leave": []},
            "keymap.toml: leave = []: something must end it: give it a key",
            id="no way out",
        ),
    ],
)
def test_a_keymap_that_cannot_work_is_refused_in_words(
    keys: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read_keymap(keys, FILE)
    assert list(refused.value.problems) == [words]


def test_two_actions_may_swap_their_keys() -> None:
    assert read_keymap({"trip": "r", "release": "t"}, FILE) == {
        "trip": ("r",),
        "release": ("t",),
    }
