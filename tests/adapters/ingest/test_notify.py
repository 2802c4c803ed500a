"""sd_notify datagrams: from hand, and from clients as they are."""

import array
import asyncio
import os
import shutil
import socket
import sys
from pathlib import Path

import pytest

from conductor_tui.adapters.ingest.notify import NotifySocket, read_state
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.ids import AgentId
from tests.adapters.ear import FakeEar
from tests.adapters.probes.loops import on_both_loops

A = AgentId("a")
K = BeatKind


def socket_of(way: NotifySocket) -> str:
    return way.address.removeprefix("NOTIFY_SOCKET=")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"READY": "1"}, K.BEAT),
        ({"WATCHDOG": "1"}, K.BEAT),
        ({"WATCHDOG": "trigger"}, K.FAIL),
        ({"READY": "1", "STATUS": "up"}, K.BEAT),
        ({"STATUS": "half way"}, K.LOG),
        ({"RELOADING": "1"}, K.LOG),
        ({"STOPPING": "1"}, K.STOP),
        ({"ERRNO": "2"}, K.FAIL),
        ({"ERRNO": "0", "READY": "1"}, K.BEAT),
        ({"EXTEND_TIMEOUT_USEC": "5000000"}, K.LOG),
    ],
)
def test_what_a_service_says_is_a_heartbeat(said: dict[str, str], kind: K) -> None:
    beat = read_state(A, said)
    assert beat is not None
    assert beat.kind is kind


def test_errors_status_and_extensions_are_carried() -> None:
    failed = read_state(A, {"ERRNO": "2"})
    extended = read_state(A, {"EXTEND_TIMEOUT_USEC": "1500000", "STATUS": "slow"})
    assert failed is not None
    assert failed.words == "No such file or directory"
    assert extended is not None
    assert (extended.extends_s, extended.words) == (1.5, "slow")


@pytest.mark.parametrize("said", [{}, {"BARRIER": "1"}, {"MAINPID": "7"}, {"X": ""}])
def test_what_says_nothing_of_health_is_no_heartbeat(said: dict[str, str]) -> None:
    assert read_state(A, said) is None


@on_both_loops
async def test_a_descriptor_that_comes_along_is_closed_at_once(tmp_path: Path) -> None:
    ear, way = FakeEar(), NotifySocket(A, tmp_path / "notify")
    await way.open(ear)
    read_end, write_end = os.pipe()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sent = array.array("i", [write_end, write_end])
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, sent)]
        sender.sendmsg([b"BARRIER=1"], rights, 0, socket_of(way))
        sender.sendto(b"READY=1\n", socket_of(way))
    os.close(write_end)
    await ear.heard(1)
    assert os.read(read_end, 1) == b""  # nobody holds the other end any more
    os.close(read_end)
    await way.close()


@on_both_loops
async def test_rubbish_is_counted(tmp_path: Path) -> None:
    ear, way = FakeEar(), NotifySocket(AgentId("a/b"), tmp_path / "notify")
    await way.open(ear)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        for datagram in (b"ERRNO=x", b"\xff\x00=", b"x" * 9000, b"WATCHDOG=1"):
            sender.sendto(datagram, socket_of(way))
    await ear.heard(3)
    assert [beat.kind for beat in ear.beats] == [K.BEAT]
    assert ear.turned_away == ["ERRNO is no number", "longer than 8192 bytes"]
    assert Path(socket_of(way)).name == "a%2Fb.sock"
    await way.close()


SDNOTIFY = "import sdnotify; sdnotify.SystemdNotifier().notify('READY=1\\nSTATUS=up')"
WATCHDOG = "import systemd_watchdog as w; d = w.WatchDog(); d.ready(); d.notify()"
CLIENTS = [
    pytest.param([sys.executable, "-c", SDNOTIFY], 1, id="sdnotify"),
    pytest.param([sys.executable, "-c", WATCHDOG], 2, id="systemd-watchdog"),
    pytest.param(
        ["systemd-notify", "--ready", "--status=up"],
        1,
        id="systemd-notify",
        marks=[
            pytest.mark.server,
            pytest.mark.skipif(not shutil.which("systemd-notify"), reason="no systemd"),
        ],
    ),
]


@pytest.mark.parametrize(("argv", "beats"), CLIENTS)
async def test_a_real_client_beats_as_it_is(
    tmp_path: Path, argv: list[str], beats: int
) -> None:
    ear, way = FakeEar(), NotifySocket(A, tmp_path / "notify")
    await way.open(ear)
    environ = {
        **os.environ,
        "NOTIFY_SOCKET": socket_of(way),
        "WATCHDOG_USEC": "5000000",
    }
    client = await asyncio.create_subprocess_exec(*argv, env=environ)
    assert await client.wait() == 0
    await ear.heard(beats)
    assert {beat.kind for beat in ear.beats} == {K.BEAT}
    await way.close()
