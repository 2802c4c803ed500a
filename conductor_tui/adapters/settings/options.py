"""The options of a probe or a channel, read from its table by its own type."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import import_module
from typing import Any

from pydantic import TypeAdapter, ValidationError

from conductor_tui.adapters.channels import kinds as channels
from conductor_tui.adapters.probes import kinds as probes
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


@dataclass(frozen=True, slots=True)
class Family:
    """Kinds of one sort, each with options of its own type; `what` says who has them:
    "a platform with probe", "a channel with kind".
    """

    kinds: tuple[str, ...]
    options_type: Callable[[str], type[Any]]
    what: str


PROBES = Family(probes.KINDS, probes.options_type, "a platform with probe")
CHANNELS = Family(channels.KINDS, channels.options_type, "a channel with kind")


def option_names(kind: str | None, of: Family = PROBES) -> list[str]:
    """Return the keys of a kind's options; those of all kinds for no known one."""
    kinds = of.kinds if kind is None else (kind,)
    names = [one.name for each in kinds for one in fields(of.options_type(each))]
    return list(dict.fromkeys(names))


def option_homes(of: Family = PROBES) -> dict[str, str]:
    """Return in words, by option, whoever has it."""
    kinds: dict[str, list[str]] = {}
    for kind in of.kinds:
        for name in option_names(kind, of):
            kinds.setdefault(name, []).append(f'"{kind}"')
    return {name: f"{of.what} = {' or '.join(those)}" for name, those in kinds.items()}


def read_options(
    kind: str,
    raw: Mapping[str, Any],
    at: KeyPath,
    written: Mapping[str, Any],
    of: Family = PROBES,
) -> tuple[object | None, list[Problem]]:
    """Return the options that `raw` gives; None where there are problems.

    In `raw` a secret is a table of its own; `written` is as a person has it.
    """
    try:
        # by way of JSON, because there a list may become a tuple or a set and
        # everything else stays strict
        text = json.dumps({key: _plain(value) for key, value in raw.items()})
        return _reader(kind, of).validate_json(text, strict=True), []
    except ValidationError as error:
        found = error.errors(include_url=False)
    if found[0]["type"] == "value_error" and not found[0]["loc"]:
        words = str(found[0]["ctx"]["error"])
        return None, [Problem((*at, *_blamed(kind, words, of)), words)]
    lacking = [str(one["loc"][0]) for one in found if _is_lacking(one, of)]
    found = [one for one in found if not _is_lacking(one, of)]
    missing = [_lacking(kind, key, at, of) for key in lacking]
    return None, missing + problems_of(found, written, at)


def shown_target(options: object) -> str:
    """Return what a probe touches as one printable line, for its CheckSpec."""
    own = getattr(import_module(type(options).__module__), "shown_target", None)
    target = own(options) if own else getattr(options, "target", "")
    return visible(str(target), _TARGET_LENGTH)


def _is_lacking(error: Any, of: Family) -> bool:
    """Say whether an option is missing whose absence we have better words for."""
    is_missing = error["type"] == "missing" and len(error["loc"]) == 1
    return bool(is_missing and (of is not PROBES or error["loc"] == ("target",)))


def _lacking(kind: str, key: str, at: KeyPath, of: Family) -> Problem:
    has_example = of is PROBES and kind in _TARGETS
    example = f', such as target = "{_TARGETS[kind]}"' if has_example else ""
    words = f'missing: {of.what} = "{kind}" needs a {key}{example}: add it'
    return Problem((*at, key), words)


@cache
def _reader(kind: str, of: Family) -> TypeAdapter[Any]:
    return TypeAdapter(of.options_type(kind))


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


def _blamed(kind: str, words: str, of: Family) -> Iterator[str]:
    """Yield the key that a kind's complaint is about: the first that it names."""
    names = option_names(kind, of)
    places = {name: re.search(rf"\b{name}\b", words) for name in names}
    said = {name: place.start() for name, place in places.items() if place}
    if said:
        yield min(said, key=said.__getitem__)
    elif "target" in names:
        yield "target"
