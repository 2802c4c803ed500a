"""A parsed conductor.toml in; settings out, or every problem that it has.

Each table is looked at on its own: what is wrong in one hides nothing in the next.
A rule between two values is only looked at where both are sound.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conductor_tui.adapters.settings.layers import read_layer
from conductor_tui.adapters.settings.platform import Entry, read_platform
from conductor_tui.adapters.settings.rules import (
    Check,
    Layer,
    Where,
    check_defaults,
    check_problems,
    load_problems,
    notes_of,
    pick,
    pick_check,
    pick_load,
)
from conductor_tui.adapters.settings.schema import HOMES, EngineTable, LoadTable
from conductor_tui.adapters.settings.text import Notes
from conductor_tui.adapters.settings.words import (
    Problem,
    Raw,
    problem_line,
    unknown_key,
)
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.resources import LoadLimits
from conductor_tui.domain.schedule import spacing_problem
from conductor_tui.domain.settings import EngineSettings, Settings

_TOP = ("engine", "load", "platform")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and by table (`platform[1]`) and key where each value comes from."""

    settings: Settings
    notes: Mapping[str, Notes]


def read_tables(raw: Raw, file: str) -> Loaded:
    """Return what `raw` says. `file` is its name for people.

    Raises SettingsError with one line for every problem.
    """
    problems = list(_top_problems(raw))
    engine = read_layer(EngineTable, raw.get("engine"), ("engine",), problems)
    load = pick_load([read_layer(LoadTable, raw.get("load"), ("load",), problems)])
    check = pick_check([engine])
    problems += [*check_problems(check, ("engine",)), *load_problems(load)]
    entries = [
        read_platform(
            table, position, replace(engine, where=Where.ENGINE), file, problems
        )
        for position, table in _platform_tables(raw)
    ]
    problems += _same_names(entries)
    problems += _spacing(engine, check, entries)
    if problems:
        problems.sort(key=_place)
        raise SettingsError([problem_line(file, raw, problem) for problem in problems])
    return _loaded(engine, check, load, entries, file)


def _place(problem: Problem) -> int:
    """Sort by platform; what is no platform's comes first."""
    position = problem.path[1] if len(problem.path) > 1 else -1
    return position if isinstance(position, int) else -1


def _loaded(
    engine: Layer, check: Check, load: Check, entries: Sequence[Entry], file: str
) -> Loaded:
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
        discover=not entries,
        source=file,
    )
    keys: Check = {**check, "stagger": stagger, "max_checks_at_once": at_once}
    notes = {f"platform[{n}]": entry.notes for n, entry in enumerate(entries, start=1)}
    notes |= {"engine": notes_of(keys), "load": notes_of(load)}
    return Loaded(settings, notes)


def _top_problems(raw: Raw) -> Iterator[Problem]:
    """Yield what is wrong with the tables themselves, before their keys."""
    for key, value in raw.items():
        if key not in _TOP:
            yield Problem((key,), unknown_key(key, _TOP, "the file", HOMES))
        elif key != "platform":
            if not isinstance(value, dict):
                yield Problem((key,), f"must be a table: write [{key}] on a line")
        elif not isinstance(value, list):
            words = "must be a list of tables: write [[platform]] with two brackets"
            yield Problem((key,), words)
        else:
            yield from _not_tables(value)


def _not_tables(items: Sequence[object]) -> Iterator[Problem]:
    for position, item in enumerate(items):
        if not isinstance(item, dict):
            words = "must be a table: write [[platform]] and its keys on lines below"
            yield Problem(("platform", position), words)


def _platform_tables(raw: Raw) -> Iterator[tuple[int, Raw]]:
    tables = raw.get("platform", [])
    for position, table in enumerate(tables if isinstance(tables, list) else []):
        if isinstance(table, dict):
            yield position, table


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
