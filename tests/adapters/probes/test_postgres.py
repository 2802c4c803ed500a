"""The postgres probe, against PostgreSQL and against servers that misbehave."""

import asyncio
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor_tui.adapters.probes.postgres import (
    Options,
    error_text,
    open_probe,
    shown_target,
)
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.testing import settle
from tests.adapters.probes.loops import on_both_loops, open_files, until
from tests.servers.daemon import free_port
from tests.servers.hostile import (
    Behaviour,
    black_hole,
    dripping,
    hang_up,
    saying,
    saying_then_hanging_up,
    serving,
)
from tests.servers.postgres import postgres_cluster, postgres_server

NOISE = ("could not", "ERROR", "FATAL", "invalid", "reset by peer", "incomplete")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    with postgres_cluster() as folder:
        yield folder


async def ask(target: str) -> Finding:
    return await open_probe(Options(target=target))()


def noise_in(log: Path) -> list[str]:
    lines = log.read_text("utf-8").splitlines()
    assert any("ready to accept connections" in line for line in lines)
    return [line for line in lines if any(word in line for word in NOISE)]


@pytest.mark.server
@on_both_loops
@pytest.mark.parametrize(
    ("tls", "words"), [("off", "answers, without TLS"), ("on", "answers, offers TLS")]
)
async def test_a_real_server_answers_and_has_nothing_to_log(
    cluster: Path, tls: str, words: str
) -> None:
    before = open_files()
    with postgres_server(cluster, f"ssl={tls}") as server:
        for _ in range(5):
            finding = await ask(f"127.0.0.1:{server.port}")
            assert finding == Finding(Outcome.PASSED, words)
        await settle()
        assert open_files() <= before
    assert noise_in(server.log) == []


@pytest.mark.server
@on_both_loops
async def test_hanging_up_without_the_handshake_is_what_would_be_logged(
    cluster: Path,
) -> None:
    with postgres_server(cluster, "ssl=on") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(struct.pack("!II", 8, 80877103))
        assert await reader.read(1) == b"S"
        writer.close()
        await writer.wait_closed()
        await until(lambda: noise_in(server.log) != [])


@pytest.mark.server
@on_both_loops
async def test_a_server_that_has_stopped_refuses(cluster: Path) -> None:
    with postgres_server(cluster) as server:
        assert (await ask(f"127.0.0.1:{server.port}")).outcome is Outcome.PASSED
        await settle()  # the loop closes our socket; a server waits for its clients
    finding = await ask(f"127.0.0.1:{server.port}")
    assert finding == Finding(Outcome.FAILED, "connection refused")


@on_both_loops
@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        pytest.param(hang_up, "connection", id="closes at once"),
        pytest.param(saying_then_hanging_up(b""), "without an answer", id="no answer"),
        pytest.param(
            dripping(b"\x1b"), r"not a PostgreSQL answer: '\x1b'", id="garbage"
        ),
        pytest.param(
            saying(b"HTTP/1.1 400"), "not a PostgreSQL answer: 'H'", id="http"
        ),
        pytest.param(
            saying(b"Ecould not fork new process\n\0"),
            "refuses connections: could not fork new process",
            id="an old-style error",
        ),
        pytest.param(saying_then_hanging_up(b"E"), "no reason given", id="a bare E"),
    ],
)
async def test_a_server_that_misbehaves_fails_in_words(
    behaviour: Behaviour, words: str
) -> None:
    before = open_files()
    async with serving(behaviour) as served:
        finding = await ask(served.target)
    await settle()
    assert finding.outcome is Outcome.FAILED
    assert words in finding.detail
    assert finding.detail.isprintable()
    assert open_files() <= before


@on_both_loops
@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(saying_then_hanging_up(b"S"), id="hangs up"),
        pytest.param(saying_then_hanging_up(b"S", b"\xff" * 99), id="talks garbage"),
    ],
)
async def test_a_handshake_that_goes_wrong_is_no_verdict(behaviour: Behaviour) -> None:
    before = open_files()
    async with serving(behaviour) as served:
        finding = await ask(served.target)
    await settle()
    assert finding == Finding(Outcome.PASSED, "answers, offers TLS")
    assert open_files() <= before


@on_both_loops
@pytest.mark.parametrize(
    "behaviour", [black_hole, saying(b"S")], ids=["before", "during the handshake"]
)
async def test_a_cancelled_probe_hangs_up_and_keeps_nothing_open(
    behaviour: Behaviour,
) -> None:
    before = open_files()
    async with serving(behaviour) as served:
        task = asyncio.create_task(ask(served.target))
        await served.connected.wait()
        await settle()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await served.gone.wait()
    await settle()
    assert open_files() <= before


@pytest.mark.parametrize(
    ("packet", "text"),
    [
        pytest.param(b"no room\n\0", "no room", id="protocol 2"),
        pytest.param(
            b"\0\0\0\x20SFATAL\0C53300\0Mtoo many clients\0\0",
            "too many clients",
            id="protocol 3",
        ),
        pytest.param(b"", "", id="nothing"),
        pytest.param(b"\xff\x1b[2J\0", "�\\x1b[2J", id="bytes that are no text"),
    ],
)
def test_the_text_of_an_error_is_found(packet: bytes, text: str) -> None:
    assert error_text(packet) == text


@on_both_loops
async def test_nobody_there_is_a_refused_connection() -> None:
    finding = await ask(f"127.0.0.1:{free_port()}")
    assert finding == Finding(Outcome.FAILED, "connection refused")


def test_the_port_is_5432_unless_given() -> None:
    assert shown_target(Options(target="db")) == "db:5432"


def test_a_bad_target_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="postgres target '::1': write an IPv6 addr"):
        Options(target="::1")
