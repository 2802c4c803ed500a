"""Everything a person or another machine may ask for.

A command names the breaker's epoch that its author saw. One that comes late is
refused: the list has moved on, and the author decides again.
"""

from dataclasses import dataclass
from typing import TypeAlias

from conductor_tui.domain.alert import Scope
from conductor_tui.domain.ids import (
    AgentId,
    AlertKey,
    ChannelName,
    CommandId,
    DeliveryId,
    Epoch,
    LetterId,
    PlatformName,
    PluginName,
    SilenceId,
)

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
    """Hold the breaker open. After `ttl_s` a trial is due; None: until reset.

    Unless it is confirmed within `confirm_within_s` it undoes itself; None: it stands.
    """

    epoch: Epoch
    why: str
    ttl_s: float | None = None
    confirm_within_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmTrip(_Aimed):
    """Let a trip stand that would undo itself. `epoch` is the one it left behind."""

    epoch: Epoch


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
class ShedPlatform(_Aimed):
    """Let it make room: its `on_shed` is carried out, and it is checked no more."""

    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlatform(_Aimed):
    """Bring back what was shed, in the opposite way."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfPlugin(_Asked):
    """A command about one plug-in."""

    plugin: PluginName


@dataclass(frozen=True, slots=True, kw_only=True)
class EnablePlugin(_OfPlugin):
    """Let it run from now on, after a restart of ours too; one that FAILED is tried
    again.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class DisablePlugin(_OfPlugin):
    """Stop it, and leave it alone until it is enabled, after a restart of ours too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadPlugin(_OfPlugin):
    """Stop it and begin anew, with the code that is installed now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAlert(_Asked):
    """A command about one open alert."""

    alert: AlertKey


@dataclass(frozen=True, slots=True, kw_only=True)
class AckAlert(_OfAlert):
    """I know, and care for it: no more reminders. See `Ack` for `sticky`."""

    why: str = ""
    sticky: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnackAlert(_OfAlert):
    """Take an acknowledgement back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceAlerts(_Asked):
    """Tell nobody about these subjects for `ttl_s`."""

    scope: Scope
    why: str
    ttl_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSilence(_Asked):
    silence: SilenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class RedriveDelivery(_Asked):
    """Try a delivery that waits or was given up, at once. None: all of them."""

    delivery: DeliveryId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardDelivery(_Asked):
    """Try a delivery no more. None: all that were given up."""

    why: str
    delivery: DeliveryId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestChannel(_Asked):
    """Send a labelled notice through a channel. None: through all of them."""

    __test__ = False  # no test case, whatever pytest thinks of its name

    channel: ChannelName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfLetters(_Asked):
    """A command about these dead letters; none named: about all of them that are for
    `to`, a platform or a group; "": about all.
    """

    letters: tuple[LetterId, ...] = ()
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedriveLetters(_OfLetters):
    """Try them again from now on, in the order they came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardLetters(_OfLetters):
    """Forget them: they are never delivered."""

    why: str


BreakerCommand: TypeAlias = (
    TripBreaker | ConfirmTrip | ReleaseBreaker | ResetBreaker | UndoBreaker
)
ShedCommand: TypeAlias = ShedPlatform | RestorePlatform
PlatformCommand: TypeAlias = (
    BreakerCommand | CheckNow | PausePlatform | ResumePlatform | ShedCommand
)
AgentCommand: TypeAlias = BeatAgent | ForgetAgent
AlertCommand: TypeAlias = (
    AckAlert
    | UnackAlert
    | SilenceAlerts
    | EndSilence
    | RedriveDelivery
    | DiscardDelivery
    | TestChannel
)
PluginCommand: TypeAlias = EnablePlugin | DisablePlugin | ReloadPlugin
LetterCommand: TypeAlias = RedriveLetters | DiscardLetters
Command: TypeAlias = (
    PlatformCommand
    | AgentCommand
    | PluginCommand
    | LetterCommand
    | AlertCommand
    | ReloadSettings
)


def verb(command: Command) -> str:
    """Return the word for a command: the one on the keys and in the audit."""
    match command:
        case TripBreaker():
            return "trip"
        case ConfirmTrip():
            return "confirm"
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
        case ShedPlatform():
            return "shed"
        case RestorePlatform():
            return "restore"
        case BeatAgent():
            return "beat"
        case ForgetAgent():
            return "forget"
        case EnablePlugin():
            return "enable"
        case DisablePlugin():
            return "disable"
        case ReloadPlugin():
            return "reload plugin"
        case AckAlert():
            return "ack"
        case UnackAlert():
            return "unack"
        case SilenceAlerts():
            return "silence"
        case EndSilence():
            return "end silence"
        case RedriveDelivery():
            return "redrive"
        case DiscardDelivery():
            return "discard"
        case RedriveLetters():
            return "redrive letters"
        case DiscardLetters():
            return "discard letters"
        case TestChannel():
            return "test"
        case ReloadSettings():
            return "reload"


def platform_of(command: Command) -> PlatformName | None:
    """Return the platform that a command is about; None: about none."""
    return command.platform if isinstance(command, _Aimed) else None


def agent_of(command: Command) -> AgentId | None:
    """Return the agent that a command is about; None: about none."""
    return command.agent if isinstance(command, _OfAgent) else None


def plugin_of(command: Command) -> PluginName | None:
    """Return the plug-in that a command is about; None: about none."""
    return command.plugin if isinstance(command, _OfPlugin) else None


def alert_of(command: Command) -> AlertKey | None:
    """Return the alert that a command is about; None: about none."""
    return command.alert if isinstance(command, _OfAlert) else None


def subject(command: Command) -> str:
    """Return what a command is about, in words."""
    match command:
        case SilenceAlerts(scope=scope):
            named = [*scope.names, *scope.groups, *scope.tags]
            return ", ".join(sorted(named)) or "everything"
        case EndSilence(silence=silence):
            return f"silence {silence}"
        case RedriveDelivery(delivery=number) | DiscardDelivery(delivery=number):
            return "deliveries" if number is None else f"delivery {number}"
        case TestChannel(channel=channel):
            return channel or "all channels"
        case (
            RedriveLetters(letters=letters, to=to)
            | DiscardLetters(letters=letters, to=to)
        ):
            return _letters(letters, to)
        case EnablePlugin() | DisablePlugin() | ReloadPlugin():
            return f"plug-in {command.plugin}"
        case _:
            pass
    named_one = platform_of(command) or agent_of(command) or alert_of(command)
    return named_one or "settings"


def _letters(letters: tuple[LetterId, ...], to: str) -> str:
    if len(letters) == 1:
        return f"dead letter {letters[0]}"
    if letters:
        return f"{len(letters)} dead letters"
    return f"dead letters for {to}" if to else "all dead letters"
