"""The address of a host that is given by name: looked up for each check, in a thread.

An address is taken as it is, at once. The system's resolver cannot be cancelled, and
may take many seconds: so each lookup has a thread of its own, not the loop's executor.
"""

import socket
from dataclasses import dataclass
from ipaddress import ip_address

from conductor_tui.adapters.probes.off_loop import OffLoop


@dataclass(frozen=True, slots=True)
class HostAddress:
    """`address` is what connect() takes: an IPv6 address has four parts, of which the
    last names the interface of a link-local one. The port is 0.
    """

    family: socket.AddressFamily
    address: tuple[str, int] | tuple[str, int, int, int]

    @property
    def ip(self) -> str:
        return self.address[0]


class HostLookup:
    """Finds the address of one host, by the system's order of preference."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._off_loop = OffLoop(lambda: look_up(host))

    async def get(self) -> HostAddress:
        """Raises OSError (socket.gaierror) when the name cannot be resolved."""
        return (
            look_up(self._host)
            if is_address(self._host)
            else (await self._off_loop.get())
        )


def is_address(host: str) -> bool:
    """True for an IPv4 or IPv6 address, with or without an interface (fe80::1%eth0)."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def look_up(host: str) -> HostAddress:
    """Return the preferred address. Blocks for a name, not for an address."""
    flags = socket.AI_NUMERICHOST if is_address(host) else 0
    found = socket.getaddrinfo(host, 0, type=socket.SOCK_DGRAM, flags=flags)
    family, _, _, _, address = found[0]
    return HostAddress(family, address)  # type: ignore[arg-type]
