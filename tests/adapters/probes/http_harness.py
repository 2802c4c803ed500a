"""Servers that misbehave as told, and loops that must end without a complaint."""

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol, TypeAlias, TypeVar

import uvloop

from conductor_tui.adapters.probes.http import Options, open_probe
from conductor_tui.domain.check import Finding

T = TypeVar("T")
Talk: TypeAlias = Callable[
    [asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]
]
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


class Run(Protocol):
    def __call__(self, coro: Coroutine[Any, Any, T]) -> T: ...


@contextmanager
def quiet_loop(name: str) -> Iterator[Run]:
    """Give a function that runs a coroutine on a loop of that kind.

    At the end nothing may have been told to the loop's exception handler, where
    errors end up that nobody waits for.
    """
    complaints: list[dict[str, Any]] = []
    with asyncio.Runner(loop_factory=LOOPS[name]) as runner:
        runner.get_loop().set_exception_handler(lambda _, said: complaints.append(said))
        yield runner.run
        gc.collect()
    assert complaints == []


@asynccontextmanager
async def talking(
    talk: Talk, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve on a free loopback port, give the port. Each connection is closed when
    `talk` returns, and all of them when the block ends.
    """
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await talk(reader, writer)
            writer.close()
        except ConnectionError:
            pass  # the probe has gone: what these tests are about
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            talks.discard(task)

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)  # aborted transports close in the next turn


def saying(*parts: bytes) -> Talk:
    """Answer one request with these bytes, each in a write of its own, then close."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()

    return talk


async def found(talk: Talk, url: str = "http://127.0.0.1/", **options: Any) -> Finding:
    """Return what one check of such a server finds; it gets a port of its own."""
    async with talking(talk) as port, kept(port, url, **options) as probe:
        return await probe()


@asynccontextmanager
async def kept(
    port: int, url: str = "http://127.0.0.1/", **options: Any
) -> AsyncIterator[Callable[[], Awaitable[Finding]]]:
    """Open a probe of `url` on that port, close it at the end."""
    target = url.replace("127.0.0.1", f"127.0.0.1:{port}")
    probe = open_probe(Options(target=target, **options))
    try:
        yield probe
    finally:
        probe.close()
        await asyncio.sleep(0)
