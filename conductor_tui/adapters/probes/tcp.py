"""The tcp probe: can a connection be opened, and does the right answer come?"""

from dataclasses import dataclass

from conductor_tui.adapters.probes.address import network_finding, parse_address
from conductor_tui.adapters.probes.connection import connected
from conductor_tui.adapters.probes.dialogue import converse
from conductor_tui.adapters.probes.stateless import StatelessProbe
from conductor_tui.domain.check import Finding
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
            return await converse(
                reader, writer, send=options.send, expect=options.expect
            )
    except OSError as error:
        return network_finding(error, address.host)


def open_probe(options: Options) -> Probe:
    return StatelessProbe(tcp_probe, options)


def shown_target(options: Options) -> str:
    return options.target
