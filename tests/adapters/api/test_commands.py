"""POST /v1/commands: every command of the domain, and a crowd on one epoch."""

import asyncio
import json
from pathlib import Path

import pytest

from conductor_tui.adapters.wire.commands import command_body
from conductor_tui.domain.commands import TripBreaker
from conductor_tui.domain.events import CommandAnswered
from conductor_tui.domain.ids import CommandId, Epoch, PlatformName
from tests.adapters.api.conducting import conductor, served
from tests.adapters.api.visit import Reply, send
from tests.build import spec
from tests.engine.stage import stage

RACERS = 20


async def test_what_a_dashboard_would_send_is_carried_out() -> None:
    command = TripBreaker(
        id=CommandId("c7"),
        by="bea",
        origin="pts/3",
        platform=PlatformName("api"),
        epoch=Epoch(0),
        why="swap the disk",
        ttl_s=60.0,
    )
    async with conductor() as client:
        status, document = await client.post("/v1/commands", **command_body(command))
        [told] = (one.event for one in client.on.hub.snapshot.answers)
    assert (status, document["command"], document["state"]) == (200, "c7", "HELD")
    assert isinstance(told, CommandAnswered)
    assert (told.command, told.why) == ("c7", "swap the disk")
    assert told.origin.startswith("pts/3, ")


async def test_a_command_without_an_epoch_is_aimed_at_this_moment() -> None:
    async with conductor() as client:
        tripped = {"command": "trip", "platform": "api", "why": "w"}
        assert (await client.post("/v1/commands", **tripped))[0] == 200
        reset = {"command": "reset", "platform": "api"}
        status, document = await client.post("/v1/commands", **reset)
    assert (status, document["state"]) == (200, "CLOSED")


async def test_a_command_about_an_agent_is_answered_without_a_breaker() -> None:
    async with conductor() as client:
        said = {"command": "beat", "agent": "backup"}
        status, document = await client.post("/v1/commands", **said)
    assert status == 200
    assert set(document) == {"words", "by", "command"}


async def test_lists_are_read_as_the_sets_that_they_are() -> None:
    said = {"command": "silence", "scope": {"names": ["api"]}, "why": "w", "ttl_s": 60}
    async with conductor() as client:
        status, _ = await client.post("/v1/commands", **said)
        [silence] = client.on.hub.snapshot.alerts.silences.in_order()
    assert status == 200
    assert silence.scope.names == {"api"}


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({}, 422, "command: must be one of ack, beat, check"),
        ({"command": ["trip"]}, 422, "not ['trip']"),
        ({"command": "trip", "platform": ["api"], "why": "w"}, 422, "platform: must"),
        ({"command": "trip", "platform": "nix", "why": "w"}, 404, "'nix'"),
        ({"command": "check"}, 422, "platform: say it"),
        ({"command": "beat", "agent": "nix"}, 404, "no agent is called 'nix'"),
        ({"command": "ack", "alert": "nix"}, 404, "no alert of 'nix' is open"),
        ({"command": "end silence", "silence": "nix"}, 404, "no silence 'nix' is on"),
        ({"command": "test", "channel": "nix"}, 404, "no channel is called 'nix'"),
        ({"command": "redrive", "delivery": 7}, 404, "no delivery 7 is in the outbox"),
        ({"command": "redrive", "delivery": True}, 422, "delivery: must be"),
        ({"command": "redrive", "epoch": 1}, 422, "'epoch' is no field of redrive"),
        (
            {"command": "trip", "platform": "api", "why": "w", "epoch": 1},
            422,
            "'epoch' is no field of trip: it has confirm_within_s, if_epoch, platform,",
        ),
        (
            {"command": "silence", "scope": {"names": [1]}, "why": "w", "ttl_s": 1},
            422,
            "scope.names.0: must be a valid string, not 1",
        ),
    ],
)
async def test_what_cannot_be_read_is_refused_in_words(
    said: dict[str, object], status: int, words: str
) -> None:
    async with conductor() as client:
        got, document = await client.post("/v1/commands", **said)
    assert (got, words in document["detail"]) == (status, True), document


async def test_of_twenty_on_one_epoch_one_wins_and_the_others_hear_why(
    tmp_path: Path,
) -> None:
    async with (
        stage(spec("api")) as on,
        served(on, tmp_path / "sock") as way,
    ):

        async def race(number: int) -> Reply:
            said = {"why": f"racer {number}", "by": f"racer {number}", "if_epoch": 0}
            body = json.dumps(said).encode()
            return await send(way, "POST", "/v1/breakers/api/trip", body)

        replies = await asyncio.gather(*(race(number) for number in range(RACERS)))
        hold = on.view().breaker.hold
    won = [one for one in replies if one.status == 200]
    lost = [json.loads(one.body) for one in replies if one.status == 409]
    assert (len(won), len(lost)) == (1, RACERS - 1)
    assert hold is not None
    winner = json.loads(won[0].body)["by"]
    assert hold.by == winner
    for one in lost:
        assert f"is HELD now (by {winner})" in one["detail"]
        assert one["state"] == "HELD"
