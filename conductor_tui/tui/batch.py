"""Several commands from one key: their answers together, and each for itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conductor_tui.domain.commands import (
    AckAlert,
    Command,
    DiscardDelivery,
    EndSilence,
    RedriveDelivery,
    UnackAlert,
    agent_of,
    subject,
    verb,
)
from conductor_tui.domain.events import CommandAnswered
from conductor_tui.domain.ids import CommandId
from conductor_tui.tui.present.spans import clip

NAME_CELLS = 32  # of a longer name the end goes, not the end of the sentence
_ORDER = (False, None, True)
_PAST: Mapping[str, str] = {
    "trip": "tripped",
    "confirm": "confirmed",
    "release": "released",
    "reset": "closed",
    "check": "asked for a check",
    "pause": "paused",
    "resume": "resumed",
    "shed": "shed",
    "restore": "restored",
    "undo": "undone",
    "beat": "done",
    "forget": "done",
    "ack": "acknowledged",
    "unack": "acknowledged no more",
    "end silence": "ended",
    "redrive": "tried again",
    "discard": "discarded",
}


@dataclass(slots=True)
class Batch:
    """What was asked at once, in the order of the screen, and what came of it."""

    commands: Sequence[Command]
    answers: dict[CommandId, CommandAnswered] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        return len(self.answers) == len(self.commands)

    @property
    def has_refused(self) -> bool:
        return any(not answer.granted for answer in self.answers.values())

    def asked(self) -> str:
        """Return the words for the moment after the key."""
        return f"{verb(self.commands[0])} {how_many(self.commands)}: asked …"

    def sentence(self) -> str:
        """Return all in one sentence: `3 tripped, 1 refused: redis: too late`."""
        past = _PAST.get(verb(self.commands[0]), verb(self.commands[0]))
        granted = [a for a in self.answers.values() if a.granted]
        refused = [a for a in self.answers.values() if not a.granted]
        missing = len(self.commands) - len(self.answers)
        parts = (
            f"{len(granted)} {past}" if granted else "",
            f"{missing} not answered yet" if missing else "",
            f"{len(refused)} refused" if refused else "",
        )
        head = ", ".join(filter(None, parts))
        tail = _tail(refused) if refused else _common(granted)
        return f"{head}: {tail}" if tail else head

    def lines(self) -> list[tuple[str, str, bool | None]]:
        """Return (name, words, granted) for each: the refused ones first, then those
        without an answer, whose `granted` is None.
        """
        lines = []
        for command in self.commands:
            answer = self.answers.get(command.id)
            words = answer.words if answer else "no answer yet"
            granted = answer.granted if answer else None
            lines.append((subject(command), words, granted))
        return sorted(lines, key=lambda line: _ORDER.index(line[2]))


def how_many(commands: Sequence[Command]) -> str:
    """Return what several commands are about: `3 agents`."""
    first, of = commands[0], "platforms"
    if agent_of(first) is not None:
        of = "agents"
    elif isinstance(first, AckAlert | UnackAlert):
        of = "alerts"
    elif isinstance(first, EndSilence):
        of = "silences"
    elif isinstance(first, RedriveDelivery | DiscardDelivery):
        of = "deliveries"
    return f"{len(commands)} {of}"


def _tail(refused: Sequence[CommandAnswered]) -> str:
    first = refused[0]
    name = clip(first.platform or first.agent or first.alert or "it", NAME_CELLS)
    more = f" (and {len(refused) - 1} more: L lists them)" if refused[1:] else ""
    return f"{name}: {first.words}{more}"


def _common(granted: Sequence[CommandAnswered]) -> str:
    words = {answer.words for answer in granted}
    return words.pop() if len(words) == 1 else ""
