"""[requests], [request.NAME], [[route]] and [dead_letters] in; what platforms take of
requests and where those without a name go, out.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from conductor_tui.adapters.settings.layers import read_layer
from conductor_tui.adapters.settings.picking import Where
from conductor_tui.adapters.settings.request_found import Asked
from conductor_tui.adapters.settings.request_schema import (
    LettersTable,
    RequestTable,
    RouteTable,
)
from conductor_tui.adapters.settings.rows import Notes
from conductor_tui.adapters.settings.shape import tables_of
from conductor_tui.adapters.settings.words import Problem, Raw, suggestion
from conductor_tui.domain.dispatch import (
    Choice,
    DispatchSettings,
    DispatchSpec,
    LetterLimits,
    Route,
)
from conductor_tui.domain.ids import PlatformName

KEYS: Mapping[str, str] = {
    "at_once": "at_once",
    "waiting": "waiting",
    "deadline": "deadline_s",
    "redrives": "redrives",
    "redrive_rate": "redrive_rate",
}
"""The fields of DispatchSpec by their keys; `attempts` is one of its retry."""


def read_requests(
    raw: Raw, known: Collection[str] | None, problems: list[Problem]
) -> Asked:
    """`known` are the names of platforms and groups; None: they come by themselves."""
    usual = _spec(DispatchSpec(), raw.get("requests"), ("requests",), problems)
    notes: dict[str, Notes] = {"requests": _notes(raw.get("requests"), "")}
    platforms: dict[PlatformName, DispatchSpec] = {}
    tables = raw.get("request")
    for name, table in (tables if isinstance(tables, dict) else {}).items():
        at = ("request", name)
        problems += _unknown(name, known, at)
        platforms[PlatformName(name)] = _spec(usual, table, at, problems)
        notes[f"request.{name}"] = _notes(table, "[requests]", raw.get("requests"))
    routes = tuple(
        _route(table, place, known, problems)
        for place, table in tables_of(raw, "route")
    )
    settings = DispatchSettings(
        usual=usual,
        platforms=platforms,
        routes=tuple(one for one in routes if one is not None),
        letters=_letters(raw.get("dead_letters"), problems),
    )
    return Asked(settings, notes)


def _spec(
    usual: DispatchSpec, raw: Any, at: tuple[str, ...], problems: list[Problem]
) -> DispatchSpec:
    table: Any = read_layer(RequestTable, raw, at, problems).table
    own = {
        there: value
        for key, there in KEYS.items()
        if (value := getattr(table, key)) is not None
    }
    retry = usual.retry
    if table.attempts is not None:
        retry = replace(retry, attempts=table.attempts)
    return replace(usual, retry=retry, **own)


def _notes(raw: Any, outer: str, around: Any = None) -> Notes:
    """Return where the values are from that do not stand in the table itself."""
    own = raw if isinstance(raw, dict) else {}
    above = around if isinstance(around, dict) else {}
    return {
        key: outer if key in above else Where.DEFAULT.value
        for key in (*KEYS, "attempts")
        if key not in own
    }


def _route(
    raw: Raw, place: int, known: Collection[str] | None, problems: list[Problem]
) -> Route | None:
    at = ("route", place)
    layer = read_layer(RouteTable, raw, at, problems)
    table: Any = layer.table
    for key, value, example in (
        ("type", table.kind, '"alert.*"'),
        ("to", table.to, '["discord"]'),
    ):
        if not value and key not in layer.bad:
            words = f"missing: every route needs it, such as {key} = {example}"
            problems.append(Problem((*at, key), words))
    if not table.kind or not table.to:
        return None
    for name in table.to:
        problems += _unknown(name, known, (*at, "to"))
    return Route(
        pattern=table.kind,
        to=tuple(table.to),
        choose=Choice(table.choose or Choice.ORDER),
    )


def _letters(raw: Any, problems: list[Problem]) -> LetterLimits:
    table: Any = read_layer(LettersTable, raw, ("dead_letters",), problems).table
    usual = LetterLimits()
    return LetterLimits(
        count=usual.count if table.count is None else table.count,
        size_bytes=usual.size_bytes if table.size is None else table.size,
    )


def _unknown(
    name: str, known: Collection[str] | None, at: tuple[str | int, ...]
) -> Iterator[Problem]:
    if known is not None and name not in known:
        hint = suggestion(name, sorted(known)) or "name one that there is"
        words = f"no platform or group is called {name!r}: {hint}"
        yield Problem(at, words)
