"""The postgres probe: does the server answer an SSLRequest?

No user and no password are needed, no backend is started for long, and no
connection slot is taken. Protocol: PostgreSQL documentation, "Message Formats".

What the server writes to its log, looked at with PostgreSQL 15: nothing, with the
default settings. Hanging up right after the answer 'S' would log "could not accept SSL
connection: EOF detected", and closing without a TLS close_notify "could not receive
data from client", at every check; so the TLS handshake that was asked for is
finished (5 ms) and ended properly. With `log_connections = on` there is one line
"connection received" per check, for which a client can do nothing.
"""

import asyncio
import ssl
import struct
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from conductor_tui.adapters.probes.address import (
    Address,
    network_finding,
    parse_address,
)
from conductor_tui.adapters.probes.connection import connected
from conductor_tui.adapters.probes.stateless import StatelessProbe
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Probe

DEFAULT_PORT = 5432
_SSL_REQUEST = struct.pack("!II", 8, 80877103)
_ERROR_LIMIT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is "host:port", or "host" for port 5432."""

    target: str

    def __post_init__(self) -> None:
        parse_address(self.target, kind="postgres", default_port=DEFAULT_PORT)


async def postgres_probe(options: Options) -> Finding:
    """Ask whether the server speaks TLS; either answer proves it alive."""
    address = _address(options)
    try:
        async with connected(address) as (reader, writer):
            writer.write(_SSL_REQUEST)
            answer = await reader.read(1)
            if answer == b"E":
                return _refused(await reader.read(_ERROR_LIMIT))
            if answer == b"S":
                await _finish_tls(writer)
    except OSError as error:
        return network_finding(error, address.host)
    return judge(answer)


def judge(answer: bytes) -> Finding:
    """Say what the first byte of an answer means, errors aside."""
    match answer:
        case b"S":
            return Finding(Outcome.PASSED, "answers, offers TLS")
        case b"N":
            return Finding(Outcome.PASSED, "answers, without TLS")
        case b"":
            words = "closed the connection without an answer"
        case _:
            words = f"not a PostgreSQL answer: {ascii(answer)[1:]}"
    return Finding(Outcome.FAILED, words)


def error_text(packet: bytes) -> str:
    r"""Return the text of what follows an 'E'.

    Protocol 3 has a length, then fields such as b"Mtoo many clients\0"; a postmaster
    that cannot fork a backend sends protocol 2: only the text and a zero byte.
    """
    fields = packet[4:].split(b"\0") if packet[:1] == b"\0" else []
    texts = [field[1:] for field in fields if field[:1] == b"M"]
    raw = texts[0] if texts else packet.split(b"\0")[0]
    return one_line(raw.decode(errors="replace"))


def open_probe(options: Options) -> Probe:
    return StatelessProbe(postgres_probe, options)


def shown_target(options: Options) -> str:
    return str(_address(options))


def _address(options: Options) -> Address:
    return parse_address(options.target, kind="postgres", default_port=DEFAULT_PORT)


def _refused(packet: bytes) -> Finding:
    text = error_text(packet)
    return Finding(Outcome.FAILED, f"refuses connections: {text or 'no reason given'}")


async def _finish_tls(writer: asyncio.StreamWriter) -> None:
    """Do what was asked for, and end it, so that the server has nothing to log.

    The server has answered: a handshake that goes wrong is no verdict on it.
    """
    with suppress(OSError):  # ssl.SSLError is one
        await writer.start_tls(_tls())
        writer.close()
        await writer.wait_closed()


@cache
def _tls() -> ssl.SSLContext:
    """Any certificate will do: nothing is told to the server, nothing is believed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
