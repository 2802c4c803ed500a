"""One request and its answer, as the protocols see them: no HTTP library in sight.

The prepared headers are shared by every answer: nobody may change them.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypeAlias

from conductor_tui.domain.text import one_line

SERVER: Mapping[str, str] = {"Server": "conductor-tui"}
TEXT: Mapping[str, str] = {"Content-Type": "text/plain; charset=utf-8", **SERVER}
JSON: Mapping[str, str] = {"Content-Type": "application/json", **SERVER}


class Process(NamedTuple):
    """Who connected to the unix socket, as the kernel says."""

    pid: int
    uid: int


class Ask(NamedTuple):
    """A request. `path` is as it was sent, still quoted, without its query; `headers`
    do not care for case. `is_local`: it came over the unix socket, from `process`,
    which is only looked up by whom it interests.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    is_local: bool
    peer: str = ""
    process: Callable[[], Process | None] | None = None
    token_name: Callable[[], str] = str


class Answer(NamedTuple):
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = TEXT


class Streaming(NamedTuple):
    """An answer without an end: JSON objects, a line or a message each."""

    objects: AsyncGenerator[bytes, None]


# Only what needs many turns of the loop is awaited: a heartbeat is answered at once.
Answering: TypeAlias = Answer | Streaming | Awaitable[Answer | Streaming]


def text(status: int, words: str, headers: Mapping[str, str] = TEXT) -> Answer:
    return Answer(status, words.encode(errors="replace"), headers)


def as_json(status: int, value: Any, headers: Mapping[str, str] = JSON) -> Answer:
    return Answer(status, json.dumps(value).encode(), headers)


def error(status: int, words: str, headers: Mapping[str, str] = JSON) -> Answer:
    """Return a problem (RFC 9457) of our own API, with the words as "error" too: those
    who send heartbeats look there.
    """
    detail = one_line(words, 400)
    document = {"title": HTTPStatus(status).phrase, "detail": detail, "status": status}
    headers = {**headers, "Content-Type": "application/problem+json"}
    return as_json(status, {"error": detail, **document}, headers)


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`; nothing at all is an empty one.

    Raises ValueError in words.
    """
    if not body:
        return {}
    try:
        text = body.decode().strip(_BLANKS)
        found, end = _read_json(text)
    except UnicodeDecodeError:
        raise ValueError("the body is not UTF-8") from None
    except RecursionError:
        raise ValueError("the body is JSON nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"the body is no JSON: {error}") from None
    if not isinstance(found, dict) or end != len(text):
        raise ValueError("the body must be a JSON object")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


_BLANKS = " \t\r\n"
_read_json = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode
