"""What each action of the table does: the app's one half. The other is the feed."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from datetime import tzinfo
from functools import partial

from textual import events
from textual.app import App, SystemCommand
from textual.screen import ModalScreen, Screen

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import Command
from conductor_tui.tui import actions, clipboard, commanding, terminal, themes
from conductor_tui.tui.actions import Action
from conductor_tui.tui.clipboard import Copy
from conductor_tui.tui.commanding import Aim
from conductor_tui.tui.desk import NOTHING_TO_UNDO, Desk
from conductor_tui.tui.feed import Feed
from conductor_tui.tui.messages import (
    Copies,
    Filters,
    Follows,
    HasWindow,
    OpenPlatform,
    PicksPlatform,
)
from conductor_tui.tui.present.incident import incident
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.own_page import ScreenFigures
from conductor_tui.tui.present.spans import clip
from conductor_tui.tui.screens.events import EventsScreen
from conductor_tui.tui.screens.force_close import ForceCloseScreen
from conductor_tui.tui.screens.help import HelpScreen
from conductor_tui.tui.screens.own import OwnScreen
from conductor_tui.tui.screens.resources import ResourcesScreen
from conductor_tui.tui.screens.trip import TripAsked, TripScreen

CTRL_C = "press q to quit, or ctrl+c once more"


class KeyedApp(App[None]):
    """An app whose actions are those of the table, each under its `id`."""

    desk: Desk
    feed: Feed
    ascii: bool
    zone: tzinfo | None

    @abstractmethod
    def show_said(self) -> None:
        """Bring the newest sentence to the screen."""

    @property
    def standing(self) -> tuple[bool, bool, bool]:
        """What the key line depends on: read-only, a target, something to undo."""
        return self.is_read_only, self._picked is not None, self.desk.can_undo

    @abstractmethod
    def figures(self) -> ScreenFigures:
        """Return what this screen takes and goes by."""

    @property
    @abstractmethod
    def is_read_only(self) -> bool:
        """True when no command is carried out here."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None (greyed) what read-only forbids, False (hidden) what means nothing."""
        known = actions.BY_ID.get(action)
        if known is None:
            return True
        if known.writes and self.is_read_only:
            return None
        return not self._objection(known)

    async def perform(self, action: Action) -> None:
        """Carry out an action by its name, or say why not."""
        words = self._objection(action)
        if words:
            self._say(words)
        else:
            await self.run_action(f"app.{action.id}")

    def on_key(self, event: events.Key) -> None:
        """Say why a key that acts does nothing now. Those that worked end before."""
        for action in actions.ACTIONS:
            if event.key in action.keys and action.group is actions.Group.ACT:
                self._say(self._objection(action))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every action of the table in the palette, and our themes by name."""
        for action in actions.ACTIONS:
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
        if action.targeted and self._picked is None:
            return f"{action.title.lower()}: no platform is picked here"
        if action.id == "undo" and not self.desk.can_undo:
            return NOTHING_TO_UNDO
        if action.needs is not None and not isinstance(self._seat, action.needs):
            return f"{action.title.lower()}: not on this screen"
        if action.id == "overview" and self._depth == 1:
            return "this is the overview"
        if action.id in ("back", "open") and (self._depth > 1) is (action.id == "open"):
            return f"{action.title.lower()}: not from this screen"
        return ""

    @property
    def _seat(self) -> Screen[object] | None:
        """The screen that the operator works on: the first under any dialog."""
        full = [s for s in self.screen_stack if not isinstance(s, ModalScreen)]
        return full[-1] if full else None

    @property
    def _depth(self) -> int:
        return sum(not isinstance(s, ModalScreen) for s in self.screen_stack)

    @property
    def _picked(self) -> Aim | None:
        seat = self._seat
        if seat is None or not seat.is_mounted or not isinstance(seat, PicksPlatform):
            return None
        return commanding.take_aim(self.feed.seen().snapshot, seat.picked)

    def action_trip(self) -> None:
        if aim := self._picked:
            screen = TripScreen(aim, self._lens, ascii=self.ascii)
            self.push_screen(screen, self._trip)

    def _trip(self, asked: TripAsked | None) -> None:
        if asked:
            operator = self.desk.operator
            self._send(
                commanding.trip(asked.aim, operator, why=asked.why, ttl_s=asked.ttl_s)
            )

    def action_release(self) -> None:
        if aim := self._picked:
            self._send(commanding.release(aim, self.desk.operator))

    def action_force_close(self) -> None:
        aim = self._picked
        if aim and aim.state is BreakerState.CLOSED:
            self._say(f"{aim.platform} is CLOSED already")
        elif aim:
            screen = ForceCloseScreen(aim, self._lens, ascii=self.ascii)
            self.push_screen(screen, self._force_close)

    def _force_close(self, aim: Aim | None) -> None:
        if aim:
            self._send(commanding.reset(aim, self.desk.operator))

    def action_check(self) -> None:
        if aim := self._picked:
            self._send(commanding.check(aim, self.desk.operator))

    def action_undo(self) -> None:
        self.desk.undo()
        self.show_said()

    def action_open(self) -> None:
        if aim := self._picked:
            self.post_message(OpenPlatform(aim.platform))

    async def action_back(self) -> None:
        self.pop_screen()

    def action_filter(self) -> None:
        if isinstance(seat := self._seat, Filters):
            seat.filter()

    def action_follow(self) -> None:
        if isinstance(seat := self._seat, Follows):
            seat.follow()

    def action_window(self) -> None:
        if isinstance(seat := self._seat, HasWindow):
            seat.window(1)

    def action_window_back(self) -> None:
        if isinstance(seat := self._seat, HasWindow):
            seat.window(-1)

    def action_copy_out(self) -> None:
        """Copy what the screen offers, or the platform that is picked."""
        if isinstance(seat := self._seat, Copies):
            self._copy(seat.copied(everything=False))
        elif aim := self._picked:
            snapshot = self.feed.seen().snapshot
            text = incident(aim.view, snapshot, self._lens)
            self._copy(Copy(text, f"{clip(aim.platform, 32)} as Markdown"))
        else:
            self._say("copy: no platform is picked here")

    def action_copy_all(self) -> None:
        if isinstance(seat := self._seat, Copies):
            self._copy(seat.copied(everything=True))

    def _copy(self, copy: Copy) -> None:
        self._say(clipboard.put(copy, self.write_to_terminal))

    def copy_to_clipboard(self, text: str) -> None:
        """Textual's own way (text that was selected) goes through ours."""
        self._clipboard = text
        self._copy(Copy(text, "the selection"))

    def write_to_terminal(self, sequence: str) -> None:
        if self._driver is not None:
            self._driver.write(sequence)

    async def action_overview(self) -> None:
        """Go back to the first screen, from wherever."""
        while self._depth > 1:
            await self.pop_screen()

    async def action_events(self) -> None:
        await self._go(lambda: EventsScreen(ascii=self.ascii, zone=self.zone))

    async def action_resources(self) -> None:
        await self._go(lambda: ResourcesScreen(ascii=self.ascii, zone=self.zone))

    async def action_own(self) -> None:
        figures = self.figures
        await self._go(lambda: OwnScreen(figures, ascii=self.ascii, zone=self.zone))

    async def _go(self, made: Callable[[], Screen[None]]) -> None:
        """Show a full screen above the overview, in the place of any other."""
        screen = made()
        if type(self.screen) is type(screen):
            return
        while self._depth > 2:
            await self.pop_screen()
        if self._depth == 2:
            await self.switch_screen(screen)
        else:
            await self.push_screen(screen)

    def action_help(self) -> None:
        """Open the help, or close it: the key is the same."""
        if isinstance(self.screen, HelpScreen):
            self.pop_screen()
        else:
            own = actions.own_keys(self.screen)
            self.push_screen(HelpScreen(own, ascii=self.ascii))

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

    def _send(self, command: Command) -> None:
        self.desk.send(command)
        self.show_said()

    def _say(self, words: str) -> None:
        self.desk.say(words)
        self.show_said()

    @property
    def _lens(self) -> Lens:
        return Lens(self.feed.newest().now, self.zone)
