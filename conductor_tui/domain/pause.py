"""Platforms that are left alone for a while: by a person, by the calendar, by load."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.ids import PlatformName


class PauseKind(StrEnum):
    PAUSED = "PAUSED"  # an operator's, or `paused = true` in the file
    MAINTENANCE = "MAINTENANCE"  # a window of the calendar is open
    SHED = "SHED"  # it made room under load


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing is checked meanwhile. `until` None: until somebody resumes it."""

    kind: PauseKind
    by: str
    why: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which platforms: those named, those of a group, those with a tag.

    Without any of the three it is all of them.
    """

    platforms: frozenset[PlatformName] = frozenset()
    groups: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def covers(self, spec: CheckSpec) -> bool:
        if not (self.platforms or self.groups or self.tags):
            return True
        return (
            spec.platform in self.platforms
            or spec.group in self.groups
            or not self.tags.isdisjoint(spec.tags)
        )

    def names(self, specs: Collection[CheckSpec]) -> frozenset[PlatformName]:
        return frozenset(spec.platform for spec in specs if self.covers(spec))


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """A time in which platforms are left alone.

    Either once, from `starts` to `ends` (aware), or again and again: for `lasts_s`
    from each moment that `cron` (five fields) names in the IANA time zone `zone`.
    """

    name: str
    selection: Selection
    starts: datetime | None = None
    ends: datetime | None = None
    cron: str = ""
    lasts_s: float = 0.0
    zone: str = "UTC"
