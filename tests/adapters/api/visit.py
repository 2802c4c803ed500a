"""A real heart behind a door, and a client that sends any bytes as HTTP."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from multidict import CIMultiDict

from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import Answer, Ask, Process, Streaming
from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.routes import answer
from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import AgentId, NodeName
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import (
    AgentSettings,
    CreateSettings,
    ListenSettings,
    Settings,
)
from conductor_tui.engine.heart import Heart
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Ear, Session
from conductor_tui.testing import FakeClock, FakeWatchdog

UUID = "4f9a4d5e-3c1b-4e4a-9d0e-1b2c3d4e5f60"


def agent(
    name: str, *, uuid: str = "", token: str = "", group: str = ""
) -> AgentSettings:
    return AgentSettings(
        spec=AgentSpec(agent=AgentId(name), group=group),
        uuid=uuid,
        token=Secret(token) if token else None,
    )


async def heart_of(
    *agents: AgentSettings,
    ping_key: str = "",
    names: str = "",
    limit: int = 100,
    clock: FakeClock | None = None,
) -> Heart:
    clock = clock or FakeClock()
    heart = Heart(Hub(NodeName("here"), clock), clock, FakeWatchdog(), None)
    listen = ListenSettings(ping_key=Secret(ping_key) if ping_key else None)
    create = CreateSettings(names=names, limit=limit)
    await heart.keep_to(Settings(agents=agents, listen=listen, create=create))
    return heart


def last_of(heart: Heart, name: str) -> Beat:
    view = heart.view(AgentId(name))
    assert view is not None
    assert view.last is not None
    return view.last


class Visitor:
    """Asks the protocols themselves, without any HTTP, as somebody on TCP; or on the
    unix socket, from a process of ours.
    """

    def __init__(
        self,
        ear: Ear,
        token: str = "",
        *,
        is_local: bool = False,
        session: Session | None = None,
        inside: Inside | None = None,
    ):
        self._door = Door(
            ear, Secret(token) if token else None, inside or Inside(session=session)
        )
        self._is_local = is_local

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        ask = Ask(
            method,
            path,
            query or {},
            CIMultiDict(headers or {}),
            body,
            self._is_local,
            "192.0.2.7",
            (lambda: Process(4711, os.getuid())) if self._is_local else None,
        )
        given = answer(ask, self._door)
        if not isinstance(given, Answer | Streaming):
            given = await given
        assert isinstance(given, Answer)
        return given


class Reply(NamedTuple):
    status: int
    headers: CIMultiDict[str]
    body: bytes


async def connect(way: HttpWay) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if way.address.startswith("unix:"):
        return await asyncio.open_unix_connection(way.address.removeprefix("unix:"))
    host, _, port = way.address.rpartition(":")
    return await asyncio.open_connection(host.strip("[]"), int(port))


async def exchange(way: HttpWay, request: bytes, *, and_end: bool = False) -> bytes:
    """Send these bytes, and return all that comes until the server closes. A request
    that leaves the connection open needs `and_end`, or the server waits for the next.
    """
    reader, writer = await connect(way)
    got = b""
    try:
        with suppress(ConnectionError):
            writer.write(request)
            await writer.drain()
            if and_end:
                writer.write_eof()
            while more := await reader.read(65_536):
                got += more
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return got


async def send(
    way: HttpWay,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    lines = [f"{method} {path} HTTP/1.1", "Host: here", "Connection: close"]
    lines += [f"{key}: {value}" for key, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return read_reply(
        await exchange(way, "\r\n".join([*lines, "", ""]).encode() + body)
    )


def read_reply(got: bytes) -> Reply:
    head, _, body = got.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    fields = (line.partition(": ") for line in lines)
    headers = CIMultiDict([(key, value) for key, _, value in fields])
    return Reply(int(first.split(" ")[1]), headers, body)
