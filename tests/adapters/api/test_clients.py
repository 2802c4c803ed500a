"""Programs attach, hear each breaker's word at once, and say what they did."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from conductor_tui.adapters.api import verdicts
from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.domain.check import BreakerSpec, TrialBy
from conductor_tui.domain.ids import ClientId, PlatformName
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.local_session import LocalSession
from tests.adapters.api.visit import Visitor
from tests.build import spec
from tests.engine.stage import Stage, stage

TOKEN = "open-sesame"


class Program:
    """One that speaks the wire itself, over a real socket."""

    def __init__(self, address: Path, on: Stage) -> None:
        self._address, self.on = address, on
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter
        self.id = ""

    async def attach(self, query: str = "name=bot-a&pid=812") -> None:
        self.reader, self.writer = await asyncio.open_unix_connection(self._address)
        head = f"GET /v1/clients/stream?{query} HTTP/1.0\r\nHost: x\r\n\r\n"
        self.writer.write(head.encode())
        while (await self.reader.readline()).strip():
            pass
        self.id = (await self.line())["hello"]["client"]

    async def line(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            found: dict[str, Any] = json.loads(await self.reader.readline())
        return found

    async def say(self, **said: object) -> int:
        """Post it; return the status."""
        body = json.dumps(said).encode()
        reader, writer = await asyncio.open_unix_connection(self._address)
        head = f"POST /v1/clients/{self.id} HTTP/1.0\r\nHost: x\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        status = int((await reader.readline()).split()[1])
        await reader.read()
        writer.close()
        await writer.wait_closed()
        return status

    async def go(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


@asynccontextmanager
async def attached(
    folder: Path, trial: TrialBy = TrialBy.CHECK, query: str = "name=bot-a&pid=812"
) -> AsyncIterator[Program]:
    breaker = BreakerSpec(failures=3, reset_after_s=30, trial=trial)
    api = spec("api")
    object.__setattr__(api, "breaker", breaker)
    async with stage(api) as on:
        session = LocalSession(on.hub)
        session.attach(asyncio.get_running_loop(), on.conductor.control.handle)
        inside = Inside(session=session, clients=on.conductor.clients)
        way = HttpWay(folder / "c.sock", token=Secret(TOKEN), inside=inside)
        await way.open(on.conductor.heart)
        program = Program(folder / "c.sock", on)
        try:
            await program.attach(query)
            yield program
            await program.go()
        finally:
            await way.close()


async def test_it_hears_every_word_first_and_each_change_at_once(
    tmp_path: Path,
) -> None:
    async with attached(tmp_path) as program:
        [api] = (await program.line())["breakers"]
        assert (api["name"], api["state"], api["epoch"]) == ("api", "CLOSED", 0)
        assert (api["failures"], api["reset_after_s"]) == (3, 30.0)
        assert api["hosts"] == ["127.0.0.1:80"]
        await program.on.trip("swap the disk")
        word = (await program.line())["breaker"]
        assert (word["state"], word["epoch"]) == ("HELD", 1)
        assert (word["by"], word["why"]) == ("ann", "swap the disk")
        assert word["retry_in_s"] is None
        await program.on.reset()
        assert (await program.line())["breaker"]["state"] == "CLOSED"


async def test_what_it_says_is_seen(tmp_path: Path) -> None:
    async with attached(tmp_path) as program:
        await program.line()
        held = {"epoch": 0, "calls": 12, "rejected": 3, "failed": 1, "streak": 1}
        assert await program.say(breakers={"api": {**held, "error": "a\x1bb"}}) == 200
        await program.on.pass_time(1)
        [client] = program.on.hub.snapshot.clients.values()
        assert client.name == "bot-a"
        one = client.holdings[PlatformName("api")]
        assert (one.epoch, one.traffic.calls, one.traffic.rejected) == (0, 12, 3)
        assert "\x1b" not in one.error


async def test_it_is_forgotten_when_its_connection_ends(tmp_path: Path) -> None:
    async with attached(tmp_path) as program:
        await program.line()
        await program.go()
        here = program.on.conductor.clients.is_here
        async with asyncio.timeout(10):
            while here(ClientId(program.id)):
                await program.on.pass_time(1)
        assert await program.say() == 404
        await program.attach()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        pytest.param({"breakers": {"api": {"calls": -1}}}, 422, id="a count below 0"),
        pytest.param({"breakers": {"api": {"calls": 0.5}}}, 422, id="half a call"),
        pytest.param({"breakers": {"api": {"state": "AJAR"}}}, 422, id="no state"),
        pytest.param({"breakers": []}, 422, id="a list for an object"),
        pytest.param({"tried": [{"outcome": "maybe"}]}, 422, id="no outcome"),
        pytest.param({"other": 1}, 422, id="an unknown key"),
        pytest.param({"ask": ["x"] * 300}, 422, id="too many trials"),
        pytest.param({"ask": ["nobody"]}, 200, id="a trial of what is not watched"),
        pytest.param({"tried": [{"permit": "zzz"}]}, 200, id="a permit of nobody"),
        pytest.param({}, 200, id="nothing at all"),
    ],
)
async def test_what_cannot_be_read_is_refused_in_words(
    tmp_path: Path, said: dict[str, object], status: int
) -> None:
    async with attached(tmp_path) as program:
        await program.line()
        assert await program.say(**said) == status


async def test_a_trial_is_granted_on_the_stream_and_settled_by_a_post(
    tmp_path: Path,
) -> None:
    async with attached(tmp_path, TrialBy.ANY) as program:
        on = program.on
        await program.line()
        gate = on.conductor._watching.gate_of(PlatformName("api"))
        assert gate is not None
        gate.open_for("checks", "a test")
        on.hub.publish_kept(gate.drain())
        assert (await program.line())["breaker"]["state"] == "OPEN"
        await program.say(ask=["api"])
        answer = (await program.line())["trial"]
        assert answer["permit"] is None
        assert answer["retry_in_s"] == pytest.approx(30, abs=1)
        on.clock.freeze(30)  # no check comes before us
        await program.say(ask=["api"])
        lines = [await program.line() for _ in range(2)]
        [trial] = [one["trial"] for one in lines if "trial" in one]
        [word] = [one["breaker"] for one in lines if "breaker" in one]
        assert (word["state"], word["epoch"]) == ("HALF_OPEN", trial["epoch"])
        permit = trial["permit"]
        await program.say(tried=[{"permit": permit, "outcome": "passed"}])
        assert (await program.line())["breaker"]["state"] == "CLOSED"


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({}, id="no name"),
        pytest.param({"name": ""}, id="an empty name"),
        pytest.param({"name": "bot", "pid": "-1"}, id="no process id"),
        pytest.param({"name": "bot", "pid": "9" * 20}, id="a huge process id"),
    ],
)
async def test_a_program_says_what_it_is_called(query: dict[str, str]) -> None:
    async with stage() as on:
        inside = Inside(session=LocalSession(on.hub), clients=on.conductor.clients)
        visitor = Visitor(on.conductor.heart, TOKEN, inside=inside)
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        given = await visitor.ask(
            "GET", "/v1/clients/stream", headers=bearer, query=query
        )
        assert given.status == 400


async def test_words_that_nobody_reads_are_replaced_by_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conductor_tui.adapters.api.broadcast.MOST_WAITING", 300)
    async with attached(tmp_path) as program:
        await program.line()
        for _ in range(20):  # before its task gets a turn: too much to keep
            await program.on.trip()
            await program.on.reset()
        last = 0
        async with asyncio.timeout(10):
            while last < 40:
                line = await program.line()
                words = line.get("breakers") or [line.get("breaker", {"epoch": 0})]
                last = words[0]["epoch"]
        assert last == 40


async def test_silence_says_that_we_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "ALIVE_S", 0.0)
    async with attached(tmp_path) as program:
        await program.line()
        assert await program.line() == {}


async def test_all_words_are_encoded_once_for_those_who_come_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    encode = verdicts.encode_all

    async def counted(snapshot: Snapshot) -> bytes:
        made.append(snapshot.seq)
        return await encode(snapshot)

    monkeypatch.setattr(verdicts, "encode_all", counted)
    async with attached(tmp_path) as program:
        await program.line()
        others = [Program(tmp_path / "c.sock", program.on) for _ in range(5)]
        for other in others:
            await other.attach()
            assert (await other.line())["breakers"][0]["state"] == "CLOSED"
        assert len(made) == 1
        await program.on.trip()
        late = Program(tmp_path / "c.sock", program.on)
        await late.attach()
        assert (await late.line())["breakers"][0]["state"] == "HELD"
        for one in (*others, late):
            await one.go()
