"""[[maintenance]] in; windows for the calendar out. Days and weekdays become cron."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from conductor_tui.adapters.settings.layers import read_layer
from conductor_tui.adapters.settings.picking import Layer
from conductor_tui.adapters.settings.schema import MaintenanceTable
from conductor_tui.adapters.settings.words import KeyPath, Problem, suggestion
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import MaintenanceWindow, Selection

LOCALTIME = "/etc/localtime"
_CRON_DAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
_TIMES = ("start", "daily", "weekdays", "cron")
_WEEK_BEGINS = datetime(2024, 1, 1, tzinfo=UTC)
_WEEK_ENDS = _WEEK_BEGINS + timedelta(days=15)  # so that any pause lies within
_PARTNERS = {"end": "start", "at": "weekdays"}
_HOW = (
    'say when: daily = "02:00", or weekdays = ["sat", "sun"] with at = "02:00", or '
    'cron = "0 2 * * 1-5", or start and end'
)


@dataclass(frozen=True, slots=True)
class Known:
    """What a window may name. None where that cannot be said: what is watched is found
    as it comes, or a table could not be read.
    """

    names: frozenset[str] | None
    groups: frozenset[str] | None
    tags: frozenset[str] | None


def read_window(
    raw: Mapping[str, Any], position: int, known: Known, problems: list[Problem]
) -> MaintenanceWindow | None:
    """Return the window; None, and words in `problems`, where it is none."""
    at: KeyPath = ("maintenance", position)
    layer = read_layer(MaintenanceTable, raw, at, problems)
    table: MaintenanceTable = layer.table
    found = [*_missing(layer, at), *_strangers(table, known, at)]
    if not layer.bad:
        found += _time_problems(table, at)
    problems += found
    return None if found or layer.bad else _window(table)


def system_zone() -> str:
    """Return the IANA name that /etc/localtime leads to; UTC where it leads nowhere."""
    _, found, name = os.path.realpath(LOCALTIME).partition("/zoneinfo/")
    try:
        return ZoneInfo(name).key if found else "UTC"
    except (KeyError, ValueError, OSError):
        return "UTC"


def _missing(layer: Layer, at: KeyPath) -> Iterator[Problem]:
    if layer.table.name is None and "name" not in layer.bad:
        words = 'missing: every window needs a name, such as name = "backup"'
        yield Problem((*at, "name"), words)


def _strangers(table: MaintenanceTable, known: Known, at: KeyPath) -> Iterator[Problem]:
    named = (
        ("platforms", table.platforms, known.names, "has the name"),
        ("groups", table.groups, known.groups, "is in the group"),
        ("tags", table.tags, known.tags, "has the tag"),
    )
    for key, words, there, what in named:
        if words is not None and not words:
            nobody = "an empty list: name some, or take the key out for all platforms"
            yield Problem((*at, key), nobody)
        for word in words or ():
            if there is not None and word not in there:
                hint = suggestion(word, sorted(there)) or "use one that is in this file"
                yield Problem((*at, key), f'no platform {what} "{word}": {hint}')


def _time_problems(table: MaintenanceTable, at: KeyPath) -> Iterator[Problem]:
    """Yield the first thing that does not fit together."""
    given = [key for key in _TIMES if getattr(table, key) is not None]
    loose = [
        (key, partner)
        for key, partner in _PARTNERS.items()
        if getattr(table, key) is not None and getattr(table, partner) is None
    ]
    if loose:
        key, partner = loose[0]
        yield Problem((*at, key), f"says nothing without {partner}: add {partner}")
    elif not given:
        yield Problem(at, f"it never begins: {_HOW}")
    elif len(given) > 1:
        yield Problem((*at, given[1]), f"{given[0]} stands here too: keep one of them")
    elif table.start is not None:
        yield from _once_problems(table, table.start, at)
    else:
        yield from _again_problems(table, given[0], at)


def _once_problems(
    table: MaintenanceTable, start: datetime, at: KeyPath
) -> Iterator[Problem]:
    if (table.end is None) == (table.lasts is None):
        yield Problem(at, 'it needs one end: either end or for, such as for = "1h"')
    elif table.end is not None:
        zone = _zone(table)
        if _moment(table.end, zone) <= _moment(start, zone):
            yield Problem((*at, "end"), "not after start: make it later")


def _again_problems(
    table: MaintenanceTable, key: str, at: KeyPath
) -> Iterator[Problem]:
    if table.weekdays is not None and table.at is None:
        words = 'missing: say when on those days, such as at = "02:00"'
        yield Problem((*at, "at"), words)
    if table.weekdays == []:
        yield Problem((*at, "weekdays"), 'an empty list: name days, such as ["sat"]')
    if table.lasts is None:
        yield Problem((*at, "for"), 'missing: say how long, such as for = "1h"')
        return
    most_s = {"daily": 86400.0, "weekdays": 7 * 86400.0}.get(key)
    if key == "cron":
        most_s = _longest_pause(_cron(table), table.lasts)
    if most_s is not None and table.lasts >= most_s:
        words = f"it would never end: make it shorter than {format_duration(most_s)}"
        yield Problem((*at, "for"), words)


def _longest_pause(cron: str, lasts_s: float) -> float | None:
    """Return the longest time between two of its times, where none is longer than
    `lasts_s`; None where one is, and for what does not repeat every week.
    """
    from cronsim import CronSim

    if cron.split()[2:4] != ["*", "*"]:
        return None
    week = takewhile(lambda time: time < _WEEK_ENDS, CronSim(cron, _WEEK_BEGINS))
    most_s = 0.0
    for earlier, later in pairwise(week):
        most_s = max(most_s, (later - earlier).total_seconds())
        if most_s > lasts_s:
            return None
    return most_s


def _window(table: MaintenanceTable) -> MaintenanceWindow:
    zone, lasts_s = _zone(table), table.lasts or 0.0
    starts = ends = None
    if table.start is not None:
        starts = _moment(table.start, zone)
        ends = _moment(table.end, zone) if table.end else starts + _span(lasts_s)
    return MaintenanceWindow(
        name=table.name or "",
        selection=Selection(
            platforms=frozenset(PlatformName(name) for name in table.platforms or ()),
            groups=frozenset(table.groups or ()),
            tags=frozenset(table.tags or ()),
        ),
        starts=starts,
        ends=ends,
        cron="" if starts else _cron(table),
        lasts_s=0.0 if starts else lasts_s,
        zone=zone,
    )


def _zone(table: MaintenanceTable) -> str:
    return table.zone or system_zone()


def _span(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _moment(written: datetime, zone: str) -> datetime:
    """Return it in UTC: by its own offset, else as the clocks in `zone` show it."""
    aware = written if written.tzinfo else written.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(UTC)


def _cron(table: MaintenanceTable) -> str:
    if table.cron is not None:
        return table.cron
    hours, _, minutes = (table.daily or table.at or "").partition(":")
    days = sorted({_CRON_DAYS[day] for day in table.weekdays or ()})
    return f"{int(minutes)} {int(hours)} * * {','.join(map(str, days)) or '*'}"
