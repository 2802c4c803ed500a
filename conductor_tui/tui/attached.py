"""What an app does for a person at a conductor that is elsewhere: it says when that is
not heard, what others do there, and what happened while the person was away.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime

from textual import work
from textual.screen import ModalScreen, Screen

from conductor_tui import ports
from conductor_tui.domain.errors import ConductorError
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.domain.text import one_line
from conductor_tui.domain.viewer import Lost
from conductor_tui.tui.actions import Action
from conductor_tui.tui.keys import KeyedApp
from conductor_tui.tui.ledger import Tone
from conductor_tui.tui.neighbours import Neighbours
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.lost import Absence, back, lost_line
from conductor_tui.tui.present.viewers import attached
from conductor_tui.tui.widgets.banner import Banner

MOST_EVENTS = 5000  # that a digest is made of


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
        self.show_lost()
        self.neighbours.hear(snapshot)
        said = self.desk.said
        is_free = said is None or said.tone is Tone.NOTE  # ours is not talked over
        if is_free and (words := self.neighbours.take()):
            self.desk.say(words)
        if not self._has_greeted and snapshot.mode is Mode.LIVE:
            self._has_greeted = True
            self._greet(snapshot)

    def _note_absence(self, lost: Lost | None) -> None:
        if lost and self._absence is None:
            seen = self._clock.now(), self._clock.monotonic()
            self._absence = Absence(lost.at, *seen)
        elif lost is None and self._absence:
            really = self._absence.now(self._clock.monotonic())
            away_s = (really - self._absence.began).total_seconds()
            self._absence = None
            self.desk.say(back(max(0.0, away_s)))

    def show_lost(self) -> None:
        """Put the banner on every screen, or take it away. It goes by a clock of its
        own: the one that the screens are drawn by stands still meanwhile.
        """
        lost = self.feed.snapshot.lost
        for screen in self._full_screens():
            screen.set_class(lost is not None, "-stale")
            banner = screen.query_one_optional(Banner)
            if banner is None and lost:
                banner = Banner(ascii=self.ascii)
                if header := screen.query_one_optional("#header"):
                    screen.mount(banner, after=header)
                else:
                    screen.mount(banner, before=0)
            if banner and lost and self._absence:
                now = self._absence.now(self._clock.monotonic())
                lens = Lens(now, self.zone)
                banner.show([lost_line(lost, lens, self.size.width)])
            elif banner and not lost:
                banner.remove()

    def _full_screens(self) -> Iterator[Screen[object]]:
        """The screens that are no dialogs, once they have something on them."""
        for screen in self.screen_stack:
            if screen.is_mounted and not isinstance(screen, ModalScreen):
                yield screen

    def _greet(self, snapshot: Snapshot) -> None:
        by = self.known_as()
        is_first = sum(one.by == by for one in snapshot.viewers) <= 1
        if self.left_at is None and is_first:
            self.left_at = snapshot.visits.get(by)
        if snapshot.by_daemon and self.left_at:
            self.tell_digest(self.left_at, asked=False)

    def _obstacle(self, action: Action) -> str:
        if action.id == "digest" and self.left_at is None:
            return "since I left: it is not known when you were here before"
        return super()._obstacle(action)

    def action_digest(self) -> None:
        if self.left_at:
            self.tell_digest(self.left_at, asked=True)

    @work(name="digest", exclusive=True, group="digest")
    async def tell_digest(self, left_at: datetime, *, asked: bool) -> None:
        """Tell what happened since `left_at`: in a dialog when something did."""
        from conductor_tui.tui.present.digest import digest
        from conductor_tui.tui.screens.digest import DigestScreen

        events, trouble = await asyncio.to_thread(self._events_since, left_at)
        snapshot, lens = self.feed.snapshot, Lens(self._clock.now(), self.zone)
        told = digest(events, snapshot, left_at, lens, trouble=trouble)
        if told.items and (asked or self._is_at_rest):
            screen = DigestScreen(told, ascii=self.ascii)
            self.push_screen(screen, self._digest_closed)
        else:
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

    async def _digest_closed(self, following: bool | None) -> None:
        """Open the events where the digest begins, if that was the answer."""
        from conductor_tui.tui.screens.events import EventsScreen

        if following and self.left_at:
            since, ascii, zone = self.left_at, self.ascii, self.zone
            await self._go(lambda: EventsScreen(ascii=ascii, zone=zone, since=since))

    def action_attached(self) -> None:
        """Show who looks at this conductor."""
        from conductor_tui.tui.screens.digest import NotesScreen

        lens = Lens(self._clock.now(), self.zone)
        lines = attached(self.feed.snapshot, lens)
        self.push_screen(NotesScreen(lines, ascii=self.ascii))
