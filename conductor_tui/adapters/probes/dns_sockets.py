"""The sockets under dnspython's asynchronous resolver.

Its own leave a datagram socket unconnected, so that a server which is not there is
waited for, and leave the closing to the loop. These hear at once that nobody listens,
are gone with the check, and are the same on asyncio and on uvloop.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import dns.exception

from conductor_tui.adapters.probes.connection import READ_LIMIT


class Backend:
    """Has the shape of dns.asyncbackend.Backend, as far as the resolver uses it."""

    def datagram_connection_required(self) -> bool:
        """True: tell us the destination when the socket is made."""
        return True

    async def make_socket(
        self,
        family: socket.AddressFamily,
        kind: socket.SocketKind,
        _proto: int,
        _source: object,
        destination: tuple[str, int],
        timeout_s: float | None = None,
    ) -> "_Datagrams | _Stream":
        if kind == socket.SOCK_DGRAM:
            return _Datagrams(family, destination)
        async with _within(timeout_s):
            reader, writer = await asyncio.open_connection(*destination, family=family)
        return _Stream(family, reader, writer)

    async def sleep(self, interval_s: float) -> None:
        await asyncio.sleep(interval_s)


class _Socket:
    """`family` is read by dnspython."""

    def __init__(self, family: socket.AddressFamily) -> None:
        self.family = family

    def close(self) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Datagrams(_Socket):
    def __init__(
        self, family: socket.AddressFamily, destination: tuple[str, int]
    ) -> None:
        super().__init__(family)
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.connect(destination)
        except BaseException:
            self._socket.close()
            raise

    async def sendto(self, what: bytes, _to: object, _timeout_s: float | None) -> int:
        return self._socket.send(what)

    async def recvfrom(self, size: int, timeout_s: float | None) -> tuple[bytes, Any]:
        async with _within(timeout_s):
            data = await asyncio.get_running_loop().sock_recv(self._socket, size)
        return data, self._socket.getpeername()

    def close(self) -> None:
        self._socket.close()


class _Stream(_Socket):
    def __init__(
        self,
        family: socket.AddressFamily,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        super().__init__(family)
        self._reader, self._writer = reader, writer

    async def sendall(self, what: bytes, timeout_s: float | None) -> None:
        self._writer.write(what)
        async with _within(timeout_s):
            await self._writer.drain()

    async def recv(self, size: int, timeout_s: float | None) -> bytes:
        async with _within(timeout_s):
            return await self._reader.read(min(size, READ_LIMIT))

    def close(self) -> None:
        self._writer.transport.abort()


@asynccontextmanager
async def _within(timeout_s: float | None) -> AsyncIterator[None]:
    """A time limit whose end is dnspython's exception, so that it asks again."""
    scope = asyncio.timeout(timeout_s)
    try:
        async with scope:
            yield
    except TimeoutError as error:
        if not scope.expired():
            raise  # the system's ETIMEDOUT
        late: Any = dns.exception.Timeout
        raise late(timeout=timeout_s) from error
