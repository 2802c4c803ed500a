"""The restart of a container, against an engine that tells what the test says."""

from pathlib import Path

import pytest

from conductor_tui.adapters.menders.docker import Options
from conductor_tui.adapters.menders.kinds import open_mender
from conductor_tui.domain.alert import Subject, SubjectKind
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.testing import settle
from tests.servers.engine import engine, http

WEB = Subject(kind=SubjectKind.PLATFORM, name="web")
_DONE = b"HTTP/1.1 204 No Content\r\nApi-Version: 1.43\r\n\r\n"


async def restart(
    socket: str, container: str = "web", verb: str = "restart"
) -> Finding:
    options = Options(container=container, socket=socket, verb=verb)
    try:
        return await open_mender(options)(WEB, "refused")
    finally:
        await settle()


async def test_the_engine_is_asked_once_to_restart_it(tmp_path: Path) -> None:
    async with engine(tmp_path) as told:
        told.raw = _DONE
        found = await restart(told.socket)

    assert found == Finding(Outcome.PASSED, "restarted")
    [request] = told.requests
    assert request.startswith("POST /containers/web/restart HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("verb", "raw", "words"),
    [
        ("pause", _DONE, "paused"),
        ("unpause", _DONE, "unpaused"),
        ("stop", _DONE, "stopped"),
        ("start", http(304, None), "started"),
        ("pause", http(409, {"message": "web is already paused"}), "paused already"),
        ("unpause", http(409, {"message": "web is not paused"}), "unpaused already"),
    ],
)
async def test_it_makes_room_and_comes_back_and_what_is_so_already_is_done(
    tmp_path: Path, verb: str, raw: bytes, words: str
) -> None:
    async with engine(tmp_path) as told:
        told.raw = raw
        found = await restart(told.socket, verb=verb)

    assert found == Finding(Outcome.PASSED, words)
    [request] = told.requests
    assert request.startswith(f"POST /containers/web/{verb} HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        pytest.param(
            http(404, {"message": "no"}),
            "the engine knows no container 'web'",
            id="not there",
        ),
        pytest.param(
            http(500, {"message": "cannot\nrestart"}),
            "500: cannot restart",
            id="the engine's own words",
        ),
        pytest.param(http(500, []), "500: an error without words", id="without words"),
    ],
)
async def test_a_refusal_is_told(tmp_path: Path, raw: bytes, words: str) -> None:
    async with engine(tmp_path) as told:
        told.raw = raw
        assert await restart(told.socket) == Finding(Outcome.FAILED, words)


async def test_a_name_cannot_ask_for_something_else(tmp_path: Path) -> None:
    async with engine(tmp_path) as told:
        told.raw = _DONE
        await restart(told.socket, "web/../x?force=1 HTTP/1.1")

    assert told.requests[0].startswith(
        "POST /containers/web%2F..%2Fx%3Fforce%3D1%20HTTP%2F1.1/restart HTTP/1.1\r\n"
    )


async def test_an_engine_that_is_not_there_is_told(tmp_path: Path) -> None:
    found = await restart(f"{tmp_path}/none")

    assert found.outcome is Outcome.FAILED
    assert found.detail.startswith(f"no socket {tmp_path}/none")
