"""The keys that look back: screens show a moment of the past, and nothing writes."""

import asyncio
from abc import abstractmethod
from datetime import datetime

from textual import events, work
from textual.screen import ModalScreen

from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.action import Action, Group
from conductor_tui.tui.attached import AttachedApp
from conductor_tui.tui.browsing import Browses
from conductor_tui.tui.ledger import Tone
from conductor_tui.tui.messages import HasWindow
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.past import past_line
from conductor_tui.tui.replay import NO_JOURNAL, Wish, find
from conductor_tui.tui.widgets.past_line import PastLine

IS_PAST = "this is the past: End goes back"
MINUTE_S = 60.0


class ReplayingApp(AttachedApp):
    """An app whose feed may give a moment of the past instead of the newest state.

    The archive is asked in a thread, for one thing at a time; what is wanted meanwhile
    comes together into one wish, and going live forgets it.
    """

    _wish: Wish | None = None
    _is_looking = False
    _lives = 0  # how often somebody went live: what was asked for before is not shown

    @abstractmethod
    def pull(self) -> None:
        """Show what there is to be shown now, if it is news."""

    @property
    def is_past(self) -> bool:
        return self.feed.past is not None

    @property
    def standing(self) -> tuple[bool, ...]:
        return *super().standing, self.is_past

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        may = super().check_action(action, parameters)
        known = self.by_id.get(action)
        return None if may and known and known.writes and self.is_past else may

    def on_key(self, event: events.Key) -> None:
        """Say why a key that writes does nothing now: those that act on nothing that
        is picked too. Textual calls the handler of each class.
        """
        keys = {key for one in self.table if one.writes for key in one.keys}
        if self.is_past and event.key in keys:
            self._say(IS_PAST)

    def _objection(self, action: Action) -> str:
        if action.writes and self.is_past:
            return IS_PAST
        return super()._objection(action)

    def _obstacle(self, action: Action) -> str:
        if action.id == "freeze" and self.is_past:
            return "freeze: the past stands still already"
        if action.group is not Group.PAST:
            return super()._obstacle(action)
        elsewhere = f"{action.title.lower()}: not on this screen"
        if isinstance(self.screen, ModalScreen):
            return elsewhere
        if action.id == "past_live":
            return "" if self.is_past else "this is live already"
        return elsewhere if isinstance(self._seat, HasWindow) else ""

    def action_past_back(self) -> None:
        self._look(Wish(steps=-1))

    def action_past_forward(self) -> None:
        self._look(Wish(steps=1))

    def action_past_minute_back(self) -> None:
        self._look(Wish(seconds=-MINUTE_S))

    def action_past_minute_forward(self) -> None:
        self._look(Wish(seconds=MINUTE_S))

    def action_past_seek(self) -> None:
        from conductor_tui.tui.screens.seek import SeekScreen

        if self.archive is None:
            self._say(NO_JOURNAL)
        else:
            lens = Lens(self._really_now(), self.zone)
            self.push_screen(SeekScreen(lens, ascii=self.ascii), self._seek)

    def action_past_live(self) -> None:
        self._wish = None
        self._lives += 1
        self._show_past_or_live(None)

    def _seek(self, at: datetime | None) -> None:
        if at is not None:
            self._look(Wish(at=at))

    def _look(self, wish: Wish) -> None:
        if self.archive is None:
            self._say(NO_JOURNAL)
            return
        is_forward = wish.steps > 0 or wish.seconds > 0
        if is_forward and not self.is_past and not self._is_looking:
            self._say("this is live: [ steps back, S seeks")
            return
        self._wish = wish.after(self._wish)
        if not self._is_looking:
            self._is_looking = True
            self.look_back()

    @work(name="past", group="past")
    async def look_back(self) -> None:
        """Fulfil one wish after the other."""
        try:
            while self._wish is not None:
                wish, self._wish = self._wish, None
                await self._fulfil(wish)
        finally:
            self._is_looking = False

    async def _fulfil(self, wish: Wish) -> None:
        if self.archive is None:
            return
        lives, now, past = self._lives, self._really_now(), self.feed.past
        stands = (past.at if past else None) or now
        live = self.feed.snapshot
        found = await asyncio.to_thread(find, self.archive, wish, stands, now, live)
        if lives != self._lives:  # somebody went live meanwhile
            return
        if found.words:
            tone = Tone.NOTE if found.is_live else Tone.REFUSED
            self.desk.say(found.words, tone)
            self.show_said()
        if found.past or found.is_live:
            self._show_past_or_live(found.past)

    def _show_past_or_live(self, past: Snapshot | None) -> None:
        seat = self._seat
        if isinstance(seat, Browses) and seat.frozen:
            seat.freeze()  # else the picture would not move
        self.feed.past = past
        self.pull()

    def _really_now(self) -> datetime:
        """Return what time it is: the clock stands still while nobody is heard."""
        if self._absence is not None:
            return self._absence.now(self._clock.monotonic())
        return self._clock.now()

    def show_lines(self) -> None:
        """Say on every screen that the past is shown, too."""
        super().show_lines()
        past = self.feed.past
        lens = Lens(self._really_now(), self.zone)
        for screen in self._full_screens():
            screen.set_class(past is not None, "-past")
            line = past_line(past, lens, self.size.width) if past else None
            self.keep_line(screen, PastLine, line)
