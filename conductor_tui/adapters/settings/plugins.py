"""[plugins] and [plugin.NAME] in; which plug-ins run, and with what, out."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from conductor_tui.adapters.settings.expand import brought
from conductor_tui.adapters.settings.layers import read_layer
from conductor_tui.adapters.settings.picking import Where
from conductor_tui.adapters.settings.plugin_found import LIMITS, Plugged, folder_beside
from conductor_tui.adapters.settings.plugin_schema import PluginsTable, PluginTable
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.secrets import HIDDEN, label_of
from conductor_tui.adapters.settings.words import (
    KeyPath,
    Problem,
    Raw,
    looks_secret,
)
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import (
    PluginLimits,
    PluginSettings,
    plugin_name_problem,
)
from conductor_tui.domain.secret import Secret

_KEYS = {
    **LIMITS,
    **dict.fromkeys(("use", "enabled", "isolate", "requires", "config"), ""),
}


def read_plugins(
    raw: Raw, written: Raw, file: str, reading: Reading, problems: list[Problem]
) -> Plugged:
    """`written` is the file before variables were filled in."""
    layer = read_layer(PluginsTable, raw.get("plugins"), ("plugins",), problems)
    tables, found = raw.get("plugin"), []
    notes: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    for name, table in (tables if isinstance(tables, dict) else {}).items():
        if not isinstance(table, dict):
            continue
        there = _table_of(written, name)
        one = _plugin(name, table, there, file, reading, problems)
        found.append(one)
        notes[f"plugin.{name}"] = {
            key: Where.DEFAULT.value for key in _KEYS if key not in table
        }
        shown[f"plugin.{name}"] = {"config": _shown(there.get("config", {}))}
    problems += _circles(found)
    folder = _folder(layer.table.folder, reading, problems)
    return Plugged(tuple(found), folder, notes, shown)


def _folder(named: str | None, reading: Reading, problems: list[Problem]) -> str | None:
    if named is None:
        return folder_beside(reading.base)
    path = (reading.base / Path(named).expanduser()).absolute()
    if not path.is_dir():
        words = f"{path} is no folder: make it, or name one that is there"
        problems.append(Problem(("plugins", "folder"), words))
    return str(path)


def _table_of(written: Raw, name: str) -> Raw:
    tables = written.get("plugin")
    table = tables.get(name) if isinstance(tables, dict) else None
    return table if isinstance(table, dict) else {}


def _plugin(
    name: str,
    raw: Raw,
    written: Raw,
    file: str,
    reading: Reading,
    problems: list[Problem],
) -> PluginSettings:
    at: KeyPath = ("plugin", name)
    problem = plugin_name_problem(name)
    if problem:
        problems.append(Problem(at, f"not a name for a plug-in: {problem}"))
    own = {key: value for key, value in raw.items() if key != "config"}
    table: Any = read_layer(PluginTable, own, at, problems).table
    start = len(reading.secrets)
    config = raw.get("config", {})
    if isinstance(config, dict):
        problems += _unlike_json(config, (*at, "config"))
        reading.secrets += brought(written.get("config"), reading.environ)
        reading.secrets += _named_secret(config, written.get("config"))
    else:
        words = f"must be a table: write [plugin.{name}.config] on a line"
        problems.append(Problem((*at, "config"), words))
        config = {}
    requires = tuple(PluginName(one) for one in table.requires or ())
    return PluginSettings(
        name=PluginName(name),
        use=table.use or name,
        enabled=table.enabled is not False,
        isolate=table.isolate is not False,
        requires=requires,
        limits=_limits(table),
        config=config,
        secrets=tuple(dict.fromkeys(reading.secrets[start:])),
        origin=f"{file}, [plugin.{name}]",
    )


def _limits(table: Any) -> PluginLimits:
    usual = PluginLimits()
    values = {
        there: getattr(usual, there) if (own := getattr(table, key)) is None else own
        for key, there in LIMITS.items()
    }
    assert values.keys() == {one.name for one in fields(PluginLimits)}
    return PluginLimits(**values)


def _unlike_json(value: object, at: KeyPath) -> Iterator[Problem]:
    """Yield what a plug-in cannot be given: it gets what JSON has."""
    match value:
        case dict():
            for key, item in value.items():
                yield from _unlike_json(item, (*at, key))
        case list():
            for place, item in enumerate(value):
                yield from _unlike_json(item, (*at, place))
        case float() if not math.isfinite(value):
            yield Problem(at, "not a number that a plug-in can be given")
        case str() | int() | float():
            pass
        case _:
            words = "a plug-in gets text, numbers, true and false: put it in quotes"
            yield Problem(at, words)


def _named_secret(value: object, written: object) -> Iterator[Secret]:
    """Yield the texts whose keys are named like something to hide."""
    there = written if isinstance(written, dict) else {}
    for key, item in value.items() if isinstance(value, dict) else ():
        if isinstance(item, str) and item and looks_secret(key):
            yield Secret(item, label_of(there.get(key)))
        else:
            yield from _named_secret(item, there.get(key))


def _shown(written: object) -> object:
    """Return settings as they may be shown: secrets as labels, variables by name."""
    if not isinstance(written, dict):
        return written
    return {
        key: label_of(item)
        if isinstance(item, str) and looks_secret(key)
        else (HIDDEN if isinstance(item, list) and looks_secret(key) else _shown(item))
        for key, item in written.items()
    }


def _circles(found: Sequence[PluginSettings]) -> Iterator[Problem]:
    requires: Mapping[PluginName, Sequence[PluginName]]
    requires = {one.name: one.requires for one in found}
    for one in found:
        way = _way(requires, one.name, one.name, frozenset())
        if way and one.name == min(way):  # told once, at the first of them
            words = f"it requires itself: {' -> '.join(way)}: take one of them out"
            yield Problem(("plugin", one.name, "requires"), words)


def _way(
    requires: Mapping[PluginName, Sequence[PluginName]],
    start: PluginName,
    end: PluginName,
    passed: frozenset[PluginName],
) -> list[PluginName]:
    for one in requires.get(start, ()):
        if one == end:
            return [start, end]
        if one not in passed:
            way = _way(requires, one, end, passed | {one})
            if way:
                return [start, *way]
    return []
