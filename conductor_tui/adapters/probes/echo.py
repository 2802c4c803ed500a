"""ICMP echo over one socket: packets out, the right answers in, lost ones noticed.

Linux gives any user a "ping socket" (SOCK_DGRAM, icmp(7)) where the sysctl
net.ipv4.ping_group_range allows it, for IPv6 too: the kernel then writes identifier and
checksum, and hands us our own answers only. Where it does not, root's raw socket sees
everybody's. A token in each packet tells ours from others', so both are read alike.
"""

import asyncio
import os
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, field

from conductor_tui.adapters.probes.host_lookup import HostAddress

_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence number
_REQUEST = {socket.AF_INET: 8, socket.AF_INET6: 128}
_REPLY = {socket.AF_INET: 0, socket.AF_INET6: 129}
_PROTOCOL = {
    socket.AF_INET: socket.IPPROTO_ICMP,
    socket.AF_INET6: socket.IPPROTO_ICMPV6,
}
# option numbers of Linux (ip(7), ipv6(7)) that Python 3.11 has no names for: they make
# the kernel tell what a router on the way said
_RECVERR = {
    socket.AF_INET: (socket.IPPROTO_IP, 11),
    socket.AF_INET6: (socket.IPPROTO_IPV6, 25),
}
SPACING_S = 0.01
_GRACE_S = 0.02
_TOKEN_LENGTH = 16
_LONGEST = 2048


class NotPermittedError(Exception):
    """This user may open neither a ping socket nor a raw one."""


@dataclass(slots=True)
class Round:
    """What became of the packets of one check: seconds by sequence number, from 1.

    `failures` counts the packets of which the kernel or a router has said that they
    will not arrive; `error` is the last that was said.
    """

    sent_at: dict[int, float] = field(default_factory=dict)
    took_s: dict[int, float] = field(default_factory=dict)
    failures: int = 0
    error: OSError | None = None

    @property
    def lost(self) -> int:
        return len(self.sent_at) - len(self.took_s)

    @property
    def is_open(self) -> bool:
        """True while there is a packet of which nothing has been heard."""
        return self.lost > self.failures

    @property
    def patience_s(self) -> float:
        """How long after the last packet an answer may still come: twice the longest
        time that one took, as ping(8) has it.
        """
        return 2 * max(self.took_s.values()) + _GRACE_S

    def fail(self, error: OSError, packets: int = 1) -> None:
        self.error = error
        self.failures += packets

    def answer(self, sequence: int, now: float) -> None:
        """Note an answer; a second one to the same packet changes nothing."""
        if sequence in self.sent_at:
            self.took_s.setdefault(sequence, now - self.sent_at[sequence])


def open_socket(to: HostAddress) -> socket.socket:
    """Return a socket, connected so that it hears nobody else.

    Raises NotPermittedError, or OSError when there is no way to the host.
    """
    plug = _plug(to.family)
    try:
        plug.setblocking(False)
        plug.setsockopt(*_RECVERR[to.family], 1)
        plug.connect(to.address)
    except BaseException:
        plug.close()
        raise
    return plug


async def exchange(
    plug: socket.socket, family: socket.AddressFamily, count: int
) -> Round:
    """Send `count` echo requests, 10 ms apart, and collect the answers.

    Where none comes at all, it waits for ever: the deadline is the caller's.
    """
    token, done = os.urandom(_TOKEN_LENGTH), Round()
    for sequence in range(1, count + 1):
        done.sent_at[sequence] = time.monotonic()  # uvloop's own counts whole ms
        try:
            plug.send(request_packet(family, sequence, token))
        except OSError as error:  # also one that an earlier packet met
            done.fail(error)
        if sequence < count:
            await _collect_while_spacing(plug, family, token, done)
    await _collect_the_rest(plug, family, token, done)
    return done


def request_packet(family: socket.AddressFamily, sequence: int, token: bytes) -> bytes:
    """Return an echo request (RFC 792, RFC 4443). For IPv6 the kernel writes the
    checksum, because it takes the addresses to do so.
    """
    kind, identifier = _REQUEST[family], int.from_bytes(token[:2])
    packet = _HEADER.pack(kind, 0, 0, identifier, sequence) + token
    if family == socket.AF_INET6:
        return packet
    return _HEADER.pack(kind, 0, _checksum(packet), identifier, sequence) + token


def answered_sequence(
    packet: bytes, family: socket.AddressFamily, token: bytes
) -> int | None:
    """Return which request an ICMP message answers; None for anything else."""
    if len(packet) < _HEADER.size or packet[_HEADER.size :] != token:
        return None
    kind, code, _, _, sequence = _HEADER.unpack_from(packet)
    return sequence if (kind, code) == (_REPLY[family], 0) else None


def _plug(family: socket.AddressFamily) -> socket.socket:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            return socket.socket(family, kind, _PROTOCOL[family])
        except PermissionError:
            continue
    raise NotPermittedError


def _checksum(packet: bytes) -> int:
    """Return the Internet checksum (RFC 1071) of an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


async def _collect_while_spacing(
    plug: socket.socket, family: socket.AddressFamily, token: bytes, done: Round
) -> None:
    scope = asyncio.timeout(SPACING_S)
    with suppress(TimeoutError):
        async with scope:
            while True:
                await _take(plug, family, token, done)


async def _collect_the_rest(
    plug: socket.socket, family: socket.AddressFamily, token: bytes, done: Round
) -> None:
    loop = asyncio.get_running_loop()
    last_at = loop.time()
    scope = asyncio.timeout(None)
    with suppress(TimeoutError):
        async with scope:
            while done.is_open:
                if done.took_s:
                    scope.reschedule(last_at + done.patience_s)
                await _take(plug, family, token, done)


async def _take(
    plug: socket.socket, family: socket.AddressFamily, token: bytes, done: Round
) -> None:
    """Take in one message, or one error."""
    try:
        packet = await asyncio.get_running_loop().sock_recv(plug, _LONGEST)
    except OSError as error:
        done.fail(error, max(1, _drain_errors(plug)))
        return
    if plug.type == socket.SOCK_RAW and family == socket.AF_INET:
        packet = packet[(packet[0] & 0xF) * 4 :]  # behind the IP header
    sequence = answered_sequence(packet, family, token)
    if sequence is not None:
        done.answer(sequence, time.monotonic())


def _drain_errors(plug: socket.socket) -> int:
    """Empty the queue of errors, which would wake us for ever; return how many."""
    count = 0
    with suppress(OSError):
        while True:
            plug.recvmsg(_LONGEST, _LONGEST, socket.MSG_ERRQUEUE)
            count += 1
    return count
