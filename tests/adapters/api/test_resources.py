"""Platforms, breakers and their commands over HTTP, asked of a whole engine."""

import asyncio

import pytest
from pydantic import TypeAdapter

from conductor_tui.adapters.wire.schema import (
    AgentDocument,
    BreakerDocument,
    PlatformDocument,
    StatusDocument,
)
from tests.adapters.api.conducting import conductor
from tests.build import spec
from tests.engine.stage import FAILED


async def test_the_status_is_the_document_of_the_command_line() -> None:
    async with conductor() as client:
        status, document = await client.get("/v1/status")
    assert status == 200
    told = TypeAdapter(StatusDocument).validate_python(document)
    assert [one["name"] for one in told["platforms"]] == ["api"]
    assert [one["name"] for one in told["agents"]] == ["backup"]


async def test_others_get_their_turn_while_a_thousand_are_told() -> None:
    async with conductor(*(spec(f"p{number}") for number in range(1000))) as client:
        turns = 0

        async def take_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        others = asyncio.create_task(take_turns())
        _, document = await client.get("/v1/status")
        others.cancel()
    assert len(document["platforms"]) == 1000
    assert turns >= 10


async def test_platforms_are_listed_and_one_is_told_by_its_name() -> None:
    async with conductor(spec("web"), spec("db/main ü")) as client:
        _, document = await client.get("/v1/platforms")
        status, one = await client.get("/v1/platforms/db%2Fmain%20%C3%BC")
    assert [one["name"] for one in document["platforms"]] == ["web", "db/main ü"]
    assert status == 200
    assert TypeAdapter(PlatformDocument).validate_python(one)["health"] == "HEALTHY"
    assert one["name"] == "db/main ü"


async def test_breakers_are_listed_and_one_is_told_by_its_name() -> None:
    async with conductor(spec("web"), spec("db")) as client:
        _, document = await client.get("/v1/breakers")
        status, one = await client.get("/v1/breakers/db")
    assert [one["name"] for one in document["breakers"]] == ["web", "db"]
    assert status == 200
    assert TypeAdapter(BreakerDocument).validate_python(one)["state"] == "CLOSED"


async def test_agents_are_listed_and_one_is_told_by_its_name() -> None:
    async with conductor() as client:
        _, document = await client.get("/v1/agents")
        status, one = await client.get("/v1/agents/backup")
        told = (await client.get("/v1/status"))[1]["agents"][0]
    assert [one["agent"] for one in document["agents"]] == ["backup"]
    assert (status, one["agent"], one["group"]) == (200, "backup", "nightly")
    TypeAdapter(AgentDocument).validate_python(told)


async def test_a_trip_is_answered_with_what_it_did() -> None:
    async with conductor() as client:
        status, document = await client.post(
            "/v1/breakers/api/trip", why="swap the disk", ttl_s=600
        )
        breaker = (await client.get("/v1/breakers/api"))[1]
        hold = client.on.view().breaker.hold
    assert status == 200
    assert document["words"] == "HELD for 10m, then a trial"
    assert (document["epoch"], document["state"]) == (breaker["epoch"], "HELD")
    assert document["command"].isalnum()
    assert hold is not None
    assert (hold.by, hold.why) == (document["by"], "swap the disk")
    assert breaker["hold"]["why"] == "swap the disk"


async def test_a_held_breaker_is_reset_at_the_epoch_that_the_trip_answered() -> None:
    async with conductor() as client:
        _, tripped = await client.post("/v1/breakers/api/trip", why="why")
        status, reset = await client.post(
            "/v1/breakers/api/reset", if_epoch=tripped["epoch"]
        )
    assert (status, reset["state"]) == (200, "CLOSED")
    assert reset["epoch"] > tripped["epoch"]


async def test_a_held_breaker_that_is_released_tries_once() -> None:
    async with conductor() as client:
        await client.post("/v1/breakers/api/trip", why="why")
        status, released = await client.post("/v1/breakers/api/release")
        await client.on.pass_time(1)
        _, breaker = await client.get("/v1/breakers/api")
    assert (status, released["state"]) == (200, "OPEN")
    assert released["words"] == "one trial now; CLOSED if it passes"
    assert breaker["state"] == "CLOSED"


async def test_a_trip_that_waits_for_its_confirmation_is_confirmed() -> None:
    async with conductor() as client:
        _, tripped = await client.post(
            "/v1/breakers/api/trip", why="try it", confirm_within_s=60
        )
        _, waiting = await client.get("/v1/breakers/api")
        status, confirmed = await client.post(
            "/v1/breakers/api/confirm", if_epoch=tripped["epoch"]
        )
        _, breaker = await client.get("/v1/breakers/api")
        await client.on.pass_time(120)
        assert client.on.view().breaker.state == "HELD"
    assert waiting["hold"]["confirm_by"] is not None
    assert (status, confirmed["state"]) == (200, "HELD")
    assert confirmed["epoch"] == breaker["epoch"]
    assert breaker["hold"]["confirm_by"] is None


async def test_a_trip_that_nobody_confirms_undoes_itself() -> None:
    async with conductor() as client:
        said = {"why": "try it", "confirm_within_s": 60}
        await client.post("/v1/breakers/api/trip", **said)
        await client.on.pass_time(61)
        _, breaker = await client.get("/v1/breakers/api")
        status, document = await client.post("/v1/breakers/api/confirm")
    assert breaker["state"] == "CLOSED"
    assert (status, document["state"]) == (409, "CLOSED")


async def test_another_epoch_is_a_conflict_that_says_who_was_faster() -> None:
    async with conductor() as client:
        await client.post("/v1/breakers/api/trip", why="first")
        status, document = await client.post(
            "/v1/breakers/api/reset", if_epoch=0, by="bea"
        )
        view = client.on.view().breaker
    assert status == 409
    assert (
        "too late: the breaker has moved on and is HELD now (by "
        in (document["detail"])
    )
    assert (document["state"], document["epoch"]) == ("HELD", view.epoch)
    assert view.state == "HELD"


async def test_a_platform_is_paused_checked_and_resumed() -> None:
    async with conductor() as client:
        paused = await client.post("/v1/platforms/api/pause", why="swap", ttl_s=60)
        refused = await client.post("/v1/platforms/api/check")
        resumed = await client.post("/v1/platforms/api/resume")
        checked = await client.post("/v1/platforms/api/check")
    assert [one[0] for one in (paused, refused, resumed, checked)] == [
        200,
        409,
        200,
        200,
    ]
    assert "resume it first" in refused[1]["detail"]
    assert set(paused[1]) == {"words", "by", "command"}


@pytest.mark.parametrize(
    ("path", "said", "status", "words"),
    [
        ("breakers/nix/trip", {"why": "w"}, 404, "no platform is called 'nix'"),
        ("breakers/api/fly", {}, 404, "'fly' cannot be asked for here: trip, reset"),
        ("breakers/api/trip", {}, 422, "why: say it"),
        ("breakers/api/trip", {"why": 5}, 422, "why: must be a valid string, not 5"),
        ("breakers/api/trip", {"why": "w", "ttl": 5}, 422, "'ttl' is no field of trip"),
        (
            "breakers/api/trip",
            {"why": "w", "if_epoch": "0"},
            422,
            "if_epoch: must be a valid integer, not '0'",
        ),
        (
            "breakers/api/trip",
            {"why": "w", "ttl_s": 10**400},
            422,
            "ttl_s: must be a number up to 1e+15",
        ),
        ("breakers/api/trip", {"why": "w" * 1001}, 422, "why: longer than 1000"),
        ("breakers/api/trip", {"why": "w", "by": ["x"]}, 422, "by: must be a text"),
        ("breakers/api/trip", {"why": "w", "id": ""}, 422, "id: must be 1 to 64"),
        ("breakers/api/trip", {"why": "w", "ttl_s": 0}, 409, "longer than 0 s"),
        ("breakers/api/reset", {"platform": "x"}, 422, "stands in the address"),
        ("breakers/api/reset", [], 400, "the body must be a JSON object"),
        ("platforms/api/pause", {"why": "\ud800"}, 422, "the body: invalid JSON"),
        ("platforms/api/pause", b'{"why": NaN}', 400, "NaN is no number in JSON"),
        ("platforms/api/pause", b'{"why": "w", "ttl_s": 1e999}', 422, "ttl_s: must be"),
        ("platforms/api/pause", b"[" * 60_000, 400, "nested too deeply"),
    ],
)
async def test_what_cannot_be_done_is_refused_in_words(
    path: str, said: object, status: int, words: str
) -> None:
    async with conductor() as client:
        got, document = await client.ask("POST", f"/v1/{path}", said)
        assert client.on.view().breaker.state == "CLOSED"
        assert client.on.view().pause is None
    assert (got, words in document["detail"]) == (status, True), document


@pytest.mark.parametrize("path", ["/v1/platforms/nix", "/v1/breakers/nix"])
async def test_a_name_that_nothing_has_is_not_found(path: str) -> None:
    async with conductor() as client:
        status, document = await client.get(path)
    assert (status, document["detail"]) == (404, "no platform is called 'nix'")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/status"),
        ("DELETE", "/v1/platforms/api"),
        ("GET", "/v1/breakers/api/trip"),
        ("GET", "/v1/commands"),
        ("PUT", "/v1/events"),
        ("POST", "/readyz"),
    ],
)
async def test_another_method_is_refused(method: str, path: str) -> None:
    async with conductor() as client:
        status, _ = await client.ask(method, path)
    assert status == 405


async def test_a_read_only_conductor_refuses_every_command() -> None:
    async with conductor(read_only=True) as client:
        status, document = await client.post("/v1/breakers/api/trip", why="w")
    assert (status, "--read-only" in document["detail"]) == (409, True)


async def test_a_platform_that_fails_is_told_with_why() -> None:
    async with conductor() as client:
        client.on.probe().script = [FAILED]
        await client.on.pass_time(20)
        _, one = await client.get("/v1/platforms/api")
        _, breaker = await client.get("/v1/breakers/api")
    assert (one["health"], one["last_error"]) == ("FAILED", "connection refused")
    assert breaker["state"] == "OPEN"
    assert breaker["retry_at"] is not None
