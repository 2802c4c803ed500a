"""The kernel's own table of TCP sockets: Linux shows it to everybody, at once.

psutil looks through every open file of every process to name the owner of each socket,
which takes long and needs rights; here is only what listens.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TypeAlias

Ip: TypeAlias = IPv4Address | IPv6Address
PROC = Path("/proc")
_LISTEN = "0A"  # include/net/tcp_states.h


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket that listens. The inode is its own for as long as it lives."""

    ip: Ip
    port: int
    inode: str


def has_table(proc: Path = PROC) -> bool:
    """Say if there is such a table: not on macOS, nor without a /proc."""
    return (proc / "net/tcp").exists()


def read_table(proc: Path = PROC) -> Iterator[Socket]:
    """Yield what listens on this machine (in this network namespace). Blocks."""
    for name in ("tcp", "tcp6"):
        with suppress(FileNotFoundError):  # a kernel without IPv6
            yield from parse_table((proc / "net" / name).read_text("ascii"))


def parse_table(text: str) -> Iterator[Socket]:
    """Yield the listening sockets in the text of /proc/net/tcp or tcp6.

    Format: proc_pid_net(5), and net/ipv4/tcp_ipv4.c of Linux. A line that is not as
    expected is passed over.
    """
    for line in text.splitlines():
        if f" {_LISTEN} " not in line:  # most lines are connections
            continue
        fields = line.split()
        if len(fields) > 9 and fields[3] == _LISTEN:
            address, _, port = fields[1].partition(":")
            yield Socket(_ip(address), int(port, 16), fields[9])


def _ip(digits: str) -> Ip:
    """Return the address in 8 or 32 hex digits: 32 bit words in this CPU's order."""
    raw = bytes.fromhex(digits)
    words = [raw[at : at + 4] for at in range(0, len(raw), 4)]
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    return ip_address(b"".join(words))
