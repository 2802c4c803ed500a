"""What happens to plug-ins."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from conductor_tui.domain.ids import CommandId, PluginName
from conductor_tui.domain.plugin import (
    LogLine,
    PluginFigures,
    PluginSpec,
    PluginState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginAdded:
    """A plug-in was found, or stands in the settings: one that is known already has
    another spec from now on, and stays in its state.
    """

    spec: PluginSpec
    state: PluginState = PluginState.DISCOVERED
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRemoved:
    plugin: PluginName
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginChanged:
    """A plug-in came into a state, or is LOADING once more. `is_failure`: something
    went wrong, and `why` says what. `retry_at` is when it begins again, if it waits.
    """

    plugin: PluginName
    was: PluginState
    now: PluginState
    why: str = ""
    is_failure: bool = False
    restarts: int = 0
    retry_at: datetime | None = None
    pid: int | None = None
    command: CommandId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginErred:
    """Something in a plug-in went wrong that does not change its state: a method
    raised, an answer was garbage. `count` times since it was told last: the same words
    are told once a minute.
    """

    plugin: PluginName
    why: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginsSampled:
    """What plug-ins take, told together once a second where it changed. Not
    journaled.
    """

    figures: tuple[tuple[PluginName, PluginFigures], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginLogged:
    """Lines that a plug-in wrote, told together at most a few times a second. Not
    journaled.
    """

    plugin: PluginName
    lines: tuple[LogLine, ...]


PluginEvent: TypeAlias = (
    PluginAdded
    | PluginRemoved
    | PluginChanged
    | PluginErred
    | PluginsSampled
    | PluginLogged
)
