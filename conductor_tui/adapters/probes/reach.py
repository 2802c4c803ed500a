"""A TCP connection to whichever address of a name answers first (RFC 8305).

uvloop tries addresses one after the other, so that a first one behind a firewall that
drops everything would use up the whole deadline of a check.
"""

import asyncio
import errno
import socket
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Any, TypeAlias

# loopback by definition (RFC 6761 section 6.3): no thread, no resolver
LOOPBACK = {"localhost": ("127.0.0.1", "::1")}
HEAD_START_S = 0.05  # before the next address is tried as well; the RFC's least is 0.01
_MOST_ADDRESSES = 8
# what the addresses of a family say that this machine has no way to at all
_NO_WAY = (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)

# family, and the address in that family's form
_Place: TypeAlias = tuple[socket.AddressFamily, tuple[Any, ...]]


def is_address(host: str) -> bool:
    """Say whether this is an IP address, which needs no resolver, and not a name."""
    return ":" in host or host.rpartition(".")[2].isdigit()


async def reach(host: str, port: int) -> socket.socket:
    """Return a connected, non-blocking socket; the caller closes it.

    A name is resolved in the loop's thread pool. Raises OSError: what the first of
    the addresses said that there is a way to.
    """
    places = _in_turns(await _resolved(host, port))
    sockets: list[socket.socket] = []
    won: socket.socket | None = None
    try:
        won = await _race(places, sockets)
        return won
    finally:
        for each in sockets:
            if each is not won:
                each.close()


async def _resolved(host: str, port: int) -> Sequence[_Place]:
    if host in LOOPBACK or is_address(host):
        found = [
            one
            for address in LOOPBACK.get(host, (host,))
            for one in socket.getaddrinfo(
                address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        ]
    else:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


def _in_turns(places: Sequence[_Place]) -> list[_Place]:
    """Return the addresses with the families in turns (RFC 8305 section 4)."""
    first = [place for place in places if place[0] == places[0][0]]
    others = [place for place in places if place[0] != places[0][0]]
    mixed = chain.from_iterable(zip_longest(first, others))
    return [place for place in mixed if place is not None][:_MOST_ADDRESSES]


async def _race(places: list[_Place], sockets: list[socket.socket]) -> socket.socket:
    """Try each place, the next when one has failed or has had its head start.

    Every socket that is made goes into `sockets`. Raises OSError when all failed.
    """
    errors: list[OSError] = []
    running = set[asyncio.Task[socket.socket | OSError]]()
    async with asyncio.TaskGroup() as group:
        try:
            while places or running:
                if places:
                    trial = _connect(places.pop(0), sockets)
                    running.add(group.create_task(trial, name="connect"))
                done, running = await asyncio.wait(
                    running,
                    timeout=HEAD_START_S if places else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done:
                    told = task.result()
                    if isinstance(told, socket.socket):
                        return told
                    errors.append(told)
        finally:
            for task in running:
                task.cancel()
    raise next((e for e in errors if e.errno not in _NO_WAY), errors[0])


async def _connect(
    place: _Place, sockets: list[socket.socket]
) -> socket.socket | OSError:
    family, address = place
    try:
        plug = socket.socket(family, socket.SOCK_STREAM)
        sockets.append(plug)
        plug.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plug, address)
    except OSError as error:
        return error
    return plug
