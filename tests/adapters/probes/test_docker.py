"""The docker probe, against an engine that tells recorded states of containers."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from conductor_tui.adapters.probes.docker import Options, open_probe, shown_target
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.ports import Probe
from conductor_tui.testing import settle
from tests.adapters.probes.loops import on_both_loops, open_files
from tests.servers.engine import Engine, container, engine, health, http
from tests.servers.hostile import black_hole, saying, serving

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
RUNNING = Finding(PASSED, "running")


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[tuple[Engine, Probe]]:
    async with engine(folder) as told:
        probe = open_probe(Options(target="web", socket=told.socket))
        try:
            yield told, probe
        finally:
            probe.close()
            await settle()


async def found(folder: Path, described: dict[str, Any]) -> Finding:
    async with watched(folder) as (told, probe):
        told.containers["web"] = described
        return await probe()


async def ask(socket: str) -> Finding:
    probe = open_probe(Options(target="web", socket=socket))
    try:
        return await probe()
    finally:
        probe.close()
        await settle()


@pytest.mark.parametrize(
    ("described", "finding"),
    [
        pytest.param(container("running"), RUNNING, id="without a health check"),
        pytest.param(
            container("running", Health=health("none")), RUNNING, id="switched off"
        ),
        pytest.param(
            container("running", Health=health("")),
            RUNNING,
            id="Podman's way to say so",
        ),
        pytest.param(
            container("running", Health=health("healthy", "200 OK")),
            Finding(PASSED, "running, healthy"),
            id="healthy",
        ),
        pytest.param(
            container("running", Health=health("starting")),
            Finding(PASSED, "running, starting", warns=True),
            id="not healthy yet",
        ),
        pytest.param(
            container(
                "running",
                Health=health(
                    "unhealthy", "a", "\ncurl: (7) refused\x1b\n\n", streak=5
                ),
            ),
            Finding(FAILED, "unhealthy, 5 failures in a row: curl: (7) refused\\x1b"),
            id="unhealthy, with the last words of its check",
        ),
        pytest.param(
            container("running", Health=health("unhealthy", "", streak=1)),
            Finding(FAILED, "unhealthy"),
            id="unhealthy without a word",
        ),
        pytest.param(
            container("running", Health={"Status": "unhealthy", "Log": None}),
            Finding(FAILED, "unhealthy"),
            id="unhealthy without a log",
        ),
        pytest.param(
            container("exited"), Finding(FAILED, "exited with code 0"), id="exited"
        ),
        pytest.param(
            container("exited", ExitCode=137, OOMKilled=True),
            Finding(FAILED, "exited with code 137, out of memory (OOM-killed)"),
            id="out of memory",
        ),
        pytest.param(
            container("exited", ExitCode=127, Error="exec: no\nsuch file"),
            Finding(FAILED, "exited with code 127: exec: no such file"),
            id="never got going",
        ),
        pytest.param(
            container("restarting", ExitCode=1, restarts=12),
            Finding(FAILED, "restarting, 12 times so far; it ended with code 1"),
            id="in a loop",
        ),
        pytest.param(container("paused"), Finding(FAILED, "paused"), id="paused"),
        pytest.param(
            container("created"),
            Finding(FAILED, "created, but never started"),
            id="created",
        ),
        pytest.param(
            {"State": "running"},
            Finding(FAILED, "no answer of a container engine: it tells no state"),
            id="a shape that is none",
        ),
    ],
)
async def test_a_container_is_as_well_as_its_engine_says(
    tmp_path: Path, described: dict[str, Any], finding: Finding
) -> None:
    assert await found(tmp_path, described) == finding


@on_both_loops
async def test_one_connection_is_kept_and_let_go_at_the_end(tmp_path: Path) -> None:
    before = open_files()
    async with watched(tmp_path) as (told, probe):
        told.containers["web"] = container("running")
        assert [await probe() for _ in range(3)] == [RUNNING] * 3
        assert told.connections == 1
        assert told.requests[0].startswith("GET /containers/web/json HTTP/1.1\r\n")
    await settle()
    assert open_files() <= before


@on_both_loops
async def test_a_check_cancelled_at_any_moment_leaves_nothing(tmp_path: Path) -> None:
    """Cancelled after 0, 1, 2 ... turns of the loop, until one is over by then."""
    before = open_files()

    async def is_cancelled_after(turns: int, socket: str) -> bool:
        check = asyncio.ensure_future(ask(socket))
        for _ in range(turns):
            await asyncio.sleep(0)
        check.cancel()
        await asyncio.gather(check, return_exceptions=True)
        return check.cancelled()

    async with engine(tmp_path) as told:
        told.containers["web"] = container("running")
        turns = 0
        while await is_cancelled_after(turns, told.socket):
            turns += 1
        assert turns > 3
        assert await ask(told.socket) == RUNNING
    await settle()
    assert open_files() <= before


async def test_an_engine_that_was_restarted_is_asked_again(tmp_path: Path) -> None:
    async with engine(tmp_path) as told:
        told.containers["web"] = container("running")
        probe = open_probe(Options(target="web", socket=told.socket))
        before = await probe()
    with suppress(FileNotFoundError):  # from Python 3.13 on the server does it itself
        os.unlink(told.socket)
    away = await probe()
    async with engine(tmp_path) as told:
        told.containers["web"] = container("running")
        after = await probe()
        probe.close()
        await settle()

    assert (before, after) == (RUNNING, RUNNING)
    assert away == Finding(FAILED, f"no socket {told.socket}: is the server running?")


async def test_a_restart_between_two_checks_is_a_warning(tmp_path: Path) -> None:
    async with watched(tmp_path) as (told, probe):
        details = []
        for restarts in (7, 8, 8, 10):
            told.containers["web"] = container("running", restarts=restarts)
            finding = await probe()
            details.append((finding.detail, finding.warns))

    assert details == [
        ("running", False),
        ("running, restarted once since the last check", True),
        ("running", False),
        ("running, restarted 2 times since the last check", True),
    ]


async def test_a_container_that_is_not_there_fails(tmp_path: Path) -> None:
    async with watched(tmp_path) as (_, probe):
        finding = await probe()

    assert finding == Finding(FAILED, "the engine knows no container 'web'")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        pytest.param(
            http(500, {"message": "driver\nfailed"}), "500: driver failed", id="error"
        ),
        pytest.param(http(500, []), "500: an error without words", id="no words"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            "200: no answer of a container engine, not JSON: it said 'hi'",
            id="no JSON",
        ),
        pytest.param(b"SSH-2.0\r\n", 'not HTTP: it said "SSH-2.0"', id="no HTTP"),
        pytest.param(
            http(200, "x" * 1024 * 1024),
            "200: no answer of a container engine, the answer is over 1,048,576 bytes",
            id="more than is read",
        ),
    ],
)
async def test_what_is_no_engine_fails_in_words(
    tmp_path: Path, raw: bytes, words: str
) -> None:
    async with watched(tmp_path) as (told, probe):
        told.raw = raw
        assert await probe() == Finding(FAILED, words)


async def test_a_socket_that_nobody_serves_any_more_is_said(tmp_path: Path) -> None:
    path = str(tmp_path / "old.sock")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)

    words = f"nothing listens on {path}: is the server running?"
    assert await ask(path) == Finding(FAILED, words)


async def test_without_the_right_to_ask_the_way_out_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refuse(monkeypatch, errno.EACCES)

    finding = await ask("/run/engine.sock")

    assert finding.outcome is FAILED
    assert finding.detail.startswith("no right to use /run/engine.sock: conductor-tui")


async def test_a_shortage_of_ours_says_nothing_of_the_container(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refuse(monkeypatch, errno.ENOBUFS)

    assert (await ask("/run/engine.sock")).outcome is Outcome.INCONCLUSIVE


def refuse(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Make every connect fail: the tests may run as root, who may do all."""

    class Refusing(socket.socket):
        def connect(self, address: object) -> None:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket, "socket", Refusing)


@on_both_loops
async def test_an_engine_that_takes_no_connections_is_said(tmp_path: Path) -> None:
    path = str(tmp_path / "full.sock")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as one:
        server.bind(path)
        server.listen(0)
        one.connect(path)
        finding = await ask(path)

    words = f"connections queue up at {path}: nobody takes them"
    assert finding == Finding(FAILED, words)


async def test_a_cancelled_check_lets_go_of_its_connection() -> None:
    async with serving(black_hole) as served:
        options = Options(target="web", socket=f"tcp://{served.target}")
        check = asyncio.ensure_future(open_probe(options)())
        await served.connected.wait()
        check.cancel()
        with pytest.raises(asyncio.CancelledError):
            await check
        await served.gone.wait()


@pytest.mark.parametrize("scheme", ["http", "tcp"])
async def test_an_engine_on_another_machine_is_asked_over_tcp(scheme: str) -> None:
    async with serving(saying(http(200, container("running")))) as served:
        assert await ask(f"{scheme}://{served.target}") == RUNNING


async def test_a_socket_may_be_written_as_for_docker_itself(tmp_path: Path) -> None:
    async with engine(tmp_path) as told:
        told.containers["web"] = container("running")
        assert await ask(f"unix://{told.socket}") == RUNNING


def test_what_is_shown_is_the_container() -> None:
    assert shown_target(Options(target="web")) == "web"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"target": "a/../b"}, "docker target must be", id="a path"),
        pytest.param({"target": ""}, "docker target must be", id="nothing"),
        pytest.param({"socket": "docker.sock"}, "socket must be an abs", id="relative"),
        pytest.param({"socket": ""}, "socket must be an abs", id="empty"),
        pytest.param({"socket": "ftp://h"}, "socket: http target must", id="no HTTP"),
        pytest.param({"socket": "/a" * 60}, "socket is 120 bytes", id="too long"),
        pytest.param({"socket": "/a\x00b"}, "no control characters", id="a NUL"),
    ],
)
def test_options_that_cannot_work_are_refused_in_words(
    options: dict[str, str], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Options(**{"target": "web", **options})
