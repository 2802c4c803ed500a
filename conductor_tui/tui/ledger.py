"""What became of the commands: from an answer to words. Nothing here is silent.

A command that was sent ends in exactly one of three sentences: granted, refused, or
"no answer".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from conductor_tui.domain.commands import (
    UNDO_WITHIN_S,
    Command,
    UndoBreaker,
    subject,
    verb,
)
from conductor_tui.domain.events import BreakerChanged, CommandAnswered, Envelope
from conductor_tui.domain.ids import CommandId, Epoch, PlatformName, Seq
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.batch import NAME_CELLS, Batch
from conductor_tui.tui.commanding import Operator, new_id
from conductor_tui.tui.present.listing import listing
from conductor_tui.tui.present.spans import clip

ANSWER_WITHIN_S = 3.0
FORGET_AFTER_S = 60.0
SAID_FOR_S = 8.0
UNDO_OFFER = " · U undoes"

_PAST: Mapping[str, str] = {
    "trip": "tripped ",
    "release": "released ",
    "reset": "closed ",
    "pause": "paused ",
    "resume": "resumed ",
    "shed": "",
    "restore": "",
}

_ABOUT: Mapping[str, str] = {
    "silence": "alerts",
    "end silence": "alerts",
    "redrive": "outbox",
    "discard": "outbox",
    "test": "channels",
    "enable": "plug-in",
    "disable": "plug-in",
    "reload plugin": "plug-in",
    "redrive letters": "dead letters",
    "discard letters": "dead letters",
}
# verbs whose answer says itself what it is about
_SAYS_WHAT = frozenset(
    {"enable", "disable", "reload plugin", "redrive letters", "discard letters"}
)
# verbs that move no breaker
_NO_MOVE = frozenset(
    {"check", "beat", "forget", "ack", "unack", "shed", "restore", *_ABOUT}
)


class Tone(StrEnum):
    """How a sentence is meant; the stylesheet gives it a colour."""

    NOTE = "note"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence for the status line. It goes at `until`, in monotonic seconds."""

    text: str
    tone: Tone = Tone.NOTE
    until: float = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Undoable:
    platform: PlatformName
    verb: str
    epoch: Epoch
    until: float


class Ledger:
    """What this operator asked for, and what came of it. Times are monotonic."""

    def __init__(self) -> None:
        self._pending: dict[CommandId, tuple[Command, float]] = {}
        self._warned: set[CommandId] = set()
        self._undoable: tuple[_Undoable, ...] = ()
        self._batches: dict[CommandId, Batch] = {}
        self.last_batch: Batch | None = None
        self._read_to = Seq(0)

    def sent(self, *commands: Command, now: float) -> Said:
        """Note what went out at once, and say that its answer is awaited."""
        for command in commands:
            self._pending[command.id] = (command, now)
        first = commands[0]
        words = f"{_word(verb(first))} {clip(subject(first), NAME_CELLS)}: asked …"
        if commands[1:]:
            self.last_batch = batch = Batch(commands)
            self._batches.update((command.id, batch) for command in commands)
            words = batch.asked()
        return Said(words, until=now + ANSWER_WITHIN_S + 1)

    def hear(self, snapshot: Snapshot, now: float) -> Said | None:
        """Return the newest sentence about our commands, or None."""
        said, told = self._overdue(now), None
        for envelope in self._unread(snapshot):
            event = envelope.event
            if isinstance(event, CommandAnswered) and event.command in self._pending:
                self._settle(event.command)
                told = self._batches.pop(event.command, None)
                if told:
                    self._collect(told, event, snapshot, now)
                else:
                    said = self._answered(event, snapshot, now)
        if told:
            said = self._told(told, now)
        self._undoable = tuple(one for one in self._undoable if _stands(one, snapshot))
        return said

    def undo(self, operator: Operator, now: float) -> tuple[UndoBreaker, ...]:
        """Return the commands that take back what we were granted last; () when it is
        too late for all of it.
        """
        last = [one for one in self._undoable if now <= one.until]
        self._undoable = ()
        return tuple(
            UndoBreaker(
                id=new_id(),
                platform=one.platform,
                by=operator.by,
                origin=operator.origin,
                epoch=one.epoch,
            )
            for one in last
        )

    def can_undo(self, now: float) -> bool:
        return any(now <= one.until for one in self._undoable)

    def _unread(self, snapshot: Snapshot) -> list[Envelope]:
        """The answers since the last look, oldest first."""
        if snapshot.seq < self._read_to:  # another history: a daemon that restarted
            self._read_to = Seq(0)
        unread = _after(self._read_to, snapshot.answers)
        self._read_to = snapshot.seq
        return unread

    def _answered(self, event: CommandAnswered, snapshot: Snapshot, now: float) -> Said:
        about = event.platform or event.agent or event.alert
        known = event.about or _ABOUT[event.verb] if event.verb in _SAYS_WHAT else ""
        name = clip(about or known or _ABOUT.get(event.verb, "settings"), NAME_CELLS)
        if not event.granted:
            words = f"{_word(event.verb)} {name} refused: {event.words}"
            return Said(words, Tone.REFUSED, now + SAID_FOR_S)
        undoable = _left_behind(event, snapshot, now)
        if event.verb not in _NO_MOVE:  # what was stays undoable
            self._undoable = (undoable,) if undoable else ()
        words = f"{_PAST.get(event.verb, '')}{name}: {event.words}"
        if undoable is None:
            return Said(words, Tone.DONE, now + SAID_FOR_S)
        return Said(words + UNDO_OFFER, Tone.DONE, undoable.until)

    def _collect(
        self, batch: Batch, event: CommandAnswered, snapshot: Snapshot, now: float
    ) -> None:
        """Take one answer of several. What of them may be undone, is together."""
        undoable = _left_behind(event, snapshot, now) if event.granted else None
        if not batch.answers and event.verb not in _NO_MOVE:
            self._undoable = ()
        if undoable:
            self._undoable = (*self._undoable, undoable)
        batch.answers[event.command] = event

    def _told(self, batch: Batch, now: float) -> Said:
        """Return the one sentence of several answers."""
        tone = Tone.REFUSED if batch.has_refused else Tone.DONE
        if not batch.is_settled:
            tone = Tone.NOTE
        moves = verb(batch.commands[0]) not in _NO_MOVE
        offer = UNDO_OFFER if self._undoable and moves else ""
        return Said(batch.sentence() + offer, tone, now + UNDO_WITHIN_S)

    def _overdue(self, now: float) -> Said | None:
        """Warn once of each command without an answer; a late one still counts."""
        late: list[Command] = []
        for command, sent_at in list(self._pending.values()):
            if now - sent_at >= ANSWER_WITHIN_S and command.id not in self._warned:
                self._warned.add(command.id)
                late.append(command)
            if now - sent_at >= FORGET_AFTER_S:
                self._settle(command.id)
        if not late:
            return None
        names = listing([clip(subject(one), NAME_CELLS) for one in late], 3)
        words = (
            f"no answer to {_word(verb(late[-1]))} {names} within "
            f"{ANSWER_WITHIN_S:g} s: look at its state before asking again"
        )
        return Said(words, Tone.REFUSED, now + SAID_FOR_S)

    def _settle(self, command: CommandId) -> None:
        del self._pending[command]
        self._warned.discard(command)


def _word(verb: str) -> str:
    """Return the verb without what it is about: `dead letter 17` says it too."""
    return verb.partition(" ")[0] if verb in _SAYS_WHAT else verb


def _after(seq: Seq, envelopes: Sequence[Envelope]) -> list[Envelope]:
    newest_first = takewhile(lambda one: one.seq > seq, reversed(envelopes))
    return list(newest_first)[::-1]


def _timeline(about: CommandAnswered, snapshot: Snapshot) -> Sequence[Envelope]:
    name = about.platform
    view = snapshot.platforms.get(name) if name is not None else None
    return view.timeline if view else ()


def _stands(one: _Undoable, snapshot: Snapshot) -> bool:
    """False once something else moved what U would take back: it is too late."""
    view = snapshot.platforms.get(one.platform)
    return view is not None and view.breaker.epoch == one.epoch


def _left_behind(
    answer: CommandAnswered, snapshot: Snapshot, now: float
) -> _Undoable | None:
    """Return what U may take back: the transition that carries the command's id."""
    if answer.verb == "undo":
        return None
    for envelope in reversed(_timeline(answer, snapshot)):
        event = envelope.event
        if isinstance(event, BreakerChanged) and event.command == answer.command:
            return _Undoable(
                platform=event.platform,
                verb=answer.verb,
                epoch=event.breaker.epoch,
                until=now + UNDO_WITHIN_S,
            )
    return None
