"""Servers that misbehave, in the test's own loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Served:
    """Counts connections; `gone` is set when a client has hung up on a black hole."""

    port: int = 0
    connections: int = 0
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"


@asynccontextmanager
async def serving(*behaviours: Behaviour) -> AsyncIterator[Served]:
    """Serve the first connection by the first behaviour and so on; the last repeats."""
    served, tasks = Served(), set[asyncio.Task[None]]()

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        tasks.add(task) if (task := asyncio.current_task()) else None
        behaviour = behaviours[min(served.connections, len(behaviours) - 1)]
        served.connections += 1
        served.connected.set()
        try:
            await behaviour(reader, writer)
        except ConnectionError:
            pass
        except asyncio.CancelledError:
            return
        finally:
            writer.transport.abort()
            served.gone.set()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def black_hole(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Take everything, answer nothing, until the client hangs up."""
    while await reader.read(65536):
        pass


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close at once."""


def saying(*chunks: bytes, first_read: bool = True) -> Behaviour:
    """Wait for a request, send `chunks` in turn, hang up when the client does."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if first_read:
            await reader.read(65536)
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
            await asyncio.sleep(0)
        await black_hole(reader, writer)

    return say


def saying_then_hanging_up(*chunks: bytes) -> Behaviour:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(b"".join(chunks))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return say


def dripping(byte: bytes) -> Behaviour:
    """Send the same byte for ever, one at a time."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(byte)
            await writer.drain()
            await asyncio.sleep(0)

    return drip
