"""The tcp probe: can a connection be opened, and does the right answer come?"""

import asyncio
from dataclasses import dataclass

from conductor_tui.adapters.probes.address import network_finding, parse_address
from conductor_tui.adapters.probes.connection import READ_LIMIT, connected
from conductor_tui.adapters.probes.stateless import StatelessProbe
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is "host:port". `send` is sent as UTF-8 once connected; the answer
    must then contain `expect` within its first 64 KiB. Empty: not sent, not read.
    """

    target: str
    send: str = ""
    expect: str = ""

    def __post_init__(self) -> None:
        parse_address(self.target, kind="tcp")


async def tcp_probe(options: Options) -> Finding:
    """Open a connection, say what is to be said, look at the answer, hang up."""
    address = parse_address(options.target, kind="tcp")
    try:
        async with connected(address) as (reader, writer):
            if options.send:
                writer.write(options.send.encode())
                await writer.drain()
            if not options.expect:
                return Finding(Outcome.PASSED, "connected")
            expected = options.expect.encode()
            return _judge(await _answer(reader, expected), expected)
    except OSError as error:
        return network_finding(error, address.host)


def open_probe(options: Options) -> Probe:
    return StatelessProbe(tcp_probe, options)


def shown_target(options: Options) -> str:
    return options.target


async def _answer(reader: asyncio.StreamReader, expected: bytes) -> bytes:
    """Read until the answer holds `expected`, ends, or has filled READ_LIMIT."""
    seen = bytearray()
    while expected not in seen and len(seen) < READ_LIMIT:
        chunk = await reader.read(READ_LIMIT - len(seen))
        if not chunk:
            break
        seen += chunk
    return bytes(seen)


def _judge(answer: bytes, expected: bytes) -> Finding:
    shown = one_line(answer[:200].decode(errors="replace"), 60)
    if expected in answer:
        return Finding(Outcome.PASSED, f"answered {shown!r}")
    wanted = one_line(expected.decode(), 60)
    if not answer:
        words = f"closed the connection without an answer; {wanted!r} was expected"
    else:
        words = f"the answer does not contain {wanted!r}: {shown!r}"
    return Finding(Outcome.FAILED, words)
