"""HTTP to a server on this machine that listens on a unix socket."""

import asyncio
import errno
import os
import socket

from conductor_tui.adapters.probes.address import network_finding
from conductor_tui.adapters.probes.http_answer import Trouble
from conductor_tui.adapters.probes.http_connection import Connection

LONGEST_PATH = 107  # bytes: sun_path of unix(7), less the NUL at its end


async def connect_unix(
    path: str, request: bytes, *, max_body: int
) -> Connection | Trouble:
    """Open a connection; `request` is on its way when this returns.

    The connect is made here, because it never waits (unix(7)): EAGAIN means that the
    server's queue is full, which asyncio takes for a connection in progress.
    """
    plug = connection = None
    try:
        plug = socket.socket(socket.AF_UNIX)
        plug.setblocking(False)
        plug.connect(path)
        connection = Connection(request, max_body)
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: connection, sock=plug)
    except BaseException as error:
        if connection is not None:
            connection.drop()
        if plug is not None:
            plug.close()
        if not isinstance(error, OSError):
            raise
        return _trouble(error, path)
    return connection


def _trouble(error: OSError, path: str) -> Trouble:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return Trouble(f"no socket {path}: is the server running?")
        case errno.ECONNREFUSED:
            return Trouble(f"nothing listens on {path}: is the server running?")
        case errno.EACCES | errno.EPERM:
            return Trouble(
                f"no right to use {path}: conductor-tui, as user {os.geteuid()}, must "
                "be in the group that owns it"
            )
        case errno.EAGAIN:
            return Trouble(f"connections queue up at {path}: nobody takes them")
        case _:
            found = network_finding(error)
            return Trouble(found.detail, outcome=found.outcome)
