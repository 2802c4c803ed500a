"""The redis probe, against redis-server and against servers that misbehave."""

import asyncio
import re
from pathlib import Path

import pytest

from conductor_tui.adapters.probes.redis import (
    Options,
    judge,
    open_probe,
    shown_target,
)
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.ports import Probe
from conductor_tui.testing import settle
from tests.adapters.probes.loops import on_both_loops, open_files
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
from tests.servers.redis import redis_server

PONG = Finding(Outcome.PASSED, "PONG")


async def ask_once(target: str) -> Finding:
    probe = open_probe(Options(target=target))
    try:
        return await probe()
    finally:
        probe.close()
        await settle()


async def say(port: int, *words: str) -> bytes:
    """Send an inline command over a connection of our own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(" ".join(words).encode() + b"\r\n")
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


async def until_pong(probe: Probe) -> None:
    async with asyncio.timeout(10):
        while await probe() != PONG:
            pass


async def connections_received(port: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"INFO stats\r\n")
    text = await reader.readuntil(b"total_commands_processed")
    writer.close()
    await writer.wait_closed()
    found = re.search(rb"total_connections_received:(\d+)", text)
    assert found
    return int(found[1])


@pytest.mark.server
@on_both_loops
async def test_a_real_server_answers_pong_over_one_kept_connection(
    tmp_path: Path,
) -> None:
    with redis_server(tmp_path) as port:
        probe = open_probe(Options(target=f"127.0.0.1:{port}"))
        before = await connections_received(port)
        assert [await probe() for _ in range(5)] == [PONG] * 5
        after = await connections_received(port)
        probe.close()
        await settle()
    assert after - before == 2  # the probe's one, and the one that counts


@pytest.mark.server
@on_both_loops
async def test_a_connection_that_the_server_dropped_is_made_again(
    tmp_path: Path,
) -> None:
    with redis_server(tmp_path) as port:
        probe = open_probe(Options(target=f"127.0.0.1:{port}"))
        assert await probe() == PONG
        assert await say(port, "CLIENT KILL TYPE normal SKIPME yes") == b":1\r\n"
        assert await probe() == PONG
        probe.close()
        await settle()


@pytest.mark.server
@on_both_loops
async def test_a_probe_that_was_closed_asks_over_a_new_connection_and_keeps_it(
    tmp_path: Path,
) -> None:
    with redis_server(tmp_path) as port:
        await _close_and_ask(open_probe(Options(target=f"127.0.0.1:{port}")))


async def _close_and_ask(probe: Probe) -> None:
    for _ in range(2):
        assert await probe() == PONG
        probe.close()
        await settle()
    assert await probe() == PONG
    before = open_files()
    assert await probe() == PONG
    assert open_files() == before
    probe.close()
    await settle()


@pytest.mark.server
@on_both_loops
async def test_a_server_that_stops_is_refused_and_passes_once_it_is_back(
    tmp_path: Path,
) -> None:
    with redis_server(tmp_path) as port:
        probe = open_probe(Options(target=f"127.0.0.1:{port}"))
        assert await probe() == PONG
    assert await probe() == Finding(Outcome.FAILED, "connection refused")
    with redis_server(tmp_path, port=port):
        assert await probe() == PONG
        probe.close()
        await settle()


@pytest.mark.server
@on_both_loops
async def test_a_server_with_a_password_is_alive(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--requirepass", "secret") as port:
        finding = await ask_once(f"127.0.0.1:{port}")
    assert finding == Finding(Outcome.PASSED, "alive, asks for a password")


@pytest.mark.server
@on_both_loops
async def test_a_full_server_fails_in_its_own_words(tmp_path: Path) -> None:
    with redis_server(tmp_path) as port:
        assert await say(port, "CONFIG SET maxclients 1") == b"+OK\r\n"
        occupant = open_probe(Options(target=f"127.0.0.1:{port}"))
        await until_pong(occupant)  # it takes the one place once `say` has left it
        finding = await ask_once(f"127.0.0.1:{port}")
        occupant.close()
        await settle()
    words = "answered 'ERR max number of clients reached'"
    assert finding == Finding(Outcome.FAILED, words)


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        pytest.param(b"+PONG\r\n", Outcome.PASSED, "PONG", id="PONG"),
        pytest.param(
            b"-NOAUTH x\r\n", Outcome.PASSED, "asks for a password", id="auth"
        ),
        pytest.param(b"-NOPERM x\r\n", Outcome.PASSED, "not permit PING", id="rights"),
        pytest.param(b"-LOADING x\r\n", Outcome.FAILED, "loading its data", id="load"),
        pytest.param(
            b"-MASTERDOWN x\r\n", Outcome.FAILED, "master is down", id="master"
        ),
        pytest.param(b"-DENIED no\r\n", Outcome.FAILED, "'DENIED no'", id="denied"),
        pytest.param(b"+PING\r\n", Outcome.FAILED, "answered 'PING'", id="an echo"),
        pytest.param(b"-\r\n", Outcome.FAILED, "answered ''", id="an empty error"),
        pytest.param(b":1\r\n", Outcome.FAILED, "not a Redis answer", id="a number"),
        pytest.param(b"HTTP/1.1 400\r\n", Outcome.FAILED, "'HTTP/1.1 400'", id="http"),
        pytest.param(b"\xff\xfe\x1b[2J", Outcome.FAILED, r"'��\x1b[2J'", id="garbage"),
        pytest.param(b"\r\n", Outcome.FAILED, "not a Redis answer", id="a blank line"),
        pytest.param(b"", Outcome.FAILED, "without an answer", id="nothing"),
    ],
)
def test_an_answer_is_judged(answer: bytes, outcome: Outcome, words: str) -> None:
    finding = judge(answer)
    assert finding.outcome is outcome
    assert words in finding.detail
    assert finding.detail.isprintable()


@on_both_loops
@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        pytest.param(hang_up, "connection", id="closes at once"),
        pytest.param(dripping(b"x"), "not a Redis answer", id="babbles"),
        pytest.param(dripping(b"+" * 99), "answered '++", id="a line without end"),
        pytest.param(saying_then_hanging_up(b"+PO"), "answered 'PO'", id="half a line"),
        pytest.param(saying(b"+PONG\r\n+PONG\r\n"), "'PONG +PONG'", id="two answers"),
    ],
)
async def test_a_server_that_misbehaves_fails_in_words(
    behaviour: Behaviour, words: str
) -> None:
    before = open_files()
    async with serving(behaviour) as served:
        finding = await ask_once(served.target)
    await settle()
    assert finding.outcome is Outcome.FAILED
    assert words in finding.detail
    assert open_files() <= before


@on_both_loops
async def test_an_answer_in_small_pieces_is_put_together() -> None:
    async with serving(saying(b"+P", b"ON", b"G\r", b"\n")) as served:
        assert await ask_once(served.target) == PONG


@on_both_loops
async def test_a_closed_connection_is_made_again_only_once() -> None:
    async with serving(saying(b"+PONG\r\n"), hang_up) as served:
        probe = open_probe(Options(target=served.target))
        assert await probe() == PONG
        assert served.connections == 1
    async with serving(saying_then_hanging_up(b"+PONG\r\n"), hang_up) as served:
        probe.close()
        probe = open_probe(Options(target=served.target))
        assert await probe() == PONG
        await served.gone.wait()
        assert (await probe()).outcome is Outcome.FAILED
        assert served.connections == 2


@on_both_loops
async def test_a_cancelled_ping_gives_its_connection_up() -> None:
    before = open_files()
    async with serving(black_hole, saying(b"+PONG\r\n")) as served:
        probe = open_probe(Options(target=served.target))
        task = asyncio.ensure_future(probe())
        await served.connected.wait()
        await settle()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await served.gone.wait()
        assert await probe() == PONG  # not the late answer to the first PING
        assert served.connections == 2
        probe.close()
        await settle()
    await settle()
    assert open_files() <= before


@on_both_loops
async def test_close_lets_the_connection_go_and_may_be_called_twice() -> None:
    async with serving(saying(b"+PONG\r\n")) as served:
        probe = open_probe(Options(target=served.target))
        assert await probe() == PONG
        probe.close()
        probe.close()
        await served.gone.wait()


@on_both_loops
async def test_a_ping_that_ends_after_close_keeps_nothing() -> None:
    answer = asyncio.Event()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer.wait()
        writer.write(b"+PONG\r\n")
        await black_hole(reader, writer)

    async with serving(late) as served:
        probe = open_probe(Options(target=served.target))
        task = asyncio.ensure_future(probe())
        await served.connected.wait()
        probe.close()
        answer.set()
        assert await task == PONG
        await served.gone.wait()


@on_both_loops
async def test_nobody_there_is_a_refused_connection() -> None:
    finding = await ask_once(f"127.0.0.1:{free_port()}")
    assert finding == Finding(Outcome.FAILED, "connection refused")


def test_the_port_is_6379_unless_given() -> None:
    assert shown_target(Options(target="cache")) == "cache:6379"
    assert shown_target(Options(target="[::1]:7000")) == "[::1]:7000"


def test_a_bad_target_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"redis target 'cache:x': the port must be"):
        Options(target="cache:x")
