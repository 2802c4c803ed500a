"""What each action of the table does: the app's one half. The other is the feed."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from textual import events
from textual.app import App, SystemCommand
from textual.binding import BindingsMap
from textual.screen import Screen

from conductor_tui.tui import actions, terminal, themes
from conductor_tui.tui.action import Action, Group
from conductor_tui.tui.action_table import ACTIONS, BY_ID
from conductor_tui.tui.browsing import Browses
from conductor_tui.tui.desk import NOTHING_TO_UNDO
from conductor_tui.tui.messages import (
    OpenPlatform,
    PicksAgent,
    PicksLetters,
    PicksPlugin,
)
from conductor_tui.tui.shed_acting import ShedActingApp

_ACTS = (Group.ACT, Group.AGENT, Group.ALERT, Group.PLUGIN, Group.LETTER)
_ELSEWHERE = "not on this screen"
CTRL_C = "press q to quit, or ctrl+c once more"


class KeyedApp(ShedActingApp):
    """An app whose actions are those of the table, each under its `id`.

    Here are those of the application; the apps below have the others.
    """

    table: Sequence[Action] = ACTIONS
    by_id: Mapping[str, Action] = BY_ID

    def wear_keys(self, table: Sequence[Action]) -> None:
        """Go by the keys of `table`. Before the app runs.

        Textual's own keymaps take a key away from both of two actions that share it
        (q: back, and leave).
        """
        self.table, self.by_id = table, {action.id: action for action in table}
        textual = App.BINDINGS
        self._bindings = BindingsMap([*textual, *actions.bindings(table)])

    @property
    def standing(self) -> tuple[bool, ...]:
        """What the key line depends on: read-only, a target, something to undo, an
        alert.
        """
        has_target = self._has_aims or self._has_agents
        may_undo, may_confirm = self.desk.can_undo, self._may_confirm
        return (
            *(self.is_read_only, has_target, may_undo, may_confirm),
            *self._alert_standing,
            self._aimed_plugin is not None,
            self._has_letters,
            self._advice is not None,
        )

    @property
    def _may_confirm(self) -> bool:
        """Asked at each look: only what is held is looked at."""
        views = self._seen.platforms.in_order()
        return any(view.breaker.hold and view.breaker.confirm_by for view in views)

    @property
    @abstractmethod
    def is_read_only(self) -> bool:
        """True when no command is carried out here."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None (greyed) what read-only forbids, False (hidden) what means nothing."""
        known = self.by_id.get(action)
        if known is None:
            return True
        if self._obstacle(known):
            return False
        return None if known.writes and self.is_read_only else True

    async def perform(self, action: Action) -> None:
        """Carry out an action by its name, or say why not."""
        words = self._objection(action)
        if words:
            self._say(words)
        else:
            await self.run_action(f"app.{action.id}")

    def on_key(self, event: events.Key) -> None:
        """Say why a key that acts does nothing now. Those that worked end before."""
        said = [
            self._objection(action)
            for action in self.table
            if event.key in action.keys and action.group in _ACTS
        ]
        if said:  # of two with one key, the one that belongs here
            here = (words for words in said if _ELSEWHERE not in words)
            self._say(next(here, said[0]))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every action of the table in the palette, and our themes by name."""
        for action in self.table:
            if action.id != "command_palette":
                run = partial(self.perform, action)
                yield SystemCommand(action.title, action.words, run)
        for theme in themes.THEMES:
            wear = partial(setattr, self, "theme", theme.name)
            title = f"Theme: {theme.name.removeprefix('conductor-')}"
            yield SystemCommand(title, "from now until you quit", wear)

    def _objection(self, action: Action) -> str:
        """Say why the action cannot be done here and now; "" when it can."""
        if action.writes and self.is_read_only:
            return f"read-only: {action.title.lower()} is off here"
        return self._obstacle(action)

    def _obstacle(self, action: Action) -> str:
        """Say why nobody could do it here and now, read-only or not."""
        if action.targeted and not self._has_aims and not self._can_mark(action):
            return f"{action.title.lower()}: no platform is picked here"
        is_here = isinstance(self._seat, PicksAgent)
        if action.needs is PicksAgent and is_here and not self._has_agents:
            return f"{action.title.lower()}: no agent is picked here"
        if action.needs is PicksPlugin and isinstance(self._seat, PicksPlugin):
            return "" if self._aimed_plugin else f"{action.title}: there is no plug-in"
        if action.needs is PicksLetters and isinstance(self._seat, PicksLetters):
            what = action.title.lower()
            return "" if self._has_letters else f"{what}: there is no dead letter here"
        if action.id == "follow_advice" and self._advice is None:
            return "follow advice: nothing is advised just now"
        if action.id == "answers" and self.desk.last_batch is None:
            return "answers: no command at several platforms was sent yet"
        if action.id == "undo" and not self.desk.can_undo:
            return NOTHING_TO_UNDO
        if action.id == "confirm" and not self._may_confirm:
            return "confirm: no trip waits for it"
        if action.needs is not None and not isinstance(self._seat, action.needs):
            return f"{action.title.lower()}: {_ELSEWHERE}"
        if action.group is Group.ALERT:
            return self._alert_obstacle(action.id)
        if action.id == "overview" and self._depth == 1:
            return "this is the overview"
        if action.id in ("back", "open") and (self._depth > 1) is (action.id == "open"):
            return f"{action.title.lower()}: not from this screen"
        return ""

    def _can_mark(self, action: Action) -> bool:
        """True where a mark goes on an agent."""
        return action.needs is Browses and self._has_agents

    def action_open(self) -> None:
        if aim := self._picked:
            self.post_message(OpenPlatform(aim.platform))

    async def action_back(self) -> None:
        self.pop_screen()

    def action_help(self) -> None:
        """Open the help, or close it: the key is the same."""
        from conductor_tui.tui.screens.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.pop_screen()
        else:
            own = actions.own_keys(self.screen, self.table)
            self.push_screen(HelpScreen(own, self.table, ascii=self.ascii))

    def action_leave(self) -> None:
        self.exit()

    def action_help_quit(self) -> None:
        """The first ctrl+c is an accident; a second one soon after is a wish."""
        if self.desk.is_saying(CTRL_C):
            self.exit()
        else:
            self._say(CTRL_C)

    def action_suspend_process(self) -> None:
        if terminal.has_shell_behind():
            super().action_suspend_process()
        else:
            self._say("there is no shell here that could bring us back")
