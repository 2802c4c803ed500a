"""A record as JSON, and back: pydantic over the domain's own dataclasses."""

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

R = TypeVar("R")


def encode(record: object) -> str:
    """Return the record as JSON. What is no text (a lone surrogate) becomes `?`."""
    adapter = _adapter(type(record))
    try:
        return adapter.dump_json(record).decode()
    except PydanticSerializationError:
        plain = adapter.dump_python(record, mode="python")
        text = json.dumps(plain, ensure_ascii=False, default=_as_json)
        return text.encode("utf-8", "replace").decode()


def decode(kind: type[R], body: str) -> R:
    """Return the record that was encoded. What a later version added is left out.

    Raises ValueError when it cannot be one.
    """
    record: R = _adapter(kind).validate_json(body)
    return record


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    """Return the adapter, made at the first use: making one takes a millisecond."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _as_json(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)
