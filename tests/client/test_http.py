"""HTTP libraries behind breakers: a real server, the real libraries."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import httpx
import pytest
import requests

from conductor_tui.client import Rejected
from conductor_tui.client.breaker import Breaker
from conductor_tui.client.for_aiohttp import breaker_middleware
from conductor_tui.client.for_httpx import AsyncBreakerTransport, BreakerTransport
from conductor_tui.client.for_requests import mount_breakers
from conductor_tui.client.hosts import Hosts
from conductor_tui.domain.states import BreakerState
from tests.client.telling import Desk, FakeLink


class Handler(BaseHTTPRequestHandler):
    """/500 answers 500 and so on; /to/URL sends there."""

    def do_GET(self) -> None:
        kind, _, rest = self.path[1:].partition("/")
        self.send_response(302 if kind == "to" else int(kind))
        if kind == "to":
            self.send_header("Location", rest)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


class Asked:
    """A client with two breakers, of which one is asked for by the port."""

    def __init__(self, port: int) -> None:
        link = FakeLink()
        self.desks = {name: Desk(link) for name in ("api", "other")}
        self.port = port

    def breaker(self, name: str) -> Breaker:
        return self.desks[name].breaker

    def platform_at(self, host: str) -> str | None:
        return "api" if host == f"127.0.0.1:{self.port}" else None

    async def first_word(self) -> None: ...

    @property
    def stats(self) -> tuple[int, int, int]:
        found = self.desks["api"].breaker.stats()
        return found.calls, found.failed, found.rejected


Get = Callable[[Asked, str], int]


def by_httpx(asked: Asked, path: str) -> int:
    with httpx.Client(transport=BreakerTransport(asked)) as client:
        return client.get(path, follow_redirects=True).status_code


def by_async_httpx(asked: Asked, path: str) -> int:
    async def get() -> int:
        transport = AsyncBreakerTransport(asked)
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.get(path, follow_redirects=True)).status_code

    return asyncio.run(get())


def by_aiohttp(asked: Asked, path: str) -> int:
    async def get() -> int:
        through = breaker_middleware(asked)
        async with (
            aiohttp.ClientSession(middlewares=[through]) as session,
            session.get(path) as response,
        ):
            return response.status

    return asyncio.run(get())


def by_requests(asked: Asked, path: str) -> int:
    with requests.Session() as session:
        mount_breakers(session, asked)
        return session.get(path, timeout=10).status_code


@pytest.fixture(
    params=[by_httpx, by_async_httpx, by_aiohttp, by_requests],
    ids=lambda one: one.__name__,
)
def get(request: pytest.FixtureRequest) -> Get:
    found: Get = request.param
    return found


@pytest.mark.parametrize(
    ("status", "failed"), [(200, 0), (404, 0), (304, 0), (500, 1), (503, 1)]
)
def test_only_an_error_of_the_server_is_a_failure(
    get: Get, port: int, status: int, failed: int
) -> None:
    asked = Asked(port)
    assert get(asked, f"http://127.0.0.1:{port}/{status}") == status
    assert asked.stats == (1, failed, 0)


def test_a_held_breaker_comes_out_as_it_is(get: Get, port: int) -> None:
    asked = Asked(port)
    asked.desks["api"].tell(BreakerState.HELD)
    with pytest.raises(Rejected, match="HELD by ann"):
        get(asked, f"http://127.0.0.1:{port}/200")
    assert asked.stats == (0, 0, 1)


def test_nobody_listening_is_a_failure(get: Get) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as gone:
        port = gone.server_port
    asked = Asked(port)
    errors = (httpx.ConnectError, aiohttp.ClientError, requests.ConnectionError)
    with pytest.raises(errors):
        get(asked, f"http://127.0.0.1:{port}/200")
    assert asked.stats == (1, 1, 0)


def test_a_host_that_nobody_watches_goes_untouched(get: Get, port: int) -> None:
    asked = Asked(1)
    assert get(asked, f"http://127.0.0.1:{port}/500") == 500
    assert asked.stats == (0, 0, 0)


def test_each_request_of_a_redirect_is_a_call(get: Get, port: int) -> None:
    asked = Asked(port)
    there = f"http://127.0.0.1:{port}"
    assert get(asked, f"{there}/to/{there}/200") == 200
    assert asked.stats == (2, 0, 0)


@pytest.mark.parametrize(
    ("scheme", "host", "port", "name"),
    [
        pytest.param("http", "api.example.com", None, "api", id="a host by hand"),
        pytest.param("https", "API.example.com", 8443, "api", id="any of its ports"),
        pytest.param("http", "127.0.0.1", 8080, "other", id="host and port"),
        pytest.param("http", "127.0.0.1", 80, None, id="another port"),
        pytest.param("https", "secure.example.com", None, "api", id="the usual port"),
        pytest.param("http", "[::1]", 8080, "other", id="IPv6"),
        pytest.param("http", "elsewhere", None, None, id="nobody's"),
    ],
)
def test_hosts_given_by_hand(
    scheme: str, host: str, port: int | None, name: str | None
) -> None:
    asked = Asked(1)
    known = Hosts(
        asked,
        {
            "api.example.com": "api",
            "127.0.0.1:8080": "other",
            "secure.example.com:443": "api",
            "[::1]:8080": "other",
        },
    )
    found = known.breaker(scheme, host, port)
    assert found is (asked.breaker(name) if name else None)
