import json
from typing import Any

import pytest

from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.settings import CreateSettings
from conductor_tui.engine.heart import Heart
from tests.adapters.api.visit import Visitor, agent, heart_of, last_of
from tests.engine.hearing import listening

TOKEN = {"X-Consul-Token": "let-me-in"}
CHECK = "/v1/agent/check"


async def here(*, names: str = ".*", limit: int = 100) -> tuple[Heart, Visitor]:
    heart = await heart_of(agent("service:db"), names=names, limit=limit)
    return heart, Visitor(heart, is_local=True)


async def put(visitor: Visitor, path: str, value: Any) -> tuple[int, str]:
    given = await visitor.ask("PUT", path, json.dumps(value).encode())
    return given.status, given.body.decode()


@pytest.mark.parametrize(
    ("verb", "kind"),
    [("pass", BeatKind.BEAT), ("warn", BeatKind.WARN), ("fail", BeatKind.FAIL)],
)
async def test_a_check_with_a_colon_is_told_how_it_is(
    verb: str, kind: BeatKind
) -> None:
    heart, inside = await here()
    note = {"note": "so it is"}
    given = await inside.ask("PUT", f"{CHECK}/{verb}/service:db", query=note)
    assert (given.status, given.body) == (200, b"")
    last = last_of(heart, "service:db")
    assert (last.kind, last.words, last.via) == (kind, "so it is", "consul")


async def test_an_update_says_the_status_in_keys_of_any_case() -> None:
    heart, inside = await here()
    path = f"{CHECK}/update/service:db"
    assert await put(inside, path, {"status": "warning", "OUTPUT": "slow"}) == (200, "")
    last = last_of(heart, "service:db")
    assert (last.kind, last.words) == (BeatKind.WARN, "slow")
    words = "Invalid check status: 'well'"
    assert await put(inside, path, {"Status": "well"}) == (400, words)
    given = await inside.ask("PUT", path, b"{")
    assert (given.status, given.body[:23]) == (400, b"Request decode failed: ")


async def test_an_unknown_check_is_said_as_consul_says_it() -> None:
    _, inside = await here(names="")
    given = await inside.ask("PUT", f"{CHECK}/pass/web")
    assert (given.status, given.body.decode()) == (
        404,
        'Unknown check ID "web". '
        "Ensure that the check ID is passed, not the check name.",
    )


async def test_a_registered_check_fails_as_soon_as_its_ttl_has_passed() -> None:
    async with listening(create=CreateSettings(names="web")) as at:
        inside = Visitor(at.heart, is_local=True)
        said = {"name": "web", "ttl": "10s", "status": "passing"}
        assert await put(inside, f"{CHECK}/register", said) == (200, "")
        await at.pass_time(9.9)
        assert at.health("web") is Health.HEALTHY
        await at.pass_time(0.1)
        assert at.health("web") is Health.FAILED
        checks = json.loads((await inside.ask("GET", "/v1/agent/checks")).body)
        words = "TTL expired (last output before timeout follows): "
        assert checks["web"]["Output"] == words


async def test_a_check_may_be_registered_again_and_deregistered() -> None:
    heart, inside = await here()
    said = {"ID": "w:1", "Name": "web", "TTL": "10s"}
    await put(inside, f"{CHECK}/register", said)
    await put(inside, f"{CHECK}/register", {**said, "TTL": "1m"})
    assert heart.agents[AgentId("w:1")].spec.interval_s == 60.0
    assert await put(inside, f"{CHECK}/deregister/w:1", {}) == (200, "")
    assert AgentId("w:1") not in heart.agents
    assert (await put(inside, f"{CHECK}/deregister/w:1", {}))[0] == 404
    status, words = await put(inside, f"{CHECK}/deregister/service:db", {})
    assert (status, "stands in the settings" in words) == (403, True)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Missing check name"),
        ({"Name": "a b", "TTL": "1s"}, "no check can be called 'a b'"),
        ({"Name": "a"}, "Invalid check: TTL must be > 0 for TTL checks"),
        ({"Name": "a", "TTL": "0s"}, "Invalid check: TTL must be > 0 for TTL checks"),
        ({"Name": "a", "TTL": "1ns"}, "TTL must be from 100ms to 8784h"),
        ({"Name": "a", "TTL": "soon"}, 'time: invalid duration "soon"'),
        ({"Name": "a", "HTTP": "http://x", "Interval": "9s"}, "only TTL checks"),
        ({"Name": 3, "TTL": "1s"}, "name must be a text"),
        ({"Name": "a", "TTL": "1s", "Status": "ok"}, "Invalid check status: 'ok'"),
    ],
)
async def test_what_cannot_be_registered_is_said(
    said: dict[str, Any], words: str
) -> None:
    heart, inside = await here()
    status, body = await put(inside, f"{CHECK}/register", said)
    assert status == 400
    assert words in body
    assert list(heart.agents) == ["service:db"]


async def test_where_nobody_may_come_nobody_is_registered() -> None:
    _, inside = await here(names="job-.*")
    status, words = await put(inside, f"{CHECK}/register", {"Name": "a", "TTL": "9s"})
    assert (status, "lets none come" in words) == (403, True)


async def test_a_service_brings_its_checks_and_takes_them_with_it() -> None:
    heart, inside = await here()
    service = {
        "Name": "web",
        "ID": "web-1",
        "Tags": ["blue"],
        "Checks": [{"TTL": "10s"}, {"ttl": "20s", "check_id": "own"}],
    }
    register = "/v1/agent/service/register"
    assert await put(inside, register, service) == (200, "")
    assert list(heart.agents) == ["service:db", "service:web-1:1", "own"]
    spec = heart.agents[AgentId("own")].spec
    assert (spec.group, spec.tags) == ("web", ("blue", "consul-service=web-1"))
    one = {"Name": "web", "ID": "web-1", "Check": {"CheckID": "own", "TTL": "9s"}}
    replace = {"replace-existing-checks": "true"}
    body = json.dumps(one).encode()
    assert (await inside.ask("PUT", register, body, query=replace)).status == 200
    assert list(heart.agents) == ["service:db", "own"]
    path = "/v1/agent/service/deregister/web-1"
    assert await put(inside, path, {}) == (200, "")
    assert list(heart.agents) == ["service:db"]
    assert (await put(inside, path, {}))[0] == 404


async def test_the_health_of_a_service_is_its_worst_check() -> None:
    _, inside = await here()
    service = {"Name": "web", "ID": "w", "Checks": [{"TTL": "10s"}, {"TTL": "10s"}]}
    await put(inside, "/v1/agent/service/register", service)
    answers = []
    for verb in ("pass", "warn", "fail"):
        await inside.ask("PUT", f"{CHECK}/pass/service:w:1")
        await inside.ask("PUT", f"{CHECK}/{verb}/service:w:2")
        for by in ("id/w", "name/web"):
            path = f"/v1/agent/health/service/{by}"
            plain = await inside.ask("GET", path, query={"format": "text"})
            full = await inside.ask("GET", path)
            assert full.status == plain.status
            answers.append((plain.status, plain.body.decode()))
    well, warned, failed = (200, "passing"), (429, "warning"), (503, "critical")
    assert answers == [well, well, warned, warned, failed, failed]
    for by in ("id/x", "name/x"):
        assert (await inside.ask("GET", f"/v1/agent/health/service/{by}")).status == 404


async def test_the_checks_are_told_with_their_output() -> None:
    _, inside = await here()
    await inside.ask("PUT", f"{CHECK}/fail/service:db", query={"note": "disk full"})
    checks = json.loads((await inside.ask("GET", "/v1/agent/checks")).body)
    about = checks["service:db"]
    assert (about["Status"], about["Output"], about["Type"]) == (
        "critical",
        "disk full",
        "ttl",
    )
    given = await inside.ask("GET", "/v1/agent/checks", query={"filter": "x"})
    assert given.status == 400


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        (TOKEN, {}),
        ({}, {"token": "let-me-in"}),
        ({"Authorization": "Bearer let-me-in"}, {}),
    ],
)
async def test_the_token_may_stand_in_three_places(
    headers: dict[str, str], query: dict[str, str]
) -> None:
    heart = await heart_of(agent("web", token="mine"))
    outside = Visitor(heart, "let-me-in")
    path = f"{CHECK}/pass/web"
    denied = await outside.ask("PUT", path)
    assert (denied.status, denied.body) == (403, b"Permission denied")
    given = await outside.ask("PUT", path, headers=headers, query=query)
    assert given.status == 200


async def test_an_agent_s_own_token_registers_nobody() -> None:
    heart = await heart_of(agent("web", token="mine"), names=".*")
    outside, mine = Visitor(heart, "let-me-in"), {"X-Consul-Token": "mine"}
    assert (await outside.ask("PUT", f"{CHECK}/pass/web", headers=mine)).status == 200
    for method, path in (
        ("PUT", f"{CHECK}/register"),
        ("PUT", f"{CHECK}/deregister/web"),
        ("GET", "/v1/agent/checks"),
        ("GET", "/v1/agent/health/service/id/web"),
    ):
        assert (await outside.ask(method, path, headers=mine)).status == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", f"{CHECK}/pass/web", 405),
        ("PUT", "/v1/agent/checks", 405),
        ("GET", "/v1/agent/self", 404),
        ("PUT", f"{CHECK}/pass/", 404),
        ("GET", "/v1/agent/health/service/by/web", 404),
    ],
)
async def test_what_is_not_there_is_said(method: str, path: str, status: int) -> None:
    _, inside = await here()
    assert (await inside.ask(method, path)).status == status
