"""The http probe's connection: kept, lost, cancelled, closed, and nothing left over."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TypeAlias

import pytest

from conductor_tui.adapters.probes.http import Options, open_probe
from conductor_tui.adapters.probes.http_answer import Trouble
from conductor_tui.adapters.probes.http_connect import connect
from conductor_tui.adapters.probes.http_target import parse_target
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.testing import FakeClock, settle
from tests.adapters.probes.http_harness import (
    LOOPS,
    Run,
    Talk,
    kept,
    quiet_loop,
    saying,
    talking,
)
from tests.servers.certificates import Authority

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_PASSED = Finding(Outcome.PASSED, "200 OK")
_UNHEARD = Finding(Outcome.FAILED, "closed without an answer")

Call: TypeAlias = Callable[[], Awaitable[Finding]]


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with quiet_loop(request.param) as run:
        yield run


class Counter:
    """A well-behaved server, but for what each connection's turn in `script` says:
    how many requests it answers before it hangs up, and with which bytes.
    """

    def __init__(self, *script: int, answer: bytes = _OK) -> None:
        self._script = list(script)
        self._answer = answer
        self.connections = 0
        self.requests = 0
        self.gone = asyncio.Event()  # the last connection has been hung up by either
        self.asked = asyncio.Event()  # a request came that gets no answer

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self.gone.clear()
        answers = self._script.pop(0) if self._script else 9999
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                if not answers:
                    self.asked.set()
                    return
                answers -= 1
                writer.write(self._answer)
        except asyncio.IncompleteReadError:
            pass
        finally:
            self.gone.set()


def test_checks_share_one_connection(run: Run) -> None:
    async def main() -> None:
        server = Counter()
        async with talking(server) as port, kept(port) as probe:
            assert [await probe() for _ in range(3)] == [_PASSED] * 3
            assert (server.connections, server.requests) == (1, 3)

    run(main())


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            id="it says close",
        ),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", id="HTTP/1.0"),
        pytest.param(_OK + b"surplus", id="bytes follow the answer"),
        pytest.param(_OK + _OK, id="a second answer follows"),
    ],
)
def test_a_connection_that_is_not_clean_is_not_kept(run: Run, answer: bytes) -> None:
    async def main() -> None:
        server = Counter(answer=answer)
        async with talking(server) as port, kept(port) as probe:
            assert [await probe() for _ in range(2)] == [_PASSED] * 2
            assert server.connections == 2

    run(main())


def test_words_between_two_checks_end_the_connection(run: Run) -> None:
    """Otherwise they would be taken for the answer to the next check."""

    async def main() -> None:
        gone = asyncio.Event()

        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(_OK)
            await answered.wait()
            writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
            await reader.read()
            gone.set()

        answered = asyncio.Event()
        async with talking(talk) as port, kept(port) as probe:
            assert await probe() == _PASSED
            answered.set()
            await gone.wait()
            assert await probe() == _PASSED

    run(main())


def test_a_server_that_hangs_up_between_checks_is_asked_again(run: Run) -> None:
    async def main() -> None:
        async with talking(saying(_OK)) as port, kept(port) as probe:
            assert [await probe() for _ in range(3)] == [_PASSED] * 3

    run(main())


def test_a_kept_connection_that_dies_under_a_request_is_replaced_once(run: Run) -> None:
    async def main() -> None:
        server = Counter(1, 1)  # each answers one request, reads another, hangs up
        async with talking(server) as port, kept(port) as probe:
            assert [await probe() for _ in range(2)] == [_PASSED] * 2
            assert (server.connections, server.requests) == (2, 3)

    run(main())


def test_a_second_connection_without_an_answer_is_a_finding(run: Run) -> None:
    async def main() -> None:
        server = Counter(1, 0)
        async with talking(server) as port, kept(port) as probe:
            assert [await probe() for _ in range(2)] == [_PASSED, _UNHEARD]
            assert server.connections == 2

    run(main())


def test_a_fresh_connection_without_an_answer_is_not_tried_again(run: Run) -> None:
    async def main() -> None:
        server = Counter(0)
        async with talking(server) as port, kept(port) as probe:
            assert await probe() == _UNHEARD
            assert server.connections == 1

    run(main())


def test_a_kept_connection_that_dies_in_an_answer_is_not_tried_again(run: Run) -> None:
    async def main() -> None:
        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(_OK)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(_OK[:-1])

        words = "200, then closed in the middle of the body"
        async with talking(talk) as port, kept(port) as probe:
            assert await probe() == _PASSED
            assert await probe() == Finding(Outcome.FAILED, words)

    run(main())


def test_a_reset_is_told_as_such(run: Run) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        linger_no_time = b"\x01\0\0\0\0\0\0\0"  # struct linger {1, 0}: RST, not FIN
        peer = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_no_time)
        writer.transport.abort()

    async def main() -> None:
        async with talking(talk) as port, kept(port) as probe:
            words = "the connection was reset"
            assert await probe() == Finding(Outcome.FAILED, words)

    run(main())


def test_a_server_that_talks_first_is_heard(run: Run) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n")
        await reader.read()

    async def main() -> None:
        async with talking(talk) as port, kept(port) as probe:
            words = 'not HTTP: it said "220 mail.example.org ESMTP"'
            assert await probe() == Finding(Outcome.FAILED, words)

    run(main())


def test_a_closed_probe_hangs_up_and_opens_again_when_called(run: Run) -> None:
    async def main() -> None:
        server = Counter()
        async with talking(server) as port:
            probe = open_probe(Options(target=f"http://127.0.0.1:{port}/"))
            await probe()
            probe.close()
            probe.close()
            await server.gone.wait()
            assert await probe() == _PASSED
            probe.close()
            await server.gone.wait()
            assert server.connections == 2

    run(main())


def test_a_probe_closed_during_a_check_keeps_nothing(run: Run) -> None:
    async def main() -> None:
        gone = asyncio.Event()

        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await reader.readuntil(b"\r\n\r\n")
            probe.close()
            writer.write(_OK)
            await reader.read()
            gone.set()

        async with talking(talk) as port:
            probe = open_probe(Options(target=f"http://127.0.0.1:{port}/"))
            assert await probe() == _PASSED
            await gone.wait()

    run(main())


def test_two_checks_at_once_do_not_mix_their_answers(run: Run) -> None:
    async def main() -> None:
        server = Counter()
        async with talking(server) as port, kept(port) as probe:
            await probe()
            assert list(await asyncio.gather(probe(), probe())) == [_PASSED] * 2
            assert (server.connections, server.requests) == (2, 3)
            await server.gone.wait()  # one is kept, the other is not

    run(main())


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(1)


async def _dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in _OK[:-1]:
        writer.write(bytes([byte]))
        await writer.drain()


async def _one_answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(_OK)
    await reader.readuntil(b"\r\n\r\n")


@asynccontextmanager
async def _stuck(talk: Talk) -> AsyncIterator[tuple[int, asyncio.Event, asyncio.Event]]:
    """Serve `talk`, then say nothing more. The events: it has come so far; it was hung
    up on.
    """
    far, gone = asyncio.Event(), asyncio.Event()

    async def then_nothing(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await talk(reader, writer)
        far.set()
        try:
            await reader.read()
        finally:
            gone.set()

    async with talking(then_nothing) as port:
        yield port, far, gone


async def _past_its_deadline(probe: Call, far: asyncio.Event | None = None) -> None:
    """Call the probe until it hangs, and let its deadline of 200 ms pass."""
    clock = FakeClock()

    async def check() -> None:
        with pytest.raises(TimeoutError):
            async with clock.timeout(0.2):
                await probe()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(check())
        await (far.wait() if far else settle())
        await clock.advance(0.2)


@pytest.mark.parametrize("talk", [_silent, _dripping])
def test_a_server_that_never_ends_is_hung_up_on_at_the_deadline(
    run: Run, talk: Talk
) -> None:
    async def main() -> None:
        async with _stuck(talk) as (port, far, gone), kept(port) as probe:
            await _past_its_deadline(probe, far)
            await gone.wait()

    run(main())


def test_a_kept_connection_is_hung_up_on_at_the_deadline(run: Run) -> None:
    async def main() -> None:
        async with _stuck(_one_answer) as (port, far, gone), kept(port) as probe:
            assert await probe() == _PASSED
            await _past_its_deadline(probe, far)
            await gone.wait()

    run(main())


def test_a_tls_handshake_is_hung_up_on_at_the_deadline(run: Run) -> None:
    async def main() -> None:
        async with _stuck(_silent) as (port, far, gone):
            probe = open_probe(Options(target=f"https://127.0.0.1:{port}/"))
            await _past_its_deadline(probe, far)
            await gone.wait()

    run(main())


def test_a_connect_that_nobody_answers_is_given_up_at_the_deadline(run: Run) -> None:
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as full:
        port = full.getsockname()[1]
        with closing(socket.create_connection(("127.0.0.1", port))):
            # the backlog is full: a further SYN is dropped, as a firewall would
            run(_past_its_deadline(open_probe(_options(port))))


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_cancelled_check_leaves_nothing_at_any_moment(
    run: Run, scheme: str, tmp_path: Path
) -> None:
    """Cancelled after 0, 1, 2 ... turns of the loop, until one is over by then."""

    async def is_cancelled_after(turns: int, probe: Call) -> bool:
        check = asyncio.ensure_future(probe())
        for _ in range(turns):
            await asyncio.sleep(0)
        check.cancel()
        await asyncio.gather(check, return_exceptions=True)
        return check.cancelled()

    async def main() -> None:
        tls = _server_tls(tmp_path) if scheme == "https" else None
        options = {"verify_tls": False} if tls else {}
        url = f"{scheme}://127.0.0.1/"
        async with (
            talking(Counter(), tls=tls) as port,
            kept(port, url, **options) as probe,
        ):
            turns = 0
            while await is_cancelled_after(turns, probe):
                turns += 1
            assert turns > 3
            assert await probe() == _PASSED

    run(main())


def _server_tls(folder: Path) -> ssl.SSLContext:
    certificate = Authority(folder).issue("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


def test_a_closed_port_is_refused_in_words(run: Run) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]

    finding = run(_once(_options(port)))

    assert finding == Finding(Outcome.FAILED, "connection refused")


def test_a_name_that_does_not_exist_is_told_as_such(run: Run) -> None:
    async def main() -> str:
        async def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        # by way of the loop, so that no test asks a resolver
        asyncio.get_running_loop().getaddrinfo = unknown  # type: ignore[method-assign, assignment]
        opened = await connect(
            parse_target("http://nowhere.invalid/"), b"", max_body=0, verify_tls=True
        )
        assert isinstance(opened, Trouble)
        return opened.words

    assert run(main()) == "cannot resolve 'nowhere.invalid'"


def test_localhost_is_found_on_either_loopback_without_a_resolver(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("the resolver was asked")

    monkeypatch.setattr(socket, "getaddrinfo", asked)

    async def main() -> Finding:
        async with talking(saying(_OK), "::1") as port:
            return await _once(Options(target=f"http://localhost:{port}/"))

    assert run(main()) == _PASSED


def _options(port: int) -> Options:
    return Options(target=f"http://127.0.0.1:{port}/")


async def _once(options: Options) -> Finding:
    probe = open_probe(options)
    try:
        return await probe()
    finally:
        probe.close()
