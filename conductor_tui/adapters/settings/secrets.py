"""Options that must not be shown: how they are written, read and hidden.

An option of type Secret is given as text, or as `<option>_file`, the path of a file
that holds it. A table of secrets (HTTP headers) takes `<key>_file` in the same way.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from conductor_tui.adapters.settings.expand import refers, without_usual
from conductor_tui.adapters.settings.options import (
    CHANNELS,
    PROBES,
    Family,
    option_names,
)
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.words import (
    TEXT_WORDS,
    KeyPath,
    Problem,
    Raw,
    looks_secret,
)
from conductor_tui.domain.secret import Secret, without_secrets
from conductor_tui.domain.text import without_passwords

HIDDEN = "***"
_FILE = "_file"
_PIECE = 4  # characters of a secret that are too many to tell
# headers that tell nothing: hidden, their everyday words would be missing everywhere
_PUBLIC = frozenset(
    {"accept", "accept-language", "cache-control", "content-type", "host", "origin"}
    | {"referer", "user-agent"}
)
_OF_AGENTS = frozenset({"token", "ping_key"})
_SCHEME = re.compile(r"https?://", re.IGNORECASE)  # in many a value and many a sentence


@cache
def secret_names(kind: str, of: Family = PROBES) -> frozenset[str]:
    """Return the options of a kind that are secrets, or tables or lists of them."""
    hints = get_type_hints(of.options_type(kind))
    return frozenset(name for name, hint in hints.items() if _holds_secret(hint))


@cache
def file_names(kind: str, of: Family = PROBES) -> tuple[str, ...]:
    """Return the keys that name the file of a secret; a table of them has none."""
    hints = get_type_hints(of.options_type(kind))
    names = (name for name, hint in hints.items() if _is_one_secret(hint))
    return tuple(f"{name}{_FILE}" for name in names)


def read_secrets(
    kind: str,
    raw: Raw,
    written: Raw,
    at: KeyPath,
    reading: Reading,
    problems: list[Problem],
    of: Family = PROBES,
) -> dict[str, Any]:
    """Return the options of `raw` with every secret as the table {value, label}.

    `written` is the same table before variables were filled in.
    """
    ready = dict(raw)
    for name in secret_names(kind, of):
        given = {key: ready.pop(key) for key in (name, f"{name}{_FILE}") if key in raw}
        ready |= _table(given, written, at, reading, problems)
    return ready


def read_named(
    given: Raw, written: Raw, at: KeyPath, reading: Reading, problems: list[Problem]
) -> dict[str, Secret]:
    """Return the secrets of `given` by name, those of `<name>_file` read from there."""
    found = _table(given, written, at, reading, problems)
    return {name: Secret(**table) for name, table in found.items() if table}


def hidden(words: str, secrets: Sequence[Secret]) -> str:
    """Return the words without any of the secrets."""
    words = without_secrets(words, secrets)
    for secret in secrets:
        for quote in "\"'":  # a short one: only where it stands alone
            words = words.replace(f"{quote}{secret.value}{quote}", secret.label)
    return words


def discreet(problem: Problem, secrets: Sequence[Secret]) -> Problem:
    """Return a probe's complaint; another one where it holds a piece of a secret.

    A probe quotes what it was given, in parts and in other forms, so looking for the
    whole is not enough.
    """
    words = hidden(problem.words, secrets)
    plain = words
    for secret in secrets:
        plain = plain.replace(secret.label, "")
    for secret in secrets:
        if _tells(plain, secret.value):
            words = (
                f"refused with what stands for {secret.label} here, and why cannot be "
                "told without telling that: a made-up value of the same form shows it"
            )
            return replace(problem, words=words)
    return replace(problem, words=words)


def masked(table: Raw) -> dict[str, Any]:
    """Return a table as it may be shown: with labels for secrets, and for what has
    the name of one in a place where it means nothing.
    """
    return {
        key: labelled(value) if _is_secret(key, value) else value
        for key, value in table.items()
    }


def label_of(written: object) -> str:
    """Return what is shown for a secret: the text around a variable, else ***."""
    if isinstance(written, str) and refers(written):
        return without_passwords(without_usual(written))
    return HIDDEN


def labelled(value: Any) -> Any:
    """Return a secret, or a table or list of them, as labels."""
    match value:
        case dict():
            return {
                key: item
                if key.endswith(_FILE) or is_public(key, item)
                else labelled(item)
                for key, item in value.items()
            }
        case list():
            return [labelled(item) for item in value]
        case bool():
            return value
        case _:
            return label_of(value)


def is_public(header: str, written: object) -> bool:
    """Say whether a header is one that everybody sends, as plain text."""
    plain = isinstance(written, str) and not refers(written)
    return plain and header.lower() in _PUBLIC


def _holds_secret(hint: object) -> bool:
    return hint is Secret or any(_holds_secret(part) for part in get_args(hint))


def _is_one_secret(hint: object) -> bool:
    is_union = get_origin(hint) in (Union, UnionType)
    return hint is Secret or (is_union and Secret in get_args(hint))


def _table(
    given: Raw, written: Any, at: KeyPath, reading: Reading, problems: list[Problem]
) -> dict[str, Any]:
    """Return secrets by name, those of `<name>_file` read from there."""
    ready: dict[str, Any] = {}
    for key, value in given.items():
        place = (*at, key)
        name = key.removesuffix(_FILE)
        if key == name:
            there = written.get(key) if isinstance(written, Mapping) else None
            ready[key] = _value(value, there, place, reading, problems)
        elif name in given:
            words = f"{name} stands here too: keep one of the two"
            problems.append(Problem(place, words))
        else:
            ready[name] = _from_file(value, place, reading, problems)
    return ready


def _value(
    value: Any, written: Any, at: KeyPath, reading: Reading, problems: list[Problem]
) -> Any:
    match value:
        case str():
            if is_public(str(at[-1]), written):
                return _as_table(Secret(value, value))
            secret = Secret(value, label_of(written))
            if value:
                reading.secrets.append(secret)
            return _as_table(secret)
        case dict():
            return _table(value, written, at, reading, problems)
        case list():
            items = written if isinstance(written, list) else value
            return [
                _value(item, there, (*at, place), reading, problems)
                for place, (item, there) in enumerate(zip(value, items, strict=False))
            ]
        case _:
            problems.append(Problem(at, TEXT_WORDS))
            return {}


def _from_file(
    value: Any, at: KeyPath, reading: Reading, problems: list[Problem]
) -> Any:
    if not isinstance(value, str):
        problems.append(Problem(at, TEXT_WORDS))
        return {}
    try:
        return _as_table(reading.secret(value))
    except ValueError as error:
        problems.append(Problem(at, str(error)))
        return {}


def _as_table(secret: Secret) -> dict[str, str]:
    return {"value": secret.value, "label": secret.label}


def _is_secret(key: str, value: object) -> bool:
    """Say so of misspelt ones too."""
    if key.endswith(_FILE):
        return False
    names = _all_secret_names()
    if key in names or key in _OF_AGENTS or looks_secret(key):
        return True
    known = (*option_names(None), *option_names(None, CHANNELS))
    is_known = key in known or not isinstance(value, str)
    return not is_known and bool(get_close_matches(key, names))


@cache
def _all_secret_names() -> frozenset[str]:
    of_probes = (secret_names(kind) for kind in PROBES.kinds)
    of_channels = (secret_names(kind, CHANNELS) for kind in CHANNELS.kinds)
    return frozenset().union(*of_probes, *of_channels)


def _tells(words: str, value: str) -> bool:
    words, value = _SCHEME.sub("", words), _SCHEME.sub("", value)
    ends = range(_PIECE, len(value) + 1)
    return any(value[end - _PIECE : end] in words for end in ends)
