"""The JSON that an HTTP API answers with, and a careful look into it."""

import json

from conductor_tui.adapters.probes.http_answer import Answer
from conductor_tui.domain.text import one_line

MAX_JSON = 1024 * 1024  # bytes: so many hold the loop up for some 30 ms


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
