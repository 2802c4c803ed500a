"""A webhook receiver on a loopback port that answers just what a test wants."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


Answer: TypeAlias = bytes | Callable[[Request], bytes]


def http(status: int, body: str = "", **headers: str) -> bytes:
    """Return an answer; `Retry_After` stands for a header of that name."""
    lines = [f"HTTP/1.1 {status} So", f"Content-Length: {len(body.encode())}"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


@dataclass(slots=True)
class Receiver:
    """`answers` are given in turn, the last one for ever. After b"" it says nothing,
    and after one that has no Content-Length it goes on without an end if `endless`.
    """

    answers: list[Answer] = field(default_factory=lambda: [http(200, "ok")])
    endless: bytes = b""
    closes: bool = False
    port: int = 0
    is_tls: bool = False
    connections: int = 0
    open: int = 0
    requests: list[Request] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    serving: dict[asyncio.Task[Any], asyncio.StreamWriter] = field(default_factory=dict)

    def url(self, path: str = "/services/T0123/B4567/tokentoken") -> str:
        scheme = "https" if self.is_tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self.open += 1
        task = asyncio.current_task()
        assert task
        self.serving[task] = writer
        with suppress(OSError, asyncio.IncompleteReadError):
            while await self._answer(reader, writer):
                pass
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        self.open -= 1
        del self.serving[task]

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        request = await _read(reader)
        self.requests.append(request)
        self.heard.set()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        writer.write(answer(request) if callable(answer) else answer)
        while self.endless:
            writer.write(self.endless)
            await writer.drain()
        return not self.closes


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    body = await reader.readexactly(int(headers.get("Content-Length", 0)))
    method, path, _ = first.split(" ")
    return Request(method, path, headers, body)


@asynccontextmanager
async def receiving(
    *answers: Answer, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    receiver = Receiver(is_tls=tls is not None)
    if answers:
        receiver.answers = list(answers)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for writer in receiver.serving.values():
            writer.transport.abort()
        await asyncio.gather(*receiver.serving)
