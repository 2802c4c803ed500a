"""The log channel: lines in a file, and datagrams to the system's log."""

import asyncio
import json
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from conductor_tui.adapters.channels.log import Options
from conductor_tui.adapters.channels.syslog import LONGEST, datagram
from conductor_tui.domain.alert import Severity
from conductor_tui.domain.errors import DeliveryFailed
from tests.adapters.channels.made import HOSTILE, OPENED, RECOVERED, crowd, opened
from tests.adapters.probes.loops import on_both_loops, open_files, until


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text("utf-8").splitlines()]


async def test_each_notice_is_a_line_of_json(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    channel = opened("log", Options(path=str(path)))

    await channel.deliver(OPENED)
    await channel.deliver(HOSTILE)

    assert ids(path) == [OPENED.id, HOSTILE.id]


async def test_a_new_file_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    await opened("log", Options(path=str(path))).deliver(OPENED)

    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_file_that_was_rotated_away_is_begun_anew(tmp_path: Path) -> None:
    path, old = tmp_path / "alerts.jsonl", tmp_path / "alerts.jsonl.1"
    channel = opened("log", Options(path=str(path)))

    await channel.deliver(OPENED)
    path.rename(old)
    await channel.deliver(RECOVERED)

    assert (ids(old), ids(path)) == ([OPENED.id], [RECOVERED.id])


async def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"id": "half of', "utf-8")

    await opened("log", Options(path=str(path))).deliver(OPENED)

    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == '{"id": "half of'
    assert json.loads(lines[1])["id"] == OPENED.id


@pytest.mark.parametrize(
    ("made", "name", "why"),
    [
        pytest.param("", "no/alerts", "its folder is not there: make it", id="folder"),
        pytest.param(
            "folder", "it", "it is a folder: name a file in it", id="a folder"
        ),
        pytest.param("file", "it/alerts", "its folder is not one", id="a file"),
        pytest.param("pipe", "it", "no regular file: name one", id="a pipe"),
    ],
)
async def test_what_cannot_be_written_is_told_and_tried_again(
    made: str, name: str, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "it"
    match made:
        case "folder":
            path.mkdir()
        case "file":
            path.touch()
        case "pipe":
            os.mkfifo(path)
        case _:
            pass
    target = tmp_path / name

    with pytest.raises(DeliveryFailed, match=why) as caught:
        await opened("log", Options(path=str(target))).deliver(OPENED)

    assert str(target)[:80] in str(caught.value)
    assert not caught.value.is_final


async def test_a_full_disk_is_told_and_spoils_no_later_line(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    channel = opened("log", Options(path=str(path)))
    await channel.deliver(OPENED)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
    try:
        with pytest.raises(DeliveryFailed, match=r"cannot write .*: file too large"):
            await channel.deliver(RECOVERED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    await channel.deliver(RECOVERED)

    lines = path.read_text("utf-8").splitlines()
    assert [len(lines), len(lines[1])] == [3, 20]
    assert json.loads(lines[2])["id"] == RECOVERED.id


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(path))
        daemon.setblocking(False)
        yield daemon


@on_both_loops
async def test_the_system_log_hears_of_each_notice(tmp_path: Path) -> None:
    path = tmp_path / "log"
    channel = opened("log", Options(socket=str(path)))
    with listening(path) as daemon:
        await channel.deliver(OPENED)
        await channel.deliver(RECOVERED)
        messages = [daemon.recv(65536).decode() for _ in range(2)]

    heads = [message.partition(": ")[0] for message in messages]
    tag = f"conductor-tui[{os.getpid()}]"
    assert heads == [f"<{3 * 8 + 2}>{tag}", f"<{3 * 8 + 5}>{tag}"]
    assert json.loads(messages[0].partition(": ")[2])["id"] == OPENED.id
    path.unlink()


async def test_a_log_daemon_that_was_started_anew_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "log"
    channel = opened("log", Options(socket=str(path)))
    for _ in range(2):
        with listening(path) as daemon:
            await channel.deliver(OPENED)
            assert daemon.recv(65536)
        path.unlink()


async def test_a_missing_system_log_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with pytest.raises(DeliveryFailed) as caught:
        await opened("log", Options(socket=str(path))).deliver(OPENED)

    assert "no such file or directory: write a path" in str(caught.value)
    assert not caught.value.is_final


def fill(path: Path) -> None:
    """Send until the daemon's queue takes no more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.connect(str(path))
        with suppress(BlockingIOError):
            while True:
                sender.send(b"noise")


@on_both_loops
async def test_a_log_daemon_that_does_not_read_is_waited_for_and_left(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log"
    channel = opened("log", Options(socket=str(path)))
    before = open_files()
    with listening(path) as daemon:
        fill(path)
        waits = asyncio.create_task(channel.deliver(OPENED))
        await until(lambda: len(open_files()) == len(before) + 2)
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
        assert daemon.recv(65536) == b"noise"
    await until(lambda: open_files() == before)
    path.unlink()


@pytest.mark.parametrize(
    ("severity", "priority"),
    [(Severity.INFO, 30), (Severity.WARNING, 28), (Severity.CRITICAL, 26)],
)
def test_the_severity_is_the_priority(severity: Severity, priority: int) -> None:
    message = datagram(replace(OPENED, severity=severity), 812)
    assert message.startswith(f"<{priority}>conductor-tui[812]: {{".encode())


def test_a_group_too_long_for_a_log_daemon_is_told_without_its_members() -> None:
    message = datagram(crowd(300), 812)
    table = json.loads(message.partition(b": ")[2])

    assert len(message) <= LONGEST
    assert (table["members"], table["members_left_out"]) == ([], 300)
    assert len(json.loads(datagram(crowd(5), 812).partition(b": ")[2])["members"]) == 5


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"path": "alerts.log"}, "path must begin with /, unlike 'alerts.log'"),
        ({"socket": "log"}, "socket must begin with /"),
        ({"path": "/a\0b"}, "path is no path"),
        ({"socket": ""}, "path is missing"),
    ],
)
def test_options_that_cannot_be_are_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Options(**given)
