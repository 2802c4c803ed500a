"""The bodies of commands as JSON Schema: the domain's own dataclasses, seen from HTTP.

Who asks is not in a body but for `by`, the epoch is `if_epoch` and may be left out, and
what a reader refuses (adapters/api/commands.py) is said: long texts, huge numbers,
unknown keys.
"""

from typing import Any

from pydantic import TypeAdapter

from conductor_tui.adapters.api.commands import LARGEST, LONGEST_ID, LONGEST_TEXT
from conductor_tui.adapters.wire.commands import OF_ASKER, kinds
from conductor_tui.domain.commands import Command

Schema = dict[str, Any]
REF = "#/components/schemas/"
_TEXT: Schema = {"type": "string", "maxLength": LONGEST_TEXT}
_ASKER: Schema = {
    "by": {**_TEXT, "description": "What you call yourself."},
    "origin": {**_TEXT, "description": "Where you say that you are."},
    "id": {
        "type": "string",
        "pattern": f"^[A-Za-z0-9]{{1,{LONGEST_ID}}}$",
        "description": "Of the command, in the answer and in the audit.",
    },
}
_IF_EPOCH: Schema = {
    "type": "integer",
    "description": "The epoch that you saw: another one is a conflict (409). "
    "Left out: that of this moment.",
}


def command_schemas() -> dict[str, Schema]:
    """Return the components: each command as /v1/commands reads it, and `Command`."""
    made: dict[str, Schema] = {}
    for verb, kind in kinds().items():
        schema, shared = _fields_of(kind)
        schema["properties"]["command"] = {"const": verb, "type": "string"}
        schema["required"].append("command")
        made |= {kind.__name__: schema, **shared}
    names = {verb: REF + kind.__name__ for verb, kind in kinds().items()}
    made["Command"] = {
        "oneOf": [{"$ref": ref} for ref in names.values()],
        "discriminator": {"propertyName": "command", "mapping": names},
    }
    return made


def body_schema(verb: str) -> Schema:
    """Return the body of /v1/breakers/{name}/VERB: the name stands in the address."""
    schema, _ = _fields_of(kinds()[verb])
    named = "platform" if "platform" in schema["properties"] else "plugin"
    del schema["properties"][named]
    schema["required"].remove(named)
    schema["title"] = f"{verb.title().replace(' ', '')}Body"
    return schema


def _fields_of(kind: type[Command]) -> tuple[Schema, dict[str, Schema]]:
    """Return the schema of a command, and of what it refers to."""
    schema = TypeAdapter(kind).json_schema(ref_template=f"{REF}{{model}}")
    shared = {key: _closed(one) for key, one in schema.pop("$defs", {}).items()}
    fields = {key: _bounded(one) for key, one in schema["properties"].items()}
    required = [one for one in schema.get("required", []) if one not in OF_ASKER]
    if "epoch" in fields:
        del fields["epoch"]
        required.remove("epoch")
        fields["if_epoch"] = _IF_EPOCH
    schema |= {"properties": {**fields, **_ASKER}, "required": required}
    return _closed(schema), shared


def _closed(schema: Schema) -> Schema:
    fields = {key: _bounded(one) for key, one in schema["properties"].items()}
    return {**schema, "properties": fields, "additionalProperties": False}


def _bounded(field: Schema) -> Schema:
    """Return a field with the bounds that the reader keeps to."""
    if "anyOf" in field:
        return {**field, "anyOf": [_bounded(one) for one in field["anyOf"]]}
    match field.get("type"):
        case "string":
            return {"maxLength": LONGEST_TEXT, **field}
        case "number" | "integer":
            return {"minimum": -LARGEST, "maximum": LARGEST, **field}
        case "array":
            return {**field, "items": _bounded(field["items"]), "uniqueItems": False}
        case _:
            return field
