"""The http probe against servers that misbehave: words each time, and nothing leaks."""

import asyncio
from collections.abc import Iterator

import pytest

from conductor_tui.domain.check import Finding, Outcome
from tests.adapters.probes.http_harness import (
    LOOPS,
    Run,
    Talk,
    found,
    quiet_loop,
    saying,
)

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with quiet_loop(request.param) as run:
        yield run


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        pytest.param([b""], "closed without an answer", id="nothing"),
        pytest.param(
            [b"SSH-2.0-OpenSSH_9.2p1\r\n"],
            'not HTTP: it said "SSH-2.0-OpenSSH_9.2p1"',
            id="another protocol",
        ),
        pytest.param(
            [b"\x1b]0;owned\x07\xff"],
            'not HTTP: it said "\\x1b]0;owned\\x07\\xff"',
            id="control characters",
        ),
        pytest.param(
            [b"\x15\x03\x01\x00\x02\x02\x46"],
            "speaks TLS: write https:// instead of http://",
            id="a TLS alert",
        ),
        pytest.param(
            [b"HTTP/1.1 2"], "closed in the middle of the headers", id="half a status"
        ),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nA: b\r\nContent"],
            "closed in the middle of the headers",
            id="half the headers",
        ),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"],
            "200, then closed in the middle of the body",
            id="a length that promises too much",
        ),
        pytest.param(
            [_CHUNKED + b"5\r\nhel"],
            "200, then closed in the middle of the body",
            id="half a chunk",
        ),
        pytest.param(
            [_CHUNKED + b"zz\r\nhello\r\n"],
            "200, then invalid HTTP: Invalid character in chunk size",
            id="a chunk size that is no number",
        ),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"],
            "invalid HTTP: Invalid header token",
            id="a header without a colon",
        ),
        pytest.param(
            [b"HTTP/1.1 999999 OK\r\n\r\n"],
            "invalid HTTP: Invalid response status",
            id="a status that is none",
        ),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 65536],
            "the headers do not end: too many or too long",
            id="one header without end",
        ),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 5000],
            "the headers do not end: too many or too long",
            id="headers without end",
        ),
        pytest.param(
            [b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 2000],
            "the headers do not end: too many or too long",
            id="interim answers without end",
        ),
        pytest.param(
            [b"HTTP/1.1 100 Continue\r\n\r\n"],
            "closed in the middle of the headers",
            id="an interim answer and no other",
        ),
        pytest.param(
            [b"HTTP/1.1 503 Nope \xff\x1b[31m\r\nContent-Length: 0\r\n\r\n"],
            "503 Nope \\xff\\x1b[31m",
            id="a reason that is no UTF-8",
        ),
        pytest.param(
            [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"],
            "101 Switching Protocols",
            id="a protocol switch that nobody asked for",
        ),
        pytest.param(
            [b"HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n"],
            "302 Found to /loop: a redirect loop",
            id="a redirect to itself",
        ),
    ],
)
def test_a_broken_answer_fails_in_words(
    run: Run, parts: list[bytes], words: str
) -> None:
    finding = run(found(saying(*parts), "http://127.0.0.1/loop"))

    assert finding == Finding(Outcome.FAILED, words)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        pytest.param([_OK], "200 OK", id="a length"),
        pytest.param([_CHUNKED + b"2\r\nok\r\n0\r\n\r\n"], "200 OK", id="chunks"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\n\r\nuntil", b"the end"], "200 OK", id="until closed"
        ),
        pytest.param([b"HTTP/1.0 200 OK\r\n\r\nold"], "200 OK", id="HTTP/1.0"),
        pytest.param([b"HTTP/1.1 200 OK\nA: b\n\nx"], "200 OK", id="bare line feeds"),
        pytest.param([b"HTTP/1.1 204\r\n\r\n"], "204 No Content", id="no reason"),
        pytest.param(
            [b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"],
            "304 Not Modified",
            id="a length without a body",
        ),
        pytest.param(
            [b"HTTP/1.1 100 Continue\r\n\r\n", _OK], "200 OK", id="after an interim"
        ),
        pytest.param([_OK, b"surplus"], "200 OK", id="more than the length says"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nX: \xff\xfe\r\nContent-Length: 0\r\n\r\n"],
            "200 OK",
            id="a header that is no UTF-8",
        ),
        pytest.param(
            [b"HTTP/1.1 302 Found\r\nLocation: http://[nowhere\r\n\r\n"],
            "302 Found to http://[nowhere",
            id="a redirect to nowhere",
        ),
        pytest.param(
            [b"HTTP/1.1 301 Moved\r\nLocation: https://example.org/\r\n\r\n"],
            "301 Moved to https://example.org/",
            id="a redirect",
        ),
    ],
)
def test_an_odd_answer_passes_when_its_status_does(
    run: Run, parts: list[bytes], words: str
) -> None:
    finding = run(found(saying(*parts), "http://127.0.0.1/loop"))

    assert finding == Finding(Outcome.PASSED, words)


def _endless(head: bytes, more: bytes) -> Talk:
    """Answer with `head`, then `more` for as long as somebody reads it."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while True:
            writer.write(more)
            await writer.drain()

    return talk


@pytest.mark.parametrize(
    ("head", "more"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536, id="until closed"),
        pytest.param(_CHUNKED, b"1\r\nx\r\n" * 9999, id="chunks of one byte"),
        pytest.param(_CHUNKED + b"5;", b"x" * 65536, id="one chunk's extension"),
        pytest.param(_CHUNKED + b"0\r\n", b"a: b\r\n" * 9999, id="trailers"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n",
            b"x" * 65536,
            id="a long length",
        ),
    ],
)
def test_a_body_without_end_is_left_at_the_limit(
    run: Run, head: bytes, more: bytes
) -> None:
    finding = run(found(_endless(head, more), max_body=1000))

    assert finding == Finding(Outcome.PASSED, "200 OK, body over 1,000 bytes")


def _uttering(words: bytes) -> Talk:
    """Say this to whatever comes first, then close."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(words)

    return talk


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(b"", "closed during the TLS handshake", id="nothing"),
        pytest.param(
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "does not speak TLS: http:// instead of https://?",
            id="plain HTTP",
        ),
        pytest.param(
            b"SSH-2.0-OpenSSH_9.2p1\r\n",
            "does not speak TLS: http:// instead of https://?",
            id="another protocol",
        ),
        pytest.param(
            bytes(50), "does not speak TLS: http:// instead of https://?", id="zeros"
        ),
        pytest.param(
            b"\x15\x03\x01\x00\x02\x02\x28",
            "TLS failed: sslv3 alert handshake failure",
            id="a server that refuses the handshake",
        ),
        pytest.param(
            b"\x16\x03\x03\x00\x05abcde",
            "TLS failed: unexpected message",
            id="a record with rubbish in it",
        ),
    ],
)
def test_broken_tls_fails_in_words(run: Run, answer: bytes, words: str) -> None:
    finding = run(found(_uttering(answer), "https://127.0.0.1/"))

    assert finding == Finding(Outcome.FAILED, words)
