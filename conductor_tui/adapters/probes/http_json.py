"""Asking an HTTP API for JSON: the request, and a careful look at what comes."""

import json
from base64 import b64encode
from collections.abc import Iterable

from conductor_tui import __version__
from conductor_tui.adapters.probes.http_answer import Answer
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.text import one_line

MAX_JSON = 1024 * 1024  # bytes; the loop waits some 10 ms for so much to be parsed


def get_request(authority: str, path: str, headers: Iterable[str] = ()) -> bytes:
    """Return a GET; `path` is percent-encoded, `headers` are lines of ASCII."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {authority}",
        f"User-Agent: conductor-tui/{__version__}",
        "Accept: application/json",
        "Accept-Encoding: identity",
        *headers,
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def authorization(
    *, bearer: Secret | None, username: str, password: Secret | None
) -> tuple[str, ...]:
    """Return the header line for these, as a tuple of one; () for none of them.

    Raises ValueError in words, none of them secret.
    """
    if bearer and (username or password):
        raise ValueError("bearer and username say the same thing: remove one of them")
    if bearer:
        token = bearer.reveal()
        if not (token.isascii() and token.isprintable() and token.split() == [token]):
            raise ValueError("bearer must be one word of ASCII, without spaces")
        return (f"Authorization: Bearer {token}",)
    if password and not username:
        raise ValueError("password needs a username beside it")
    if ":" in username:
        raise ValueError("username must have no colon: RFC 7617 has no way to send it")
    if not username:
        return ()
    pair = f"{username}:{password.reveal() if password else ''}"
    return (f"Authorization: Basic {b64encode(pair.encode()).decode()}",)


def read_json(answer: Answer) -> object:
    """Return the body's value. Raises ValueError in words where there is none."""
    if answer.is_cut:
        raise ValueError(f"the answer is over {MAX_JSON:,} bytes")
    try:
        value: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        shown = one_line(answer.body[:200].decode("utf-8", "backslashreplace"), 60)
        said = f"{shown!r}" if shown else "nothing"
        raise ValueError(f"not JSON: it said {said}") from None
    return value


def member(value: object, *path: str) -> object:
    """Return what stands at `path` in nested objects; None where it does not."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text_at(value: object, *path: str) -> str:
    """Return the text at `path`, unchecked for the screen; "" where there is none."""
    found = member(value, *path)
    return found if isinstance(found, str) else ""


def number_at(value: object, *path: str) -> int:
    """Return the whole number at `path`; 0 where there is none."""
    found = member(value, *path)
    return found if isinstance(found, int) else 0
