"""What happens to dead letters."""

from dataclasses import dataclass
from typing import TypeAlias

from conductor_tui.domain.dead_letter import LetterView
from conductor_tui.domain.ids import LetterId


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersTold:
    """Letters that are new or changed, and those that are gone: delivered, or
    discarded. Told together, some times a second. Not journaled: letters have a table.
    """

    letters: tuple[LetterView, ...] = ()
    gone: tuple[LetterId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersWait:
    """The first request for a platform or group became a dead letter; `why`."""

    to: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersDelivered:
    """No dead letter for it waits any more; `count` were delivered since the first."""

    to: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterGivenUp:
    """A letter waits for a person from now on."""

    letter: LetterView
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersUnread:
    """Some that the journal has cannot be read, and are not delivered: `why` says how
    many. They stay in it.
    """

    why: str


LetterEvent: TypeAlias = (
    LettersTold | LettersWait | LettersDelivered | LetterGivenUp | LettersUnread
)
