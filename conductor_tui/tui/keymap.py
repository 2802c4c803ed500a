"""Other keys for the actions of the table, as a person writes them in keymap.toml.

    trip = "T"
    leave = ["q", "f10"]
    change_theme = "ctrl+t"
    force_close = []          # by the palette only

Names of actions are those that the help shows; keys are single characters, or names
such as "f5", "ctrl+t", "space", "pageup".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, TypeAlias

from textual.binding import Binding
from textual.keys import Keys

from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.text import visible
from conductor_tui.tui.action import Action
from conductor_tui.tui.action_table import ACTIONS
from conductor_tui.tui.widgets.board import Board
from conductor_tui.tui.widgets.page import Page

Keymap: TypeAlias = Mapping[str, tuple[str, ...]]
"""Keys in Textual's names, by the id of the action."""

_MODIFIERS = re.compile(r"(ctrl\+|alt\+|shift\+)*")
_NAMED = frozenset(key.value.split("+")[-1] for key in Keys) | {
    f"f{number}" for number in range(1, 25)
}
_TAKEN = frozenset({"ctrl+c", "ctrl+q"})  # Textual's own: they end the application
_NEEDED = "leave"


def read_keymap(raw: Mapping[str, Any], file: str) -> Keymap:
    """Return the keys that a keymap.toml gives. `file` is its name for people.

    Raises SettingsError with every problem at once.
    """
    problems: list[str] = []
    keymap: dict[str, tuple[str, ...]] = {}
    for id, value in raw.items():
        keys = _keys(id, value, problems)
        if keys is not None:
            keymap[id] = keys
    problems += _clashes(keymap)
    if keymap.get(_NEEDED) == ():
        problems.append(f"{_NEEDED} = []: something must end it: give it a key")
    if problems:
        raise SettingsError([f"{file}: {problem}" for problem in problems])
    return keymap


def remapped(keymap: Keymap, table: Sequence[Action] = ACTIONS) -> tuple[Action, ...]:
    """Return the table with the keys of `keymap` in the place of its own."""
    return tuple(
        replace(action, keys=keymap[action.id], shown_key=_shown(keymap[action.id]))
        if action.id in keymap
        else action
        for action in table
    )


def _keys(id: str, value: object, problems: list[str]) -> tuple[str, ...] | None:
    """Return the keys for an action; None, and words in `problems`, for bad ones."""
    ids = [action.id for action in ACTIONS]
    shown = visible(id, 40)
    if id not in ids:
        hint = get_close_matches(id, ids, 1)
        words = f"did you mean {hint[0]}?" if hint else f"there are {', '.join(ids)}"
        problems.append(f"{shown}: no action is called so: {words}")
        return None
    written = [value] if isinstance(value, str) else value
    if not isinstance(written, list) or not all(isinstance(k, str) for k in written):
        problems.append(f'{shown}: write a key in quotes, or a list: ["q", "f10"]')
        return None
    bad = [key for key in written if not _is_key(key)]
    problems += [
        f"{shown} = {visible(key, 40)!r}: not a key: write one character, or a name "
        'such as "f5", "ctrl+t", "space", "pageup"'
        for key in bad
    ]
    return None if bad else tuple(_textual_name(key) for key in written)


def _is_key(key: str) -> bool:
    rest = key[_match_end(key) :]
    if len(rest) == 1:
        return rest.isprintable() and not rest.isspace()
    return rest in _NAMED or rest == "comma"


def _match_end(key: str) -> int:
    found = _MODIFIERS.match(key)
    return found.end() if found and found.end() < len(key) else 0


def _textual_name(key: str) -> str:
    """Return the name under which Textual reports a key: "slash" for "/"."""
    if key == ",":
        return "comma"
    [binding] = Binding.make_bindings([Binding(key, "any")])
    return binding.key


def _clashes(keymap: Keymap) -> Iterator[str]:
    """Yield each key that would mean two things at once, or never come to us."""
    moves = _movements()
    owners = {
        key: action.id
        for action in ACTIONS
        if action.id not in keymap
        for key in action.keys
    }
    given: dict[str, str] = {}
    for id, keys in keymap.items():
        for key in keys:
            other = given.setdefault(key, id)
            if other == id:
                other = owners.get(key, id)
            if key in _TAKEN or key in moves:
                yield f"{id} = {key!r}: {moves.get(key, 'it ends the application')}"
            elif other != id and {other, id} != {"back", "leave"}:
                yield (
                    f"{id} = {key!r}: that is the key of {other}: choose another, or "
                    f"give {other} one too"
                )


def _movements() -> dict[str, str]:
    """Return the keys that move through lists: they never get as far as an action."""
    return {
        binding.key: "it moves through the list: choose another"
        for widget in (Board, Page)
        for binding in Binding.make_bindings(widget.BINDINGS)
        if binding.key != "space"
    }


def _shown(keys: Sequence[str]) -> str:
    if not keys:
        return ""
    written = {"question_mark": "?", "slash": "/", "colon": ":", "escape": "esc"}
    return written.get(keys[0], keys[0])
