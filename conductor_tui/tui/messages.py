"""Messages and protocols that cross from the app to the screens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from textual.message import Message

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Snapshot


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


@dataclass
class OpenPlatform(Message):
    """Somebody wants to see one platform closely. It bubbles up to the app."""

    platform: PlatformName
