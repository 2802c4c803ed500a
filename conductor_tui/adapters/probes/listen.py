"""The listen probe: is the socket still there? It reads a table and sends nothing.

For services that would log a connection every few seconds (sshd), and for those whose
protocol nobody knows.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

import psutil

from conductor_tui.adapters.probes.address import Address, parse_address, parse_port
from conductor_tui.adapters.probes.off_loop import OffLoop
from conductor_tui.adapters.probes.shortage import local_finding
from conductor_tui.adapters.socket_table import Ip, has_table, read_table
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.ports import Probe

_FRESH_S = 1.0


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket in the state LISTEN. `ip` may be the wildcard, 0.0.0.0 or ::."""

    ip: Ip
    port: int

    def __str__(self) -> str:
        return str(Address(str(self.ip), self.port))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is "ip:port", "localhost:port", or "*:port" for any address."""

    target: str

    def __post_init__(self) -> None:
        _parse(self.target)


class ListenProbe:
    """Looks for one listener in a table of them. Satisfies ports.Probe."""

    def __init__(
        self, options: Options, table: OffLoop[frozenset[Listener]] | None = None
    ) -> None:
        self._ips, self._port = _parse(options.target)
        self._shown = options.target
        self._table = table or _shared_table

    async def __call__(self) -> Finding:
        try:
            listeners = await self._table.get()
        except (OSError, psutil.Error) as error:
            return local_finding(error, f"cannot read the socket table: {error}")
        found = sorted(str(one) for one in listeners if self._is_meant(one))
        if found:
            return Finding(Outcome.PASSED, f"listening on {', '.join(found)}")
        return Finding(Outcome.FAILED, f"nothing listens on {self._shown}")

    def close(self) -> None:
        """There is nothing to let go of."""

    def _is_meant(self, listener: Listener) -> bool:
        return listener.port == self._port and (
            not self._ips or any(covers(listener.ip, ip) for ip in self._ips)
        )


def covers(bound: Ip, ip: Ip) -> bool:
    """True when a socket bound to `bound` takes connections to `ip`.

    `::` takes IPv4 too unless the socket says IPV6_V6ONLY, which the table does not
    tell; a service that does so is nearly always bound to 0.0.0.0 beside it.
    """
    if bound.is_unspecified:
        return bound.version == 6 or ip.version == 4
    return _plain(bound) == _plain(ip)


def read_listeners() -> frozenset[Listener]:
    """Return what listens on this machine (in this network namespace). Blocks."""
    if has_table():
        return frozenset(Listener(one.ip, one.port) for one in read_table())
    found = psutil.net_connections("tcp")
    return frozenset(
        Listener(ip_address(one.laddr.ip), one.laddr.port)
        for one in found
        if one.status == psutil.CONN_LISTEN and one.laddr
    )


def open_probe(options: Options) -> Probe:
    return ListenProbe(options)


def shown_target(options: Options) -> str:
    return options.target


_shared_table = OffLoop(read_listeners, fresh_s=_FRESH_S)


def _parse(target: str) -> tuple[tuple[Ip, ...], int]:
    """Return the addresses that are meant (none: any) and the port.

    A name would have to be resolved, and could mean another machine.
    """
    host, _, port = target.rpartition(":")
    if host in ("", "*") and target != port:
        return (), parse_port(port, text=target, kind="listen")
    address = parse_address(target, kind="listen")
    if address.host == "localhost":
        return (IPv4Address("127.0.0.1"), IPv6Address("::1")), address.port
    try:
        return (_plain(ip_address(address.host)),), address.port
    except ValueError:
        raise ValueError(
            f"listen target {target!r}: write an address of this machine or * before "
            f'the port, such as "127.0.0.1:{address.port}" or "*:{address.port}"'
        ) from None


def _plain(ip: Ip) -> Ip:
    """Return the IPv4 address in ::ffff:127.0.0.1, and an IPv6 one without its zone."""
    return (
        (ip.ipv4_mapped or IPv6Address(int(ip))) if isinstance(ip, IPv6Address) else ip
    )
