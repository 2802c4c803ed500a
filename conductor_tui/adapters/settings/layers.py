"""One table of a conductor.toml in; its values out, or what is wrong with its keys."""

from typing import Any

from pydantic import ValidationError

from conductor_tui.adapters.settings.homes import HOMES
from conductor_tui.adapters.settings.picking import Layer, Where
from conductor_tui.adapters.settings.schema import NESTED, Table, keys_of
from conductor_tui.adapters.settings.toml_text import toml_key
from conductor_tui.adapters.settings.words import (
    KeyPath,
    Problem,
    problems_of,
    unknown_key,
)

_OWN_WORDS = (
    *("maintenance", "agent", "agents", "listen"),
    *("alerts", "channel", "journal", "plugins", "plugin"),
    *("requests", "request", "route", "dead_letters"),
)


def read_layer(
    kind: type[Table], raw: Any, at: KeyPath, problems: list[Problem]
) -> Layer:
    """Return the table; what is refused is noted in `problems` and left out."""
    raw = raw if isinstance(raw, dict) else {}
    try:
        return Layer(kind.model_validate(raw), frozenset(), Where.HERE)
    except ValidationError as error:
        found = error.errors(include_url=False)
    unknown = [one for one in found if one["type"] == "extra_forbidden"]
    others = [one for one in found if one["type"] != "extra_forbidden"]
    problems += [_unknown(kind, one["loc"], at) for one in unknown]
    problems += problems_of(others, raw, at)
    bad = frozenset(str(one["loc"][0]) for one in found)
    good = {key: value for key, value in raw.items() if key not in bad}
    return Layer(kind.model_validate(good), bad, Where.HERE)


def _unknown(kind: type[Table], path: KeyPath, at: KeyPath) -> Problem:
    table = kind if len(path) == 1 else NESTED[str(path[0])]
    what = _header(at) if len(path) == 1 else f"{path[0]} = {{ ... }}"
    # its keys are few and much like those of a platform: what was meant is one of them
    homes = {} if at[0] in _OWN_WORDS else HOMES
    words = unknown_key(str(path[-1]), keys_of(table), what, homes)
    return Problem((*at, *path), words)


def _header(at: KeyPath) -> str:
    """Return how the table at `at` begins: [engine], [group.bots], [[maintenance]]."""
    names = ".".join(toml_key(part) for part in at if isinstance(part, str))
    return f"[{names}]" if isinstance(at[-1], str) else f"[[{names}]]"
