"""Opening a connection to a web server, with or without TLS."""

import asyncio
import ssl
from functools import cache

from conductor_tui.adapters.probes.address import network_finding
from conductor_tui.adapters.probes.http_answer import Trouble
from conductor_tui.adapters.probes.http_connection import Connection
from conductor_tui.adapters.probes.http_target import Target
from conductor_tui.adapters.probes.http_words import open_words
from conductor_tui.adapters.probes.reach import LOOPBACK, is_address, reach
from conductor_tui.adapters.probes.trust import client_context


async def connect(
    target: Target,
    request: bytes,
    *,
    max_body: int,
    verify_tls: bool,
    is_head: bool = False,
    ca_file: str = "",
) -> Connection | Trouble:
    """Open a connection; `request` is on its way when this returns.

    A name other than localhost is resolved in the loop's thread pool. A resolver that
    hangs holds a thread there until it gives up, long after the caller's deadline:
    with many such names the pool fills, and other names time out behind them. An
    IP address needs no thread. The first address of a name that answers is taken.
    """
    context = tls_context(verify_tls, ca_file) if target.is_tls else None
    is_name = not is_address(target.host) and target.host not in LOOPBACK
    first: OSError | None = None
    for address in LOOPBACK.get(target.host, (target.host,)):
        try:
            connection = Connection(request, max_body, is_head=is_head)
            if is_name:
                return await _open_name(target, context, connection)
            return await _open(target, address, context, connection)
        except OSError as error:
            first = first or error
    assert first is not None, "every host has an address to try"
    words = open_words(first, target.host, is_tls=target.is_tls)
    return Trouble(words, outcome=network_finding(first, target.host).outcome)


async def _open(
    target: Target,
    address: str,
    context: ssl.SSLContext | None,
    connection: Connection,
) -> Connection:
    try:
        await asyncio.get_running_loop().create_connection(
            lambda: connection,
            address,
            target.port,
            ssl=context,
            server_hostname=target.host.rstrip(".") if context else None,
        )
    except BaseException:
        connection.drop()  # the loop alone would say goodbye in TLS, for up to 30 s
        raise
    return connection


async def _open_name(
    target: Target, context: ssl.SSLContext | None, connection: Connection
) -> Connection:
    plug = await reach(target.host, target.port)
    try:
        await asyncio.get_running_loop().create_connection(
            lambda: connection,
            sock=plug,
            ssl=context,
            server_hostname=target.host.rstrip(".") if context else None,
        )
    except BaseException:
        connection.drop()
        plug.close()
        raise
    return connection


@cache
def tls_context(verify: bool, ca_file: str = "") -> ssl.SSLContext:
    """Return the one context of this process for certificates checked so, or not.

    Reading the authorities takes some 20 ms, so it happens once; new ones count after
    a restart. Raises ValueError in words for a `ca_file` that cannot be used.
    """
    context = client_context(verify=verify, ca_file=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context
