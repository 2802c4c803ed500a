"""JSON paths (RFC 9535) over the body of an answer."""

import json
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import TypeAlias

from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError
from jsonpath.function_extensions import ExpressionType, FilterFunction

from conductor_tui.adapters.probes.linear_regex import compile_regex
from conductor_tui.domain.text import one_line

JsonValue: TypeAlias = str | int | float | bool

_LONGEST = 1000
_MOST_DESCENTS = 1  # with a second "..", 64 KiB of brackets hold the loop for seconds
_MOST_VALUES = 10_000

_compiled = lru_cache(maxsize=64)(compile_regex)


class _Regex(FilterFunction):
    """RFC 9535's search() and match(), by a regex engine that cannot run away: the
    pattern may come out of the document. `around` says where it must match.
    """

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012 - its base's
    return_type = ExpressionType.LOGICAL

    def __init__(self, around: str) -> None:
        self._around = around

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        try:
            return _compiled(self._around.format(pattern))(value)
        except ValueError:
            return False  # as the RFC wants it for a pattern that is none


def compile_path(text: str) -> JSONPath:
    """Return the path, ready to use. Raises ValueError in words."""
    if len(text) > _LONGEST or text.count("..") > _MOST_DESCENTS:
        raise ValueError(
            f'it has more than {_LONGEST} characters, or ".." more than once'
        )
    if not text.startswith("$"):
        raise ValueError("it must begin with $, as in $.status")
    environment = JSONPathEnvironment(strict=True)
    environment.function_extensions["search"] = _Regex("{}")
    environment.function_extensions["match"] = _Regex(r"\A(?:{})\z")
    try:
        path = environment.compile(text)
    except (JSONPathError, RecursionError) as error:
        raise ValueError(_said(error)) from None
    if not isinstance(path, JSONPath):
        raise ValueError("it must be a single path")
    return path


def json_trouble(
    path: JSONPath, shown: str, expected: JsonValue | None, body: bytes
) -> str:
    """Return what is wrong with a JSON body; empty when nothing is.

    Every value that the path finds must equal `expected`, and there must be one at
    least; without `expected` that is all. `shown` is the path as it was written.
    """
    try:
        values = _found(path, json.loads(body))
    except RecursionError:
        return "the body is JSON nested too deep"
    except JSONPathError as error:
        return one_line(f"{shown}: {_said(error)}")
    except ValueError:
        return "the body is not JSON"
    if not values:
        return f"{shown} finds nothing"
    return "" if expected is None else _differing(values, shown, expected)


def _found(path: JSONPath, document: object) -> Sequence[object]:
    # a bare text would be taken by the library for JSON that is to be read once more
    inside = document if isinstance(document, list | dict) else [document]
    if inside is not document:
        return [document] if path.empty() else []
    return [one.obj for one in islice(path.finditer(inside), _MOST_VALUES)]


def _differing(values: Sequence[object], shown: str, expected: JsonValue) -> str:
    others = [value for value in values if not _equal(value, expected)]
    if not others:
        return ""
    got, wanted = _as_json(others[0]), _as_json(expected)
    if len(values) == 1:
        return f"{shown} is {got}, expected {wanted}"
    return f"{shown}: {len(others)} of {len(values)} are not {wanted}, one is {got}"


def _equal(value: object, expected: JsonValue) -> bool:
    """Compare as JSON does: 1 is 1.0, but true is no number."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    return value == expected


def _as_json(value: object) -> str:
    return one_line(json.dumps(value, ensure_ascii=False), 60)


def _said(error: Exception) -> str:
    return one_line(str(error.args[0] if error.args else error)) or "it is no path"
