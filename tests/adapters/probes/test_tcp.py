"""The tcp probe, and addresses as people write them."""

import asyncio
import errno
import re
import socket

import pytest

from conductor_tui.adapters.probes.address import (
    Address,
    network_words,
    parse_address,
)
from conductor_tui.adapters.probes.tcp import Options, open_probe, shown_target
from conductor_tui.domain.check import Finding, Outcome
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


async def ask(target: str, send: str = "", expect: str = "") -> Finding:
    return await open_probe(Options(target=target, send=send, expect=expect))()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("127.0.0.1:6379", Address("127.0.0.1", 6379), id="IPv4"),
        pytest.param("[::1]:6379", Address("::1", 6379), id="IPv6 in brackets"),
        pytest.param("db.internal:1", Address("db.internal", 1), id="a name"),
        pytest.param("db:65535", Address("db", 65535), id="the highest port"),
    ],
)
def test_an_address_is_read_and_written_the_same(text: str, address: Address) -> None:
    assert parse_address(text, kind="tcp") == address
    assert str(address) == text


@pytest.mark.parametrize("text", ["db", "[::1]", "127.0.0.1"])
def test_a_missing_port_is_the_default_one(text: str) -> None:
    assert parse_address(text, kind="redis", default_port=6379).port == 6379


@pytest.mark.parametrize(
    ("target", "words"),
    [
        pytest.param("", '"host:port"', id="empty"),
        pytest.param("db", 'must be "host:port", such as', id="no port"),
        pytest.param(":80", '"host:port"', id="no host"),
        pytest.param("db:", "from 1 to 65535, not ''", id="an empty port"),
        pytest.param("db:http", "not 'http'", id="a port in letters"),
        pytest.param("db:0", "not '0'", id="port 0"),
        pytest.param("db:65536", "not '65536'", id="a port too high"),
        pytest.param("db:-1", "not '-1'", id="a negative port"),
        pytest.param("db:٣", "not '٣'", id="a digit that is not ASCII"),
        pytest.param(
            "::1:6379", 'in brackets and a port after it, such as "[', id="::1"
        ),
        pytest.param("d b:80", '"host:port"', id="a blank in the host"),
        pytest.param("d\x1bb:80", r"'d\x1bb:80'", id="an escape character"),
        pytest.param("tcp://db:80", "not a URL", id="a URL"),
        pytest.param("tcp://u:pw@db:80/0?x", 'write "db:80"', id="a URL with all"),
        pytest.param("u:pw@db:80", 'write "db:80"', id="a user and a password"),
        pytest.param("x" * 70 + ":80", '"host:port"', id="a label too long"),
    ],
)
def test_a_bad_target_is_refused_with_the_way_out(target: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Options(target=target)


@on_both_loops
async def test_an_open_port_passes() -> None:
    async with serving(black_hole) as served:
        assert await ask(served.target) == Finding(Outcome.PASSED, "connected")


@on_both_loops
async def test_a_closed_port_is_refused_in_words() -> None:
    finding = await ask(f"127.0.0.1:{free_port()}")
    assert finding == Finding(Outcome.FAILED, "connection refused")


@on_both_loops
async def test_a_name_with_several_addresses_that_all_refuse_is_one_refusal() -> None:
    finding = await ask(f"localhost:{free_port()}")
    assert finding == Finding(Outcome.FAILED, "connection refused")


def test_several_errors_packed_into_one_become_the_commonest() -> None:
    text = "Multiple exceptions: [Errno 113] a, [Errno 111] b, [Errno 111] c"
    assert network_words(OSError(text)) == "connection refused"


@on_both_loops
async def test_a_name_that_does_not_resolve_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio, "open_connection", unknown)
    words = "cannot resolve 'no.such.host': name or service not known"
    assert await ask("no.such.host:80") == Finding(Outcome.FAILED, words)


def test_a_network_error_that_we_have_no_words_for_has_the_systems() -> None:
    assert network_words(OSError(errno.EIO, "x")) == "input/output error"


@on_both_loops
async def test_the_expected_answer_passes_and_is_shown() -> None:
    async with serving(saying(b"220 mail", b" ready\r\n", first_read=False)) as served:
        finding = await ask(served.target, expect="ready")
    assert finding == Finding(Outcome.PASSED, "answered '220 mail ready'")


@on_both_loops
async def test_what_is_to_be_sent_is_sent() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"you said " + await reader.readexactly(6))
        await black_hole(reader, writer)

    async with serving(echo) as served:
        finding = await ask(served.target, send="ruok\r\n", expect="said ruok")
    assert finding == Finding(Outcome.PASSED, "answered 'you said ruok'")


@on_both_loops
async def test_another_answer_fails_and_both_are_named() -> None:
    async with serving(saying_then_hanging_up(b"busy\n")) as served:
        finding = await ask(served.target, send="?", expect="ready")
    words = "the answer does not contain 'ready': 'busy'"
    assert finding == Finding(Outcome.FAILED, words)


@on_both_loops
async def test_hanging_up_instead_of_answering_fails() -> None:
    async with serving(hang_up) as served:
        finding = await ask(served.target, expect="ready")
    assert finding.outcome is Outcome.FAILED
    assert finding.detail.startswith(
        ("closed the connection without", "the connection")
    )


@on_both_loops
async def test_invalid_utf_8_and_escapes_in_an_answer_are_made_harmless() -> None:
    async with serving(saying_then_hanging_up(b"\xff\x1b]0;owned\x07")) as served:
        finding = await ask(served.target, send="?", expect="ready")
    assert finding.outcome is Outcome.FAILED
    assert finding.detail.isprintable()


@on_both_loops
async def test_an_endless_answer_is_read_up_to_a_bound() -> None:
    async with serving(dripping(b"x" * 8192)) as served:
        finding = await ask(served.target, expect="ready")
    assert finding.outcome is Outcome.FAILED
    assert "does not contain 'ready'" in finding.detail


@on_both_loops
@pytest.mark.parametrize(
    "behaviour", [black_hole, dripping(b"x")], ids=["a black hole", "a slow drip"]
)
async def test_a_cancelled_probe_hangs_up_and_keeps_nothing_open(
    behaviour: Behaviour,
) -> None:
    before = open_files()
    async with serving(behaviour) as served:
        task = asyncio.create_task(ask(served.target, send="hello", expect="ready"))
        await served.connected.wait()
        await settle()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await served.gone.wait()
    await settle()
    assert open_files() <= before


@on_both_loops
async def test_a_peer_that_does_not_read_is_left_behind_by_a_cancellation() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    before = open_files()
    async with serving(deaf) as served:
        flood = "x" * 20_000_000
        task = asyncio.create_task(ask(served.target, send=flood, expect="y"))
        await served.connected.wait()
        await settle()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await settle()
    await settle()
    assert open_files() <= before


def test_the_target_is_shown_as_written() -> None:
    assert shown_target(Options(target="db:80")) == "db:80"
