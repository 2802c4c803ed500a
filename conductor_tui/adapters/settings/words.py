"""What is wrong with a conductor.toml, in words that hold the way out.

Positions are counted from 1, as a person counts: `platform[2]` is the second
`[[platform]]` of the file.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias

from conductor_tui.adapters.settings.toml_text import toml_key, toml_value
from conductor_tui.domain.text import visible, without_passwords

KeyPath: TypeAlias = tuple[str | int, ...]
Raw: TypeAlias = Mapping[str, Any]
"""A file as tomllib gives it; list positions in a KeyPath count from 0."""

_LOOKS_SECRET = re.compile(
    r"pass|pwd|secret|token|bearer|auth|cred|cookie|api.?key|headers", re.IGNORECASE
)
_VALUE, _WORDS = 60, 400  # characters shown of a value, and of what is said about it
_ABSENT = object()

TEXT_WORDS = 'must be text in quotes: "like this"'
_WHOLE = "must be a whole number without quotes, such as 3"
_HUGE = "too large: TOML's numbers end at 9223372036854775807"
_NUMBER = "must be a number without quotes, such as 1.5"
_FLAG = "must be true or false, without quotes"
_LIST = "must be a list in square brackets, such as {example}"
_TABLE = "must be a table of its own keys, such as {example}"
_TABLES = {
    "breaker": "{ failures = 5 }",
    "headers": '{ Accept = "text/plain" }',
}
_SENTENCES = {
    "string_type": TEXT_WORDS,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _TABLE,
    "mapping_type": _TABLE,
    "model_type": _TABLE,
    "dataclass_type": _TABLE,
    "missing": "missing: add it, every platform with this probe needs it",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
    "string_too_short": "must be at least {min_length} characters long",
    "string_too_long": "must be at most {max_length} characters long",
}
_MOMENT = "must be a date and time without quotes, such as 2030-01-31T22:00:00"
_SENTENCES |= dict.fromkeys(
    ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), _MOMENT
)
_OTHER = "cannot be used here: `conductor-tui config show` shows what keys look like"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `value` is for a value that is not written in the file,
    `note` says where such a value comes from.
    """

    path: KeyPath
    words: str
    value: object = _ABSENT
    note: str = ""


def problem_line(file: str, raw: Raw, problem: Problem) -> str:
    """Return the problem as a person reads it: file, key, value, what is wrong."""
    written = _written(raw, problem.path)
    value = problem.value if written is _ABSENT else written
    is_whole = len(problem.path) <= 2 and isinstance(value, dict)
    shown = "" if value is _ABSENT or is_whole else f" = {_shown(value)}"
    note = f" ({problem.note})" if problem.note and written is _ABSENT else ""
    return f"{file}: {_where(raw, problem.path)}{shown}{note}: {_cut(problem.words)}"


def sentence(error: Mapping[str, Any]) -> str:
    """Return our words for one of pydantic's errors."""
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])
    words = _SENTENCES.get(error["type"], _OTHER)
    if words in (_WHOLE, _NUMBER):
        return _plain_number(words, error["input"])
    if words is _LIST:
        if error["loc"][:1] == ("expect_status",):
            return words.format(example=_as_statuses(error["input"]))
        return words.format(example=_as_list(error["input"]))
    if words is _TABLE:
        key = str(error["loc"][-1]) if error["loc"] else ""
        return words.format(example=_TABLES.get(key, "{ attempts = 2 }"))
    return words.format_map(context)


def _plain_number(words: str, value: object) -> str:
    """Return the sentence with the number that was meant: 80 for "80%"."""
    found = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*%?\s*", str(value)[:40])
    if not isinstance(value, str) or found is None:
        return words
    if words is _WHOLE and "." in found[1]:
        return words
    return f"{words.partition(', such as')[0]}: {found[1]}"


def looks_secret(text: str) -> bool:
    """Say whether a key, or a line with a key, is named like something to hide."""
    return bool(_LOOKS_SECRET.search(text))


def _as_list(value: object) -> str:
    """Return `value` as the list its author may have meant: "ls -l" -> ["ls", "-l"]."""
    meant = value.split() if isinstance(value, str) else [value]
    return _shown(meant if isinstance(value, str | int) else [200, 204])


def _as_statuses(value: object) -> str:
    """Return the statuses that were meant: "200" -> [200], "OK" -> [200, 204]."""
    found = re.findall(r"\b[1-5]\d\d(?:-[1-5]\d\d)?\b", str(value)[:40])
    meant = [one if "-" in one else int(one) for one in found]
    return _shown(meant or [200, 204])


def problems_of(errors: Iterable[Any], raw: Raw, at: KeyPath) -> list[Problem]:
    """Return pydantic's errors on the table `raw` at `at`, one problem per key.

    Of a value with two possible types pydantic complains twice: that is one problem.
    """
    said: dict[KeyPath, list[str]] = {}
    for error in errors:
        path = _real_path(raw, error["loc"], is_missing=error["type"] == "missing")
        is_huge = error["type"].startswith("int") and _is_int(_written(raw, path))
        said.setdefault(path, []).append(_HUGE if is_huge else sentence(error))
    return [
        Problem((*at, *path), ", or ".join(dict.fromkeys(words)))
        for path, words in said.items()
    ]


def unknown_key(
    key: str, known: Iterable[str], what: str, homes: Mapping[str, str]
) -> str:
    """Say that `what` has no such key; which one was meant, or where it has its home
    (`homes` maps keys to tables), else which keys there are.
    """
    names = list(known)
    if key in homes and homes[key] != what:
        return f"unknown key here: it belongs in {homes[key]}"
    hint = suggestion(key, names) or f"{what} has {listed(names)}"
    return f"unknown key: {hint}"


def suggestion(word: str, known: Sequence[str]) -> str:
    """Return `did you mean "..."?` with the known word that is nearest."""
    word = word[:_VALUE].lower()
    close = [name for name in known if len(word) > 2 and name.startswith(word)]
    close += get_close_matches(word, known, n=1)
    return f'did you mean "{close[0]}"?' if close else ""


def listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _where(raw: Raw, path: KeyPath) -> str:
    """Return `engine.retry.attempts`, or `platform[2] "discord" .timeout`."""
    shown = ""
    for depth, part in enumerate(path):
        if isinstance(part, str):
            shown += f".{toml_key(part)}" if depth else toml_key(part)
        else:
            shown += f"[{part + 1}]"
            if depth == 1:  # a platform: its name stands beside its number
                shown += _name_of(_written(raw, path[:2]))
                shown += " " if len(path) > 2 else ""
    return visible(shown, 200)


def _name_of(table: object) -> str:
    name = table.get("name") if isinstance(table, dict) else None
    return f' "{visible(name, 64)}"' if isinstance(name, str) and name else ""


def _written(raw: object, path: KeyPath) -> object:
    for part in path:
        if isinstance(raw, list):
            raw = dict(enumerate(raw))
        if not isinstance(raw, dict) or part not in raw:
            return _ABSENT
        raw = raw[part]
    return raw


def _real_path(raw: object, path: KeyPath, *, is_missing: bool) -> KeyPath:
    """Return the part of pydantic's path that is in the file: it adds type names."""
    for depth in range(len(path)):
        if _written(raw, path[: depth + 1]) is _ABSENT:
            return path if is_missing else path[:depth]
    return path


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(value: object) -> str:
    try:
        return visible(without_passwords(toml_value(value)), _VALUE)
    except ValueError:  # Python will not print a number of thousands of digits
        return "(a very long number)"


def _cut(words: str) -> str:
    """Return words on one line, cut in the middle: the way out stands at the end."""
    line = visible(words, 10 * len(words) + 1)
    return line if len(line) <= _WORDS else f"{line[:200]} … {line[-150:]}"
