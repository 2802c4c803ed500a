"""httpx's own ways: streams, timeouts, pools, what is the caller's fault."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from conductor_tui.client import Rejected
from conductor_tui.client.for_httpx import AsyncBreakerTransport, BreakerTransport
from conductor_tui.client.hosts import Hosts
from conductor_tui.domain.states import BreakerState
from tests.client.test_http import Asked

HOSTS = {"127.0.0.1": "api", "other.test": "other"}


@pytest.fixture
def silent() -> Iterator[int]:
    """A port where connections are made, and nothing is answered."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def answering(asked: Asked, answer: httpx.Response | Exception) -> httpx.Client:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    inner = httpx.MockTransport(handle)
    return httpx.Client(transport=BreakerTransport(asked, inner, hosts=HOSTS))


def test_an_answer_that_does_not_come_in_time_is_a_failure(silent: int) -> None:
    asked = Asked(1)
    transport = BreakerTransport(asked, hosts=HOSTS)
    with (
        httpx.Client(transport=transport, timeout=0.05) as web,
        pytest.raises(httpx.ReadTimeout),
    ):
        web.get(f"http://127.0.0.1:{silent}/")
    assert asked.stats == (1, 1, 0)


async def test_it_is_a_failure_for_async_callers_too(silent: int) -> None:
    asked = Asked(1)
    transport = AsyncBreakerTransport(asked, hosts=HOSTS)
    async with httpx.AsyncClient(transport=transport, timeout=0.05) as web:
        with pytest.raises(httpx.ReadTimeout):
            await web.get(f"http://127.0.0.1:{silent}/")
    assert asked.stats == (1, 1, 0)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(httpx.UnsupportedProtocol("ftp"), id="no HTTP"),
        pytest.param(httpx.LocalProtocolError("header"), id="cannot be sent"),
        pytest.param(httpx.PoolTimeout("full"), id="our own pool is full"),
        pytest.param(ValueError("body"), id="the caller's own body raised"),
    ],
)
def test_what_never_reached_the_platform_is_no_verdict(error: Exception) -> None:
    asked = Asked(1)
    asked.desks["api"].fail()
    with answering(asked, error) as web, pytest.raises(type(error)):
        web.get("http://127.0.0.1/")
    assert asked.stats == (2, 1, 0)
    assert asked.breaker("api").stats().streak == 1


@pytest.mark.parametrize(
    "error", [httpx.RemoteProtocolError("eh"), OSError("gone")], ids=["garbage", "os"]
)
def test_what_the_platform_did_is_a_failure(error: Exception) -> None:
    asked = Asked(1)
    with answering(asked, error) as web, pytest.raises(type(error)):
        web.get("http://127.0.0.1/")
    assert asked.stats == (1, 1, 0)


def test_a_body_that_breaks_off_is_the_readers_to_see() -> None:
    def body() -> Iterator[bytes]:
        yield b"half"
        raise httpx.ReadError("broken off")

    asked = Asked(1)
    with (
        answering(asked, httpx.Response(200, content=body())) as web,
        web.stream("GET", "http://127.0.0.1/") as answer,
        pytest.raises(httpx.ReadError),
    ):
        answer.read()
    assert asked.stats == (1, 0, 0)


def test_a_redirect_to_a_held_host_is_rejected_there() -> None:
    asked = Asked(1)
    asked.desks["other"].tell(BreakerState.HELD)
    there = httpx.Response(302, headers={"Location": "http://other.test/"})
    with answering(asked, there) as web, pytest.raises(Rejected):
        web.get("http://127.0.0.1/", follow_redirects=True)
    assert asked.stats == (1, 0, 0)
    assert asked.breaker("other").stats().rejected == 1


def test_a_rule_of_the_program_that_raises_loses_neither_answer_nor_trial() -> None:
    def failing(_: int) -> bool:
        raise ZeroDivisionError

    asked = Asked(1)
    desk = asked.desks["api"]
    desk.tell(BreakerState.HALF_OPEN, trial="any")
    desk.breaker.hear_trial("p-1", desk.epoch, None)
    inner = httpx.MockTransport(lambda _: httpx.Response(200))
    transport = BreakerTransport(asked, inner, hosts=HOSTS, failing=failing)
    with httpx.Client(transport=transport) as web:
        assert web.get("http://127.0.0.1/").status_code == 200
    assert [one.outcome for one in desk.breaker.take_tried()] == ["failed"]


class Told(Asked):
    """The conductor's targets, by "host:port", as they were written."""

    def platform_at(self, host: str) -> str | None:
        return {"bücher.test:80": "api", "[::1]:443": "api"}.get(host)


@pytest.mark.parametrize(
    ("scheme", "host"),
    [
        pytest.param("http", "bücher.test", id="letters beyond ASCII"),
        pytest.param("http", "xn--bcher-kva.test", id="punycode"),
        pytest.param("https", "::1", id="IPv6"),
        pytest.param("https", "[::1]", id="in brackets"),
    ],
)
def test_a_target_of_the_conductor_is_found_however_it_is_asked_for(
    scheme: str, host: str
) -> None:
    asked = Told(1)
    assert Hosts(asked, None).breaker(scheme, host, None) is asked.breaker("api")
    assert Hosts(asked, None).breaker(scheme, host, 81) is None


@pytest.mark.parametrize(
    ("given", "url"),
    [
        pytest.param("[::1]", "http://[::1]:81/", id="brackets by hand"),
        pytest.param("::1", "http://[::1]/", id="none"),
        pytest.param("[::1]:81", "http://[::1]:81/", id="IPv6 with a port"),
        pytest.param("api.test", "http://api.test./", id="a dot at the end"),
        pytest.param("bücher.test", "http://xn--bcher-kva.test/", id="punycode"),
        pytest.param("xn--bcher-kva.test", "http://bücher.test/", id="and back"),
        pytest.param("bücher.test:81", "http://bücher.test:81/", id="with a port"),
    ],
)
def test_a_host_is_the_same_however_it_is_written(given: str, url: str) -> None:
    asked, at = Asked(1), httpx.URL(url)
    found = Hosts(asked, {given: "api"}).breaker(at.scheme, at.host, at.port)
    assert found is asked.breaker("api")
