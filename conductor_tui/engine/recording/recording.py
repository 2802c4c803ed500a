"""Keeps what happens, so that a crash takes nothing back that was acknowledged.

    event -> records -> Unkept -> one write at a time -> journal
    transition, answer -> the same, and told once it is there

What a command did and its answer go into one write before they are told; a breaker's
own transitions too. All else is told first and written a moment later, in handfuls.
Nobody waits for a journal that fails or hangs: then all is told at once, the trouble is
said, and what is not kept waits for the journal to come back.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.alert_events import JournalChanged
from conductor_tui.domain.breaker import BreakerView
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import (
    AgentHealthChanged,
    BeatsHeard,
    CommandAnswered,
    Envelope,
    Event,
)
from conductor_tui.domain.ids import AgentId, PlatformName, Seq
from conductor_tui.domain.roster import Roster
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.recording.noting import records_of, state_of
from conductor_tui.engine.recording.unkept import Unkept
from conductor_tui.engine.recording.writing import Writing
from conductor_tui.ports import Clock, KeptState, StateJournal, StateRecord

SOON_S, ALIVE_S, RETRY_S = 0.5, 5.0, 5.0
NOT_KEPT = "not in the journal: a restart forgets it"
FIRST_CHECKPOINT_S, CHECKPOINT_S = 30.0, 600.0


class Recording:
    """`view_of` gives an agent up to its last beat, `untold` those that have beaten
    since they were told last, `before_of` a breaker before a trip that is to be
    confirmed; `adopt` hears what another conductor left that ran beside this one.
    Without a journal, or while another conductor keeps it, nothing is kept.
    """

    def __init__(
        self,
        journal: StateJournal | None,
        hub: Hub,
        clock: Clock,
        *,
        view_of: Callable[[AgentId], AgentView | None],
        untold: Callable[[], Iterable[AgentId]] = tuple,
        adopt: Callable[[KeptState], object] = lambda kept: None,
        before_of: Callable[[PlatformName], BreakerView | None] = lambda name: None,
    ) -> None:
        self._journal, self._hub, self._clock = journal, hub, clock
        self._view_of, self._untold = view_of, untold
        self._before_of, self._adopt = before_of, adopt
        self._unkept = Unkept()
        self._writing = Writing(journal, self._unkept, clock)
        self._agents: set[AgentId] = set()
        self._held: list[Sequence[Event]] = []
        self._synced: list[asyncio.Future[None]] = []
        self._wanted = asyncio.Event()
        self._is_soon = self._is_telling = self._is_open = False
        self._has_news = self._is_checkpoint_due = False
        self._trouble = ""

    @property
    def is_well(self) -> bool:
        """True while what happens is kept."""
        return self._is_open and not self._trouble

    @property
    def waiting(self) -> int:
        """How many records are not kept yet."""
        return len(self._unkept)

    async def begin(self) -> KeptState:
        """Open the journal and hear what happens from now on; return what was kept.
        Before anything happens.
        """
        kept = await self._open()
        if self._journal is not None:
            self._hub.keep_by(self._hold)
        if self._is_open:
            self._hub.go_on_from(kept.last)
            self._hub.listen(self._hear)
        return kept

    def put(self, *records: StateRecord) -> None:
        """Keep these, in a moment."""
        if self._is_open:
            for record in records:
                self._unkept.put(record)
            self._want_soon()

    async def synced(self) -> None:
        """Return once all that happened so far is kept, or cannot be."""
        if not self.is_well:
            return
        done = asyncio.get_running_loop().create_future()
        self._synced.append(done)
        self._wanted.set()
        await done

    async def run(self) -> None:
        """Write what comes, for ever."""
        if self._journal is None:
            return
        if self._is_open:
            await self._remember()
        else:
            await self._take_over()
        self._clock.alarm(FIRST_CHECKPOINT_S, self._want_checkpoint)
        while True:
            await self._wait()
            await self._write()
            if self._trouble:
                await self._clock.sleep(RETRY_S)

    async def close(self) -> None:
        """Write what is left, and let go of the journal."""
        if self._is_open:
            await self._write()
            self._is_open = False
            self._release()
        if self._journal is not None:
            await self._journal.close()

    # The journal

    async def _open(self) -> KeptState:
        if self._journal is None:
            return KeptState()
        try:
            kept = await self._journal.open()
        except JournalFailed:  # alerting says so: it opens the same file
            return KeptState()
        self._is_open = True
        return kept

    async def _remember(self) -> None:
        """Bring the log back: nothing waits for it, so the first checks need not."""
        if self._journal is None:
            return
        with suppress(JournalFailed):  # the next write says so
            self._hub.remember(await self._journal.history())

    async def _take_over(self) -> None:
        """Wait until the journal can be opened and no other conductor keeps it; then
        what is so here takes the place of what was kept, but for holds.
        """
        while not self._is_open:
            await self._clock.sleep(RETRY_S)
            kept = await self._open()
            if self._is_open:
                self._hub.listen(self._hear)
                self._adopt(kept)
                self._remember_all()

    def _remember_all(self) -> None:
        snapshot, put = self._hub.snapshot, self._unkept.put
        for view in snapshot.platforms.in_order():
            for record in state_of(view, self._before_of(view.name)):
                put(record)
        self._agents |= set(snapshot.agents)
        put(snapshot)
        self._wanted.set()

    async def _wait(self) -> None:
        """Wait until something is wanted; that we are alive is said now and then."""
        try:
            async with self._clock.timeout(ALIVE_S):
                await self._wanted.wait()
        except TimeoutError:
            pass
        self._wanted.clear()

    async def _write(self) -> None:
        """Write all there is, then tell what was held for it."""
        held, self._held = self._held, []
        synced, self._synced = self._synced, []
        self._is_soon = False
        for events in held:
            self._bring(events)
        self._agents.update(self._untold() if synced else ())
        self._bring_agents()
        trouble = await self._writing.write_all()
        self._tell_trouble(trouble)
        for events in held:
            self._tell(_unsure(events) if trouble else events)
        for done in synced:
            if not done.done():
                done.set_result(None)
        self._make_checkpoint()
        if self._held or self._synced:
            self._wanted.set()
        if trouble:
            self._release()

    def _release(self) -> None:
        """Nobody waits for a journal that does not take what it is given."""
        held, self._held = self._held, []
        for events in held:
            for event in _unsure(events):
                self._hub.publish(event)
        synced, self._synced = self._synced, []
        for done in synced:
            if not done.done():
                done.set_result(None)

    # What happens

    def _hear(self, envelope: Envelope) -> None:
        if self._is_telling:
            return  # it is kept already
        event = envelope.event
        if isinstance(event, BeatsHeard):
            self._agents.update(one.agent for one in event.agents)
            self._want_soon()
            return
        if isinstance(event, AgentHealthChanged):
            self._agents.add(event.agent)
        before = self._before_of_event(event)
        has_some = False
        for record in records_of(envelope, before):
            self._unkept.put(record)
            has_some = True
        if has_some:
            self._has_news = True
            self._want_soon()

    def _hold(self, events: Sequence[Event]) -> bool:
        """Take events that are told once they are kept; or tell that they are not."""
        if not self.is_well:
            for event in _unsure(events):
                self._hub.publish(event)
            return True
        self._held.append(events)
        self._wanted.set()
        return True

    def _bring(self, events: Sequence[Event]) -> None:
        now, node = self._clock.now(), self._hub.snapshot.host
        self._has_news = True
        for event in events:
            envelope = Envelope(seq=Seq(0), node=node, at=now, event=event)
            for record in records_of(envelope, self._before_of_event(event)):
                self._unkept.put(record)
            if isinstance(event, CommandAnswered) and event.agent is not None:
                self._agents.add(event.agent)

    def _bring_agents(self) -> None:
        names, self._agents = self._agents, set()
        for name in names:
            view = self._view_of(name)
            if view is not None:
                self._unkept.put(view)

    def _before_of_event(self, event: Event) -> BreakerView | None:
        name = getattr(event, "platform", None)
        return self._before_of(name) if name is not None else None

    def _tell(self, events: Sequence[Event]) -> None:
        self._is_telling = True
        try:
            for event in events:
                self._hub.publish(event)
        finally:
            self._is_telling = False

    def _tell_trouble(self, trouble: str) -> None:
        was, self._trouble = self._trouble, trouble
        if was and not trouble:  # its file may be another one now
            self._remember_all()
        said = self._hub.snapshot.alerts.trouble
        if trouble != was and said in ("", was):  # else alerting has said it
            self._hub.publish(JournalChanged(trouble=trouble))

    def _want_soon(self) -> None:
        if not self._is_soon:
            self._is_soon = True
            self._clock.alarm(SOON_S, self._wanted.set)

    def _want_checkpoint(self) -> None:
        """Keep the whole state, if something happened since the last time: behind the
        next write, for till then something may be kept that is not told yet.
        """
        self._is_checkpoint_due = self._has_news
        self._want_soon()
        self._clock.alarm(CHECKPOINT_S, self._want_checkpoint)

    def _make_checkpoint(self) -> None:
        if self._is_checkpoint_due and not self._held:
            self._is_checkpoint_due = self._has_news = False
            # who is attached now is not there any more when it is looked back
            self.put(replace(self._hub.snapshot, clients=Roster()))


def _unsure(events: Sequence[Event]) -> list[Event]:
    """Return the events, and say in what was granted that it is not kept."""
    return [
        replace(event, words=f"{event.words} ({NOT_KEPT})")
        if isinstance(event, CommandAnswered) and event.granted
        else event
        for event in events
    ]
