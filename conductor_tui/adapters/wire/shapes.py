"""What pydantic has to be taught of our words: containers of our own, and one of many.

The domain knows nothing of JSON, so its classes get their schemas here. A `Window` is
{"types", "capacity", "rows", "data"}: its columns as the machine has them, in base64,
for a thousand histories must not cost a second to write. A `Roster` is a list of
[key, value] in order. An event is its fields and "kind", the name of its class. The
payload of a request is any JSON: its type names itself, which pydantic does not follow.
"""

import base64
import sys
from array import array
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from conductor_tui.domain.dispatch import DispatchRequest
from conductor_tui.domain.events import Envelope, Event
from conductor_tui.domain.ids import NodeName, Seq
from conductor_tui.domain.plugin_calls import Reply
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.window import Window

KIND = "kind"


def teach() -> None:
    """Give the domain's classes their schemas, before the first is asked for."""
    for known, schema in (
        (Window, _window_schema),
        (Roster, _roster_schema),
        (Envelope, _envelope_schema),
        (DispatchRequest, _with_payload),
        (Reply, _with_payload),
    ):
        setattr(known, "__get_pydantic_core_schema__", classmethod(schema))  # noqa: B010


def _window_schema(
    cls: type[Window], source: Any, handler: GetCoreSchemaHandler
) -> CoreSchema:
    shapes = {
        "types": core_schema.str_schema(pattern="^[a-zA-Z]{1,1024}$"),
        "capacity": core_schema.int_schema(ge=1),
        "rows": core_schema.int_schema(ge=0),
        "data": core_schema.str_schema(),
    }
    shape = core_schema.typed_dict_schema(
        {name: core_schema.typed_dict_field(one) for name, one in shapes.items()}
    )
    return core_schema.no_info_after_validator_function(
        _read_window,
        shape,
        serialization=core_schema.plain_serializer_function_ser_schema(
            _write_window, return_schema=core_schema.dict_schema()
        ),
    )


def _write_window(window: Window) -> dict[str, object]:
    columns = [_little(window.column(index)) for index in range(window.width)]
    return {
        "types": window.types,
        "capacity": window.capacity,
        "rows": len(window),
        "data": base64.b64encode(b"".join(columns)).decode(),
    }


def _read_window(shape: dict[str, Any]) -> Window:
    data, rows, at = base64.b64decode(shape["data"], validate=True), shape["rows"], 0
    columns: list[array[float]] = []
    for code in shape["types"]:
        column = array(code)
        end = at + rows * column.itemsize
        column.frombytes(data[at:end])
        if len(column) != rows:
            raise ValueError("a history is shorter than its rows")
        if sys.byteorder == "big":
            column.byteswap()
        columns.append(column)
        at = end
    return Window.of(shape["types"], shape["capacity"], columns)


def _little(column: "array[float] | Any") -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    data: bytes = column.tobytes()
    return data


def _roster_schema(
    cls: type[Roster[Any, Any]], source: Any, handler: GetCoreSchemaHandler
) -> CoreSchema:
    key, value = get_args(source)
    pair = core_schema.tuple_schema(
        [handler.generate_schema(key), handler.generate_schema(value)]
    )
    pairs = core_schema.list_schema(pair)
    return core_schema.no_info_after_validator_function(
        _read_roster,
        pairs,
        serialization=core_schema.plain_serializer_function_ser_schema(
            _write_roster, return_schema=pairs
        ),
    )


def _write_roster(roster: Roster[Any, Any]) -> list[tuple[Any, Any]]:
    return list(roster.items())


def _read_roster(pairs: Iterable[tuple[Any, Any]]) -> Roster[Any, Any]:
    return Roster(dict(pairs))


def _envelope_schema(
    cls: type[Envelope], source: Any, handler: GetCoreSchemaHandler
) -> CoreSchema:
    schemas = {
        "seq": handler.generate_schema(Seq),
        "node": handler.generate_schema(NodeName),
        "at": core_schema.datetime_schema(tz_constraint="aware"),
        "event": _event_schema(handler),
    }
    every = [
        core_schema.dataclass_field(name=name, schema=one, kw_only=True)
        for name, one in schemas.items()
    ]
    return core_schema.dataclass_schema(
        cls,
        core_schema.dataclass_args_schema(cls.__name__, every),
        list(schemas),
        slots=True,
        frozen=True,
        ref="Envelope",
    )


def _with_payload(
    cls: type[Any], source: Any, handler: GetCoreSchemaHandler
) -> CoreSchema:
    every = [
        core_schema.dataclass_field(
            name=one.name,
            schema=_with_default(
                one,
                core_schema.any_schema()
                if one.name == "payload"
                else handler.generate_schema(one.type),
            ),
            kw_only=True,
        )
        for one in fields(cls)
    ]
    return core_schema.dataclass_schema(
        cls,
        core_schema.dataclass_args_schema(cls.__name__, every),
        [one.name for one in fields(cls)],
        slots=True,
        frozen=True,
        ref=cls.__name__,
    )


def _with_default(one: "Field[Any]", schema: CoreSchema) -> CoreSchema:
    if one.default is not MISSING:
        return core_schema.with_default_schema(schema, default=one.default)
    if one.default_factory is not MISSING:
        made = one.default_factory
        return core_schema.with_default_schema(schema, default_factory=made)
    return schema


def _event_schema(handler: GetCoreSchemaHandler) -> CoreSchema:
    """One of many, told apart by `kind`. What a later version added is left out."""
    return core_schema.tagged_union_schema(
        {one.__name__: _with_kind(one, handler) for one in _event_types()}, _kind_of
    )


@cache
def _event_types() -> tuple[type, ...]:
    return get_args(Event)


def is_known(envelope: object) -> bool:
    """False for an envelope whose event is of a kind that we have not."""
    event = envelope.get("event") if isinstance(envelope, dict) else None
    return _kind_of(event) in {one.__name__ for one in _event_types()}


def _with_kind(kind: type, handler: GetCoreSchemaHandler) -> CoreSchema:
    def write(event: object, fields_of: Any) -> dict[str, object]:
        return {KIND: kind.__name__, **fields_of(event)}

    return core_schema.no_info_after_validator_function(
        _itself,
        handler.generate_schema(kind),
        serialization=core_schema.wrap_serializer_function_ser_schema(write),
    )


def _itself(event: object) -> object:
    return event


def _kind_of(event: object) -> str | None:
    if isinstance(event, dict):
        kind = event.get(KIND)
        return kind if isinstance(kind, str) else None
    return type(event).__name__
