"""Listening sockets in, services out: what is one thing, and what it is called.

Theory. A name is a pure function of one service: what runs (or, where that cannot be
seen, which port it is), the port, and the address where it is not the usual local
one. It never depends on a pid, on order, or on who else listens, so a service keeps
its name when its neighbours come and go and when it or we are restarted.

Sockets are one service when the same program has the same port, and either one
process holds both or both serve local callers: IPv4 and IPv6, the workers of a web
server, the two proxies that Docker starts for one published port. Where no process
can be seen, sockets on the same port count as one service.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import groupby
from typing import TypeAlias

from conductor_tui.adapters.discovery.known import (
    PORTS,
    PROGRAMS,
    SOCKET_KEEPERS,
    Known,
)
from conductor_tui.adapters.discovery.names import program_name, tidy
from conductor_tui.domain.text import visible

_Address: TypeAlias = IPv4Address | IPv6Address
_LOCAL = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})
MAX_NAME = 64  # what conductor.toml allows too
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Listener:
    """One listening TCP socket. `address` is numeric, without brackets.

    `pid` is None, and `process` and `cmdline` are empty, where the rights to see
    whose it is were missing.
    """

    address: str
    port: int
    pid: int | None = None
    process: str = ""
    cmdline: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """What a socket was taken for; `by_process` where its process told, not its port.

    `base` is the name without the number of a port.
    """

    base: str
    known: Known | None
    by_process: bool


@dataclass(frozen=True, slots=True)
class Service:
    """Something that listens on `port`; `host` is the numeric address to ask.

    `sockets` are all it listens on, the preferred one first.
    """

    name: str
    host: str
    port: int
    identity: Identity
    sockets: tuple[Listener, ...]


def services(
    listeners: Iterable[Listener], *, has_ipv6: bool = True
) -> tuple[Service, ...]:
    """Return the services behind the sockets, by name; the names are unique.

    `has_ipv6` False: this machine has no ::1, so what listens on all addresses is
    asked through 127.0.0.1 (such a socket takes both).
    """
    found = (
        _service(identity, sockets, has_ipv6=has_ipv6)
        for identity, sockets in _grouped(listeners)
    )
    return tuple(sorted(found, key=lambda service: _natural(service.name)))


def identify(listener: Listener) -> Identity:
    """Tell what listens: by its process, and where that is unseen, by its port."""
    program = program_name(listener.process, listener.cmdline)
    if program not in SOCKET_KEEPERS and tidy(program):
        known = PROGRAMS.get(program)
        return Identity(known.name if known else tidy(program), known, True)
    by_port = PORTS.get(listener.port)
    return Identity(by_port.name if by_port else "port", by_port, False)


def _grouped(
    listeners: Iterable[Listener],
) -> Iterable[tuple[Identity, Sequence[Listener]]]:
    """Yield each service's identity and sockets, in an order that no pid decides."""
    told = [(identify(listener), listener) for listener in map(_plain, set(listeners))]
    told.sort(key=lambda pair: (pair[0].base, pair[1].port, _preference(pair[1])))
    for _, group in groupby(told, key=lambda pair: (pair[0].base, pair[1].port)):
        clusters: list[list[tuple[Identity, Listener]]] = []
        for pair in group:
            _cluster_of(pair[1], clusters).append(pair)
        for cluster in clusters:
            yield cluster[0][0], [listener for _, listener in cluster]


def _cluster_of(
    listener: Listener, clusters: list[list[tuple[Identity, Listener]]]
) -> list[tuple[Identity, Listener]]:
    """Return the cluster the socket belongs to; a new one if there is none."""
    for cluster in clusters:
        if any(_is_same_service(listener, other) for _, other in cluster):
            return cluster
    clusters.append([])
    return clusters[-1]


def _is_same_service(one: Listener, other: Listener) -> bool:
    """Say if two sockets of the same program and port are one service."""
    both_local = one.address in _LOCAL and other.address in _LOCAL
    return one.pid == other.pid or one.address == other.address or both_local


def _service(
    identity: Identity, sockets: Sequence[Listener], *, has_ipv6: bool
) -> Service:
    first = sockets[0]
    host = _host(first.address, has_ipv6=has_ipv6)
    rest = ""
    if identity.known is None or first.port not in identity.known.home:
        rest += f"-{first.port}"
    if first.address not in _LOCAL:
        rest += f"-{first.address}"
    name = visible(identity.base, MAX_NAME - len(rest)) + rest
    return Service(name, host, first.port, identity, tuple(sockets))


def _host(address: str, *, has_ipv6: bool) -> str:
    if address == "0.0.0.0" or (address == "::" and not has_ipv6):
        return "127.0.0.1"
    return "::1" if address == "::" else address


def _plain(listener: Listener) -> Listener:
    """Write an IPv4 address as such: Java binds ::ffff:127.0.0.1."""
    address = ip_address(listener.address)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return replace(listener, address=str(mapped or address))


def _preference(listener: Listener) -> tuple[bool, int, int, int, str]:
    """Sort local addresses first, IPv4 before IPv6. The pid decides only for words."""
    address: _Address = ip_address(listener.address)
    is_far = listener.address not in _LOCAL
    return is_far, address.version, int(address), listener.pid or 0, listener.process


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Sort port-80 before port-443."""
    parts = _DIGITS.split(name)  # text and number by turns
    return tuple((int(p), "") if n % 2 else (0, p) for n, p in enumerate(parts))
