"""Heartbeats and commands over HTTP, on a unix socket or a TCP address.

aiohttp takes 150 ms and 15 MB to import, and many hosts never get a heartbeat by HTTP:
a plain socket listens at once, and the first who connects waits until the server behind
it is there. It is imported off the loop, which must not stand still for it.
"""

import asyncio
import importlib
import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.tokens import TokensError
from conductor_tui.adapters.ingest.places import bind_unix, let_go
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Ear

if TYPE_CHECKING:
    from conductor_tui.adapters.api.site import Site

WITHIN_S, _BACKLOG, _CLOSE_S, _HANDSHAKE_S = 15.0, 512, 0.5, 10.0
_SITE = "conductor_tui.adapters.api.site"


@dataclass(slots=True)
class _Listening:
    sock: socket.socket
    inode: int
    tls: ssl.SSLContext | None = None
    starting: asyncio.Task[None] | None = None
    server: asyncio.AbstractServer | None = None
    site: "Site | None" = None


class HttpWay:
    """Satisfies ports.Way."""

    name = "http"

    def __init__(
        self,
        address: Path | str,
        *,
        token: Secret | None = None,
        within_s: float = WITHIN_S,
        inside: Inside | None = None,
        certificate: str = "",
        key: str = "",
    ) -> None:
        """`address` is the path of a unix socket, or "host:port" (port 0 takes any
        that is free). Who comes by TCP needs `token`. A client has `within_s` for its
        first request, and for each body. `inside` is all that it reaches. With
        `certificate` and `key`, paths of PEM files, it speaks TLS.
        """
        self._certificate, self._key = certificate, key
        self._inside = inside
        self._wanted, self._token, self._within_s = address, token, within_s
        self._open: _Listening | None = None
        self._door: Door | None = None

    @property
    def address(self) -> str:
        if isinstance(self._wanted, Path):
            return f"unix:{self._wanted}"
        if self._open is None:
            return self._wanted
        host, port = self._open.sock.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def open(self, ear: Ear) -> None:
        if isinstance(self._wanted, Path):
            sock = bind_unix(self._wanted, socket.SOCK_STREAM)
            opened = _Listening(sock, os.lstat(self._wanted).st_ino)
        else:
            self._refuse_without_token(self._wanted)
            tls = await asyncio.to_thread(_tls, self._certificate, self._key)
            opened = _Listening(await _bind_tcp(self._wanted), 0, tls)
        opened.sock.listen(_BACKLOG)
        self._open = opened
        self._door = door = Door(ear, self._token, self._inside)
        loop = asyncio.get_running_loop()
        loop.add_reader(opened.sock, self._somebody_comes, opened, door)

    def _refuse_without_token(self, address: str) -> None:
        tokens = self._inside.tokens if self._inside is not None else None
        try:
            has_some = self._token is not None or bool(tokens and tokens.all())
        except TokensError as error:
            raise OSError(f"{address}: {error}") from error
        if not has_some:
            raise OSError(
                f"{address}: no token would open it: `conductor-tui token create NAME "
                "--scope read`, or token_file in [listen]"
            )

    async def close(self) -> None:
        opened, self._open = self._open, None
        if opened is None:
            return
        if self._door is not None:
            self._door.closing.set()
        asyncio.get_running_loop().remove_reader(opened.sock)
        if opened.starting is not None:
            opened.starting.cancel()
            await asyncio.wait([opened.starting])
        if opened.server is not None:
            opened.server.close()
        if isinstance(self._wanted, Path):
            let_go(opened.sock, self._wanted, opened.inode)
        opened.sock.close()
        if opened.site is not None:
            await opened.site.shutdown(_CLOSE_S)
            await asyncio.sleep(0)  # the sockets are closed at the loop's next turn

    def _somebody_comes(self, opened: _Listening, door: Door) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(opened.sock)
        opened.starting = loop.create_task(
            self._serve(opened, door), name="the first who comes by HTTP"
        )

    async def _serve(self, opened: _Listening, door: Door) -> None:
        try:
            site = await asyncio.to_thread(importlib.import_module, _SITE)
            opened.site = site.Site(
                door,
                is_local=isinstance(self._wanted, Path),
                within_s=self._within_s,
            )
            opened.server = await _serve_on(opened, opened.site)
        except Exception as error:  # a library's: who waits is let go, a person told
            opened.sock.close()
            door.ear.turn_away(f"HTTP cannot be served: {one_line(str(error))}")


async def _serve_on(opened: _Listening, site: "Site") -> asyncio.AbstractServer:
    loop, sock = asyncio.get_running_loop(), opened.sock
    if sock.family == socket.AF_UNIX:
        return await loop.create_unix_server(site.protocol, sock=sock, backlog=_BACKLOG)
    within_s = _HANDSHAKE_S if opened.tls is not None else None
    return await loop.create_server(
        site.protocol,
        sock=sock,
        backlog=_BACKLOG,
        ssl=opened.tls,
        ssl_handshake_timeout=within_s,
    )


def _tls(certificate: str, key: str) -> ssl.SSLContext | None:
    """Return what speaks TLS 1.2 and later; None without a certificate. Blocks.

    Raises OSError in words.
    """
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        words = f"{certificate}, {key}: no certificate and its key ({error.reason})"
        raise OSError(words) from error
    except OSError as error:
        raise OSError(f"{certificate}, {key}: {error.strerror}") from error
    return context


async def _bind_tcp(address: str) -> socket.socket:
    """Return a bound socket, non-blocking. Raises OSError in words."""
    host, _, port = address.rpartition(":")
    found = await asyncio.get_running_loop().getaddrinfo(
        host.strip("[]") or None,
        int(port),
        type=socket.SOCK_STREAM,
        flags=socket.AI_PASSIVE,
    )
    family, kind, protocol, _, where = found[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
    except OSError as error:
        sock.close()
        raise OSError(f"{address}: {error.strerror}") from error
    return sock
