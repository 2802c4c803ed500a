"""A parsed conductor.toml in; settings out, or every problem that it has.

Each table is looked at on its own: what is wrong in one hides nothing in the next.
A rule between two values is only looked at where both are sound.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conductor_tui.adapters.settings.agents import (
    AgentEntry,
    Agents,
    Listening,
    agents_alike,
    read_agent,
    read_agents,
    read_listen,
    unheard,
)
from conductor_tui.adapters.settings.alert_found import (
    TABLES,
    Alerting,
    Subjects,
    no_tables,
)
from conductor_tui.adapters.settings.depends import Needs, depends_problems
from conductor_tui.adapters.settings.expand import expanded
from conductor_tui.adapters.settings.layers import read_layer
from conductor_tui.adapters.settings.maintenance import Known, read_window
from conductor_tui.adapters.settings.picking import (
    Check,
    Layer,
    Where,
    check_defaults,
    notes_of,
    pick,
    pick_check,
    pick_load,
)
from conductor_tui.adapters.settings.platform import Around, Entry, read_platform
from conductor_tui.adapters.settings.plugin_found import TABLES as PLUGIN_TABLES
from conductor_tui.adapters.settings.plugin_found import Plugged, folder_beside
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.request_found import TABLES as REQUEST_TABLES
from conductor_tui.adapters.settings.request_found import Asked
from conductor_tui.adapters.settings.rows import Notes
from conductor_tui.adapters.settings.rules import check_problems, load_problems
from conductor_tui.adapters.settings.schema import (
    DefaultsTable,
    EngineTable,
    GroupTable,
    LoadTable,
)
from conductor_tui.adapters.settings.secrets import hidden, masked
from conductor_tui.adapters.settings.shape import (
    groups_of,
    place,
    shape_problems,
    tables_of,
)
from conductor_tui.adapters.settings.words import Problem, Raw, problem_line, suggestion
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import MaintenanceWindow
from conductor_tui.domain.resources import LoadLimits
from conductor_tui.domain.schedule import spacing_problem
from conductor_tui.domain.settings import EngineSettings, Settings


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings; by table (`platform[1]`) and key where each value comes from; and by
    table the options that are shown as they are written, not as they came out.
    """

    settings: Settings
    notes: Mapping[str, Notes]
    written: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Common:
    """The tables that are not platforms."""

    around: Around
    load: Check
    check: Check


def read_tables(raw: Raw, file: str, reading: Reading | None = None) -> Loaded:
    """Return what `raw` says. `file` is its name for people.

    Raises SettingsError with one line for every problem.
    """
    reading = reading or Reading()
    unset: list[Problem] = []
    values = expanded(raw, reading.environ, (), unset)
    problems = list(shape_problems(values))
    common = _common(values, file, reading, problems)
    places = dict(tables_of(raw, "platform"))
    entries = [
        read_platform(table, places[n], n, common.around, problems)
        for n, table in tables_of(values, "platform")
    ]
    problems += _same_names(entries)
    problems += _spacing(common.around.engine, common.check, entries)
    if not unset:  # else names are not known
        problems += _depends(entries)
        problems += _empty_groups(common.around.groups, entries)
    windows = _windows(values, entries, problems)
    beats = _beats(raw, values, file, reading, problems)
    if not problems:  # else agents are missing that are only broken
        platforms = [entry.settings for entry in entries]
        problems += unheard(platforms, beats.entries, beats.agents)
    known = _subjects(entries, beats.entries) if not problems else Subjects()
    alerting = _alerting(values, raw, file, known, reading, problems)
    plugged = _plugged(values, raw, file, reading, problems)
    asked = _asked(values, entries, plugged, problems)
    if unset or problems:
        found = [*unset, *(one for one in problems if not _echoes(one, unset))]
        raise SettingsError(_lines(found, raw, file, reading))
    return _loaded(common, entries, windows, beats, alerting, plugged, asked, file)


@dataclass(frozen=True, slots=True)
class _Beats:
    """The tables about agents."""

    agents: Agents
    entries: Sequence[AgentEntry]
    listening: Listening


def _beats(
    raw: Raw, values: Raw, file: str, reading: Reading, problems: list[Problem]
) -> _Beats:
    agents = read_agents(values.get("agents"), problems)
    places = dict(tables_of(raw, "agent"))
    entries = [
        read_agent(table, places[n], n, agents, file, reading, problems)
        for n, table in tables_of(values, "agent")
    ]
    problems += agents_alike(entries)
    listening = read_listen(values.get("listen"), raw.get("listen"), reading, problems)
    return _Beats(agents, entries, listening)


def _alerting(
    values: Raw,
    raw: Raw,
    file: str,
    known: Subjects,
    reading: Reading,
    problems: list[Problem],
) -> Alerting:
    if TABLES.isdisjoint(values):
        return no_tables()
    from conductor_tui.adapters.settings.alerts import read_alerts

    return read_alerts(values, raw, file, known, reading, problems)


def _plugged(
    values: Raw, raw: Raw, file: str, reading: Reading, problems: list[Problem]
) -> Plugged:
    if PLUGIN_TABLES.isdisjoint(values):
        return Plugged(folder=folder_beside(reading.base))
    from conductor_tui.adapters.settings.plugins import read_plugins

    return read_plugins(values, raw, file, reading, problems)


def _asked(
    values: Raw, entries: Sequence[Entry], plugged: Plugged, problems: list[Problem]
) -> Asked:
    if REQUEST_TABLES.isdisjoint(values):
        return Asked()
    from conductor_tui.adapters.settings.requests import read_requests

    known: set[str] | None = None
    if not problems:  # else some are missing that are only broken
        known = {*(one.name or "" for one in entries), *_members(entries)}
        known |= {one.name for one in plugged.settings}
    return read_requests(values, known, problems)


def _members(entries: Sequence[Entry]) -> Mapping[str, tuple[PlatformName, ...]]:
    """Return the platforms of each group, in the order of the file."""
    members: dict[str, list[PlatformName]] = {}
    for one in entries:
        if one.settings is not None and one.settings.spec.group:
            there = members.setdefault(one.settings.spec.group, [])
            there.append(one.settings.spec.platform)
    return {group: tuple(names) for group, names in members.items()}


def _subjects(entries: Sequence[Entry], agents: Sequence[AgentEntry]) -> Subjects:
    """Return who may be named by alerts; nothing where platforms come by themselves."""
    if not entries:
        return Subjects()
    platforms = [one.settings.spec for one in entries if one.settings]
    beating = [one.settings.spec for one in agents if one.settings]
    names = {*(one.platform for one in platforms), *(one.agent for one in beating)}
    groups = {*(one.group for one in platforms), *(one.group for one in beating)}
    tags = {tag for one in platforms for tag in one.tags}
    tags |= {tag for one in beating for tag in one.tags}
    return Subjects(frozenset(names), frozenset(groups - {""}), frozenset(tags))


def _common(
    values: Raw, file: str, reading: Reading, problems: list[Problem]
) -> _Common:
    engine = read_layer(EngineTable, values.get("engine"), ("engine",), problems)
    outer = replace(engine, where=Where.ENGINE)
    usual = read_layer(DefaultsTable, values.get("defaults"), ("defaults",), problems)
    load = pick_load([read_layer(LoadTable, values.get("load"), ("load",), problems)])
    problems += check_problems(pick_check([engine]), ("engine",))
    problems += check_problems(pick_check([usual, outer]), ("defaults",))
    inner = replace(usual, where=Where.DEFAULTS)
    groups: dict[str, Layer] = {}
    for name, table in groups_of(values):
        groups[name] = read_layer(GroupTable, table, ("group", name), problems)
        check = pick_check([groups[name], inner, outer])
        problems += check_problems(check, ("group", name))
    problems += load_problems(load)
    around = Around(groups, usual, outer, file, reading)
    return _Common(around, load, pick_check([inner, engine]))


def _echoes(problem: Problem, unset: Sequence[Problem]) -> bool:
    """Say whether a problem is only that a variable is not set, once more."""
    places = {one.path[: len(problem.path)] for one in unset}
    return problem.path in places or any(
        problem.path[: len(one.path)] == one.path for one in unset
    )


def _lines(
    found: Sequence[Problem], raw: Raw, file: str, reading: Reading
) -> list[str]:
    """Return the problems as a person reads them; no line holds a secret."""
    shown = _shown(raw)
    return [
        problem_line(
            file, shown, replace(one, words=hidden(one.words, reading.secrets))
        )
        for one in sorted(found, key=place)
    ]


def _shown(raw: Any) -> Any:
    match raw:
        case dict():
            return {key: _shown(value) for key, value in masked(raw).items()}
        case list():
            return [_shown(item) for item in raw]
        case _:
            return raw


def _loaded(
    common: _Common,
    entries: Sequence[Entry],
    windows: tuple[MaintenanceWindow, ...],
    beats: _Beats,
    alerting: Alerting,
    plugged: Plugged,
    asked: Asked,
    file: str,
) -> Loaded:
    engine, check, load = common.around.engine, common.check, common.load
    stagger = pick("stagger", math.inf, [engine])
    at_once = pick("max_checks_at_once", EngineSettings().max_checks_at_once, [engine])
    settings = Settings(
        engine=EngineSettings(
            spacing_s=None if math.isinf(stagger.value) else stagger.value,
            max_checks_at_once=at_once.value,
            history_s=check["history"].value,
        ),
        load=LoadLimits(**{key: picked.value for key, picked in load.items()}),
        defaults=check_defaults(check),
        platforms=tuple(entry.settings for entry in entries if entry.settings),
        maintenance=windows,
        agents=tuple(entry.settings for entry in beats.entries if entry.settings),
        create=beats.agents.create,
        listen=beats.listening.settings,
        alerts=alerting.settings,
        journal=alerting.journal,
        plugins=plugged.settings,
        plugin_folder=plugged.folder,
        requests=replace(asked.settings, groups=_members(entries)),
        discover=not entries,
        source=file,
    )
    keys: Check = {**check, "stagger": stagger, "max_checks_at_once": at_once}
    notes = {f"platform[{n}]": entry.notes for n, entry in enumerate(entries, start=1)}
    notes |= {f"agent[{n}]": one.notes for n, one in enumerate(beats.entries, start=1)}
    notes |= {"engine": _engine_notes(keys), "load": notes_of(load)}
    notes |= {"agents": beats.agents.notes, **alerting.notes, **plugged.notes}
    written = {
        f"platform[{n}]": entry.written for n, entry in enumerate(entries, start=1)
    }
    written |= {
        f"agent[{n}]": one.written for n, one in enumerate(beats.entries, start=1)
    }
    written |= {"listen": beats.listening.written, **alerting.written}
    written |= plugged.written
    notes |= asked.notes
    return Loaded(settings, notes, written)


def _engine_notes(keys: Check) -> Notes:
    """Say nothing where a value stands in [engine]: it is shown in that table."""
    notes = notes_of(keys)
    return {k: "" if note == Where.ENGINE else note for k, note in notes.items()}


def _windows(
    values: Raw, entries: Sequence[Entry], problems: list[Problem]
) -> tuple[MaintenanceWindow, ...]:
    """Return the windows. Names are looked at where all of them could be read."""
    known = Known(None, None, None)
    if entries and not problems:
        labels = [entry.labels for entry in entries]
        known = Known(
            frozenset(entry.name or "" for entry in entries),
            frozenset(one["group"].value for one in labels) - {""},
            frozenset(tag for one in labels for tag in one["tags"].value),
        )
    found = [
        read_window(table, position, known, problems)
        for position, table in tables_of(values, "maintenance")
    ]
    return tuple(window for window in found if window is not None)


def _depends(entries: Sequence[Entry]) -> Iterator[Problem]:
    return depends_problems(
        [Needs(entry.name, entry.labels["depends_on"]) for entry in entries]
    )


def _empty_groups(
    groups: Mapping[str, Layer], entries: Sequence[Entry]
) -> Iterator[Problem]:
    there = {entry.labels["group"].value for entry in entries}
    for name in groups:
        if name not in there:
            hint = suggestion(name, sorted(there))
            way_out = hint or 'write group = "..." in those that are, or take it out'
            yield Problem(("group", name), f"no platform is in this group: {way_out}")


def _same_names(entries: Sequence[Entry]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for position, entry in enumerate(entries):
        if entry.name is None:
            continue
        if first.setdefault(entry.name, position) != position:
            yield Problem(
                ("platform", position, "name"),
                f"platform[{first[entry.name] + 1}] has this name too: give every "
                "platform a name of its own",
            )


def _spacing(
    engine: Layer, usual: Check, entries: Sequence[Entry]
) -> Iterator[Problem]:
    """Fixed spacing must fit the shortest interval, as often as there are platforms."""
    spacing = pick("stagger", math.inf, [engine])
    checks = [entry.check for entry in entries] or [usual]
    intervals = [check["interval"] for check in checks]
    if math.isinf(spacing.value) or not all(one.is_sound for one in intervals):
        return
    words = spacing_problem([one.value for one in intervals], spacing.value)
    if words:
        most = min(one.value for one in intervals) / len(intervals)
        most = format_duration(math.floor(most * 1000) / 1000)
        way_out = f'write at most "{most}"' if most != "0s" else "have fewer platforms"
        yield Problem(
            ("engine", "stagger"), f'{words}: {way_out}, or stagger = "spread"'
        )
