"""What bindings, key line, help and palette need of the table of actions."""

from collections.abc import Iterable, Iterator, Sequence

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from conductor_tui.tui.action import Action, Group
from conductor_tui.tui.action_table import ACTIONS, BY_ID, IMPORTANT


def bindings(table: Sequence[Action] = ACTIONS) -> list[BindingType]:
    """Return the bindings of every action, in the order of the table."""
    return [action.binding() for action in table if action.keys]


def importance(action_id: str) -> int:
    """Return the place of an action when room is short: 0 goes last.

    What only one screen knows (a filter, a sort) stands behind open.
    """
    if action_id in IMPORTANT:
        return IMPORTANT.index(action_id)
    return IMPORTANT.index("open")


def place(action_id: str) -> float:
    """Return where an action stands in the key line: as in the table.

    What only one screen knows stands behind open.
    """
    ids = list(BY_ID)
    return ids.index(action_id) if action_id in BY_ID else ids.index("open") + 0.5


def grouped(
    actions: Iterable[Action] = ACTIONS,
) -> Iterator[tuple[Group, tuple[Action, ...]]]:
    """Yield each group that has actions, in the order of the help screen."""
    of = tuple(actions)
    for group in Group:
        members = tuple(action for action in of if action.group is group)
        if members:
            yield group, members


def own_keys(
    screen: Screen[object], table: Sequence[Action] = ACTIONS
) -> tuple[tuple[str, str], ...]:
    """Return (keys, words) of what only this screen and its widgets bind, for the help.

    What the table knows already is left out, and what Textual binds by itself.
    """
    known = {key for action in table for key in action.keys}
    own: dict[str, list[str]] = {}
    for node, binding, _, _ in screen.active_bindings.values():
        if binding.key in known or binding.action not in _declared(type(node)):
            continue
        shown = binding.key_display or node.app.get_key_display(binding)
        if not shown.startswith("shift+"):  # the capital letter stands there already
            own.setdefault(binding.tooltip or binding.description, []).append(shown)
    return tuple((" ".join(keys), words) for words, keys in own.items())


def _declared(node: type) -> set[str]:
    """Return the actions that our own classes bind, of a widget's or a screen's."""
    return {
        made.action
        for kind in node.__mro__
        if kind.__module__.startswith("conductor_tui.") and not issubclass(kind, App)
        for made in Binding.make_bindings(kind.__dict__.get("BINDINGS", ()))
    }
