"""What editors are told of conductor.toml is what we read.

No validator of JSON schemas is installed here, so a small one stands below: it knows
exactly the words that our schema uses, and fails on any other.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, time
from typing import Any

import pytest

from conductor_tui.adapters.probes.kinds import KINDS, options_type
from conductor_tui.adapters.settings.homes import HOMES
from conductor_tui.adapters.settings.json_schema import settings_schema
from conductor_tui.adapters.settings.options import CHANNELS
from conductor_tui.adapters.settings.schema_words import (
    AGENT_WORDS,
    ALERT_WORDS,
    PLUGIN_WORDS,
    WORDS,
)
from conductor_tui.adapters.settings.tables import read_tables
from conductor_tui.cli.init_file import init_text
from conductor_tui.ports import Listeners
from tests.adapters.settings_files import TCP, platform, window

SCHEMA = settings_schema()
KINDS_OF_VALUE: Mapping[str, Any] = {
    "string": (str, date, time),  # editors take TOML's dates for text
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
SAID = {"$schema", "title", "description", "default"}
CHECKED = {
    *("type", "properties", "additionalProperties", "unevaluatedProperties", "items"),
    *("required", "pattern", "enum", "const", "anyOf", "allOf", "if", "then"),
    *("uniqueItems", "minimum", "maximum"),
}


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    assert set(schema) <= SAID | CHECKED, schema
    return (
        _is_kind(value, schema.get("type"))
        and ("enum" not in schema or value in schema["enum"])
        and ("const" not in schema or value == schema["const"])
        and _is_text(value, schema)
        and _is_within(value, schema)
        and all(fits(value, one) for one in schema.get("allOf", ()))
        and ("anyOf" not in schema or any(fits(value, one) for one in schema["anyOf"]))
        and _is_branch(value, schema)
        and _holds_items(value, schema)
        and (not isinstance(value, dict) or _holds_keys(value, schema))
    )


def _is_kind(value: object, kind: str | None) -> bool:
    if isinstance(value, bool):
        return kind in (None, "boolean")
    return kind is None or isinstance(value, KINDS_OF_VALUE[kind])


def _is_text(value: object, schema: Mapping[str, Any]) -> bool:
    if "pattern" not in schema or not isinstance(value, str):
        return True
    return re.search(schema["pattern"], value) is not None


def _is_within(value: Any, schema: Mapping[str, Any]) -> bool:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    return not isinstance(value, int | float) or low <= value <= high


def _is_branch(value: Any, schema: Mapping[str, Any]) -> bool:
    return (
        "if" not in schema
        or not fits(value, schema["if"])
        or fits(value, schema["then"])
    )


def _holds_items(value: object, schema: Mapping[str, Any]) -> bool:
    if not isinstance(value, list) or "items" not in schema:
        return True
    return all(fits(item, schema["items"]) for item in value)


def _holds_keys(value: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    known = schema.get("properties", {})
    if not set(schema.get("required", ())) <= set(value):
        return False
    if not all(fits(value[key], known[key]) for key in known if key in value):
        return False
    others = schema.get("additionalProperties", True)
    if isinstance(others, dict):
        return all(fits(value[key], others) for key in value if key not in known)
    if others is False or schema.get("unevaluatedProperties", True) is False:
        return set(value) <= _evaluated(value, schema)
    return True


def _evaluated(value: Mapping[str, Any], schema: Mapping[str, Any]) -> set[str]:
    found = set(schema.get("properties", {}))
    for one in schema.get("allOf", ()):
        if "if" in one and fits(value, one["if"]):
            found |= set(one["then"]["properties"])
    return found


GOOD = [
    pytest.param("", id="nothing"),
    pytest.param(platform("a") + platform("b", probe=TCP), id="two platforms"),
    pytest.param(
        '[engine]\ninterval = "1m30s"\nstagger = "spread"\nbreaker = { backoff = 2 }\n'
        '[defaults]\nslow_after = "100ms"\ntags = ["x"]\n[load]\ndegraded_at = 80.5\n'
        + '[group.bots]\npaused = true\ndepends_on = ["b"]\nretry.attempts = 2\n'
        + platform("a", 'group = "bots"')
        + platform("b", 'interval = "${TEST_SECONDS:-5}s"', "rise = 2"),
        id="every table",
    ),
    pytest.param(
        platform("a", 'headers = { A = "b" }', 'password_file = "pw"')
        + platform("c", "expect_status = [200, '300-399']", 'bearer = "${T}"'),
        id="secrets",
    ),
    pytest.param(
        window('weekdays = ["sat"]', 'at = "02:00"', 'for = "1h"', 'zone = "UTC"'),
        id="a window on week-ends",
    ),
    pytest.param(
        window("start = 2030-01-01T00:00:00Z", "end = 2030-01-01T00:00:00"),
        id="a window once",
    ),
]


@pytest.mark.parametrize("text", GOOD)
def test_a_good_file_fits(text: str) -> None:
    assert fits(tomllib.loads(text), SCHEMA)


def test_what_init_writes_fits_with_its_examples_too() -> None:
    text = init_text(Listeners(()))
    options = re.sub(r"(?m)^#(?! |$)", "", text)
    tables = tomllib.loads(options)
    assert tables["platform"]
    assert fits(tables, SCHEMA)
    assert read_tables(tables, "c.toml").settings.platforms


BAD = [
    pytest.param("[engin]\n", id="an unknown table"),
    pytest.param("[engine]\nintervall = '5s'\n", id="an unknown key"),
    pytest.param("[engine]\ninterval = 5\n", id="a duration without a unit"),
    pytest.param("[engine]\ninterval = 'soon'\n", id="a duration in words"),
    pytest.param("[engine]\nretry.attempts = 'two'\n", id="a number in words"),
    pytest.param("[engine]\nretry.attempts = 0\n", id="a number out of bounds"),
    pytest.param("[load]\nemergency_at = 101\n", id="a percentage out of bounds"),
    pytest.param("[group.bots]\nname = 'a'\n", id="a name in a group"),
    pytest.param("[[platform]]\nname = 'a'\n", id="no probe"),
    pytest.param("[[platform]]\nname = 'a'\nprobe = 'htp'\n", id="no such probe"),
    pytest.param("[[platform]]\nname = 'a'\nprobe = 'http'\n", id="no target"),
    pytest.param(platform("a", "send = 'x'"), id="an option of another probe"),
    pytest.param(platform("a", "expect_status = 200"), id="a number for a list"),
    pytest.param(platform("a", "headers = { A = 1 }"), id="a header that is a number"),
    pytest.param("[[maintenance]]\ndaily = '02:00'\n", id="a window without a name"),
]


@pytest.mark.parametrize("text", BAD)
def test_a_bad_file_does_not_fit(text: str) -> None:
    assert not fits(tomllib.loads(text), SCHEMA)


@pytest.mark.parametrize("kind", KINDS)
def test_a_probe_has_its_options_there(kind: str) -> None:
    branches = SCHEMA["properties"]["platform"]["items"]["allOf"]
    (then,) = (
        one["then"]
        for one in branches
        if one["if"]["properties"]["probe"]["const"] == kind
    )
    assert {one.name for one in fields(options_type(kind))} <= set(then["properties"])


@pytest.mark.parametrize("kind", CHANNELS.kinds)
def test_a_channel_has_its_options_there(kind: str) -> None:
    branches = SCHEMA["properties"]["channel"]["items"]["allOf"]
    (then,) = (
        one["then"]
        for one in branches
        if one["if"]["properties"]["kind"]["const"] == kind
    )
    options = {one.name for one in fields(CHANNELS.options_type(kind))}
    assert options <= set(then["properties"])


def test_each_key_of_ours_has_a_sentence() -> None:
    words = {*WORDS, *AGENT_WORDS, *ALERT_WORDS, *PLUGIN_WORDS}
    assert set(HOMES) <= {key.rpartition(".")[2] for key in words}
