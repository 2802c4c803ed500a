"""The unix probe, against sockets of the test's own and a real Redis."""

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from conductor_tui.adapters.probes.unix import Options, open_probe, shown_target
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.testing import settle
from tests.adapters.probes.loops import on_both_loops, open_files
from tests.adapters.probes.test_shortage import no_file_to_open
from tests.servers.hostile import Behaviour, black_hole, hang_up, saying
from tests.servers.redis import redis_server

_ASK_AS_NOBODY = """
import asyncio, os, sys
from conductor_tui.adapters.probes.unix import Options, open_probe
os.setgid(65534)
os.setuid(65534)
print(asyncio.run(open_probe(Options(target=sys.argv[1]))()).detail)
"""


async def ask(target: str | Path, send: str = "", expect: str = "") -> Finding:
    return await open_probe(Options(target=str(target), send=send, expect=expect))()


@asynccontextmanager
async def serving_at(path: Path, behaviour: Behaviour) -> AsyncIterator[asyncio.Event]:
    """Serve on a socket; the event is set when a client has connected."""
    connected = asyncio.Event()
    tasks = set[asyncio.Task[None]]()

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        tasks.add(task) if (task := asyncio.current_task()) else None
        connected.set()
        try:
            await behaviour(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_unix_server(handle, str(path))
    try:
        yield connected
    finally:
        await settle()  # a server closed while it accepts loses the connection
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def bound(
    address: str | Path,
    kind: socket.SocketKind = socket.SOCK_STREAM,
    *,
    backlog: int | None = None,
) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, kind) as server:
        server.bind(str(address))
        if backlog is not None:
            server.listen(backlog)
        yield server


@on_both_loops
async def test_a_socket_that_is_served_passes(tmp_path: Path) -> None:
    async with serving_at(tmp_path / "s", black_hole):
        assert await ask(tmp_path / "s") == Finding(Outcome.PASSED, "connected")


@on_both_loops
async def test_the_expected_answer_passes_and_is_shown(tmp_path: Path) -> None:
    async with serving_at(tmp_path / "s", saying(b"imok\n")):
        finding = await ask(tmp_path / "s", send="ruok", expect="imok")
    assert finding == Finding(Outcome.PASSED, "answered 'imok'")


@on_both_loops
async def test_hanging_up_instead_of_answering_fails(tmp_path: Path) -> None:
    async with serving_at(tmp_path / "s", hang_up):
        finding = await ask(tmp_path / "s", expect="ready")
    assert finding.outcome is Outcome.FAILED
    assert finding.detail.startswith(
        ("closed the connection without", "the connection")
    )


@on_both_loops
async def test_an_abstract_name_is_found() -> None:
    name = f"conductor-tui test {os.getpid()}"
    with bound(f"\0{name}", backlog=5):
        finding = await ask(f"@{name}")
    assert finding == Finding(Outcome.PASSED, "connected")


@on_both_loops
async def test_an_abstract_name_that_nobody_has_taken_fails() -> None:
    finding = await ask(f"@conductor-tui nobody {os.getpid()}")
    assert finding == Finding(Outcome.FAILED, "nobody listens on this name")


@on_both_loops
async def test_a_missing_socket_is_told_as_such(tmp_path: Path) -> None:
    words = "no such file: the server has not made its socket"
    assert await ask(tmp_path / "s") == Finding(Outcome.FAILED, words)


@on_both_loops
async def test_a_path_through_a_file_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = "no such file: a part of the path is not a folder"
    assert await ask(tmp_path / "file" / "s") == Finding(Outcome.FAILED, words)


@on_both_loops
async def test_a_socket_left_behind_by_its_server_fails(tmp_path: Path) -> None:
    with bound(tmp_path / "s", backlog=5):
        pass
    words = "nobody listens on the socket: its server has gone"
    assert await ask(tmp_path / "s") == Finding(Outcome.FAILED, words)


@on_both_loops
async def test_what_is_no_socket_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    words = [(await ask(tmp_path / name)).detail for name in ("", "file", "pipe")]
    assert words == [f"not a socket, but a {one}" for one in ("folder", "file", "pipe")]


@on_both_loops
async def test_a_datagram_socket_is_named(tmp_path: Path) -> None:
    with bound(tmp_path / "s", socket.SOCK_DGRAM):
        finding = await ask(tmp_path / "s")
    words = "not a stream socket: it takes datagrams or packets only"
    assert finding == Finding(Outcome.FAILED, words)


@on_both_loops
async def test_a_server_that_no_longer_accepts_fails_once_its_queue_is_full(
    tmp_path: Path,
) -> None:
    with bound(tmp_path / "s", backlog=0):
        findings = [await ask(tmp_path / "s") for _ in range(2)]
    words = "connections queue up: the server does not take them"
    assert findings == [
        Finding(Outcome.PASSED, "connected"),
        Finding(Outcome.FAILED, words),
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_socket_that_may_not_be_written_to_says_who_we_are() -> None:
    # not in tmp_path, which nobody else may enter
    name = f"/tmp/conductor-tui-test-{os.getpid()}.sock"
    try:
        with bound(name, backlog=5):
            os.chmod(name, 0o600)
            asked = subprocess.run(
                [sys.executable, "-c", _ASK_AS_NOBODY, name],
                capture_output=True,
                text=True,
                check=True,
            )
    finally:
        os.unlink(name)
    assert asked.stdout.startswith("permission denied: connecting takes the right to")
    assert "runs as user 65534" in asked.stdout


@on_both_loops
async def test_a_cancelled_probe_hangs_up_and_keeps_nothing_open(
    tmp_path: Path,
) -> None:
    before = open_files()
    async with serving_at(tmp_path / "s", black_hole) as connected:
        task = asyncio.create_task(ask(tmp_path / "s", send="hello", expect="x"))
        await connected.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await settle()
    assert open_files() <= before


@on_both_loops
@pytest.mark.parametrize("turns", range(4))
async def test_a_cancellation_while_connecting_keeps_nothing_open(
    tmp_path: Path, turns: int
) -> None:
    before = open_files()
    with bound(tmp_path / "s", backlog=5):
        task = asyncio.create_task(ask(tmp_path / "s", expect="x"))
        await settle(turns)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await settle()
    assert open_files() <= before


async def test_without_a_file_to_open_a_check_is_inconclusive() -> None:
    probe = open_probe(Options(target="@nobody"))
    with no_file_to_open():
        finding = await probe()
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "ulimit -n" in finding.detail


@pytest.mark.parametrize(
    ("target", "words"),
    [
        pytest.param("", 'must be an absolute path such as "', id="empty"),
        pytest.param("run/s", "not 'run/s'", id="a relative path"),
        pytest.param("@", "not '@'", id="no name behind the @"),
        pytest.param("/a\0b", "holds no NUL", id="a NUL"),
        pytest.param("/" + "ä" * 54, "109 bytes long: the system takes 107", id="long"),
    ],
)
def test_a_bad_target_is_refused_with_the_way_out(target: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Options(target=target)


def test_the_target_is_shown_as_written() -> None:
    assert shown_target(Options(target="@app")) == "@app"


@pytest.mark.server
@on_both_loops
async def test_a_real_redis_answers_on_its_socket(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--unixsocket", str(tmp_path / "redis.sock")):
        finding = await ask(tmp_path / "redis.sock", send="PING\r\n", expect="+PONG")
    assert finding == Finding(Outcome.PASSED, "answered '+PONG'")
