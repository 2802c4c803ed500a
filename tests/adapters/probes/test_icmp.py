"""The icmp probe: the loopback's real answers, and a network that loses packets."""

import asyncio
import errno
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from conductor_tui.adapters.probes.echo import (
    NotPermittedError,
    Round,
    answered_sequence,
    exchange,
    open_socket,
    request_packet,
)
from conductor_tui.adapters.probes.host_lookup import look_up
from conductor_tui.adapters.probes.icmp import Options, judge, open_probe, shown_target
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.testing import settle
from tests.adapters.probes.loops import on_both_loops, open_files
from tests.adapters.probes.test_shortage import no_file_to_open

TOKEN = bytes(range(16))
PingReply = Callable[[bytes, int], list[bytes]]

# what is imported later, nobody may not read
_PING_AS_NOBODY = """
import asyncio, encodings.idna, os
from conductor_tui.adapters.probes.icmp import Options, open_probe
os.setgid(65534)
os.setuid(65534)
for host in ("127.0.0.1", "::1", "192.0.2.1"):
    finding = asyncio.run(open_probe(Options(target=host, count=2))())
    print(finding.outcome, finding.detail)
"""


def may_ping() -> bool:
    try:
        open_socket(look_up("127.0.0.1")).close()
    except (NotPermittedError, OSError):
        return False
    return True


def has_namespaces() -> bool:
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    tried = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
    return tried.returncode == 0


needs_leave = pytest.mark.skipif(not may_ping(), reason="this user may not send pings")


def reply(request: bytes, *, kind: int = 0) -> bytes:
    return bytes([kind]) + request[1:]


def echoing(request: bytes, sequence: int) -> list[bytes]:
    return [reply(request)]


@dataclass(slots=True)
class Network:
    """The way to a host that answers as the test says."""

    ours: socket.socket
    requests: list[bytes] = field(default_factory=list)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def network(answer: PingReply) -> AsyncIterator[Network]:
    """`answer` gets a request and its sequence number, and gives what comes back."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with closing(ours), closing(theirs):
        ours.setblocking(False)
        theirs.setblocking(False)
        one = Network(ours)

        def take() -> None:
            request = theirs.recv(2048)
            one.requests.append(request)
            one.was_asked.set()
            for packet in answer(request, struct.unpack_from("!H", request, 6)[0]):
                theirs.send(packet)

        loop.add_reader(theirs, take)
        try:
            yield one
        finally:
            loop.remove_reader(theirs)


@needs_leave
@on_both_loops
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_host_that_is_there_answers(host: str) -> None:
    before = open_files()
    finding = await open_probe(Options(target=host))()
    assert finding == Finding(Outcome.PASSED, "answered")
    assert open_files() <= before


@needs_leave
@on_both_loops
async def test_of_a_name_the_address_that_answered_is_told() -> None:
    finding = await open_probe(Options(target="localhost"))()
    assert finding.outcome is Outcome.PASSED
    assert finding.detail in ("answered from 127.0.0.1", "answered from ::1")


@needs_leave
@on_both_loops
async def test_two_checks_of_one_host_at_once_do_not_take_each_others_answers() -> None:
    probes = [open_probe(Options(target="127.0.0.1", count=5)) for _ in range(5)]
    findings = await asyncio.gather(*(probe() for probe in probes))
    assert {finding.outcome for finding in findings} == {Outcome.PASSED}
    assert all(one.detail.startswith("5 of 5 answers, ") for one in findings)


@on_both_loops
async def test_a_name_that_does_not_resolve_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    finding = await open_probe(Options(target="no.such.host"))()
    words = "cannot resolve 'no.such.host': name or service not known"
    assert finding == Finding(Outcome.FAILED, words)


@on_both_loops
async def test_without_the_right_to_ping_it_is_inconclusive_and_says_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Forbidden(socket.socket):
        def __init__(
            self, family: int = -1, type: int = -1, proto: int = -1, fileno: Any = None
        ) -> None:
            if proto in (socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6):
                raise PermissionError(errno.EACCES, "Permission denied")
            super().__init__(family, type, proto, fileno)

    monkeypatch.setattr(socket, "socket", Forbidden)
    finding = await open_probe(Options(target="127.0.0.1"))()
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert '`sysctl net.ipv4.ping_group_range="0 2147483647"`' in finding.detail


@needs_leave
async def test_without_a_file_to_open_a_check_is_inconclusive() -> None:
    probe = open_probe(Options(target="127.0.0.1"))
    with no_file_to_open():
        finding = await probe()
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "ulimit -n" in finding.detail


@pytest.mark.server
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a network of its own")
@pytest.mark.parametrize("may", [True, False])
def test_a_user_without_rights_may_ping_where_the_system_allows_it(may: bool) -> None:
    if not has_namespaces():
        pytest.skip("no network namespaces here")
    groups = "0 2147483647" if may else "1 0"
    script = (
        f'ip link set lo up; echo "{groups}" > /proc/sys/net/ipv4/ping_group_range; '
        'exec "$0" -c "$1"'
    )
    argv = ["unshare", "-n", "sh", "-c", script, sys.executable, _PING_AS_NOBODY]
    asked = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60)
    lines = asked.stdout.splitlines()
    if may:
        assert [line[:23] for line in lines[:2]] == ["passed 2 of 2 answers, "] * 2
        assert lines[2] == "failed network unreachable"
    else:
        words = "inconclusive this user may not send pings: "
        assert [line[: len(words)] for line in lines] == [words] * 3


@pytest.mark.server
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a network of its own")
def test_a_neighbour_that_is_not_there_is_told_before_the_deadline() -> None:
    if not has_namespaces():
        pytest.skip("no network namespaces here")
    script = """
        set -e
        ip link set lo up
        ip link add v0 type veth peer name v1 || exit 77
        ip addr add 192.0.2.2/24 dev v0
        ip link set v0 up
        ip link set v1 up
        echo 20 > /proc/sys/net/ipv4/neigh/v0/retrans_time_ms
        echo "0 2147483647" > /proc/sys/net/ipv4/ping_group_range
        exec "$0" -c "$1"
    """
    argv = ["unshare", "-n", "sh", "-c", script, sys.executable, _PING_AS_NOBODY]
    asked = subprocess.run(
        argv, capture_output=True, text=True, check=False, timeout=60
    )
    if asked.returncode == 77:
        pytest.skip("no virtual network cards here")
    assert asked.stdout.splitlines()[-1] == "failed no route to host"


@on_both_loops
async def test_a_lost_packet_is_noticed_once_others_have_come() -> None:
    def lose_second(request: bytes, sequence: int) -> list[bytes]:
        return [] if sequence == 2 else echoing(request, sequence)

    async with network(lose_second) as way:
        done = await exchange(way.ours, socket.AF_INET, 3)
    assert set(done.took_s) == {1, 3}
    assert done.lost == 1


@on_both_loops
async def test_answers_to_others_and_garbage_are_passed_over() -> None:
    def noisy(request: bytes, sequence: int) -> list[bytes]:
        other_token = reply(request)[:-1] + b"\0"
        return [
            b"\0",
            request,  # our own, as a raw socket on the loopback hears it
            reply(request, kind=3),
            other_token,
            reply(request),
            reply(request),
        ]

    async with network(noisy) as way:
        done = await exchange(way.ours, socket.AF_INET, 2)
    assert set(done.took_s) == {1, 2}


@on_both_loops
async def test_silence_is_waited_for_until_the_caller_gives_up() -> None:
    before = open_files()
    async with network(lambda *_: []) as way:
        task = asyncio.create_task(exchange(way.ours, socket.AF_INET, 1))
        await way.was_asked.wait()
        await settle()
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await settle()
    assert open_files() <= before


@on_both_loops
async def test_what_the_system_says_of_a_packet_ends_the_wait_for_it() -> None:
    async with network(echoing) as way:
        way.ours.shutdown(socket.SHUT_WR)
        done = await exchange(way.ours, socket.AF_INET, 2)
    assert (done.lost, done.failures) == (2, 2)
    assert isinstance(done.error, BrokenPipeError)


def test_each_check_has_a_token_of_its_own() -> None:
    packet = reply(request_packet(socket.AF_INET, 7, TOKEN))
    assert answered_sequence(packet, socket.AF_INET, TOKEN) == 7
    assert answered_sequence(packet, socket.AF_INET, bytes(16)) is None


def test_the_checksum_of_a_packet_makes_it_sum_up_to_ones() -> None:
    packet = request_packet(socket.AF_INET, 0xFFFF, b"\xff" * 16)
    total = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    assert total == 0xFFFF


def pinged(sent: int, lost: int, error: OSError | None = None) -> Round:
    done = Round(sent_at=dict.fromkeys(range(sent), 0.0))
    for sequence in range(lost, sent):
        done.answer(sequence, 0.002)
    if error is not None:
        done.fail(error)
    return done


@pytest.mark.parametrize(
    ("options", "done", "finding"),
    [
        pytest.param(
            Options(target="h", count=4),
            pinged(4, 1),
            Finding(Outcome.FAILED, "1 of 4 pings lost"),
            id="none may be lost",
        ),
        pytest.param(
            Options(target="h", count=4, max_loss=25),
            pinged(4, 1),
            Finding(Outcome.PASSED, "3 of 4 answers, 2 ms on average"),
            id="just as many as may be lost",
        ),
        pytest.param(
            Options(target="h", count=4, max_loss=25),
            pinged(4, 2),
            Finding(Outcome.FAILED, "2 of 4 pings lost"),
            id="more than may be lost",
        ),
        pytest.param(
            Options(target="h", count=2),
            pinged(2, 1, OSError(errno.EHOSTUNREACH, "x")),
            Finding(Outcome.FAILED, "1 of 2 pings lost (no route to host)"),
            id="a router said why",
        ),
        pytest.param(
            Options(target="h"),
            pinged(1, 1, OSError(errno.EHOSTUNREACH, "x")),
            Finding(Outcome.FAILED, "no route to host"),
            id="no way at all",
        ),
        pytest.param(
            Options(target="h", count=2),
            pinged(2, 1, OSError(errno.ENOBUFS, "x")),
            Finding(Outcome.INCONCLUSIVE, "not enough memory on this machine"),
            id="a shortage of our own",
        ),
    ],
)
def test_losses_are_held_against_what_is_permitted(
    options: Options, done: Round, finding: Finding
) -> None:
    assert judge(options, done) == finding


def test_the_address_behind_a_name_is_told() -> None:
    words = "3 of 3 answers from 192.0.2.1, 2 ms on average"
    finding = judge(Options(target="h", count=3), pinged(3, 0), "192.0.2.1")
    assert finding == Finding(Outcome.PASSED, words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"target": ""}, "must be a host name or an address", id="empty"),
        pytest.param({"target": "a:80"}, "not 'a:80'", id="a port"),
        pytest.param({"target": "[::1]"}, "not '[::1]'", id="brackets"),
        pytest.param({"target": "http://a"}, "must be a host name", id="a URL"),
        pytest.param({"target": "a b"}, "must be a host name", id="a blank"),
        pytest.param({"count": 0}, "count must be from 1 to 100, not 0", id="count"),
        pytest.param({"max_loss": 100.0}, "max_loss is a percentage", id="all lost"),
        pytest.param({"max_loss": float("nan")}, "max_loss is a", id="not a number"),
        pytest.param(
            {"max_loss": 20.0, "count": 3},
            "max_loss = 20 permits the loss of no ping where count is 3",
            id="a part of a ping",
        ),
    ],
)
def test_bad_options_are_refused_with_the_way_out(
    options: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Options(**{"target": "h", **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("target", ["h", "192.0.2.1", "::1", "fe80::1%eth0"])
def test_the_target_is_shown_as_written(target: str) -> None:
    assert shown_target(Options(target=target)) == target
