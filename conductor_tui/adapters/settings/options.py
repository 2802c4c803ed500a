"""The options of a probe, read from its platform's table by the probe's own type."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import TypeAdapter, ValidationError

from conductor_tui.adapters.probes.kinds import KINDS, options_type
from conductor_tui.adapters.settings.words import KeyPath, Problem, problems_of
from conductor_tui.domain.text import visible

_TARGET_LENGTH = 200
_TARGETS = {
    "http": "https://discord.example/health",
    "tcp": "127.0.0.1:8080",
    "listen": "*:22",
    "redis": "127.0.0.1:6379",
    "postgres": "127.0.0.1:5432",
}


def option_names(kind: str | None) -> list[str]:
    """Return the keys of a probe's options; those of all probes for no known probe."""
    kinds = KINDS if kind is None else (kind,)
    names = [one.name for each in kinds for one in fields(options_type(each))]
    return list(dict.fromkeys(names))


def option_homes() -> dict[str, str]:
    """Return in words, by option, the platforms that have it."""
    kinds: dict[str, list[str]] = {}
    for kind in KINDS:
        for name in option_names(kind):
            kinds.setdefault(name, []).append(f'"{kind}"')
    return {
        name: f"a platform with probe = {' or '.join(those)}"
        for name, those in kinds.items()
    }


def read_options(
    kind: str, raw: Mapping[str, Any], at: KeyPath, written: Mapping[str, Any]
) -> tuple[object | None, list[Problem]]:
    """Return the options that `raw` gives; None where there are problems.

    In `raw` a secret is a table of its own; `written` is as a person has it.
    """
    try:
        # by way of JSON, because there a list may become a tuple or a set and
        # everything else stays strict
        text = json.dumps({key: _plain(value) for key, value in raw.items()})
        return _reader(kind).validate_json(text, strict=True), []
    except ValidationError as error:
        found = error.errors(include_url=False)
    before = len(found)
    if found[0]["type"] == "value_error" and not found[0]["loc"]:
        words = str(found[0]["ctx"]["error"])
        return None, [Problem((*at, *_blamed(kind, words)), words)]
    found = [one for one in found if not _is_no_target(one)]
    missing = [] if len(found) == before else [_no_target(kind, at)]
    return None, missing + problems_of(found, written, at)


def shown_target(options: object) -> str:
    """Return what a probe touches as one printable line, for its CheckSpec."""
    own = getattr(import_module(type(options).__module__), "shown_target", None)
    target = own(options) if own else getattr(options, "target", "")
    return visible(str(target), _TARGET_LENGTH)


def _is_no_target(error: Any) -> bool:
    return bool(error["type"] == "missing" and error["loc"] == ("target",))


def _no_target(kind: str, at: KeyPath) -> Problem:
    example = f', such as target = "{_TARGETS[kind]}"' if kind in _TARGETS else ""
    words = f'missing: a platform with probe = "{kind}" needs a target{example}: add it'
    return Problem((*at, "target"), words)


@cache
def _reader(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(options_type(kind))


def _plain(value: object) -> object:
    """Return the value as JSON has it. What JSON has not becomes a table, which no
    option takes for a date or a number.
    """
    match value:
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case float() if not math.isfinite(value):
            return {}
        case int() if value.bit_length() > 63:
            return {}
        case str() | int() | float():
            return value
        case _:
            return {}


def _blamed(kind: str, words: str) -> Iterator[str]:
    """Yield the key that a probe's complaint is about: the first that it names."""
    names = option_names(kind)
    places = {name: re.search(rf"\b{name}\b", words) for name in names}
    said = {name: place.start() for name, place in places.items() if place}
    if said:
        yield min(said, key=said.__getitem__)
    elif "target" in names:
        yield "target"
