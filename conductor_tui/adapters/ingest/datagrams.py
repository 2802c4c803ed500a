"""Heartbeats in datagrams, over UDP and over a unix socket: see `line`.

The socket is drained in one go per wake-up, up to AT_ONCE datagrams: a wake-up costs
more than a heartbeat, and the loop must breathe.
"""

import asyncio
import os
import socket
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

from conductor_tui.adapters.ingest.line import LONGEST, read_line
from conductor_tui.adapters.ingest.places import bind_unix, let_go
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Ear

AT_ONCE = 256
_BUFFER = 4 * 2**20  # bytes that the kernel keeps for us, if it may
_SO_RCVBUFFORCE = 33  # socket(7): past the limit that is set for all, for root


class Drain:
    """Reads what comes on a bound socket, until `close`."""

    def __init__(self, sock: socket.socket, ear: Ear, via: str) -> None:
        self._sock, self._ear, self._via = sock, ear, via
        self._loop = asyncio.get_running_loop()
        _enlarge(sock)
        self._loop.add_reader(sock, self._drain)

    def close(self) -> None:
        self._loop.remove_reader(self._sock)

    def _drain(self) -> None:
        receive, known = self._sock.recv, self._ear.agents
        for _ in range(AT_ONCE):
            try:
                datagram = receive(LONGEST + 1)
            except BlockingIOError:
                return
            except OSError as error:  # an answer of the network to a datagram of ours
                self._ear.turn_away(one_line(str(error)))
                return
            self._take(datagram, known)

    def _take(self, datagram: bytes, known: Container[object]) -> None:
        if len(datagram) > LONGEST:
            self._ear.turn_away(f"longer than {LONGEST} bytes")
            return
        for line in datagram.splitlines() if b"\n" in datagram else (datagram,):
            if not line:
                continue
            try:
                beat = read_line(line, known, self._via)
            except ValueError as error:
                self._ear.turn_away(one_line(str(error)))
            else:
                self._ear.hear(beat)


class UnixDatagrams:
    """Satisfies ports.Way."""

    name = "datagrams"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: tuple[socket.socket, Drain, int] | None = None

    @property
    def address(self) -> str:
        return f"unix:{self._path}"

    async def open(self, ear: Ear) -> None:
        sock = bind_unix(self._path, socket.SOCK_DGRAM)
        self._open = (sock, Drain(sock, ear, "datagram"), os.lstat(self._path).st_ino)

    async def close(self) -> None:
        if self._open is not None:
            sock, drain, inode = self._open
            self._open = None
            drain.close()
            let_go(sock, self._path, inode)


class UdpDatagrams:
    """Satisfies ports.Way."""

    name = "udp"

    def __init__(self, address: str) -> None:
        """`address` is "host:port"; port 0 takes any that is free."""
        self._wanted = address
        self._open: tuple[socket.socket, Drain] | None = None

    @property
    def address(self) -> str:
        if self._open is None:
            return self._wanted
        host, port = self._open[0].getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def open(self, ear: Ear) -> None:
        host, _, port = self._wanted.rpartition(":")
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            host.strip("[]"), int(port), type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, where = found[0]
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            sock.bind(where)
        except OSError as error:
            sock.close()
            raise OSError(f"{self._wanted}: {error.strerror}") from error
        self._open = (sock, Drain(sock, ear, "udp"))

    async def close(self) -> None:
        if self._open is not None:
            (sock, drain), self._open = self._open, None
            drain.close()
            sock.close()


def _enlarge(sock: socket.socket) -> None:
    """Let the kernel keep more of a burst, while we do something else."""
    for option in (socket.SO_RCVBUF, _SO_RCVBUFFORCE):
        with suppress(OSError):  # only root may have more than the limit
            sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
