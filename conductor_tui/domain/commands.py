"""Everything a person or another machine may ask for.

A command names the breaker's epoch that its author saw. One that comes late is
refused: the list has moved on, and the author decides again.
"""

from dataclasses import dataclass
from typing import TypeAlias

from conductor_tui.domain.ids import CommandId, Epoch, PlatformName

UNDO_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Who asked for what, from where. `id` comes back in the answer."""

    id: CommandId
    platform: PlatformName
    by: str
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TripBreaker(_Asked):
    """Hold the breaker open. After `ttl_s` a trial is due; None: until reset."""

    epoch: Epoch
    why: str
    ttl_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseBreaker(_Asked):
    """Let a held or open breaker try: one trial now, CLOSED only if it passes."""

    epoch: Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetBreaker(_Asked):
    """Close the breaker by force, without a trial."""

    epoch: Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoBreaker(_Asked):
    """Take an operator's last command on this breaker back, within UNDO_WITHIN_S.

    `epoch` is the one that command left behind.
    """

    epoch: Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckNow(_Asked):
    """Check at once, out of turn. The breaker still has its say."""


BreakerCommand: TypeAlias = TripBreaker | ReleaseBreaker | ResetBreaker | UndoBreaker
Command: TypeAlias = BreakerCommand | CheckNow


def verb(command: Command) -> str:
    """Return the word for a command: the one on the keys and in the audit."""
    match command:
        case TripBreaker():
            return "trip"
        case ReleaseBreaker():
            return "release"
        case ResetBreaker():
            return "reset"
        case UndoBreaker():
            return "undo"
        case CheckNow():
            return "check"
