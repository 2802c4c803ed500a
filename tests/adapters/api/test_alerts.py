"""Alerts over HTTP, asked of a whole engine on a fake clock."""

import asyncio
import json
import os
import pwd
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from conductor_tui.adapters.api import asking
from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.domain.alert_settings import AlertSettings, ChannelSettings
from conductor_tui.domain.commands import AckAlert
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.ids import AlertKey, ChannelName
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.local_session import LocalSession
from conductor_tui.testing import RecordedSession
from tests.adapters.api.visit import Visitor, agent, send
from tests.adapters.ear import FakeEar
from tests.build import spec
from tests.engine.alerting.test_alerting import FakeChannel
from tests.engine.stage import FAILED, Stage, stage

API = AlertKey("platform:api")
ME = pwd.getpwuid(os.getuid()).pw_name
Document = dict[str, Any]


class Client:
    """Somebody on the unix socket of a conductor whose platform "api" has FAILED."""

    def __init__(self, on: Stage, session: LocalSession, visitor: Visitor) -> None:
        self.on, self.session, self._visitor = on, session, visitor

    async def ask(
        self, method: str, path: str, said: object = None
    ) -> tuple[int, Document]:
        body = b"" if said is None else json.dumps(said).encode()
        given = await self._visitor.ask(method, path, body)
        document: Document = json.loads(given.body)
        if given.status >= 400:
            assert given.headers["Content-Type"] == "application/problem+json"
            assert document["status"] == given.status
        return given.status, document

    async def post(self, path: str, **said: object) -> tuple[int, Document]:
        return await self.ask("POST", path, said)


@asynccontextmanager
async def conductor(
    *, read_only: bool = False, channel: FakeChannel | None = None
) -> AsyncIterator[Client]:
    ops = ChannelSettings(name=ChannelName("ops"), kind="fake", options=None)
    settings = Settings(alerts=AlertSettings(channels=(ops,) if channel else ()))
    async with stage(
        spec("api", group="web"),
        settings=settings,
        read_only=read_only,
        open_channel=(channel or FakeChannel()).open,
    ) as on:
        on.probe().script = [FAILED]
        await on.pass_time(20)
        session = LocalSession(on.hub)
        loop = asyncio.get_running_loop()
        session.attach(loop, on.conductor.control.handle)
        visitor = Visitor(on.conductor.heart, is_local=True, session=session)
        yield Client(on, session, visitor)


async def test_everything_that_is_known_is_shown() -> None:
    async with conductor(channel=FakeChannel()) as client:
        await client.post("/v1/silences", names=["api"], why="move", **{"for": "1h"})
        status, shown = await client.ask("GET", "/v1/alerts")
    assert status == 200
    assert shown["host"] == "web-7"
    [alert] = [one for one in shown["open"] if one["key"] == API]
    assert (alert["kind"], alert["name"], alert["group"]) == ("platform", "api", "web")
    assert (alert["state"], alert["severity"]) == ("FAILED", "CRITICAL")
    assert alert["told"] == "FAILED"
    assert [one["names"] for one in shown["silences"]] == [["api"]]
    assert [one["name"] for one in shown["channels"]] == ["ops"]
    assert [one["notice"]["kind"] for one in shown["delivered"]] == ["OPENED"]
    assert shown["outbox"] == shown["ended"] == shown["recoveries"] == []


async def test_one_alert_is_shown_by_its_key() -> None:
    async with conductor() as client:
        status, alert = await client.ask("GET", "/v1/alerts/platform%3Aapi")
        missing, problem = await client.ask("GET", "/v1/alerts/platform:db")
    assert (status, alert["state"]) == (200, "FAILED")
    assert (missing, problem["title"]) == (404, "Not Found")
    assert problem["detail"] == "no alert of 'platform:db' is open"


async def test_an_ack_is_that_of_the_user_at_the_other_end() -> None:
    async with conductor() as client:
        path = "/v1/alerts/platform:api/ack"
        status, answer = await client.post(path, why="mine", sticky=True)
        ack = client.session.latest().alerts.open[API].ack
    assert status == 200
    assert answer["words"].startswith("acknowledged until it is well")
    assert ack is not None
    assert (ack.by, ack.why, ack.sticky) == (ME, "mine", True)
    assert ack.origin == "unix socket, pid 4711"


async def test_what_somebody_calls_himself_stands_beside_who_he_is() -> None:
    async with conductor() as client:
        _, answer = await client.post("/v1/alerts/platform:api/ack", by="bot\x1b[1m")
    assert answer["by"] == f"bot\\x1b[1m (as {ME})"


async def test_an_ack_is_taken_back() -> None:
    async with conductor() as client:
        await client.post("/v1/alerts/platform:api/ack")
        status, _ = await client.post("/v1/alerts/platform:api/unack")
        again, problem = await client.post("/v1/alerts/platform:api/unack")
        assert client.session.latest().alerts.open[API].ack is None
    assert status == 200
    assert (again, problem["detail"]) == (409, "nobody has acknowledged it")


async def test_a_silence_begins_and_is_ended() -> None:
    async with conductor() as client:
        said = {"groups": ["web"], "for": 90, "why": "moving"}
        status, answer = await client.ask("POST", "/v1/silences", said)
        _, shown = await client.ask("GET", "/v1/silences")
        [silence] = shown["silences"]
        path = f"/v1/silences/{silence['id']}"
        ended, over = await client.ask("DELETE", path)
        gone, problem = await client.ask("DELETE", path)
    assert (status, answer["words"]) == (200, f"silence {silence['id']}, for 1m30s")
    assert (silence["groups"], silence["by"]) == (["web"], ME)
    assert (ended, over["words"]) == (200, f"silence {silence['id']} is over")
    assert (gone, problem["title"]) == (404, "Not Found")


async def test_everything_is_silenced_only_by_that_word() -> None:
    async with conductor() as client:
        said = {"for": "1m", "why": "x"}
        unsaid, _ = await client.ask("POST", "/v1/silences", said)
        both = {**said, "everything": True, "names": ["api"]}
        contrary, _ = await client.ask("POST", "/v1/silences", both)
        assert not client.session.latest().alerts.silences
        every = {**said, "everything": True}
        status, _ = await client.ask("POST", "/v1/silences", every)
    assert (unsaid, contrary, status) == (422, 422, 200)


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({"names": ["apii"]}, 422, "no name is called 'apii': did you mean api?"),
        ({"groups": ["wbe"]}, 422, "no group is called 'wbe': did you mean web?"),
        ({"tags": ["zzz"]}, 422, "no tag is called 'zzz'"),
        ({"names": ["breaker:db"]}, 422, "no name is called 'breaker:db'"),
        ({"names": ["nought:api"]}, 422, "no name is called 'nought:api'"),
        ({"names": "api"}, 422, "names: must be a list of texts"),
        ({"names": ["api"], "for": "soon"}, 422, "'soon' is not a duration"),
        ({"names": ["api"], "for": True}, 422, "say how long"),
        ({"names": ["api"], "for": None}, 422, "say how long"),
        ({"names": ["api"], "for": -1}, 422, "more than nothing"),
        ({"names": ["api"], "for": 10**400}, 422, "for: "),
        ({"names": ["api"], "for": "9999d"}, 409, "a silence lasts 30d at the most"),
        ({"names": ["api"], "why": " "}, 422, "a silence needs a reason"),
        ({"names": ["api"], "why": 7}, 422, "why: must be a text"),
        ({"names": ["api"], "why": "x" * 1001}, 422, "longer than 1000"),
        ({"names": ["api"], "who": "x"}, 422, "'who' is none of names"),
        (["api"], 400, "the body must be a JSON object"),
    ],
)
async def test_a_silence_that_cannot_be_is_refused_in_words(
    said: object, status: int, words: str
) -> None:
    if isinstance(said, dict):
        said = {"for": "1h", "why": "x"} | said
    async with conductor() as client:
        given, problem = await client.ask("POST", "/v1/silences", said)
        assert not client.session.latest().alerts.silences
    assert given == status
    assert words in problem["detail"]


@pytest.mark.parametrize("name", ["api", "breaker:api", "load:host", "conductor:loop"])
async def test_names_and_keys_of_what_may_alert_are_silenced(name: str) -> None:
    async with conductor() as client:
        said = {"names": [name], "for": "1h", "why": "x"}
        status, _ = await client.ask("POST", "/v1/silences", said)
    assert status == 200


async def test_deliveries_are_redriven_and_discarded() -> None:
    channel = FakeChannel()
    channel.failure = DeliveryFailed("410 gone", is_final=True)
    async with conductor(channel=channel) as client:
        [number] = client.session.latest().alerts.outbox
        missing, _ = await client.post("/v1/deliveries/999/redrive")
        strange, _ = await client.post("/v1/deliveries/%C2%B2/redrive")
        unsaid, _ = await client.post(f"/v1/deliveries/{number}/discard")
        again, answer = await client.post(f"/v1/deliveries/{number}/redrive")
        await client.on.pass_time(1)
        gone, _ = await client.post("/v1/deliveries/all/discard", why="known")
        none, problem = await client.post("/v1/deliveries/all/discard", why="known")
        assert not client.session.latest().alerts.outbox
    assert (missing, strange, unsaid) == (404, 404, 422)
    assert (again, gone, none) == (200, 200, 409)
    assert answer["words"] == f"delivery {number} is tried at once"
    assert problem["detail"].startswith("nothing was given up")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/alerts", 405),
        ("GET", "/v1/alerts/platform:api/ack", 405),
        ("PUT", "/v1/silences", 405),
        ("POST", "/v1/silences/abc", 405),
        ("POST", "/v1/alerts/platform:db/ack", 404),
        ("POST", "/v1/alerts/platform:api/snooze", 404),
        ("GET", "/v1/deliveries/", 404),
        ("GET", "/v1/alerts/a/b/c", 404),
    ],
)
async def test_what_is_nowhere_or_not_for_this_is_said(
    method: str, path: str, status: int
) -> None:
    async with conductor() as client:
        assert (await client.ask(method, path))[0] == status


async def test_a_conductor_that_only_looks_refuses() -> None:
    async with conductor(read_only=True) as client:
        status, problem = await client.post("/v1/alerts/platform:api/ack")
    assert (status, problem["title"]) == (409, "Conflict")
    assert "--read-only" in problem["detail"]


async def test_over_tcp_only_the_token_of_listen_opens() -> None:
    async with conductor() as client:
        heart, session = client.on.conductor.heart, client.session
        visitor = Visitor(heart, "let me in", session=session)
        path = "/v1/alerts/platform:api/ack"
        for headers in ({}, {"Authorization": "Bearer of an agent"}):
            refused = await visitor.ask("POST", path, headers=headers)
            assert refused.status == 401
            assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert session.latest().alerts.open[API].ack is None
        given = {"Authorization": "Bearer let me in"}
        taken = await visitor.ask("POST", path, b'{"by": "ann"}', headers=given)
        ack = session.latest().alerts.open[API].ack
    assert taken.status == 200
    assert ack is not None
    assert (ack.by, ack.origin) == ("ann", "http, 192.0.2.7")


async def test_the_token_of_an_agent_opens_nothing() -> None:
    ear = FakeEar()
    ear.agents = {one.spec.agent: one for one in [agent("ann", token="of an agent")]}
    session = RecordedSession([Snapshot()])
    visitor = Visitor(ear, "let me in", session=session)
    headers = {"Authorization": "Bearer of an agent"}
    for method, path in (("GET", "/v1/alerts"), ("POST", "/v1/silences")):
        assert (await visitor.ask(method, path, headers=headers)).status == 401
    assert session.sent == []


async def test_a_listener_without_a_session_takes_heartbeats_only() -> None:
    given = await Visitor(FakeEar(), is_local=True).ask("GET", "/v1/alerts")
    assert given.status == 404


async def test_an_engine_that_is_gone_is_said() -> None:
    async with conductor() as client:
        client.session.detach()
        status, problem = await client.post("/v1/alerts/platform:api/ack")
    assert status == 503
    assert "the engine is not running" in problem["detail"]


async def test_an_answer_that_never_comes_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "WITHIN_S", 0.0)
    async with conductor() as client:
        loop = asyncio.get_running_loop()
        client.session.attach(loop, lambda command: None)
        status, problem = await client.post("/v1/alerts/platform:api/ack")
    assert status == 504
    assert "whether it is done is not known" in problem["detail"]


async def test_who_fell_behind_does_not_know_whether_it_is_done() -> None:
    session = RecordedSession([Snapshot(), Snapshot()])
    command = AckAlert(id=asking.new_id(), by="ann", alert=API)
    with pytest.raises(asking.ProblemError, match="is not known"):
        await asking.carry_out(session, command)
    assert session.sent == [command]


async def test_over_a_real_socket_the_kernel_says_who_asks(tmp_path: Path) -> None:
    async with conductor() as client:
        way = HttpWay(tmp_path / "c.sock", inside=Inside(session=client.session))
        await way.open(client.on.conductor.heart)
        try:
            path = "/v1/alerts/platform:api/ack"
            reply = await send(way, "POST", path, b'{"why": "mine"}')
            shown = await send(way, "GET", "/v1/alerts")
        finally:
            await way.close()
    assert reply.status == 200
    [alert] = [one for one in json.loads(shown.body)["open"] if one["key"] == API]
    assert alert["ack"]["by"] == ME
    assert alert["ack"]["origin"] == f"unix socket, pid {os.getpid()}"


async def test_over_a_real_port_the_token_is_asked_for() -> None:
    async with conductor() as client:
        token, session = Secret("let me in"), client.session
        way = HttpWay("127.0.0.1:0", token=token, inside=Inside(session=session))
        await way.open(client.on.conductor.heart)
        try:
            refused = await send(way, "GET", "/v1/alerts")
            headers = {"Authorization": "Bearer let me in"}
            shown = await send(way, "GET", "/v1/alerts", headers=headers)
        finally:
            await way.close()
    assert (refused.status, shown.status) == (401, 200)
