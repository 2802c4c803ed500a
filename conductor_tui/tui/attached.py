"""What an app does for a person at a conductor that is elsewhere: it says when that is
not heard, what others do there, and what happened while the person was away.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from textual import work
from textual.screen import ModalScreen, Screen

from conductor_tui import ports
from conductor_tui.domain.errors import ConductorError
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.text import one_line
from conductor_tui.domain.viewer import Lost
from conductor_tui.tui.action import Action
from conductor_tui.tui.keys import KeyedApp
from conductor_tui.tui.ledger import Tone
from conductor_tui.tui.neighbours import Neighbours
from conductor_tui.tui.present.advice import advice_line
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.lost import Absence, back, lost_line
from conductor_tui.tui.present.spans import Line
from conductor_tui.tui.present.viewers import attached
from conductor_tui.tui.widgets.advice_line import AdviceLine
from conductor_tui.tui.widgets.banner import Banner
from conductor_tui.tui.widgets.lines import LinesView

MOST_EVENTS = 5000  # that a digest is made of
LONG_S = 60.0  # a conductor that was not heard for longer has something to tell
YOU_LEFT, LAST_HEARD = "you left", "it was last heard"


class AttachedApp(KeyedApp):
    """An app that looks around at each look at the session.

    `archive` is where events are looked up that the snapshot has no more; None: only
    the snapshot's are known. `left_at` is when this person went the last time, and
    `known_as` what the conductor calls them.
    """

    _clock: ports.Clock
    archive: ports.Archive | None
    left_at: datetime | None
    known_as: Callable[[], str]
    neighbours: Neighbours

    _absence: Absence | None = None
    _has_greeted = False

    def look_around(self) -> None:
        """Say what is new about the conductor and the people at it."""
        snapshot = self.feed.snapshot
        self._note_absence(snapshot.lost)
        self.show_lines()
        self.neighbours.hear(snapshot)
        said = self.desk.said
        is_free = said is None or said.tone is Tone.NOTE  # ours is not talked over
        if is_free and (words := self.neighbours.take()):
            self.desk.say(words)
        if not self._has_greeted and snapshot.started_at and not snapshot.lost:
            self._has_greeted = True
            self.left_at = self._when_left()
            if snapshot.by_daemon and self.left_at:
                self.tell_digest(self.left_at, asked=False)

    def _note_absence(self, lost: Lost | None) -> None:
        if lost and self._absence is None:
            seen = self._clock.now(), self._clock.monotonic()
            self._absence = Absence(lost.at, *seen)
        elif lost is None and self._absence:
            absence, self._absence = self._absence, None
            self._welcome_back(absence)

    def _welcome_back(self, absence: Absence) -> None:
        """Say how long it was; after a long time also what happened meanwhile."""
        really = absence.now(self._clock.monotonic())
        away_s = max(0.0, (really - absence.began).total_seconds())
        self.desk.say(back(away_s))
        if away_s >= LONG_S and self._has_greeted:
            self.tell_digest(absence.began, asked=False, begin=LAST_HEARD)

    def show_lines(self) -> None:
        """Say on every screen what none may hide: nobody is heard, and what is advised;
        or take that away. The banner goes by a clock of its own: the one that the
        screens are drawn by stands still meanwhile.
        """
        lost, advised = self.feed.snapshot.lost, self._advice_line()
        for screen in self._full_screens():
            screen.set_class(lost is not None, "-stale")
            screen.set_class(advised is not None, "-advised")
            self.keep_line(screen, Banner, self._lost_line(lost))
            self.keep_line(screen, AdviceLine, advised)

    def keep_line(
        self, screen: Screen[object], kind: type[LinesView], line: Line | None
    ) -> None:
        """Show a line of this kind under the header of a screen; None: show none."""
        shown = screen.query_one_optional(kind)
        if shown is None and line:
            shown = kind(ascii=self.ascii)
            header = screen.query_one_optional("#header")
            if header is None:
                screen.mount(shown, before=0)
            else:
                screen.mount(shown, after=header)
        if shown and line:
            shown.show([line])
        elif shown:
            shown.remove()

    def _lost_line(self, lost: Lost | None) -> Line | None:
        if lost is None or self._absence is None:
            return None
        now = self._absence.now(self._clock.monotonic())
        return lost_line(lost, Lens(now, self.zone), self.size.width)

    def _advice_line(self) -> Line | None:
        """Who is not heard advises nothing, and neither does the past."""
        if self.feed.snapshot.lost or self._advice is None:
            return None
        action = self.by_id["follow_advice"]
        has_key = bool(action.keys) and not self.is_read_only
        key = action.shown_key if has_key else ""
        return advice_line(self.feed.snapshot, key, self.size.width)

    def _full_screens(self) -> Iterator[Screen[object]]:
        """The screens that are no dialogs, once they have something on them."""
        for screen in self.screen_stack:
            if screen.is_mounted and not isinstance(screen, ModalScreen):
                yield screen

    def _when_left(self) -> datetime | None:
        """Return when this person's last dashboard went, as far as that is known. Where
        another one of theirs is here they did not go.
        """
        by, snapshot = self.known_as(), self.feed.snapshot
        is_only = sum(one.by == by for one in snapshot.viewers) <= 1
        return self.left_at or (snapshot.visits.get(by) if is_only else None)

    def _obstacle(self, action: Action) -> str:
        if action.id == "digest" and self.left_at is None:
            return "since I left: it is not known when you were here before"
        return super()._obstacle(action)

    def action_digest(self) -> None:
        if self.left_at:
            self.tell_digest(self.left_at, asked=True)

    @work(name="digest", exclusive=True, group="digest")
    async def tell_digest(
        self, since: datetime, *, asked: bool, begin: str = YOU_LEFT
    ) -> None:
        """Tell what happened since: in a dialog when something did. `begin` says what
        was then.
        """
        from conductor_tui.tui.present.digest import digest
        from conductor_tui.tui.screens.digest import DigestScreen

        events, trouble = await asyncio.to_thread(self._events_since, since)
        snapshot, lens = self.feed.snapshot, Lens(self._clock.now(), self.zone)
        told = digest(events, snapshot, since, lens, begin=begin, trouble=trouble)
        if told.items and (asked or self._is_at_rest):
            screen = DigestScreen(told, ascii=self.ascii)
            self.push_screen(screen, partial(self._digest_closed, since))
        elif told.items or begin == YOU_LEFT:
            self._say(told.sentence)

    def _events_since(self, at: datetime) -> tuple[tuple[Envelope, ...], str]:
        """Return what happened since, as far as it is known, and in words why not
        further. Blocks.
        """
        known = tuple(one for one in self.feed.snapshot.events if one.at >= at)
        if self.archive is None:
            return known, ""
        try:
            events = self.archive.events(at, limit=MOST_EVENTS)
        except ConductorError as error:
            return known, f"the journal did not tell more: {one_line(str(error))}"
        if len(events) >= MOST_EVENTS:
            return events, f"only the newest {MOST_EVENTS} events are counted"
        return events, ""

    @property
    def _is_at_rest(self) -> bool:
        """True while the person only looks at the first screen: nothing is in the way
        of a dialog, and no key that is on its way would hit it.
        """
        return len(self.screen_stack) == 1 and not self.screen.has_class("-typing")

    async def _digest_closed(self, since: datetime, more: bool | None) -> None:
        """Open the events where the digest begins, if that was the answer."""
        from conductor_tui.tui.screens.events import EventsScreen

        if more:
            ascii, zone = self.ascii, self.zone
            await self._go(lambda: EventsScreen(ascii=ascii, zone=zone, since=since))

    def action_attached(self) -> None:
        """Show who looks at this conductor."""
        from conductor_tui.tui.screens.digest import NotesScreen

        lens = Lens(self._clock.now(), self.zone)
        lines = attached(self.feed.snapshot, lens)
        self.push_screen(NotesScreen(lines, ascii=self.ascii))
