"""The one table of actions: bindings, key line, help and palette are read from it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from conductor_tui.tui.browsing import Browses
from conductor_tui.tui.messages import (
    Copies,
    Filters,
    Follows,
    HasWindow,
    ListsAlerts,
    PicksAgent,
)


class Group(StrEnum):
    """The headings of the help screen, in their order."""

    ACT = "Act on a platform"
    AGENT = "Act on an agent"
    ALERT = "Act on alerts"
    LOOK = "Look"
    PAST = "Look back"
    SCREENS = "Screens"
    APP = "Application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that a key does.

    `id` is the name of the `action_<id>` that carries it out, `keys` are Textual's
    names; `shown_key` is how they are written. `label` is the word in the key line (""
    for none), `title` and `words` stand in help and palette. `writes` marks what
    read-only forbids, `targeted` what needs a platform under the cursor, `everywhere`
    what works in a dialog too; `needs` is what the screen must be able to.
    """

    id: str
    keys: tuple[str, ...]
    shown_key: str
    label: str
    title: str
    words: str
    group: Group
    writes: bool = False
    targeted: bool = False
    everywhere: bool = False
    needs: type | None = None

    def binding(self) -> Binding:
        return Binding(
            ",".join(self.keys),
            self.id,
            self.label or self.title,
            show=bool(self.label),
            key_display=self.shown_key,
            tooltip=self.words,
            id=self.id,
            priority=self.everywhere,
        )


ACTIONS: tuple[Action, ...] = (
    Action(
        id="trip",
        keys=("t",),
        shown_key="t",
        label="trip",
        title="Trip",
        words="hold the breaker open, with a reason and a time",
        group=Group.ACT,
        writes=True,
        targeted=True,
    ),
    Action(
        id="confirm",
        keys=("C", "shift+c"),
        shown_key="C",
        label="confirm",
        title="Confirm trip",
        words="let a trip stand that would undo itself; all, if none is picked",
        group=Group.ACT,
        writes=True,
    ),
    Action(
        id="release",
        keys=("r",),
        shown_key="r",
        label="trial",
        title="Trial first",
        words="one check now; CLOSED only if it passes",
        group=Group.ACT,
        writes=True,
        targeted=True,
    ),
    Action(
        id="force_close",
        keys=("R", "shift+r"),
        shown_key="R",
        label="close",
        title="Close by force",
        words="without a trial; asks first",
        group=Group.ACT,
        writes=True,
        targeted=True,
    ),
    Action(
        id="undo",
        keys=("U", "shift+u"),
        shown_key="U",
        label="undo",
        title="Undo",
        words="take your last command back, within 10 seconds",
        group=Group.ACT,
        writes=True,
    ),
    Action(
        id="check",
        keys=("c",),
        shown_key="c",
        label="check",
        title="Check now",
        words="out of turn; the breaker still has its say",
        group=Group.ACT,
        writes=True,
        targeted=True,
    ),
    Action(
        id="pause",
        keys=("p",),
        shown_key="p",
        label="pause",
        title="Pause, resume",
        words="no checks for a while, and why; or checks again",
        group=Group.ACT,
        writes=True,
        targeted=True,
    ),
    Action(
        id="beat",
        keys=("b",),
        shown_key="b",
        label="beat",
        title="Beat by hand",
        words="in its place: HEALTHY until it falls silent again",
        group=Group.AGENT,
        writes=True,
        needs=PicksAgent,
    ),
    Action(
        id="forget",
        keys=("x",),
        shown_key="x",
        label="forget",
        title="Forget",
        words="one that came by its first beat; asks first",
        group=Group.AGENT,
        writes=True,
        needs=PicksAgent,
    ),
    Action(
        id="ack",
        keys=("a",),
        shown_key="a",
        label="ack",
        title="Acknowledge",
        words="no reminders until the state changes; again: take back",
        group=Group.ALERT,
        writes=True,
    ),
    Action(
        id="ack_sticky",
        keys=("A", "shift+a"),
        shown_key="A",
        label="",
        title="Ack for good",
        words="nothing is told until it is well",
        group=Group.ALERT,
        writes=True,
    ),
    Action(
        id="silence",
        keys=("s",),
        shown_key="s",
        label="silence",
        title="Silence",
        words="tell nobody for a time: of it, its group or its tag",
        group=Group.ALERT,
        writes=True,
    ),
    Action(
        id="redrive",
        keys=("d",),
        shown_key="d",
        label="try again",
        title="Try again",
        words="a delivery that waits or was given up, at once",
        group=Group.ALERT,
        writes=True,
        needs=ListsAlerts,
    ),
    Action(
        id="redrive_all",
        keys=("D", "shift+d"),
        shown_key="D",
        label="",
        title="Try all",
        words="every delivery that waits or was given up, in order",
        group=Group.ALERT,
        writes=True,
        needs=ListsAlerts,
    ),
    Action(
        id="drop",
        keys=("x",),
        shown_key="x",
        label="end",
        title="End, discard",
        words="a silence, at once; a delivery, with a reason",
        group=Group.ALERT,
        writes=True,
        needs=ListsAlerts,
    ),
    Action(
        id="try_channel",
        keys=("e",),
        shown_key="e",
        label="test",
        title="Test",
        words="send a labelled notice through it",
        group=Group.ALERT,
        writes=True,
        needs=ListsAlerts,
    ),
    Action(
        id="try_channels",
        keys=("E", "shift+e"),
        shown_key="E",
        label="",
        title="Test all",
        words="send a labelled notice through each",
        group=Group.ALERT,
        writes=True,
        needs=ListsAlerts,
    ),
    Action(
        id="open",
        keys=("enter",),
        shown_key="enter",
        label="open",
        title="Open",
        words="the platform, or the agent: all that is known of it",
        group=Group.LOOK,
        targeted=True,
    ),
    Action(
        id="back",
        keys=("escape", "backspace", "q"),
        shown_key="esc",
        label="back",
        title="Back",
        words="to the screen before; so do backspace and q",
        group=Group.LOOK,
    ),
    Action(
        id="filter",
        keys=("slash",),
        shown_key="/",
        label="filter",
        title="Filter",
        words="show only what has these words; ! turns one round",
        group=Group.LOOK,
        needs=Filters,
    ),
    Action(
        id="sort_next",
        keys=("greater_than_sign",),
        shown_key=">",
        label="sort",
        title="Sort",
        words="need, name, group, last change and so on",
        group=Group.LOOK,
        needs=Browses,
    ),
    Action(
        id="sort_before",
        keys=("less_than_sign",),
        shown_key="<",
        label="",
        title="Sort, back",
        words="by what stands before that",
        group=Group.LOOK,
        needs=Browses,
    ),
    Action(
        id="invert",
        keys=("I", "shift+i"),
        shown_key="I",
        label="",
        title="Invert",
        words="the order: last comes first",
        group=Group.LOOK,
        needs=Browses,
    ),
    Action(
        id="mark",
        keys=("space",),
        shown_key="space",
        label="mark",
        title="Mark",
        words="to act on several; esc takes the marks away",
        group=Group.LOOK,
        targeted=True,
        needs=Browses,
    ),
    Action(
        id="mark_to_here",
        keys=("v",),
        shown_key="v",
        label="",
        title="Mark to here",
        words="all from the last mark to the cursor",
        group=Group.LOOK,
        targeted=True,
        needs=Browses,
    ),
    Action(
        id="answers",
        keys=("L", "shift+l"),
        shown_key="L",
        label="",
        title="Last answers",
        words="of the last command at several at once",
        group=Group.LOOK,
    ),
    Action(
        id="freeze",
        keys=("f",),
        shown_key="f",
        label="freeze",
        title="Freeze",
        words="the picture stands still; f or esc: live again",
        group=Group.LOOK,
        needs=Browses,
    ),
    Action(
        id="follow",
        keys=("F", "shift+f"),
        shown_key="F",
        label="follow",
        title="Follow",
        words="keep the newest line in sight, or stop that",
        group=Group.LOOK,
        needs=Follows,
    ),
    Action(
        id="window",
        keys=("w", "right_square_bracket"),
        shown_key="w",
        label="window",
        title="Longer window",
        words="5, 15, 30 minutes, and so on; so does ]",
        group=Group.LOOK,
        needs=HasWindow,
    ),
    Action(
        id="window_back",
        keys=("left_square_bracket",),
        shown_key="[",
        label="",
        title="Shorter window",
        words="30, 15, 5 minutes, and so on",
        group=Group.LOOK,
        needs=HasWindow,
    ),
    Action(
        id="copy_out",
        keys=("y",),
        shown_key="y",
        label="copy",
        title="Copy",
        words="marked or current lines; platform or agent, as Markdown",
        group=Group.LOOK,
    ),
    Action(
        id="copy_all",
        keys=("Y", "shift+y"),
        shown_key="Y",
        label="",
        title="Copy all",
        words="everything that the screen shows",
        group=Group.LOOK,
        needs=Copies,
    ),
    Action(
        id="past_back",
        keys=("left_square_bracket",),
        shown_key="[",
        label="",
        title="Step back",
        words="to the event before: every screen shows that moment",
        group=Group.PAST,
    ),
    Action(
        id="past_forward",
        keys=("right_square_bracket",),
        shown_key="]",
        label="",
        title="Step forward",
        words="to the event after; after the last one it is live",
        group=Group.PAST,
    ),
    Action(
        id="past_minute_back",
        keys=("left_curly_bracket",),
        shown_key="{",
        label="",
        title="A minute back",
        words="from where the picture stands",
        group=Group.PAST,
    ),
    Action(
        id="past_minute_forward",
        keys=("right_curly_bracket",),
        shown_key="}",
        label="",
        title="A minute forward",
        words="from where the picture stands",
        group=Group.PAST,
    ),
    Action(
        id="past_seek",
        keys=("S", "shift+s"),
        shown_key="S",
        label="",
        title="Seek",
        words="to a time of day, or so long ago; asks for it",
        group=Group.PAST,
    ),
    Action(
        id="past_live",
        keys=("end",),
        shown_key="End",
        label="live",
        title="Live",
        words="back to what happens now",
        group=Group.PAST,
        everywhere=True,
    ),
    Action(
        id="overview",
        keys=("1",),
        shown_key="1",
        label="overview",
        title="Overview",
        words="every platform, the host and what happened",
        group=Group.SCREENS,
    ),
    Action(
        id="events",
        keys=("2",),
        shown_key="2",
        label="events",
        title="Events",
        words="everything that happened, to search and copy",
        group=Group.SCREENS,
    ),
    Action(
        id="resources",
        keys=("3",),
        shown_key="3",
        label="resources",
        title="Resources",
        words="CPU, RAM, disks, network over up to 30 minutes",
        group=Group.SCREENS,
    ),
    Action(
        id="own",
        keys=("4",),
        shown_key="4",
        label="self",
        title="Self",
        words="does conductor keep up, and what does it cost",
        group=Group.SCREENS,
    ),
    Action(
        id="agents",
        keys=("5",),
        shown_key="5",
        label="agents",
        title="Agents",
        words="everything that beats, and the ways in",
        group=Group.SCREENS,
    ),
    Action(
        id="alerts",
        keys=("6",),
        shown_key="6",
        label="alerts",
        title="Alerts",
        words="what is wrong, who was told, what is on its way",
        group=Group.SCREENS,
    ),
    Action(
        id="digest",
        keys=(),
        shown_key="",
        label="",
        title="Since I left",
        words="what happened since I left: worst first",
        group=Group.LOOK,
    ),
    Action(
        id="attached",
        keys=(),
        shown_key="",
        label="",
        title="Who is attached",
        words="the dashboards at this conductor, since when, from where",
        group=Group.LOOK,
    ),
    Action(
        id="command_palette",
        keys=("colon", "ctrl+p"),
        shown_key=":",
        label="palette",
        title="Palette",
        words="every action by its name; so does ctrl+p",
        group=Group.APP,
    ),
    Action(
        id="help",
        keys=("question_mark", "f1"),
        shown_key="?",
        label="help",
        title="Help",
        words="keys and signs; so does F1",
        group=Group.APP,
    ),
    Action(
        id="reload",
        keys=("ctrl+r",),
        shown_key="ctrl+r",
        label="",
        title="Reload",
        words="the settings file; an invalid one changes nothing",
        group=Group.APP,
        writes=True,
    ),
    Action(
        id="change_theme",
        keys=(),
        shown_key="",
        label="",
        title="Theme",
        words="dark, light, contrast, colour-blind, 16, plain",
        group=Group.APP,
    ),
    Action(
        id="suspend_process",
        keys=("ctrl+z",),
        shown_key="ctrl+z",
        label="",
        title="Suspend",
        words="to the shell; `fg` comes back, checks wait",
        group=Group.APP,
        everywhere=True,
    ),
    Action(
        id="leave",
        keys=("q",),
        shown_key="q",
        label="quit",
        title="Quit",
        words="from the first screen; elsewhere q goes back",
        group=Group.APP,
    ),
)

BY_ID = {action.id: action for action in ACTIONS}

# The key line drops keys from the end of this list when the terminal is narrow.
_IMPORTANT = (
    "leave",
    "help",
    "past_live",
    "confirm",
    "trip",
    "back",
    "release",
    "open",
    "undo",
    "force_close",
    "check",
    "beat",
    "ack",
    "redrive",
    "drop",
    "try_channel",
    "filter",
    "mark",
    "pause",
    "silence",
    "freeze",
    "sort_next",
    "follow",
    "window",
    "command_palette",
    "events",
    "resources",
    "agents",
    "alerts",
    "forget",
    "copy_out",
    "own",
    "overview",
)


def bindings(table: Sequence[Action] = ACTIONS) -> list[BindingType]:
    """Return the bindings of every action, in the order of the table."""
    return [action.binding() for action in table if action.keys]


def importance(action_id: str) -> int:
    """Return the place of an action when room is short: 0 goes last.

    What only one screen knows (a filter, a sort) stands behind open.
    """
    if action_id in _IMPORTANT:
        return _IMPORTANT.index(action_id)
    return _IMPORTANT.index("open")


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
