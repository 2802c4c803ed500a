"""Maintenance windows and cron's times by the calendar. Satisfies ports.Calendar, and
ports.Timetable.

cronsim says when a window begins, by the rules of Debian's cron where clocks change: a
time that the night leaves out is the moment right after it, a time that comes twice
counts once. How long a window lasts is real time: an hour is an hour in every night.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from conductor_tui.domain.pause import MaintenanceWindow

_SHIFT = timedelta(hours=3)  # more than any clock change: no start is overlooked
_AHEAD = timedelta(days=1)  # windows that overlap without end are joined this far
_NEVER = timedelta(days=50 * 365)
_MOST_KNOWN = 1000  # windows; after many reloads of a changing file we begin anew


@dataclass(frozen=True, slots=True)
class _Answer:
    """What holds from `since` until just before `until` (None: for ever)."""

    since: datetime
    until: datetime | None
    ends: datetime | None

    def holds(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


class CronCalendar:
    """Asks cron at a window's boundaries only: between them an answer is a look-up."""

    def __init__(self) -> None:
        self._known: dict[MaintenanceWindow, _Answer] = {}

    def open_until(self, window: MaintenanceWindow, now: datetime) -> datetime | None:
        """Return when the window that is open at `now` ends; None: it is not open.

        Repeats that overlap are one window; of such without end a later call says more.
        """
        answer = self._known.get(window)
        if answer is None or not answer.holds(now):
            answer = _once(window, now) if window.starts else _again(window, now)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[window] = answer
        return answer.ends

    def next_after(self, cron: str, zone: str, after: datetime) -> datetime:
        """See ports.Timetable. A time that never comes is half a century away."""
        return next(_times(cron, zone, after), after + _NEVER)


def _once(window: MaintenanceWindow, now: datetime) -> _Answer:
    starts, ends = window.starts, window.ends
    if starts is None or ends is None or now >= ends:
        return _Answer(now, None, None)
    if now < starts:
        return _Answer(now, starts, None)
    return _Answer(now, ends, ends)


def _again(window: MaintenanceWindow, now: datetime) -> _Answer:
    lasts = timedelta(seconds=window.lasts_s)
    ends: datetime | None = None
    for start in _starts(window, now - lasts - _SHIFT):
        if start > (ends or now):
            return _Answer(now, ends or start, ends)
        if start + lasts > now:
            ends = start + lasts
            if ends > now + _AHEAD + lasts:
                break
    return _Answer(now, ends, ends)


def _starts(window: MaintenanceWindow, after: datetime) -> Iterator[datetime]:
    return _times(window.cron, window.zone, after)


def _times(cron: str, zone: str, after: datetime) -> Iterator[datetime]:
    """Yield the times after `after`, in order, in UTC: arithmetic on local times is
    not right across a clock change. Zone "" is this host's.
    """
    from zoneinfo import ZoneInfo

    from cronsim import CronSim  # 20 ms that only those with a window pay

    local = after.astimezone(ZoneInfo(zone) if zone else None)
    for time in CronSim(cron, local):
        yield time.astimezone(UTC)
