"""Where requests come in: by their key, over their way, into the dead letters.

    key known? -> platform, group or type -> delivered | kept | refused

What is answered as delivered was delivered; what is answered as kept is in the journal.
Nothing else was accepted.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace

from conductor_tui.domain.commands import DiscardLetters, LetterCommand, RedriveLetters
from conductor_tui.domain.dead_letter import DeadLetter, LetterState, LetterView
from conductor_tui.domain.dispatch import (
    Dispatched,
    DispatchOutcome,
    DispatchRequest,
    DispatchSettings,
)
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.ids import LetterId, PlatformName
from conductor_tui.domain.text import one_line
from conductor_tui.engine.dispatch.dispatching import Dispatching
from conductor_tui.engine.dispatch.keys import Keys
from conductor_tui.engine.dispatch.lanes import Lanes, Pace
from conductor_tui.engine.dispatch.letters import Letters, LettersFull
from conductor_tui.engine.dispatch.routing import Routing
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.refusal import Refused
from conductor_tui.ports import Clock, LetterJournal

Answer = Callable[[LetterCommand, bool, str], None]
MOST_ORDERS = 100
OPEN_AGAIN_S = 5.0
_STOPPING = "this conductor is stopping"
_NOT_YET = "what is accepted cannot be kept now"


class Requests:
    """Satisfies ports.Dispatches. On the engine's loop."""

    def __init__(
        self,
        dispatching: Dispatching,
        journal: LetterJournal | None,
        hub: Hub,
        clock: Clock,
    ) -> None:
        self._dispatching, self._journal, self._clock = dispatching, journal, clock
        self._settings = DispatchSettings()
        self._routing = Routing(dispatching, clock)
        self._letters = Letters(journal, hub, clock)
        self._keys = Keys(journal, clock)
        self._lanes = Lanes(
            self._letters,
            hub,
            clock,
            deliver=self._routing.deliver,
            rest=self._routing.rest,
            pace_of=self._pace_of,
            done=self._delivered,
        )
        self._orders: asyncio.Queue[tuple[LetterCommand, Answer]]
        self._orders = asyncio.Queue(MOST_ORDERS)  # of people who press keys
        self._trouble = "" if journal is None else f"{_NOT_YET}: the engine begins"

    def keep_to(self, settings: DispatchSettings) -> None:
        """Go by other settings from now on. What was accepted stays so."""
        self._settings = settings
        self._dispatching.keep_to(settings)
        self._routing.keep_to(settings)
        self._letters.keep_to(settings.letters)

    async def run(self) -> None:
        """Bring back what was kept, and redrive what waits, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._dispatching.run(), name="figures of requests")
            group.create_task(self._lanes.run(), name="lanes")
            group.create_task(self._open(), name="opening the letters")
            try:
                await self._obey()
            finally:
                self._keys.close()
                self._turn_the_rest_away()

    async def _open(self) -> None:
        """Another conductor may keep the journal: until it goes, nothing is accepted
        here that could be lost.
        """
        while self._journal is not None:
            try:
                kept = await self._journal.open()
            except JournalFailed as error:
                self._trouble = f"{_NOT_YET}: {error}"
                await self._clock.sleep(OPEN_AGAIN_S)
                continue
            for letter in self._letters.restore(kept):
                self._lanes.put(letter)
            self._trouble = ""
            return

    # What is asked for

    def letters(self) -> Iterable[LetterView]:
        """See ports.Dispatches."""
        return (one.view for one in self._letters.every())

    def letter(self, letter: LetterId) -> DeadLetter | None:
        """See ports.Dispatches."""
        return self._letters.whole(letter)

    async def send(self, request: DispatchRequest) -> Dispatched:
        """See ports.Dispatches."""
        if not request.key:
            return await self._send(request)
        if self._trouble:
            return _not_kept(self._trouble)
        try:
            return await self._keys.once(request, self._send)
        except JournalFailed as error:
            return _not_kept(f"{_NOT_YET}: {error}")

    async def _send(self, request: DispatchRequest) -> Dispatched:
        to = self._routing.way(request).to
        if not request.wait:
            return await self._accept(request, to, None)
        done = await self._routing.deliver(request)
        if not request.keep or not done.outcome.may_be_kept:
            return done
        return await self._accept(request, to, done)

    async def _accept(
        self, request: DispatchRequest, to: str, done: Dispatched | None
    ) -> Dispatched:
        kept = done or Dispatched(outcome=DispatchOutcome.KEPT, words="accepted")
        kept = replace(kept, outcome=DispatchOutcome.KEPT)
        if self._trouble:
            return _cannot_keep(self._trouble, done)
        key = self._keys.kept(request, kept)
        try:
            letter = await self._letters.accept(request, to, done, key)
        except LettersFull as full:
            return _cannot_keep(str(full), done)
        except JournalFailed as error:
            return _cannot_keep(f"{_NOT_YET}: {error}", done)
        if done is None:
            self._lanes.put_fresh(letter)
        else:
            self._lanes.put(letter, done.words)
        return replace(kept, letter=letter.id)

    async def _delivered(self, letter: DeadLetter, done: Dispatched) -> None:
        ended = replace(done, letter=letter.id)
        await self._letters.delivered(letter, self._keys.kept(letter.request, ended))

    def _pace_of(self, request: DispatchRequest) -> Pace:
        """Those for a group go at the pace of its first platform."""
        try:
            first = self._routing.way(request).platforms[0]
        except LookupError:
            first = PlatformName(request.to)
        spec = self._settings.of(first)
        return Pace(spec.at_once, spec.redrive_rate, spec.redrives)

    # What people do

    def ask(self, command: LetterCommand, answer: Answer) -> None:
        """Carry it out in a moment; `answer` is called then. Raises Refused."""
        if self._orders.full():
            raise Refused(f"{MOST_ORDERS} commands wait already: ask again later")
        self._orders.put_nowait((command, answer))

    async def _obey(self) -> None:
        while True:
            command, answer = await self._orders.get()
            try:
                words, granted = await self._carry_out(command), True
            except Refused as refusal:
                words, granted = str(refusal), False
            except asyncio.CancelledError:
                answer(command, False, _STOPPING)
                raise
            answer(command, granted, words)

    def _turn_the_rest_away(self) -> None:
        while not self._orders.empty():
            command, answer = self._orders.get_nowait()
            answer(command, False, _STOPPING)

    async def _carry_out(self, command: LetterCommand) -> str:
        """Return the answer's words. Raises Refused."""
        chosen = self._chosen(command)
        match command:
            case RedriveLetters():
                return await self._redrive(chosen)
            case DiscardLetters(why=why):
                if not one_line(why):
                    raise Refused("a dead letter is discarded with a reason only")
                return await self._discard(chosen)

    def _chosen(self, command: LetterCommand) -> list[DeadLetter]:
        if command.letters:
            found = [self._letters.whole(one) for one in command.letters]
            letters = [one for one in found if one is not None]
            if not letters:
                names = ", ".join(str(one) for one in command.letters[:10])
                raise Refused(f"no dead letter {names}: delivered, or discarded")
            return sorted(letters, key=lambda one: one.id)
        every = self._letters.every()
        letters = [one for one in every if command.to in ("", one.view.to)]
        if not letters:
            whom = f" for {command.to}" if command.to else ""
            raise Refused(f"there are no dead letters{whom}")
        return letters

    async def _redrive(self, letters: list[DeadLetter]) -> str:
        anew = [self._anew(one) for one in letters]
        await self._letters.change(*anew)
        for letter in anew:
            self._lanes.put(letter)
        rests = {self._routing.rest(one.request) for one in anew}
        words = "1 is" if len(letters) == 1 else f"{len(letters)} are"
        if all(rests):
            why = next(iter(rests)) if len(rests) == 1 else "none of them can be now"
            return f"{words} redriven later: {why}"
        return f"{words} redriven now, in the order they came"

    def _anew(self, letter: DeadLetter) -> DeadLetter:
        view = replace(
            letter.view,
            state=LetterState.WAITING,
            redrives=0,
            next_at=self._clock.now(),
        )
        return replace(letter, view=view)

    async def _discard(self, letters: list[DeadLetter]) -> str:
        try:
            await self._letters.discard([one.id for one in letters])
        except JournalFailed as error:
            raise Refused(f"they are still there: {error}") from error
        for letter in letters:
            self._lanes.drop(letter)
        return "1 discarded" if len(letters) == 1 else f"{len(letters)} discarded"


def _cannot_keep(words: str, done: Dispatched | None) -> Dispatched:
    """Return that it was not accepted, with what came of it where it was tried."""
    if done is None:
        return _not_kept(words)
    outcome = DispatchOutcome.NOT_KEPT
    return replace(done, outcome=outcome, words=f"{done.words}; {words}")


def _not_kept(words: str) -> Dispatched:
    return Dispatched(outcome=DispatchOutcome.NOT_KEPT, words=words)
