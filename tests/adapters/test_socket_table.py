"""The kernel's table as text."""

import sys
from ipaddress import ip_address

import pytest

from conductor_tui.adapters.socket_table import Socket, parse_table

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt"


def in_words(digits: str) -> str:
    """Return the hex digits of an address as this CPU's kernel prints them."""
    raw = bytes.fromhex(digits)
    step = -1 if sys.byteorder == "little" else 1
    return b"".join(raw[at : at + 4][::step] for at in range(0, len(raw), 4)).hex()


LOOPBACK = in_words("7F000001")


def line(port: int, inode: int, *, address: str = LOOPBACK, state: str = "0A") -> str:
    address = address.upper()
    queues = "00000000:00000000 00:00000000 00000000"
    far = f"{0:0{len(address)}X}:0000"
    return f"   0: {address}:{port:04X} {far} {state} {queues}  1000  0 {inode} 1 0 100"


def found(ip: str, port: int) -> Socket:
    return Socket(ip_address(ip), port, "77")


@pytest.mark.parametrize(
    ("text", "sockets"),
    [
        pytest.param(line(6379, 77), [found("127.0.0.1", 6379)], id="IPv4"),
        pytest.param(
            line(80, 77, address=in_words(f"{1:032X}")), [found("::1", 80)], id="IPv6"
        ),
        pytest.param(
            line(81, 77, address=in_words(f"{0xFFFF7F000001:032X}")),
            [found("::ffff:127.0.0.1", 81)],
            id="IPv4 on an IPv6 socket",
        ),
        pytest.param(
            line(22, 77, address="0" * 8), [found("0.0.0.0", 22)], id="every address"
        ),
        pytest.param(line(80, 5, state="01"), [], id="a connection is no listener"),
        pytest.param(HEADER, [], id="the header"),
        pytest.param("", [], id="nothing"),
        pytest.param("  0: short 0A line", [], id="a line cut off"),
        pytest.param("  0: garbage", [], id="garbage"),
    ],
)
def test_the_kernel_s_table_is_read_for_its_listeners(
    text: str, sockets: list[Socket]
) -> None:
    assert list(parse_table("\n".join([HEADER, text, ""]))) == sockets
