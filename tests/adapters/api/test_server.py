import asyncio
import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from http import HTTPStatus
from pathlib import Path

import pytest

from conductor_tui.adapters.api import site
from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.secret import Secret
from conductor_tui.engine.heart import Heart
from conductor_tui.ports import Ear
from tests.adapters.api.visit import (
    UUID,
    agent,
    connect,
    exchange,
    heart_of,
    last_of,
    read_reply,
    send,
)
from tests.adapters.ear import FakeEar

Open = Callable[[HttpWay, Ear], Awaitable[HttpWay]]
BEAT = "/v1/agents/backup/beat"
TOKEN = Secret("let-me-in")


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def open_it(way: HttpWay, ear: Ear) -> HttpWay:
            stack.push_async_callback(way.close)
            await way.open(ear)
            return way

        yield open_it


def tcp(within_s: float = 15.0) -> HttpWay:
    return HttpWay("127.0.0.1:0", token=TOKEN, within_s=within_s)


def beats_of(heart: Heart, name: str = "backup") -> int:
    view = heart.view(AgentId(name))
    return view.beats if view else 0


async def test_a_beat_on_the_unix_socket_needs_no_token(
    opened: Open, tmp_path: Path
) -> None:
    heart = await heart_of(agent("backup"))
    way = await opened(HttpWay(tmp_path / "run" / "c.sock"), heart)
    reply = await send(way, "POST", BEAT, b'{"words": "done"}')
    assert (reply.status, json.loads(reply.body)) == (
        200,
        {"agent": "backup", "heard": "taken"},
    )
    last = last_of(heart, "backup")
    assert (last.words, last.via) == ("done", "http")


async def test_the_unix_socket_is_its_owner_s_alone(
    opened: Open, tmp_path: Path
) -> None:
    path = tmp_path / "run" / "c.sock"
    await opened(HttpWay(path), FakeEar())
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(path.parent).st_mode) == 0o700


async def test_who_comes_by_tcp_needs_the_token(opened: Open) -> None:
    heart = await heart_of(agent("backup"))
    way = await opened(tcp(), heart)
    assert (await send(way, "POST", BEAT)).status == 401
    wrong = {"Authorization": "Bearer let-me-im"}
    assert (await send(way, "POST", BEAT, b"", wrong)).status == 401
    right = {"Authorization": "Bearer let-me-in"}
    assert (await send(way, "POST", BEAT, b"", right)).status == 200
    assert beats_of(heart) == 1


async def test_several_beats_come_on_one_connection(opened: Open) -> None:
    heart = await heart_of(agent("backup"))
    way = await opened(tcp(), heart)
    head = f"POST {BEAT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer let-me-in\r\n"
    last = f"{head}Connection: close\r\n\r\n".encode()
    got = await exchange(way, f"{head}\r\n".encode() * 2 + last)
    assert got.count(b"HTTP/1.1 200 OK") == 3
    assert beats_of(heart) == 3


async def test_a_socket_nobody_listens_at_is_taken_over(
    opened: Open, tmp_path: Path
) -> None:
    path, heart = tmp_path / "c.sock", await heart_of(agent("backup"))
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))
    way = await opened(HttpWay(path), heart)
    assert (await send(way, "POST", BEAT)).status == 200


async def test_a_socket_somebody_listens_at_is_left_to_them(
    opened: Open, tmp_path: Path
) -> None:
    path = tmp_path / "c.sock"
    first = await opened(HttpWay(path), await heart_of(agent("backup")))
    with pytest.raises(OSError, match="another conductor-tui listens there"):
        await HttpWay(path).open(FakeEar())
    assert (await send(first, "POST", BEAT)).status == 200


async def test_a_port_that_is_taken_is_said_with_its_address(opened: Open) -> None:
    way = await opened(tcp(), FakeEar())
    with pytest.raises(OSError, match=f"{way.address}: Address already in use"):
        await HttpWay(way.address, token=TOKEN).open(FakeEar())


async def test_closed_it_listens_no_more_and_its_file_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    way = HttpWay(path)
    await way.close()
    await way.open(await heart_of(agent("backup")))
    await send(way, "POST", BEAT)
    await way.close()
    await way.close()
    assert not path.exists()


async def test_it_can_be_closed_while_the_first_client_waits(tmp_path: Path) -> None:
    way = HttpWay(tmp_path / "c.sock")
    await way.open(FakeEar())
    reader, writer = await connect(way)
    await asyncio.sleep(0)
    await way.close()
    with suppress(ConnectionResetError):  # nobody had taken the connection yet
        assert await reader.read() == b""
    writer.close()


def test_nobody_pays_for_aiohttp_before_somebody_comes(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys, pathlib\n"
        "from conductor_tui.adapters.api.server import HttpWay\n"
        "from tests.adapters.ear import FakeEar\n"
        "async def main():\n"
        "    way = HttpWay(pathlib.Path(sys.argv[1]))\n"
        "    await way.open(FakeEar())\n"
        "    assert 'aiohttp' not in sys.modules\n"
        "    await way.close()\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "s")], check=True)


async def test_a_body_longer_than_the_limit_is_refused(opened: Open) -> None:
    ear = FakeEar({AgentId("backup"): agent("backup")})
    way = await opened(tcp(), ear)
    right = {"Authorization": "Bearer let-me-in"}
    reply = await send(way, "POST", BEAT, b" " * (site.BODY + 1), right)
    assert reply.status == 413
    assert json.loads(reply.body) == {
        "error": "the body is longer than 65536 bytes",
        "title": HTTPStatus(413).phrase,  # Python 3.13 has another
        "detail": "the body is longer than 65536 bytes",
        "status": 413,
    }
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert ear.beats == []


async def test_a_chunked_body_is_read(opened: Open, tmp_path: Path) -> None:
    heart = await heart_of(agent("backup"))
    way = await opened(HttpWay(tmp_path / "c.sock"), heart)
    head = f"POST {BEAT} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    chunks = b'5\r\n{"wor\r\nb\r\nds": "x y"}\r\n0\r\n\r\n'
    got = await exchange(
        way, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks
    )
    assert read_reply(got).status == 200
    assert last_of(heart, "backup").words == "x y"


async def test_who_is_asked_to_go_on_sends_the_body(
    opened: Open, tmp_path: Path
) -> None:
    heart = await heart_of(agent("backup"))
    way = await opened(HttpWay(tmp_path / "c.sock"), heart)
    reader, writer = await connect(way)
    head = f"POST {BEAT} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    writer.write(f"{head}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n".encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"{}")
    assert read_reply(await reader.read()).status == 200
    writer.close()


async def test_who_sends_no_request_is_let_go(opened: Open) -> None:
    way = await opened(tcp(within_s=0.05), FakeEar())
    reader, writer = await connect(way)
    writer.write(b"GET /healthz HTTP/1.1\r\nHos")
    assert await reader.read() == b""
    writer.close()


async def test_who_sends_no_body_is_told_so(opened: Open, tmp_path: Path) -> None:
    ear = FakeEar()
    way = await opened(HttpWay(tmp_path / "c.sock", within_s=0.05), ear)
    reader, writer = await connect(way)
    head = f"POST {BEAT} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    writer.write(f"{head}Content-Length: 5\r\n\r\n{{".encode())
    assert read_reply(await reader.read()).status == 408
    assert ear.beats == []
    writer.close()


async def test_there_is_an_end_to_the_connections(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "MOST_CONNECTIONS", 1)
    ear = FakeEar()
    way = await opened(tcp(), ear)
    reader, writer = await connect(way)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    second = await exchange(way, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert second.startswith(b"HTTP/1.1 503 ")
    assert ear.turned_away == ["HTTP: 1 connections are open"]
    writer.close()


async def test_what_is_no_http_is_answered_and_harms_nobody(
    opened: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    way = await opened(tcp(), FakeEar())
    assert b"400 Bad Request" in await exchange(way, b"\x16\x03\x01 hello\r\n\r\n")
    long = b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n"
    assert b" 400 " in await exchange(way, long)
    many = b"".join(b"H%d: x\r\n" % number for number in range(100))
    got = await exchange(way, b"GET /healthz HTTP/1.1\r\n" + many + b"\r\n")
    assert b" 400 " in got
    assert (await send(way, "GET", "/healthz")).body == b'{"status": "ok"}'
    assert "".join(capfd.readouterr()) == ""


async def test_a_fault_of_ours_is_no_traceback(
    opened: Open, capfd: pytest.CaptureFixture[str]
) -> None:
    class Broken(FakeEar):
        def view(self, agent: AgentId) -> None:
            raise LookupError(f"lost {agent}")

    ear = Broken({AgentId("backup"): agent("backup")})
    way = await opened(tcp(), ear)
    right = {"Authorization": "Bearer let-me-in"}
    reply = await send(way, "GET", "/v1/agents/backup", b"", right)
    assert (reply.status, json.loads(reply.body)["error"]) == (
        500,
        "a fault of conductor-tui: see its screen",
    )
    assert ear.turned_away == ["a fault of ours: LookupError: lost backup"]
    assert "".join(capfd.readouterr()) == ""


async def test_what_is_at_no_address_is_not_echoed(opened: Open) -> None:
    way = await opened(tcp(), FakeEar())
    reply = await send(way, "GET", f"/pong/{UUID}?token=let-me-in")
    assert reply.status == 404
    assert json.loads(reply.body)["error"] == "nothing is at this address"
    assert reply.headers["Server"] == "conductor-tui"
