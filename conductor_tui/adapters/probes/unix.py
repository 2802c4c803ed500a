"""The unix probe: does a server take connections on a unix stream socket?"""

import asyncio
import errno
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from conductor_tui.adapters.probes.address import network_finding
from conductor_tui.adapters.probes.connection import READ_LIMIT
from conductor_tui.adapters.probes.dialogue import converse
from conductor_tui.adapters.probes.stateless import StatelessProbe
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.ports import Probe

_LONGEST = (
    107  # bytes: sun_path in unix(7), less the NUL behind a path or before a name
)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISREG, "a file"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is the socket's absolute path, or "@name" in Linux's abstract
    namespace. `send` is sent as UTF-8 once connected; the answer must then contain
    `expect` within its first 64 KiB. Empty: not sent, not read.
    """

    target: str
    send: str = ""
    expect: str = ""

    def __post_init__(self) -> None:
        if not self.target.startswith(("/", "@")) or len(self.target) == 1:
            raise ValueError(
                'unix target must be an absolute path such as "/run/app.sock", or '
                f'"@name" for an abstract socket, not {self.target!r}'
            )
        if "\0" in self.target:
            raise ValueError(f"unix target {self.target!r}: a path holds no NUL")
        length = len(os.fsencode(self.target))
        if length > _LONGEST:
            raise ValueError(
                f"unix target is {length} bytes long: the system takes {_LONGEST} at "
                "the most; use a symbolic link to its folder"
            )


async def unix_probe(options: Options) -> Finding:
    """Connect, say what is to be said, look at the answer, hang up."""
    try:
        async with _connected(options.target) as (reader, writer):
            return await converse(
                reader, writer, send=options.send, expect=options.expect
            )
    except OSError as error:
        words = _words(error, options.target)
        return Finding(Outcome.FAILED, words) if words else network_finding(error)


def open_probe(options: Options) -> Probe:
    return StatelessProbe(unix_probe, options)


def shown_target(options: Options) -> str:
    return options.target


@asynccontextmanager
async def _connected(
    target: str,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection for the time of a block. Raises OSError when it cannot.

    The connect is ours, because it never waits (unix(7)): EAGAIN means that the
    server's queue is full. asyncio takes that for a connection in progress, and a
    moment later for an open one: a hung server would pass.
    """
    plug = socket.socket(socket.AF_UNIX)
    try:
        plug.setblocking(False)
        plug.connect(f"\0{target[1:]}" if target[0] == "@" else target)
        reader, writer = await asyncio.open_unix_connection(sock=plug, limit=READ_LIMIT)
    except BaseException:  # a cancellation too
        plug.close()
        raise
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def _words(error: OSError, target: str) -> str:
    """Return what stood in the way; "" for what is no trouble of unix sockets."""
    match error.errno:
        case errno.ENOENT if target[0] != "@":
            return "no such file: the server has not made its socket"
        case errno.ENOTDIR:
            return "no such file: a part of the path is not a folder"
        case errno.ECONNREFUSED:
            return _refused_words(target)
        case errno.EACCES | errno.EPERM:
            return (
                "permission denied: connecting takes the right to write to the socket, "
                f"and conductor-tui runs as user {os.geteuid()}"
            )
        case errno.EPROTOTYPE:
            return "not a stream socket: it takes datagrams or packets only"
        case errno.EAGAIN:
            return "connections queue up: the server does not take them"
        case _:
            return ""


def _refused_words(target: str) -> str:
    """Tell a socket that nobody serves from what is no socket at all: the system has
    the same error for both.
    """
    if target[0] == "@":
        return "nobody listens on this name"
    try:
        mode = os.stat(target).st_mode
    except OSError:
        return "nobody listens on the socket"
    if stat.S_ISSOCK(mode):
        return "nobody listens on the socket: its server has gone"
    kind = next((word for is_kind, word in _KINDS if is_kind(mode)), "something else")
    return f"not a socket, but {kind}"
