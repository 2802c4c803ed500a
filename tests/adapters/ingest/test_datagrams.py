"""Datagrams over real sockets, on both loops."""

import os
import socket
from pathlib import Path

import pytest

from conductor_tui.adapters.ingest.datagrams import UdpDatagrams, UnixDatagrams
from conductor_tui.adapters.ingest.line import LONGEST
from conductor_tui.places import runtime_folder
from tests.adapters.ear import FakeEar
from tests.adapters.probes.loops import on_both_loops


@on_both_loops
async def test_lines_come_in_over_a_unix_socket(tmp_path: Path) -> None:
    ear, path = FakeEar(), tmp_path / "beats.sock"
    way = UnixDatagrams(path)
    await way.open(ear)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b'a {"cpu": 1}', str(path))
        sender.sendto(b"b\nc\n\nd {", str(path))
    beats = await ear.heard(4)
    assert [(beat.agent, beat.note, beat.via) for beat in beats] == [
        ("a", '{"cpu": 1}', "datagram"),
        ("b", "", "datagram"),
        ("c", "", "datagram"),
    ]
    assert len(ear.turned_away) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    await way.close()
    await way.close()
    assert not path.exists()


@on_both_loops
async def test_lines_come_in_over_udp() -> None:
    ear, way = FakeEar(), UdpDatagrams("127.0.0.1:0")
    await way.open(ear)
    host, _, port = way.address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for n in range(1000):
            sender.sendto(b"agent-%d" % n, (host, int(port)))
        sender.sendto(b"x" * (LONGEST + 1), (host, int(port)))
    beats = await ear.heard(1001)
    assert [beat.agent for beat in beats] == [f"agent-{n}" for n in range(1000)]
    assert ear.turned_away == [f"longer than {LONGEST} bytes"]
    await way.close()


async def test_a_port_that_is_taken_is_said() -> None:
    first = UdpDatagrams("127.0.0.1:0")
    await first.open(FakeEar())
    second = UdpDatagrams(first.address)
    with pytest.raises(OSError, match=f"^{first.address}: Address already in use"):
        await second.open(FakeEar())
    await second.close()
    await first.close()


async def test_a_socket_that_nobody_listens_at_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "beats.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as left:
        left.bind(str(path))
    ear, way = FakeEar(), UnixDatagrams(path)
    await way.open(ear)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"a", str(path))
    await ear.heard(1)
    await way.close()


async def test_another_one_that_listens_is_said_and_left_alone(tmp_path: Path) -> None:
    path, ear = tmp_path / "beats.sock", FakeEar()
    first, second = UnixDatagrams(path), UnixDatagrams(path)
    await first.open(ear)
    with pytest.raises(OSError, match="another conductor-tui listens there"):
        await second.open(FakeEar())
    await second.close()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"a", str(path))
    await ear.heard(1)
    await first.close()


async def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "beats.sock"
    path.write_text("precious")
    with pytest.raises(OSError, match="a file that is no socket: move it away"):
        await UnixDatagrams(path).open(FakeEar())
    assert path.read_text() == "precious"


async def test_a_path_that_is_too_long_is_said(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 120)
    with pytest.raises(OSError, match="longer than 107 bytes: name a shorter one"):
        await UnixDatagrams(path).open(FakeEar())


async def test_a_folder_of_ours_that_others_may_use_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "conductor-tui"
    folder.mkdir()
    folder.chmod(0o770)
    with pytest.raises(OSError, match="chmod 700"):
        await UnixDatagrams(folder / "beats.sock").open(FakeEar())
    folder.chmod(0o700)
    way = UnixDatagrams(folder / "beats.sock")
    await way.open(FakeEar())
    await way.close()


async def test_a_folder_that_is_not_there_is_made_for_us_alone(tmp_path: Path) -> None:
    folder = tmp_path / "conductor-tui"
    before = os.umask(0)
    way = UnixDatagrams(folder / "beats.sock")
    await way.open(FakeEar())
    os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    await way.close()


@pytest.mark.parametrize(
    ("environ", "euid", "folder"),
    [
        ({"XDG_RUNTIME_DIR": "/run/user/7"}, 7, "/run/user/7/conductor-tui"),
        ({"XDG_RUNTIME_DIR": "here"}, 7, "/tmp/conductor-tui-7"),
        ({}, 0, "/run/conductor-tui"),
    ],
)
def test_the_usual_folder(environ: dict[str, str], euid: int, folder: str) -> None:
    assert str(runtime_folder(environ, euid)) == folder
