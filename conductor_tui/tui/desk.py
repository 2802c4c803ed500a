"""The operator's desk: sends commands, hears the answers, keeps the last sentence."""

from collections import deque
from dataclasses import replace

from conductor_tui import ports
from conductor_tui.domain.commands import Command, subject, verb
from conductor_tui.domain.errors import SessionLost
from conductor_tui.domain.ids import CommandId
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import one_line
from conductor_tui.tui.batch import Batch, how_many
from conductor_tui.tui.commanding import Operator
from conductor_tui.tui.ledger import SAID_FOR_S, UNDO_OFFER, Ledger, Said, Tone

NOTHING_TO_UNDO = (
    "nothing to undo: only your last command, within 10 s, if nothing moved since"
)
MOST_SENT = 5000  # as many as one key may send at once


class Desk:
    """`said` is what the status line shows at this moment."""

    def __init__(
        self, session: ports.Session, clock: ports.Clock, operator: Operator
    ) -> None:
        self.operator = operator
        self.said: Said | None = None
        self._session = session
        self._clock = clock
        self._ledger = Ledger()
        self._sent: deque[CommandId] = deque(maxlen=MOST_SENT)

    def is_ours(self, command: CommandId) -> bool:
        """True for a command that was sent from this desk, not long ago."""
        return command in self._sent

    @property
    def last_batch(self) -> Batch | None:
        """The last command at several platforms, with its answers."""
        return self._ledger.last_batch

    @property
    def can_undo(self) -> bool:
        return self._ledger.can_undo(self._clock.monotonic())

    def send(self, *commands: Command, note: str = "") -> None:
        """Send, and say so; a session that is gone is said too, and what was sent
        before it went is still heard of. `note` stands behind the words.
        """
        sent: list[Command] = []
        try:
            for command in commands:
                self._session.send(command)
                sent.append(command)
        except SessionLost as error:
            left = commands[len(sent) :]
            what = subject(left[0]) if len(left) == 1 else how_many(left)
            words = f"{verb(left[0])} {what} was not sent: {error}"
            self.say(one_line(words), Tone.REFUSED)
        self._sent.extend(command.id for command in sent)
        if sent:
            said = self._ledger.sent(*sent, now=self._clock.monotonic())
            if len(sent) == len(commands):
                text = f"{said.text} ({note})" if note else said.text
                self.said = replace(said, text=text)

    def undo(self) -> None:
        """Take the last granted command back, or say that it is too late."""
        commands = self._ledger.undo(self.operator, self._clock.monotonic())
        if commands:
            self.send(*commands)
        else:
            self.say(NOTHING_TO_UNDO)

    def say(self, words: str, tone: Tone = Tone.NOTE) -> None:
        self.said = Said(words, tone, self._clock.monotonic() + SAID_FOR_S)

    def is_saying(self, words: str) -> bool:
        return self.said is not None and self.said.text == words

    def hear(self, snapshot: Snapshot) -> None:
        """Read the answers in `snapshot`; forget a sentence that had its time."""
        now = self._clock.monotonic()
        self.said = self._ledger.hear(snapshot, now) or self.said
        if self.said and self.said.until < now:
            self.said = None
        if self.said and not self.can_undo:
            self.said = replace(self.said, text=self.said.text.removesuffix(UNDO_OFFER))
