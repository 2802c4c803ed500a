"""One connection to a name with several addresses, some of them out of reach."""

import asyncio
import errno
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from conductor_tui.adapters.probes.http import Options, open_probe
from conductor_tui.adapters.probes.reach import is_address, reach
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.testing import settle
from tests.adapters.probes.http_harness import (
    LOOPS,
    Run,
    quiet_loop,
    saying,
    talking,
)
from tests.adapters.probes.loops import open_files

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_NAME = "platform.invalid"


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with quiet_loop(request.param) as run:
        yield run


@pytest.fixture
def full() -> Iterator[int]:
    """Give a port of 127.0.0.1 where nobody answers: its queue is full, so a further
    SYN is dropped, as a firewall would.
    """
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as server:
        port = server.getsockname()[1]
        with closing(socket.create_connection(("127.0.0.1", port))):
            yield port


def _resolve_to(addresses: Sequence[str]) -> None:
    """Make the running loop resolve every name to these, in this order."""

    async def known(host: str, port: int, **_: object) -> list[object]:
        # uvloop looks an address up once more before it connects to it
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                socket.IPPROTO_TCP,
                "",
                (address, port, 0, 0) if ":" in address else (address, port),
            )
            for address in (addresses if host == _NAME else [host])
        ]

    # by way of the loop, so that no test asks a resolver
    asyncio.get_running_loop().getaddrinfo = known  # type: ignore[method-assign, assignment]


async def _check(port: int) -> Finding:
    probe = open_probe(Options(target=f"http://{_NAME}:{port}/"))
    try:
        return await probe()
    finally:
        probe.close()
        await asyncio.sleep(0)


def test_an_ipv4_server_is_reached_although_ipv6_comes_first(run: Run) -> None:
    async def main() -> None:
        _resolve_to(["::1", "127.0.0.1"])
        async with talking(saying(_OK)) as port:
            assert await _check(port) == Finding(Outcome.PASSED, "200 OK")

    run(main())


def test_an_address_that_swallows_everything_does_not_hold_up_the_next(
    run: Run, full: int
) -> None:
    """The kernel would go on asking there for two minutes."""

    async def main() -> tuple[str, int]:
        _resolve_to(["127.0.0.1", "127.0.0.2"])
        with closing(socket.create_server(("127.0.0.2", full))):
            before = open_files()
            with closing(await reach(_NAME, full)) as plug:
                assert len(open_files() - before) == 1
                peer: tuple[str, int] = plug.getpeername()
                return peer

    assert run(main()) == ("127.0.0.2", full)


def test_a_race_that_is_cancelled_leaves_no_socket(run: Run, full: int) -> None:
    async def main() -> None:
        _resolve_to(["127.0.0.1"] * 3)
        before = open_files()
        task = asyncio.create_task(reach(_NAME, full))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert open_files() <= before

    run(main())


def test_a_check_of_a_name_cancelled_at_any_moment_leaves_nothing(run: Run) -> None:
    """Cancelled after 0, 1, 2 ... turns of the loop, until one is over by then."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            writer.write(_OK)

    async def is_cancelled_after(turns: int, port: int) -> bool:
        check = asyncio.ensure_future(_check(port))
        for _ in range(turns):
            await asyncio.sleep(0)
        check.cancel()
        await asyncio.gather(check, return_exceptions=True)
        return check.cancelled()

    async def main() -> None:
        _resolve_to(["::1", "127.0.0.1"])
        async with talking(talk) as port:
            before, turns = open_files(), 0
            while await is_cancelled_after(turns, port):
                turns += 1
            assert turns > 3
            assert await _check(port) == Finding(Outcome.PASSED, "200 OK")
            await settle()
        assert open_files() <= before

    run(main())


def test_where_all_addresses_refuse_the_words_are_of_one(run: Run) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]

    async def main() -> Finding:
        _resolve_to(["::1", "127.0.0.1", "127.0.0.2"])
        return await _check(port)

    assert run(main()) == Finding(Outcome.FAILED, "connection refused")


def test_a_family_without_a_way_out_does_not_have_the_word(run: Run) -> None:
    async def main() -> int | None:
        async def no_way(_: socket.socket, address: tuple[str, int]) -> None:
            number = errno.ENETUNREACH if ":" in address[0] else errno.ECONNREFUSED
            raise OSError(number, "no")

        _resolve_to(["::2", "127.0.0.1"])
        asyncio.get_running_loop().sock_connect = no_way  # type: ignore[method-assign, assignment]
        try:
            (await reach(_NAME, 80)).close()
        except OSError as error:
            return error.errno
        return None

    assert run(main()) == errno.ECONNREFUSED


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("127.1", True),
        ("web1", False),
        ("10.0.0.1.nip.io", False),
        ("localhost.", False),
    ],
)
def test_an_address_is_no_name(host: str, is_one: bool) -> None:
    assert is_address(host) is is_one
