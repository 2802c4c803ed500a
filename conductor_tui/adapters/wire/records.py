"""A record as JSON, and back: pydantic over the domain's own dataclasses."""

import json
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from conductor_tui.adapters.wire import shapes

R = TypeVar("R")


def encode(record: object) -> str:
    """Return the record as JSON."""
    return dump(type(record), record).decode()


def decode(kind: type[R], body: str) -> R:
    """Return the record that was encoded. What a later version added is left out.

    Raises ValueError when it cannot be one.
    """
    record: R = adapter(kind).validate_json(body)
    return record


def dump(kind: Any, value: object) -> bytes:
    """Return the value, which is of that kind, as JSON. What is no text (a lone
    surrogate, from the name of a file) becomes `?`.
    """
    try:
        return adapter(kind).dump_json(value)
    except PydanticSerializationError:
        plain = adapter(kind).dump_python(value, mode="python")
        text = json.dumps(plain, ensure_ascii=False, default=_as_json)
        return text.encode("utf-8", "replace")


def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return the reader and writer of a kind. Making one takes some milliseconds."""
    return _made(kind)


@cache
def _made(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _as_json(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


shapes.teach()
