"""What became of the commands: from an answer to words. Nothing here is silent.

A command that was sent ends in exactly one of three sentences: granted, refused, or
"no answer".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
from conductor_tui.tui.commanding import Operator, new_id
from conductor_tui.tui.present.spans import clip

ANSWER_WITHIN_S = 3.0
FORGET_AFTER_S = 60.0
SAID_FOR_S = 8.0
UNDO_OFFER = " · U undoes"
NAME_CELLS = 32  # of a longer name the end goes, not the end of the sentence

_PAST: Mapping[str, str] = {
    "trip": "tripped ",
    "release": "released ",
    "reset": "closed ",
    "pause": "paused ",
    "resume": "resumed ",
}


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
        self._undoable: _Undoable | None = None
        self._read_to = Seq(0)

    def sent(self, command: Command, now: float) -> Said:
        """Note a command that went out, and say that its answer is awaited."""
        self._pending[command.id] = (command, now)
        words = f"{verb(command)} {clip(subject(command), NAME_CELLS)}: asked …"
        return Said(words, until=now + ANSWER_WITHIN_S + 1)

    def hear(self, snapshot: Snapshot, now: float) -> Said | None:
        """Return the newest sentence about our commands, or None."""
        said = self._overdue(now)
        for envelope in self._unread(snapshot):
            event = envelope.event
            if isinstance(event, CommandAnswered) and event.command in self._pending:
                self._settle(event.command)
                said = self._answered(event, snapshot, now)
        if not self._stands(snapshot):
            self._undoable = None
        return said

    def undo(self, operator: Operator, now: float) -> UndoBreaker | None:
        """Return the command that takes our last granted one back; None: too late."""
        last = self._undoable
        if last is None or now > last.until:
            return None
        self._undoable = None
        return UndoBreaker(
            id=new_id(),
            platform=last.platform,
            by=operator.by,
            origin=operator.origin,
            epoch=last.epoch,
        )

    def can_undo(self, now: float) -> bool:
        return self._undoable is not None and now <= self._undoable.until

    def _unread(self, snapshot: Snapshot) -> list[Envelope]:
        """The envelopes since the last look, oldest first."""
        if snapshot.seq < self._read_to:  # another history: a daemon that restarted
            self._read_to = Seq(0)
        unread = []
        for envelope in reversed(snapshot.events):
            if envelope.seq <= self._read_to:
                break
            unread.append(envelope)
        self._read_to = snapshot.seq
        return unread[::-1]

    def _answered(self, event: CommandAnswered, snapshot: Snapshot, now: float) -> Said:
        name = clip(event.platform or "settings", NAME_CELLS)
        if not event.granted:
            words = f"{event.verb} {name} refused: {event.words}"
            return Said(words, Tone.REFUSED, now + SAID_FOR_S)
        undoable = _left_behind(event, snapshot, now)
        if event.verb != "check":  # a check moves no breaker: what was stays undoable
            self._undoable = undoable
        words = f"{_PAST.get(event.verb, '')}{name}: {event.words}"
        if undoable is None:
            return Said(words, Tone.DONE, now + SAID_FOR_S)
        return Said(words + UNDO_OFFER, Tone.DONE, undoable.until)

    def _stands(self, snapshot: Snapshot) -> bool:
        """False once something else moved what U would take back: it is too late."""
        last = self._undoable
        view = snapshot.platforms.get(last.platform) if last else None
        return last is None or (view is not None and view.breaker.epoch == last.epoch)

    def _overdue(self, now: float) -> Said | None:
        """Warn once of each command without an answer; a late one still counts."""
        late = None
        for command, sent_at in list(self._pending.values()):
            if now - sent_at >= ANSWER_WITHIN_S and command.id not in self._warned:
                self._warned.add(command.id)
                late = command
            if now - sent_at >= FORGET_AFTER_S:
                self._settle(command.id)
        if late is None:
            return None
        words = (
            f"no answer to {verb(late)} {clip(subject(late), NAME_CELLS)} "
            f"within {ANSWER_WITHIN_S:g} s: look at its state before asking again"
        )
        return Said(words, Tone.REFUSED, now + SAID_FOR_S)

    def _settle(self, command: CommandId) -> None:
        del self._pending[command]
        self._warned.discard(command)


def _left_behind(
    answer: CommandAnswered, snapshot: Snapshot, now: float
) -> _Undoable | None:
    """Return what U may take back: the transition that carries the command's id."""
    if answer.verb == "undo":
        return None
    for envelope in reversed(snapshot.events):
        event = envelope.event
        if isinstance(event, BreakerChanged) and event.command == answer.command:
            return _Undoable(
                platform=event.platform,
                verb=answer.verb,
                epoch=event.breaker.epoch,
                until=now + UNDO_WITHIN_S,
            )
    return None
