"""The dead letters: kept before anybody hears that they were accepted, told to whoever
looks, gone once they are delivered or a person discards them.

    request -> journal -> "accepted" -> lane -> delivered | given up -> a person

What to do with a letter next is for its lane to say (lanes.py).
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from conductor_tui.domain.dead_letter import (
    DeadLetter,
    LetterError,
    LetterState,
    LetterView,
    wait_s,
)
from conductor_tui.domain.dispatch import (
    Dispatched,
    DispatchRequest,
    LetterLimits,
)
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.ids import LetterId
from conductor_tui.domain.letter_events import LetterGivenUp, LettersTold, LettersUnread
from conductor_tui.domain.payload import size_of
from conductor_tui.domain.text import one_line
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock, KeptKey, KeptLetters, LetterJournal

TOLD_WITHIN_S = 0.25
_WORDS = 400


class LettersFull(Exception):
    """As many dead letters are kept as may be, in words."""


class Letters:
    """Belongs to the engine's loop; `whole` may be asked from any thread. Without a
    journal a restart forgets the letters.
    """

    def __init__(
        self,
        journal: LetterJournal | None,
        hub: Hub,
        clock: Clock,
    ) -> None:
        self._journal, self._hub, self._clock = journal, hub, clock
        self._limits = LetterLimits()
        self._letters: dict[LetterId, DeadLetter] = {}
        self._bytes, self._last = 0, 0
        self._changed: dict[LetterId, None] = {}
        self._gone: dict[LetterId, None] = {}
        self._is_soon = False

    # What there is

    def keep_to(self, limits: LetterLimits) -> None:
        self._limits = limits

    def restore(self, kept: KeptLetters) -> Sequence[DeadLetter]:
        """Go on with what was kept. Returns those that wait, oldest first."""
        self._last = max(self._last, kept.last)
        for letter in kept.letters:
            self._put(letter)
            self._tell(letter.id)
        if kept.words:
            self._hub.publish(LettersUnread(why=kept.words))
        return [one for one in kept.letters if one.view.state is LetterState.WAITING]

    def whole(self, letter: LetterId) -> DeadLetter | None:
        return self._letters.get(letter)

    def every(self) -> Iterable[DeadLetter]:
        """Yield all of them, oldest first."""
        yield from sorted(self._letters.values(), key=lambda one: one.id)

    def __len__(self) -> int:
        return len(self._letters)

    @property
    def size_bytes(self) -> int:
        """Bytes of all payloads."""
        return self._bytes

    # What becomes of them

    async def accept(
        self,
        request: DispatchRequest,
        to: str,
        done: Dispatched | None = None,
        key: KeptKey | None = None,
    ) -> DeadLetter:
        """Keep a request. It is durable when this returns. `done` is what came of it
        so far; `key` is kept with it.

        Raises LettersFull, JournalFailed.
        """
        letter = self._new(request, to, done)
        self._look_for_room(letter.view.size_bytes)
        self._put(letter)  # its room is taken from now on
        try:
            if self._journal is not None:
                keys = () if key is None else (_of_letter(key, letter.id),)
                await self._journal.keep((letter,), keys=keys)
        except BaseException:
            self._drop(letter.id)
            raise
        self._tell(letter.id)
        return letter

    async def change(self, *letters: DeadLetter) -> None:
        """Other versions take the place of what is known, unless it is gone."""
        changed = [one for one in letters if one.id in self._letters]
        for letter in changed:
            self._letters[letter.id] = letter
            self._tell(letter.id)
        await self._keep(letters=changed)

    def note(self, view: LetterView) -> None:
        """When it is due is told, and not kept: after a restart all are."""
        letter = self._letters.get(view.id)
        if letter is not None:
            self._letters[view.id] = replace(letter, view=view)
            self._tell(view.id)

    async def give_up(self, letter: DeadLetter, why: str) -> None:
        """It waits for a person from now on."""
        view = replace(letter.view, state=LetterState.GIVEN_UP, next_at=None)
        await self.change(replace(letter, view=view))
        self._hub.publish(LetterGivenUp(letter=view, why=why))

    async def delivered(self, letter: DeadLetter, key: KeptKey | None) -> None:
        keys = () if key is None else (key,)
        self._forget(letter.id)
        await self._keep(gone=(letter.id,), keys=keys)

    async def discard(self, letters: Sequence[LetterId]) -> None:
        """Forget them. Raises JournalFailed; then they are all still there."""
        if self._journal is not None:
            await self._journal.keep(gone=letters)
        for letter in letters:
            self._forget(letter)

    def errors_of(self, done: Dispatched) -> tuple[LetterError, ...]:
        """Return what went wrong, with the moment."""
        now = self._clock.now()
        return tuple(
            LetterError(
                at=now,
                platform=one.platform,
                outcome=one.outcome,
                words=one_line(one.words, _WORDS),
                attempts=one.attempts,
            )
            for one in done.troubles
        )

    def _new(
        self, request: DispatchRequest, to: str, done: Dispatched | None
    ) -> DeadLetter:
        self._last += 1
        now = self._clock.now()
        in_s = wait_s(0, done.retry_in_s) if done is not None and done.attempts else 0.0
        view = LetterView(
            id=LetterId(self._last),
            to=to,
            type=request.type,
            request=request.id,
            at=now,
            by=request.by,
            next_at=now + timedelta(seconds=in_s),
            size_bytes=size_of(request.payload),
            priority=request.priority,
        )
        letter = DeadLetter(view=view, request=request)
        return letter if done is None else letter.with_errors(self.errors_of(done))

    def _look_for_room(self, size_bytes: int) -> None:
        limits = self._limits
        if len(self._letters) >= limits.count:
            words = f"{len(self._letters)} dead letters are kept already"
        elif self._bytes + size_bytes > limits.size_bytes:
            words = f"the dead letters have {self._bytes / 1e6:.1f} MB already"
        else:
            return
        raise LettersFull(f"{words}: redrive or discard some ([dead_letters])")

    async def _keep(
        self,
        letters: Sequence[DeadLetter] = (),
        gone: Sequence[LetterId] = (),
        keys: Sequence[KeptKey] = (),
    ) -> None:
        """A crash before this is kept repeats a redrive, and loses nothing: so does a
        journal that fails.
        """
        if self._journal is not None:
            with suppress(JournalFailed):
                await self._journal.keep(letters, gone, keys, is_soft=True)

    def _put(self, letter: DeadLetter) -> None:
        self._letters[letter.id] = letter
        self._bytes += letter.view.size_bytes

    def _drop(self, letter: LetterId) -> None:
        found = self._letters.pop(letter, None)
        if found is not None:
            self._bytes -= found.view.size_bytes

    def _forget(self, letter: LetterId) -> None:
        self._drop(letter)
        self._changed.pop(letter, None)
        self._gone[letter] = None
        self._soon()

    # Telling

    def _tell(self, letter: LetterId) -> None:
        self._changed[letter] = None
        self._soon()

    def _soon(self) -> None:
        if not self._is_soon:
            self._is_soon = True
            self._clock.alarm(TOLD_WITHIN_S, self._tell_all)

    def _tell_all(self) -> None:
        self._is_soon = False
        changed, self._changed = self._changed, {}
        gone, self._gone = self._gone, {}
        views = [self._letters[one].view for one in changed if one in self._letters]
        known = self._hub.snapshot.letters
        went = tuple(one for one in gone if one in known)
        if views or went:
            self._hub.publish(LettersTold(letters=tuple(views), gone=went))


def _of_letter(key: KeptKey, letter: LetterId) -> KeptKey:
    return replace(key, done=replace(key.done, letter=letter))
