"""Messages and protocols that cross from the app to the screens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from textual.message import Message

from conductor_tui.domain.ids import (
    AgentId,
    AlertKey,
    ChannelName,
    DeliveryId,
    LetterId,
    PlatformName,
    PluginName,
    SilenceId,
)
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.clipboard import Copy


@dataclass
class SnapshotChanged(Message):
    """The newest state and the moment it is shown at (aware UTC, for countdowns)."""

    snapshot: Snapshot
    now: datetime

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, SnapshotChanged)


@runtime_checkable
class PicksPlatform(Protocol):
    """A screen on which one platform is the target of the action keys."""

    @property
    def picked(self) -> PlatformName | None: ...


@runtime_checkable
class PicksAgent(Protocol):
    """A screen on which one agent, or several, are the target of the action keys."""

    @property
    def picked_agent(self) -> AgentId | None: ...

    @property
    def marked_agents(self) -> tuple[AgentId, ...]:
        """The marked agents, those that a filter hides too."""


@runtime_checkable
class ListsAlerts(Protocol):
    """The screen of alerts: what its keys are aimed at, by kind."""

    @property
    def picked_alerts(self) -> tuple[AlertKey, ...]:
        """The marked open alerts, or the one under the cursor."""

    @property
    def picked_silences(self) -> tuple[SilenceId, ...]: ...

    @property
    def picked_deliveries(self) -> tuple[DeliveryId, ...]: ...

    @property
    def picked_channel(self) -> ChannelName | None: ...


@runtime_checkable
class PicksPlugin(Protocol):
    """A screen on which one plug-in is the target of the action keys."""

    @property
    def picked_plugin(self) -> PluginName | None: ...


@runtime_checkable
class PicksLetters(Protocol):
    """The screen of dead letters: what its keys are aimed at."""

    @property
    def picked_letters(self) -> tuple[LetterId, ...]:
        """The marked letters, or the one under the cursor."""

    @property
    def marked_letters(self) -> tuple[LetterId, ...]: ...

    @property
    def listed_letters(self) -> tuple[LetterId, ...]:
        """All that pass the filter."""

    @property
    def is_filtered(self) -> bool: ...


@runtime_checkable
class Filters(Protocol):
    """A screen that can show a part of what it has."""

    def filter(self) -> None:
        """Ask for the filter."""


@runtime_checkable
class Follows(Protocol):
    """A screen that can keep its newest line in sight."""

    def follow(self) -> None:
        """Follow from now on, or stop."""


@runtime_checkable
class HasWindow(Protocol):
    """A screen that shows a stretch of the past."""

    def window(self, step: int) -> None:
        """Show the next longer stretch (1), or the next shorter one (-1)."""


@runtime_checkable
class Copies(Protocol):
    """A screen that says itself what is worth to be copied from it."""

    def copied(self, *, everything: bool) -> Copy: ...


@dataclass
class OpenPlatform(Message):
    """Somebody wants to see one platform closely. It bubbles up to the app."""

    platform: PlatformName


@dataclass
class OpenAgent(Message):
    """Somebody wants to see one agent closely. It bubbles up to the app."""

    agent: AgentId
