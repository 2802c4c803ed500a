"""conductor.toml as a JSON schema, for editors: what `config schema` prints.

It is made from the types that read the file, so it knows every key, its type and what
it is by default. What it cannot say, `config check` does: what must fit together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from conductor_tui.adapters.settings.agent_schema import (
    AgentsTable,
    AgentTable,
    ListenTable,
)
from conductor_tui.adapters.settings.alert_schema import (
    AlertRuleTable,
    AlertsTable,
    ChannelTable,
    JournalTable,
)
from conductor_tui.adapters.settings.options import CHANNELS, PROBES, Family
from conductor_tui.adapters.settings.plugin_schema import PluginsTable, PluginTable
from conductor_tui.adapters.settings.request_schema import (
    LettersTable,
    RequestTable,
    RouteTable,
)
from conductor_tui.adapters.settings.schema import (
    DefaultsTable,
    EngineTable,
    GroupTable,
    LoadTable,
    MaintenanceTable,
    PlatformTable,
    Table,
)
from conductor_tui.adapters.settings.schema_words import (
    AGENT_DEFAULTS,
    AGENT_WORDS,
    ALERT_DEFAULTS,
    ALERT_WORDS,
    DEFAULTS,
    PLUGIN_DEFAULTS,
    PLUGIN_WORDS,
    REQUEST_DEFAULTS,
    REQUEST_WORDS,
    WORDS,
)
from conductor_tui.adapters.settings.secrets import file_names, secret_names

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE = {"type": "string", "pattern": r"\$\{"}
_FILE_WORDS = "The path of a file that holds the secret, instead of the secret itself."
_AGENTS = "What agents have that say nothing else, and who may come by itself."
_LISTEN = "Where heartbeats come in."


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of each key, and what it is where nobody writes it."""

    words: Mapping[str, str]
    usual: Mapping[str, object]


_PLATFORMS = _Told(WORDS, DEFAULTS)
_REQUESTS = _Told(REQUEST_WORDS, REQUEST_DEFAULTS)
_TABLES: Mapping[str, tuple[type[Table], str]] = {
    "engine": (EngineTable, "How platforms are checked, and how many at once."),
    "defaults": (DefaultsTable, "What every platform has that says nothing else."),
    "load": (LoadTable, "From where on this machine counts as loaded."),
}


def settings_schema() -> dict[str, Any]:
    """Return the schema of the whole file, as what JSON has."""
    tables = {
        key: {**_table(kind), "description": words}
        for key, (kind, words) in _TABLES.items()
    }
    return {
        "$schema": DIALECT,
        "title": "conductor.toml",
        "description": "The settings of conductor-tui. Text may hold ${VARIABLE}s.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string"},
            **tables,
            "group": {
                "description": "Tables by the name of a group, for its platforms.",
                "type": "object",
                "additionalProperties": _table(GroupTable),
            },
            "platform": {"type": "array", "items": _platform()},
            "maintenance": {
                "type": "array",
                "items": {**_table(MaintenanceTable), "required": ["name"]},
            },
            "agents": {**_of_agents(AgentsTable), "description": _AGENTS},
            "agent": {
                "type": "array",
                "items": {**_of_agents(AgentTable), "required": ["name"]},
            },
            "listen": {**_of_agents(ListenTable), "description": _LISTEN},
            "alerts": _alerts(),
            "channel": {"type": "array", "items": _channel()},
            "journal": {
                **_table(JournalTable, _Told(ALERT_WORDS, {})),
                "description": "What must survive a crash.",
            },
            "plugins": {
                **_table(PluginsTable, _Told(PLUGIN_WORDS, {})),
                "description": "Where plug-ins are found.",
            },
            "plugin": {
                "description": "Tables by the name of a plug-in: it runs.",
                "type": "object",
                "additionalProperties": _plugin(),
            },
            "requests": {
                **_table(RequestTable, _REQUESTS),
                "description": "What platforms take of requests.",
            },
            "request": {
                "description": "Tables by the name of a platform.",
                "type": "object",
                "additionalProperties": _table(RequestTable, _REQUESTS),
            },
            "route": {
                "type": "array",
                "items": {
                    **_table(RouteTable, _REQUESTS),
                    "required": ["type", "to"],
                    "description": "Where requests of a type go.",
                },
            },
            "dead_letters": {
                **_table(LettersTable, _REQUESTS),
                "description": "How much is kept of what could not be delivered yet.",
            },
        },
    }


def _of_agents(kind: type[Table]) -> dict[str, Any]:
    table = _table(kind, _Told(AGENT_WORDS, AGENT_DEFAULTS))
    for name in getattr(kind, "SECRETS", ()):
        words = {"description": AGENT_WORDS[name], "type": "string"}
        table["properties"][name] = words
        table["properties"][f"{name}_file"] = {**words, "description": _FILE_WORDS}
    return table


def _plugin() -> dict[str, Any]:
    table = _table(PluginTable, _Told(PLUGIN_WORDS, PLUGIN_DEFAULTS))
    words = "What the plug-in itself is told: its own schema says which keys there are."
    table["properties"]["config"] = {"description": words, "type": "object"}
    return table


def _alerts() -> dict[str, Any]:
    table = _table(AlertsTable, _Told(ALERT_WORDS, ALERT_DEFAULTS))
    table["properties"]["rule"] = {
        "description": ALERT_WORDS["rule"],
        "type": "array",
        "items": _table(AlertRuleTable, _Told(ALERT_WORDS, {})),
    }
    return {**table, "description": "What alerts, and how often people are told."}


def _channel() -> dict[str, Any]:
    properties = _table(ChannelTable, _Told(ALERT_WORDS, {}))["properties"]
    kinds = {"enum": list(CHANNELS.kinds), "type": "string"}
    properties["kind"] = {"description": ALERT_WORDS["kind"], **kinds}
    return {
        "description": "One way to tell people.",
        "type": "object",
        "required": ["name", "kind"],
        "properties": properties,
        "allOf": [_branch(kind, CHANNELS, "kind") for kind in CHANNELS.kinds],
        "unevaluatedProperties": False,
    }


def _platform() -> dict[str, Any]:
    common = _table(PlatformTable)
    properties: dict[str, Any] = common["properties"]
    properties["probe"] = {
        "description": WORDS["probe"],
        "enum": list(PROBES.kinds),
        "type": "string",
    }
    return {
        "description": "Something to watch.",
        "type": "object",
        "required": ["name", "probe"],
        "properties": properties,
        "allOf": [_branch(kind, PROBES, "probe") for kind in PROBES.kinds],
        "unevaluatedProperties": False,
    }


def _branch(kind: str, of: Family, key_of_kind: str) -> dict[str, Any]:
    """Return what one of this kind may have beside the common keys."""
    options = TypeAdapter(of.options_type(kind)).json_schema()
    where = options.get("$defs", {})
    properties = {
        key: _value(value, where) for key, value in options["properties"].items()
    }
    for key in file_names(kind, of):
        properties[key] = {"description": _FILE_WORDS, "type": "string"}
    secret = secret_names(kind, of)
    required = [key for key in options.get("required", ()) if key not in secret]
    return {
        "if": {
            "properties": {key_of_kind: {"const": kind}},
            "required": [key_of_kind],
        },
        "then": {
            "description": options.get("description", ""),
            "properties": properties,
            **({"required": required} if required else {}),
        },
    }


def _table(kind: type[Table], told: _Told = _PLATFORMS) -> dict[str, Any]:
    raw = kind.model_json_schema()
    return _object(raw, raw.get("$defs", {}), "", told)


def _object(
    raw: Any, where: Mapping[str, Any], path: str, told: _Told
) -> dict[str, Any]:
    """Return a table of ours. No key is required: "not written" is never null."""
    properties = dict(_keys(raw, where, path, told))
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _keys(
    raw: Any, where: Mapping[str, Any], path: str, told: _Told
) -> Iterator[tuple[str, Any]]:
    for key, value in raw["properties"].items():
        whole = f"{path}.{key}" if path else key
        kinds = _without_null(value)
        inner = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        found = where.get(str(inner.get("$ref", "")).rpartition("/")[2])
        shown = _object(found, where, whole, told) if found else _value(inner, where)
        shown["description"] = told.words[whole]
        if whole in told.usual:
            shown["default"] = told.usual[whole]
        yield key, shown


def _value(raw: Any, where: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of one value: without null, titles and references."""
    reference = str(raw.get("$ref", "")).rpartition("/")[2]
    if reference:
        return _secret_or(where[reference], reference, where)
    if "anyOf" in raw:
        kinds = [_value(one, where) for one in _without_null(raw)]
        found = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    else:
        found = {
            k: v for k, v in raw.items() if k not in ("title", "default", "format")
        }
        found = {
            key: _value(value, where) if _is_inner(key, value) else value
            for key, value in found.items()
        }
    if "enum" in found or "const" in found:
        found = {"anyOf": [found, _VARIABLE]}
    default = raw.get("default")
    return found if default is None else {**found, "default": default}


def _is_inner(key: str, value: object) -> bool:
    return key in ("items", "additionalProperties") and not isinstance(value, bool)


def _secret_or(found: Any, name: str, where: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "string"} if name == "Secret" else _value(found, where)


def _without_null(raw: Any) -> list[Any]:
    kinds = raw.get("anyOf", [raw])
    return [one for one in kinds if one.get("type") != "null"]
