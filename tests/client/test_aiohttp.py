"""aiohttp's own ways: its timeouts, its retries, its tasks, behind a breaker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from conductor_tui.client import Rejected
from conductor_tui.client.for_aiohttp import breaker_middleware
from conductor_tui.domain.states import BreakerState
from tests.client.test_http import Asked

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
END = b"\r\n\r\n"


class Unanswered(AbstractResolver):
    """A name server that says nothing."""

    async def resolve(self, *_: Any, **__: Any) -> list[ResolveResult]:
        await asyncio.Event().wait()
        raise AssertionError

    async def close(self) -> None: ...


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[int]:
    async def guarded(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(guarded, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


def session(asked: Asked, **more: Any) -> aiohttp.ClientSession:
    through = breaker_middleware(asked, hosts={"127.0.0.1": "api", "api.test": "api"})
    return aiohttp.ClientSession(middlewares=[through], **more)


async def one_answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer once, keep the connection, and close it when it is used again."""
    await reader.readuntil(END)
    writer.write(OK)
    await reader.readuntil(END)


async def no_answer(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.readuntil(END)


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()  # until they go


async def test_the_total_timeout_while_connecting_is_a_failure() -> None:
    asked = Asked(1)
    connector = aiohttp.TCPConnector(resolver=Unanswered())
    within = aiohttp.ClientTimeout(total=0.05)
    async with session(asked, connector=connector, timeout=within) as web:
        with pytest.raises(TimeoutError):
            await web.get("http://api.test/")
    assert asked.stats == (1, 1, 0)


@pytest.mark.parametrize("key", ["total", "sock_read"])
async def test_an_answer_that_does_not_come_in_time_is_a_failure(key: str) -> None:
    asked = Asked(1)
    within = aiohttp.ClientTimeout(**{key: 0.05})
    async with server(hang) as port, session(asked, timeout=within) as web:
        with pytest.raises(TimeoutError):
            await web.get(f"http://127.0.0.1:{port}/")
    assert asked.stats == (1, 1, 0)


async def test_a_cancelled_request_is_no_failure_and_frees_the_trial() -> None:
    asked, is_asked = Asked(1), asyncio.Event()
    desk = asked.desks["api"]
    desk.tell(BreakerState.HALF_OPEN, trial="any")
    desk.breaker.hear_trial("p-1", desk.epoch, None)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(END)
        is_asked.set()
        await reader.read()

    async with server(serve) as port, session(asked) as web:
        getting = asyncio.ensure_future(web.get(f"http://127.0.0.1:{port}/"))
        await is_asked.wait()
        getting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await getting
    assert asked.stats == (1, 0, 0)
    assert [(one.permit, one.outcome) for one in desk.breaker.take_tried()] == [
        ("p-1", "unused")
    ]


async def test_kept_connections_that_were_closed_meanwhile_open_no_breaker() -> None:
    asked = Asked(1)
    async with server(one_answer) as port, session(asked) as web:

        async def status() -> int:
            async with web.get(f"http://127.0.0.1:{port}/") as answer:
                return answer.status

        for _ in range(3):
            statuses = await asyncio.gather(*[status() for _ in range(8)])
            assert statuses == [200] * 8
    assert asked.stats[1:] == (0, 0)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_who_hangs_up_on_new_connections_fails_once_a_call(method: str) -> None:
    asked = Asked(1)
    async with server(no_answer) as port, session(asked) as web:
        for failed in (1, 2):
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await web.request(method, f"http://127.0.0.1:{port}/")
            assert asked.stats[1] == failed


async def test_a_body_that_is_used_up_is_sent_once_and_counts() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"x"

    asked = Asked(1)
    async with server(no_answer) as port, session(asked) as web:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await web.put(f"http://127.0.0.1:{port}/", data=body())
    assert asked.stats == (1, 1, 0)


async def test_a_header_that_cannot_be_sent_is_no_failure() -> None:
    asked = Asked(1)
    async with server(hang) as port, session(asked) as web:
        with pytest.raises(ValueError, match="header"):
            await web.get(f"http://127.0.0.1:{port}/", headers={"a": "b\r\nc: d"})
    assert asked.stats[1] == 0


async def test_a_held_breaker_leaves_the_connection_for_the_next() -> None:
    asked, connections = Asked(1), 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readuntil(END):
            writer.write(OK)

    async with server(serve) as port, session(asked) as web:
        url = f"http://127.0.0.1:{port}/"
        await (await web.get(url)).read()
        asked.desks["api"].tell(BreakerState.HELD)
        with pytest.raises(Rejected):
            await web.get(url)
        asked.desks["api"].tell(BreakerState.CLOSED)
        await (await web.get(url)).read()
    assert connections == 1
    assert asked.stats == (2, 0, 1)
