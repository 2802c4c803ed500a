"""A real HTTP server that answers as the test says, and remembers what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """Answers by `script`, one after the other, then by the last of it for ever. By
    path, where one is in `at`.
    """

    url: str = ""
    script: list[web.Response | Answering] = field(default_factory=list)
    at: dict[str, web.Response | Answering] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(
            Asked(
                request.method,
                request.path,
                request.query,
                request.headers,
                await request.read(),
            )
        )
        answer = self.at.get(request.path)
        if answer is None:
            answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return (
            copied(answer)
            if isinstance(answer, web.Response)
            else await answer(request)
        )


def copied(answer: web.Response) -> web.Response:
    """Return it anew: one is sent once only."""
    return web.Response(
        status=answer.status, body=answer.body, headers=answer.headers.copy()
    )


def said(status: int, value: object, **headers: str) -> web.Response:
    """Return JSON. In the names of headers `_` is `-`."""
    return web.Response(
        status=status,
        body=json.dumps(value).encode(),
        headers={name.replace("_", "-"): text for name, text in headers.items()},
    )


async def hang(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def drip(request: web.Request) -> web.StreamResponse:
    """Send a body that never ends, a byte at a time."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b".")
        await asyncio.sleep(0.01)


async def broken_off(request: web.Request) -> web.StreamResponse:
    """Promise a body, and hang up in the midst of it."""
    answer = web.StreamResponse(headers={"Content-Length": "100"})
    await answer.prepare(request)
    await answer.write(b"some")
    return await reset(request)


async def flood(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    for _ in range(64):
        await answer.write(b"x" * 65_536)
    return answer


@asynccontextmanager
async def service(*script: web.Response | Answering) -> AsyncIterator[Service]:
    made = Service(script=list(script) or [web.Response(body=b"{}")])
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
