"""The actions that only look: other screens, filters, windows, and what is copied."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import tzinfo

from textual.driver import Driver
from textual.screen import ModalScreen, Screen

from conductor_tui.domain.ids import PlatformName
from conductor_tui.tui import clipboard, commanding, terminal
from conductor_tui.tui.browsing import Browses
from conductor_tui.tui.clipboard import Copy
from conductor_tui.tui.commanding import Aim
from conductor_tui.tui.desk import Desk
from conductor_tui.tui.feed import Feed
from conductor_tui.tui.ledger import Said, Tone
from conductor_tui.tui.messages import (
    Copies,
    Filters,
    Follows,
    HasWindow,
    PicksPlatform,
)
from conductor_tui.tui.meter import Meter, metered
from conductor_tui.tui.present.figures import ScreenFigures
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import clip
from conductor_tui.tui.present.trouble import trouble
from conductor_tui.tui.type_ahead import TypeAheadApp


class LookingApp(TypeAheadApp):
    """An app with one seat, from which an operator looks at a session."""

    desk: Desk
    feed: Feed
    ascii: bool
    zone: tzinfo | None

    @abstractmethod
    def show_said(self) -> None:
        """Bring the newest sentence to the screen."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        self.meter = Meter()  # the driver is made in there, and counts with it
        super().__init__(ansi_color=ansi_color)

    def get_driver_class(self) -> type[Driver]:
        return metered(super().get_driver_class(), self.meter)

    def figures(self) -> ScreenFigures:
        """Return what this screen takes and goes by."""
        return terminal.figures(self, self.meter, ascii=self.ascii)

    @property
    def trouble(self) -> Said | None:
        """What stands in our way: it is said for as long as it does."""
        words = trouble(self.feed.snapshot, self._lens)
        return Said(words, Tone.REFUSED) if words else None

    @property
    def _sentence(self) -> Said | None:
        """What the status line says: the desk's words before the trouble; but a note
        waits while the engine stands still, which is why nothing answers.
        """
        said = self.desk.said
        if said and said.tone is Tone.NOTE and self.feed.snapshot.own.stall:
            said = None
        return said or self.trouble

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

    def action_what_if(self) -> None:
        """Ask it of the platform under the cursor."""
        from conductor_tui.tui.screens.what_if import WhatIfScreen

        if aim := self._picked:
            self.push_screen(WhatIfScreen(aim.view, ascii=self.ascii))

    def action_copy_out(self) -> None:
        """Copy what the screen offers, or the platforms that are marked or picked."""
        if isinstance(seat := self._seat, Copies):
            self._copy(seat.copied(everything=False))
            return
        marked = seat.marked if isinstance(seat, Browses) else ()
        aim = self._picked
        names = marked or ((aim.platform,) if aim else ())
        if names:
            self._copy(self._incidents(names))
        else:
            self._say("copy: no platform is picked here")

    def _incidents(self, names: Sequence[PlatformName]) -> Copy:
        from conductor_tui.tui.present.incident import incident

        snapshot = self.feed.seen().snapshot
        views = [
            snapshot.platforms[name] for name in names if name in snapshot.platforms
        ]
        text = "\n\n".join(incident(view, snapshot, self._lens) for view in views)
        what = clip(names[0], 32) if len(views) == 1 else f"{len(views)} platforms"
        return Copy(text, f"{what} as Markdown")

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

    # A screen is imported when it is opened: the first paint must not wait for it.
    async def action_events(self) -> None:
        from conductor_tui.tui.screens.events import EventsScreen

        await self._go(lambda: EventsScreen(ascii=self.ascii, zone=self.zone))

    async def action_resources(self) -> None:
        from conductor_tui.tui.screens.resources import ResourcesScreen

        await self._go(lambda: ResourcesScreen(ascii=self.ascii, zone=self.zone))

    async def action_own(self) -> None:
        from conductor_tui.tui.screens.own import OwnScreen

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

    def _say(self, words: str) -> None:
        self.desk.say(words)
        self.show_said()

    @property
    def _lens(self) -> Lens:
        return Lens(self.feed.newest().now, self.zone)
