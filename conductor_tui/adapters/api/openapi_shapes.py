"""The JSON Schemas of all that is sent and answered, each once, under its own name."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from conductor_tui.adapters.api.openapi_commands import REF, body_schema
from conductor_tui.adapters.api.openapi_table import Operation
from conductor_tui.adapters.api.openapi_types import StreamLine

Json = dict[str, Any]


class Shapes:
    """`components` are the schemas by name; the rest refers to them."""

    def __init__(self, operations: Iterable[Operation], *more: Any) -> None:
        kinds = list(more)
        for one in operations:
            kinds += [one.answer, *one.others.values(), one.body]
        wanted = [_kind(kind) for kind in kinds if _is_typed(kind)]
        mode: JsonSchemaMode = "validation"
        made, shared = TypeAdapter.json_schemas(
            [(number, mode, TypeAdapter(kind)) for number, kind in enumerate(wanted)],
            ref_template=f"{REF}{{model}}",
        )
        self.components: Json = shared.get("$defs", {})
        self._made = {_name(k): made[n, mode] for n, k in enumerate(wanted)}

    def answer(self, kind: Any) -> Json:
        return dict(self._made[_name(_kind(kind))])

    def body(self, kind: Any) -> Json:
        if kind == "command":
            return {"$ref": f"{REF}Command"}
        return body_schema(kind) if isinstance(kind, str) else self.answer(kind)


def _is_typed(kind: Any) -> bool:
    return kind is not None and (not isinstance(kind, str) or "/" in kind)


def _kind(kind: Any) -> Any:
    """What is no JSON but lines of it is described by a line; else it is text."""
    if isinstance(kind, str):
        return StreamLine if kind.endswith("ndjson") else str
    return kind


def _name(kind: Any) -> str:
    return str(kind)
