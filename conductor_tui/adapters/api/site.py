"""The HTTP server itself (aiohttp), imported once somebody comes: see `server`.

Bounds: MOST_CONNECTIONS at a time, MOST_OF_ONE from one address, BODY bytes of a body
(a ping keeps its first 10,000 and drops up to MOST_DROPPED), lines and headers of
8 KiB, at most 64 headers, and `within_s` for a first request or for a body to come. A
compressed body stays so.
"""

import asyncio
import logging
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from math import ceil
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from conductor_tui.adapters.api.door import Door, bearer_in
from conductor_tui.adapters.api.exchange import (
    JSON,
    Answer,
    Ask,
    Process,
    Streaming,
    error,
)
from conductor_tui.adapters.api.limits import Limits
from conductor_tui.adapters.api.routes import answer as answer_to
from conductor_tui.adapters.api.streaming import stream_out
from conductor_tui.domain.text import one_line

MOST_CONNECTIONS, MOST_OF_ONE = 512, 256
BODY, MOST_DROPPED = 65_536, 1_048_576
LOOK_S = 1.0  # how often it is looked whether who reads a stream still may
PING_BODY, _PING = 10_000, "/ping/"
_CLIENTS = "/v1/clients/"
_IDLE_S, _LINGER_S, _MOST_FIELDS = 75.0, 2.0, 32
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n" + (
    b"Retry-After: 1\r\nConnection: close\r\n\r\n"
)
_SILENT = logging.getLogger(__name__)  # a line on stderr would spoil the screen
_SILENT.disabled = True


class Site(web.Server):
    """Answers on every connection that `protocol` is made for."""

    def __init__(self, door: Door, *, is_local: bool, within_s: float) -> None:
        super().__init__(
            self._answer,
            access_log=None,
            logger=_SILENT,
            keepalive_timeout=_IDLE_S,
            lingering_time=_LINGER_S,
            max_headers=64,
            auto_decompress=False,
        )
        self._door, self._is_local, self._within_s = door, is_local, within_s
        self._fresh: dict[RequestHandler, asyncio.TimerHandle] = {}
        self._limits = Limits()
        self._peers: dict[RequestHandler, str] = {}
        self._processes: dict[RequestHandler, Process] = {}
        self._streams: dict[RequestHandler, tuple[Ask, asyncio.Event]] = {}
        self._look: asyncio.TimerHandle | None = None

    def protocol(self) -> asyncio.Protocol:
        """Return what speaks on one more connection."""
        if len(self._connections) >= MOST_CONNECTIONS:
            self._door.ear.turn_away(f"HTTP: {MOST_CONNECTIONS} connections are open")
            return _Full()
        return self()

    def connection_made(
        self, handler: RequestHandler, transport: asyncio.Transport
    ) -> None:
        super().connection_made(handler, transport)
        self._fresh[handler] = self._loop.call_later(
            self._within_s, handler.force_close
        )
        if self._is_local:
            # Now, and not when it is asked for: who has gone by then is nobody.
            self._processes[handler] = _process(transport)
            return
        peer = str((transport.get_extra_info("peername") or ("",))[0])
        if list(self._peers.values()).count(peer) >= MOST_OF_ONE:
            words = f"HTTP: {MOST_OF_ONE} connections from {peer} are open"
            self._door.ear.turn_away(words)
            transport.write(_FULL)
            transport.close()
        self._peers[handler] = peer

    def connection_lost(
        self, handler: RequestHandler, exc: BaseException | None = None
    ) -> None:
        self._is_no_more_fresh(handler)
        self._peers.pop(handler, None)
        self._processes.pop(handler, None)
        if handler in self._streams:
            self._streams[handler][1].set()
        super().connection_lost(handler, exc)

    def _is_no_more_fresh(self, handler: RequestHandler) -> None:
        timer = self._fresh.pop(handler, None)
        if timer is not None:
            timer.cancel()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if self._fresh:
            self._is_no_more_fresh(request.protocol)
        try:
            given = await self._given(request)
        except Exception as fault:  # whatever it is: nobody gets a traceback
            words = f"a fault of ours: {type(fault).__name__}: {one_line(str(fault))}"
            self._door.ear.turn_away(words)
            given = error(500, "a fault of conductor-tui: see its screen")
        if isinstance(given, Streaming):
            return await self._stream(request, given)
        return web.Response(status=given.status, body=given.body, headers=given.headers)

    async def _stream(
        self, request: web.BaseRequest, given: Streaming
    ) -> web.StreamResponse:
        _, gone = self._streams[request.protocol]
        if self._look is None:
            self._look_again()
        try:
            async with aclosing(given.objects) as objects:
                return await stream_out(request, objects, (gone, self._door.closing))
        finally:
            self._streams.pop(request.protocol, None)

    def _look_again(self) -> None:
        """End the streams of those who may not read any more, now and every LOOK_S."""
        for ask, gone in self._streams.values():
            if not self._door.still_valid(ask):
                gone.set()
        self._look = None
        if self._streams:
            self._look = self._loop.call_later(LOOK_S, self._look_again)

    async def _given(self, request: web.BaseRequest) -> Answer | Streaming:
        process = self._processes.get(request.protocol)
        path, _, query = request.raw_path.partition("?")
        try:
            body = b""
            if request.can_read_body:
                body = await self._body(request, is_ping=path.startswith(_PING))
            fields = _fields(query) if query else {}
        except _NotReadError as fault:
            self._door.ear.turn_away(f"HTTP: {fault}")
            return error(fault.status, str(fault))
        ask = Ask(
            request.method,
            path,
            fields,
            request.headers,
            body,
            self._is_local,
            "" if self._is_local else request.remote or "",
            (lambda: process) if self._is_local else None,
            lambda: self._door.name_of(bearer_in(request.headers)),
        )
        if wait_s := self._wait_s(ask):
            words = "you ask too often: wait a little"
            return error(429, words, {**JSON, "Retry-After": str(ceil(wait_s))})
        given = answer_to(ask, self._door)
        if not isinstance(given, Answer | Streaming):
            given = await given
        if isinstance(given, Streaming):
            self._streams[request.protocol] = ask, asyncio.Event()
        return given

    def _wait_s(self, ask: Ask) -> float:
        """Return how long whoever asks has to wait; heartbeats never do."""
        if not ask.path.startswith("/v1/") or ask.path.endswith("/beat"):
            return 0.0
        return self._limits.wait_s(
            ask.peer,
            is_command=_is_command(ask),
            is_local=self._is_local,
            now=self._loop.time(),
        )

    async def _body(self, request: web.BaseRequest, *, is_ping: bool) -> bytes:
        content = request.content
        if content.is_eof() and content.total_bytes <= PING_BODY:
            return content.read_nowait()  # nearly every heartbeat: it is here already
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        try:
            async with asyncio.timeout(self._within_s):
                return await _read(content.readany, is_ping=is_ping)
        except TimeoutError:
            words = f"the body did not come within {self._within_s:g} s"
            raise _NotReadError(408, words) from None
        except web.RequestPayloadError:
            raise _NotReadError(400, "the body is not as it was announced") from None


class _NotReadError(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def _is_command(ask: Ask) -> bool:
    """False for what programs say of themselves: as often as others look."""
    return ask.method not in ("GET", "HEAD") and not ask.path.startswith(_CLIENTS)


async def _read(more: Callable[[], Awaitable[bytes]], *, is_ping: bool) -> bytes:
    kept, length = bytearray(), 0
    keeps, takes = (PING_BODY, MOST_DROPPED) if is_ping else (BODY, BODY)
    while chunk := await more():
        length += len(chunk)
        if length > takes:
            raise _NotReadError(413, f"the body is longer than {takes} bytes")
        kept += chunk[: keeps - len(kept)]
    return bytes(kept)


def _fields(query: str) -> Mapping[str, str]:
    """Return the fields of a query; of two that are called the same, the first."""
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise _NotReadError(400, "there are too many fields in the query") from None
    return dict(reversed(pairs))


def _process(transport: asyncio.Transport) -> Process:
    """Return who is at the other end of the unix socket: SO_PEERCRED of unix(7)."""
    sock = transport.get_extra_info("socket")
    credentials = struct.Struct("3i")
    given = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size)
    pid, uid, _ = credentials.unpack(given)
    return Process(pid, uid)


class _Full(asyncio.Protocol):
    """Says that there is no room, and goes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_FULL)
        transport.close()
