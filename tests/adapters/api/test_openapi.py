"""GET /v1/openapi.json: valid, complete, and true of what is really answered."""

import re
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from pydantic import TypeAdapter, ValidationError
from schemathesis.specs.openapi.definitions import OPENAPI_31

from conductor_tui.adapters.api import routes
from conductor_tui.adapters.api.alert_bodies import read_fields
from conductor_tui.adapters.api.asking import ProblemError
from conductor_tui.adapters.api.ingest.beats import FIELDS, read_beat
from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.openapi import document as make_document
from conductor_tui.adapters.api.openapi_table import OPERATIONS, Operation
from conductor_tui.adapters.api.openapi_types import (
    AckBody,
    Agents,
    Alerts,
    BeatBody,
    DiscardBody,
    OneAgent,
    SilenceBody,
)
from conductor_tui.adapters.wire.commands import kinds
from conductor_tui.adapters.wire.schema import StatusDocument
from conductor_tui.adapters.wire.schema_alerts import AlertDocument
from conductor_tui.domain.ids import AgentId
from tests.adapters.api.conducting import conductor
from tests.adapters.api.visit import Visitor
from tests.engine.stage import FAILED

FOREIGN = ("/ping/", "/api/push/", "/api/v1/endpoints/", "/v1/agent/")
NAMES = {"name": "api", "agent": "backup", "key": "nix", "id": "7"}
ENDLESS = ("stream", "clientStream")
ANSWERED = [one for one in OPERATIONS if one.name not in ENDLESS]
QUERY = {"at": "2030-01-01T00:00:00Z", "since": "2030-01-01T00:00:00Z", "by": "1"}

document = cache(make_document)  # nobody here changes it


def test_it_is_valid_openapi_3_1() -> None:
    validator = jsonschema_rs.validator_for(OPENAPI_31)
    assert [str(error) for error in validator.iter_errors(document())] == []


def test_all_that_it_refers_to_is_there() -> None:
    made = document()
    for ref in re.findall(r"'\$ref': '#/components/([^']+)'", str(made)):
        kind, _, name = ref.partition("/")
        assert name in made["components"][kind], ref


def test_every_route_is_described() -> None:
    paths = document()["paths"]
    for path in routes.paths():
        if path.startswith(FOREIGN):
            continue
        begins = [one for one in paths if one.startswith(path)]
        assert path in paths or (path.endswith("/") and begins), path


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [one.name for one in OPERATIONS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("one", ANSWERED, ids=lambda one: one.name)
async def test_every_operation_is_answered_as_it_is_described(one: Operation) -> None:
    path = one.path.format(**NAMES)
    async with conductor() as client:
        status, answered = await client.ask(
            one.method.upper(), path, one.example or None, QUERY if one.query else None
        )
    assert answered.get("detail") != "nothing is at this address"
    described = document()["paths"][one.path][one.method]["responses"][str(status)]
    if status == 204:
        assert (answered, "content" in described) == ({}, False)
    else:
        assert _validator(described).is_valid(answered), (status, answered)


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.name)
async def test_who_has_no_token_is_let_in_nowhere_but_to_the_health(
    one: Operation,
) -> None:
    async with conductor() as client:
        inside = Inside(session=client.session)
        stranger = Visitor(client.on.conductor.heart, "let-me-in", inside=inside)
        method, path = one.method.upper(), one.path.format(**NAMES)
        answered = await stranger.ask(method, path, query=QUERY)
    assert (answered.status == 401) is (one.needs != ""), answered
    if one.needs:
        assert answered.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.name)
def test_examples_are_what_they_are_examples_of(one: Operation) -> None:
    made = document()["paths"][one.path][one.method]
    answer = made["responses"].get("200", {"content": {}})["content"]
    contents = [*answer.values()]
    if one.body is not None:
        contents += made["requestBody"]["content"].values()
    for content in contents:
        if "example" in content:
            assert _schema(content["schema"]).is_valid(content["example"])


async def test_an_agent_that_was_heard_is_told_as_it_is_described() -> None:
    async with conductor() as client:
        beat = {"kind": "start", "run": "a1", "metadata": {"queue": 7}, "words": "up"}
        status, taken = await client.post("/v1/agents/backup/beat", **beat)
        _, told = await client.get("/v1/agents/backup")
        _, every = await client.get("/v1/agents")
    assert (status, taken["heard"]) == (200, "taken")
    assert told["last"]["metadata"] == {"queue": 7}
    assert len(told["history"]) == 1
    assert len(told["runs"]) == 1
    _assert_is(OneAgent, told)
    _assert_is(Agents, every)


async def test_alerts_are_told_as_they_are_described() -> None:
    async with conductor() as client:
        client.on.probe().script = [FAILED]
        await client.on.pass_time(20)
        said = {"names": ["api"], "for": "1h", "why": "known"}
        assert (await client.post("/v1/silences", **said))[0] == 200
        acked = await client.post("/v1/alerts/platform:api/ack", why="mine")
        assert acked[0] == 200
        _, every = await client.get("/v1/alerts")
        _, one = await client.get("/v1/alerts/platform%3Aapi")
        _, status = await client.get("/v1/status")
    assert every["open"]
    assert every["silences"]
    _assert_is(Alerts, every)
    _assert_is(AlertDocument, one)
    _assert_is(StatusDocument, status)


def test_every_command_can_be_asked_for() -> None:
    command = document()["components"]["schemas"]["Command"]
    assert set(command["discriminator"]["mapping"]) == set(kinds())


def test_what_is_said_of_a_beat_is_what_its_reader_takes() -> None:
    assert set(BeatBody.__annotations__) == set(FIELDS)
    shape = TypeAdapter(BeatBody)
    for body in (b'{"exit_code": 256}', b'{"duration_s": -1}', b'{"kind": "no"}'):
        with pytest.raises(ValueError, match=r"must be|none of"):
            read_beat(AgentId("a"), body)
        with pytest.raises(ValidationError):
            shape.validate_json(body)


@pytest.mark.parametrize("kind", [AckBody, DiscardBody, SilenceBody])
def test_a_field_that_is_not_described_is_refused_by_the_reader_too(kind: Any) -> None:
    with pytest.raises(ValidationError, match="nix"):
        TypeAdapter(kind).validate_python({"nix": 1})
    with pytest.raises(ProblemError, match="'nix' is none of"):
        read_fields(b'{"nix": 1}', *kind.__annotations__)


async def test_it_is_served() -> None:
    async with conductor() as client:
        status, served = await client.get("/v1/openapi.json")
    assert (status, served["openapi"]) == (200, "3.1.0")


def _assert_is(kind: Any, told: dict[str, Any]) -> None:
    """What is not described would not be in what is read."""
    assert TypeAdapter(kind).validate_python(told) == told


def _validator(described: dict[str, Any]) -> jsonschema_rs.Validator:
    if "$ref" in described:
        name = described["$ref"].rpartition("/")[2]
        described = document()["components"]["responses"][name]
    [content] = described["content"].values()
    return _schema(content["schema"])


def _schema(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    components = document()["components"]
    return jsonschema_rs.validator_for(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": components,
            **schema,
        }
    )
