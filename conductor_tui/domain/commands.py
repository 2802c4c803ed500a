"""Everything a person or another machine may ask for.

A command names the breaker's epoch that its author saw. One that comes late is
refused: the list has moved on, and the author decides again.
"""

from dataclasses import dataclass
from typing import TypeAlias

from conductor_tui.domain.ids import AgentId, CommandId, Epoch, PlatformName

UNDO_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Who asked for what, from where. `id` comes back in the answer."""

    id: CommandId
    by: str
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aimed(_Asked):
    """A command about one platform."""

    platform: PlatformName


@dataclass(frozen=True, slots=True, kw_only=True)
class TripBreaker(_Aimed):
    """Hold the breaker open. After `ttl_s` a trial is due; None: until reset."""

    epoch: Epoch
    why: str
    ttl_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseBreaker(_Aimed):
    """Let a held or open breaker try: one trial now, CLOSED only if it passes."""

    epoch: Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetBreaker(_Aimed):
    """Close the breaker by force, without a trial."""

    epoch: Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoBreaker(_Aimed):
    """Take an operator's last command on this breaker back, within UNDO_WITHIN_S.

    `epoch` is the one that command left behind.
    """

    epoch: Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckNow(_Aimed):
    """Check at once, out of turn. The breaker still has its say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PausePlatform(_Aimed):
    """Check it no more, for `ttl_s`; None: until it is resumed."""

    why: str
    ttl_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePlatform(_Aimed):
    """Check it again, whoever paused it; a maintenance window is over for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadSettings(_Asked):
    """Read the settings file anew. An invalid one changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAgent(_Asked):
    """A command about one agent."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatAgent(_OfAgent):
    """Beat by hand, in the agent's place: it is HEALTHY until it falls silent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetAgent(_OfAgent):
    """Listen for it no more. Only for one that came by its first beat: the others
    stand in the settings.
    """


BreakerCommand: TypeAlias = TripBreaker | ReleaseBreaker | ResetBreaker | UndoBreaker
PlatformCommand: TypeAlias = BreakerCommand | CheckNow | PausePlatform | ResumePlatform
AgentCommand: TypeAlias = BeatAgent | ForgetAgent
Command: TypeAlias = PlatformCommand | AgentCommand | ReloadSettings


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
        case PausePlatform():
            return "pause"
        case ResumePlatform():
            return "resume"
        case BeatAgent():
            return "beat"
        case ForgetAgent():
            return "forget"
        case ReloadSettings():
            return "reload"


def platform_of(command: Command) -> PlatformName | None:
    """Return the platform that a command is about; None: about none."""
    return command.platform if isinstance(command, _Aimed) else None


def agent_of(command: Command) -> AgentId | None:
    """Return the agent that a command is about; None: about none."""
    return command.agent if isinstance(command, _OfAgent) else None


def subject(command: Command) -> str:
    """Return what a command is about, in words."""
    return platform_of(command) or agent_of(command) or "settings"
