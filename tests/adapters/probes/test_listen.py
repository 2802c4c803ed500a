"""The listen probe: real sockets, and tables as Linux writes them."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, ip_address

import psutil
import pytest

from conductor_tui.adapters.probes import listen
from conductor_tui.adapters.probes.listen import (
    Listener,
    ListenProbe,
    Options,
    covers,
    open_probe,
    read_listeners,
    shown_target,
)
from conductor_tui.adapters.probes.off_loop import OffLoop
from conductor_tui.domain.check import Finding, Outcome
from tests.adapters.probes.loops import on_both_loops
from tests.servers.daemon import free_port
from tests.servers.hostile import black_hole, serving

REDIS_ON_LOOPBACK = Listener(IPv4Address("127.0.0.1"), 6379)


async def ask(target: str, *listeners: Listener) -> Finding:
    return await ListenProbe(Options(target=target), table_of(*listeners))()


def table_of(*listeners: Listener) -> OffLoop[frozenset[Listener]]:
    return OffLoop(lambda: frozenset(listeners))


def bound(ip: str, port: int = 6379) -> Listener:
    return Listener(ip_address(ip), port)


@contextmanager
def listening(family: socket.AddressFamily, host: str) -> Iterator[int]:
    with socket.socket(family) as server:
        server.bind((host, 0))
        server.listen()
        yield int(server.getsockname()[1])


@on_both_loops
async def test_a_listening_socket_passes_and_nothing_is_sent_to_it() -> None:
    async with serving(black_hole) as served:
        probe = ListenProbe(Options(target=served.target), OffLoop(read_listeners))
        finding = await probe()
        assert finding == Finding(Outcome.PASSED, f"listening on {served.target}")
        assert served.connections == 0


@on_both_loops
async def test_a_closed_socket_fails() -> None:
    port = free_port()
    probe = ListenProbe(Options(target=f"*:{port}"), OffLoop(read_listeners))
    assert await probe() == Finding(Outcome.FAILED, f"nothing listens on *:{port}")


@on_both_loops
async def test_a_probe_opened_by_its_options_reads_this_machines_table() -> None:
    finding = await open_probe(Options(target=f"127.0.0.1:{free_port()}"))()
    assert finding.outcome is Outcome.FAILED
    assert finding.detail.startswith("nothing listens on 127.0.0.1:")


@pytest.mark.parametrize(
    ("family", "host", "seen"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET, "0.0.0.0", "0.0.0.0"),
        (socket.AF_INET6, "::1", "::1"),
        (socket.AF_INET6, "::", "::"),
    ],
)
def test_this_machines_table_names_a_real_socket(
    family: socket.AddressFamily, host: str, seen: str
) -> None:
    if host.startswith(":") and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with listening(family, host) as port:
        assert bound(seen, port) in read_listeners()
    assert bound(seen, port) not in read_listeners()


def test_elsewhere_psutil_names_the_same_sockets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listening(socket.AF_INET, "127.0.0.1") as port:
        monkeypatch.setattr(listen, "has_table", lambda: False)
        assert bound("127.0.0.1", port) in read_listeners()


@pytest.mark.parametrize(
    ("target", "ip", "is_meant"),
    [
        pytest.param("127.0.0.1:6379", "127.0.0.1", True, id="the same address"),
        pytest.param("127.0.0.1:6379", "0.0.0.0", True, id="the IPv4 wildcard"),
        pytest.param("127.0.0.1:6379", "::", True, id="the IPv6 wildcard, both stacks"),
        pytest.param("127.0.0.1:6379", "::ffff:127.0.0.1", True, id="a mapped address"),
        pytest.param("127.0.0.1:6379", "10.0.0.1", False, id="another address"),
        pytest.param("127.0.0.1:6379", "::1", False, id="the other loopback"),
        pytest.param("[::1]:6379", "::", True, id="::1 by the wildcard"),
        pytest.param("[::1]:6379", "0.0.0.0", False, id="::1 not by IPv4's wildcard"),
        pytest.param("[fe80::1%eth0]:6379", "fe80::1", True, id="a zone"),
        pytest.param("localhost:6379", "127.0.0.1", True, id="localhost, IPv4"),
        pytest.param("localhost:6379", "::1", True, id="localhost, IPv6"),
        pytest.param("localhost:6379", "10.0.0.1", False, id="localhost, not outside"),
        pytest.param("0.0.0.0:6379", "0.0.0.0", True, id="the wildcard itself"),
        pytest.param("0.0.0.0:6379", "127.0.0.1", False, id="less than the wildcard"),
        pytest.param("*:6379", "10.0.0.1", True, id="any"),
        pytest.param(":6379", "::1", True, id="any, without a star"),
        pytest.param("*:6380", "10.0.0.1", False, id="another port"),
    ],
)
@on_both_loops
async def test_a_socket_counts_when_it_takes_connections_to_the_target(
    target: str, ip: str, is_meant: bool
) -> None:
    finding = await ask(target, bound(ip))
    assert (finding.outcome is Outcome.PASSED) is is_meant


@on_both_loops
async def test_all_the_sockets_that_are_meant_are_named() -> None:
    finding = await ask("*:6379", bound("127.0.0.1"), bound("::1"), bound("::1", 80))
    assert finding.detail == "listening on 127.0.0.1:6379, [::1]:6379"


@on_both_loops
async def test_a_table_that_cannot_be_read_is_told_in_words() -> None:
    def refuse() -> frozenset[Listener]:
        raise PermissionError(errno.EACCES, "Permission denied")

    finding = await ListenProbe(Options(target="*:1"), OffLoop(refuse))()
    assert finding.outcome is Outcome.FAILED
    assert finding.detail.startswith("cannot read the socket table: ")


@on_both_loops
async def test_fifty_probes_cost_one_reading_per_second() -> None:
    now, readings = [100.0], list[float]()

    def read() -> frozenset[Listener]:
        readings.append(now[0])
        return frozenset({REDIS_ON_LOOPBACK})

    table = OffLoop(read, fresh_s=1.0, now=lambda: now[0])
    probes = [ListenProbe(Options(target="*:6379"), table) for _ in range(50)]
    for at in (100.0, 100.9, 101.0):
        now[0] = at
        findings = await asyncio.gather(*(probe() for probe in probes))
        assert {finding.outcome for finding in findings} == {Outcome.PASSED}
    assert readings == [100.0, 101.0]


def test_covering_says_nothing_about_the_wildcard_of_the_other_family() -> None:
    assert not covers(ip_address("0.0.0.0"), ip_address("::1"))
    assert covers(ip_address("::"), ip_address("10.0.0.1"))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        pytest.param("", '"host:port"', id="empty"),
        pytest.param("6379", '"host:port"', id="a bare port"),
        pytest.param("*:", "from 1 to 65535", id="no port"),
        pytest.param("*:99999", "not '99999'", id="a port too high"),
        pytest.param("db.internal:80", 'such as "127.0.0.1:80" or', id="a name"),
        pytest.param("::1:80", "in brackets", id="IPv6 without brackets"),
    ],
)
def test_a_bad_target_is_refused_with_the_way_out(target: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"^listen target") as caught:
        Options(target=target)
    assert words in str(caught.value)


def test_the_target_is_shown_as_written() -> None:
    assert shown_target(Options(target="*:22")) == "*:22"


def test_psutil_has_the_word_for_listening_that_we_compare_with() -> None:
    assert psutil.CONN_LISTEN == "LISTEN"
