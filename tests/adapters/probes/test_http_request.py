"""What the http probe sends: methods, headers, bodies, and how it logs in."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.probes.http import Options, open_probe
from conductor_tui.adapters.probes.http_request import request_bytes
from conductor_tui.adapters.probes.http_target import parse_target
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.secret import Secret
from tests.adapters.probes.http_harness import LOOPS, Run, found, kept, quiet_loop
from tests.adapters.probes.http_harness import talking as talking_to
from tests.servers.nginx import nginx

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with quiet_loop(request.param) as run:
        yield run


class Listener:
    """Answers each request by `answer`, keeps what was sent. `cuts_off`: the second
    request on a connection is read and not answered.
    """

    def __init__(self, answer: bytes = _OK, *, cuts_off: bool = False) -> None:
        self._answer = answer
        self._cuts_off = cuts_off
        self.heard: list[bytes] = []
        self.connections = 0

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        asked = 0
        while data := await reader.read(65536):
            self.heard.append(data)
            asked += 1
            if self._cuts_off and asked > 1:
                return
            writer.write(self._answer)


def _sent(run: Run, **options: Any) -> bytes:
    listener = Listener()
    finding = run(found(listener, **options))
    assert finding == Finding(Outcome.PASSED, "200 OK")
    return listener.heard[0]


def test_a_plain_check_sends_what_a_web_server_expects(run: Run) -> None:
    lines = _sent(run).split(b"\r\n")

    assert lines[0] == b"GET / HTTP/1.1"
    assert lines[1].startswith(b"Host: 127.0.0.1:")
    assert lines[2].startswith(b"User-Agent: conductor-tui/")
    assert lines[3:] == [b"Accept: */*", b"Accept-Encoding: identity", b"", b""]


def test_a_body_goes_out_with_its_length_in_bytes(run: Run) -> None:
    headers = {"Content-Type": Secret("application/json")}
    sent = _sent(run, method="POST", body='{"ä": 1}', headers=headers)

    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert b"\r\nContent-Type: application/json" in head
    assert b"\r\nContent-Length: 9" in head
    assert body == '{"ä": 1}'.encode()


def test_a_post_of_nothing_says_so(run: Run) -> None:
    assert b"\r\nContent-Length: 0\r\n" in _sent(run, method="POST")


def test_a_header_replaces_our_own_of_that_name(run: Run) -> None:
    headers = {"host": Secret("shop.example.org"), "X-A": Secret("b")}
    sent = _sent(run, headers=headers)

    assert b"\r\nhost: shop.example.org\r\n" in sent
    assert b"Host:" not in sent
    assert b"\r\nX-A: b\r\n" in sent


class _Parsed:
    """What a server's parser makes of a request."""

    def __init__(self, request: bytes) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.ends = 0
        httptools.HttpRequestParser(self).feed_data(request)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.ends += 1


@given(value=st.text(max_size=40), body=st.text(max_size=40))
def test_no_value_and_no_body_can_smuggle_anything_in(value: str, body: str) -> None:
    try:
        options = Options(
            target="http://a/",
            method="POST",
            headers={"X-A": Secret(value)},
            body=body,
        )
    except ValueError:
        assert not value.isprintable() or not body.isprintable()
        return
    sent = request_bytes(parse_target(options.target), "POST", options.headers, body)
    parsed = _Parsed(sent)

    names = [name for name, _ in parsed.headers]
    assert names[-2:] == [b"X-A", b"Content-Length"]
    assert len(names) == 6
    assert dict(parsed.headers)[b"X-A"] == value.strip(" \t").encode()
    assert (parsed.body, parsed.ends) == (body.encode(), 1)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            {"username": "eve", "password": Secret("hunter2")},
            b"Authorization: Basic ZXZlOmh1bnRlcjI=",
        ),
        ({"username": "eve"}, b"Authorization: Basic ZXZlOg=="),
        ({"bearer": Secret("abc.def")}, b"Authorization: Bearer abc.def"),
    ],
)
def test_credentials_are_sent_at_once(
    run: Run, options: dict[str, Any], line: bytes
) -> None:
    assert b"\r\n" + line + b"\r\n" in _sent(run, **options)


def test_a_head_has_no_body_and_its_connection_is_kept(run: Run) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    listener = Listener(answer)

    async def main() -> list[Finding]:
        async with (
            talking_to(listener) as port,
            kept(port, method="HEAD") as probe,
        ):
            return [await probe() for _ in range(3)]

    assert run(main()) == [Finding(Outcome.PASSED, "200 OK")] * 3
    assert (listener.connections, len(listener.heard)) == (1, 3)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(_OK, id="a body after all"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", id="no length"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
            id="it says close",
        ),
    ],
)
def test_a_head_that_leaves_its_connection_unclear_is_not_kept(
    run: Run, answer: bytes
) -> None:
    listener = Listener(answer)

    async def main() -> list[Finding]:
        async with (
            talking_to(listener) as port,
            kept(port, method="HEAD") as probe,
        ):
            return [await probe() for _ in range(2)]

    assert run(main()) == [Finding(Outcome.PASSED, "200 OK")] * 2
    assert listener.connections == 2


def test_a_head_is_answered_after_an_interim_answer(run: Run) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    finding = run(found(Listener(early + b"HTTP/1.1 503 No\r\n\r\n"), method="HEAD"))

    assert finding == Finding(Outcome.FAILED, "503 No")


@pytest.mark.parametrize(
    ("method", "requests"), [("GET", 3), ("PUT", 3), ("DELETE", 3), ("POST", 2)]
)
def test_only_what_may_be_done_twice_is_sent_again(
    run: Run, method: str, requests: int
) -> None:
    """The second request on a connection is heard, and the connection closed. A POST
    has a fresh connection each time: it comes to that no more.
    """
    listener = Listener(cuts_off=True)

    async def main() -> list[Finding]:
        async with talking_to(listener) as port, kept(port, method=method) as probe:
            return [await probe() for _ in range(2)]

    assert run(main()) == [Finding(Outcome.PASSED, "200 OK")] * 2
    assert len(listener.heard) == requests


@pytest.mark.server
def test_nginx_lets_in_who_knows_the_password(run: Run, tmp_path: Path) -> None:
    (tmp_path / "users").write_text("eve:{PLAIN}hunter2\n")
    locations = (
        f'location / {{ auth_basic "x"; auth_basic_user_file {tmp_path}/users; '
        "try_files $uri =404; }"
    )
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "page").write_text("well")

    async def ask(url: str, **options: Any) -> Finding:
        probe = open_probe(Options(target=url, **options))
        try:
            return await probe()
        finally:
            probe.close()

    with nginx(tmp_path, locations) as server:
        known: dict[str, Any] = {"username": "eve", "password": Secret("hunter2")}
        url = server.url("/page")
        assert run(ask(url, **known)) == Finding(Outcome.PASSED, "200 OK")
        assert run(ask(url, method="HEAD", **known)).outcome is Outcome.PASSED
        assert run(ask(url, **known, body_contains="well")).outcome is Outcome.PASSED
        known["password"] = Secret("guess")
        assert run(ask(url, **known)) == Finding(Outcome.FAILED, "401 Unauthorized")


_TOKEN = Secret("tok3n-of-some-length")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"tok3n-of-some-length at the start", id="not HTTP"),
        pytest.param(b"x" * 50 + b"tok3n-of-some-length", id="cut in the middle"),
        pytest.param(
            b"HTTP/1.1 302 tok3n-of-some-length\r\nContent-Length: 0\r\n"
            b"Location: /?t=tok3n-of-some-length\r\n\r\n",
            id="a redirect",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n"
            b'{"a":"tok3n-of-some-length"}',
            id="a body",
        ),
    ],
)
@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"bearer": _TOKEN}, id="bearer"),
        pytest.param({"username": "eve", "password": _TOKEN}, id="password"),
        pytest.param({"headers": {"X-Token": _TOKEN}}, id="header"),
    ],
)
def test_a_server_that_repeats_a_secret_is_not_repeated(
    run: Run, answer: bytes, options: dict[str, Any]
) -> None:
    rule = {"json_path": "$.a", "expect_json": "x"}
    finding = run(found(Listener(answer), **options, **rule))

    assert finding.outcome is Outcome.FAILED
    assert "tok3n" not in finding.detail


def test_a_password_in_its_base64_dress_is_hidden_too(run: Run) -> None:
    options: dict[str, Any] = {"username": "eve", "password": Secret("hunter2")}
    finding = run(found(Listener(b"Basic ZXZlOmh1bnRlcjI="), **options))

    assert finding.detail == 'not HTTP: it said "Basic ***"'


def test_options_do_not_print_their_secrets() -> None:
    options = Options(
        target="http://a/",
        username="eve",
        password=_TOKEN,
        headers={"X-Token": _TOKEN},
    )
    assert "tok3n" not in repr(options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "get"}, "^method must be one of GET, .*, in capitals, not 'get'"),
        ({"method": "HEAD", "body": "x"}, "^body cannot be sent with HEAD"),
        ({"headers": {"A b": Secret("x")}}, "^headers: 'A b' is no name"),
        ({"headers": {"": Secret("x")}}, "^headers: '' is no name"),
        ({"headers": {"A": Secret("x\r\nB: y")}}, "^headers: the value of 'A' has a "),
        ({"headers": {"A": Secret("x\0")}}, "^headers: the value of 'A' has a "),
        ({"headers": {"Content-length": Secret("1")}}, "is set by the probe itself"),
        ({"headers": {"A": Secret("1"), "a": Secret("2")}}, "'a' is there twice"),
        ({"password": Secret("hunter2")}, "^password needs a username"),
        ({"username": "a:b"}, "^username must have no colon"),
        ({"username": "a", "bearer": Secret("hunter2")}, "^bearer and username are"),
        ({"bearer": Secret("hunter2 x")}, "^bearer must be a token"),
        (
            {"bearer": Secret("hunter2"), "headers": {"authorization": Secret("x")}},
            '"Authorization" is there beside username or bearer',
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_without_repeating_it(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        Options(target="http://a/", **options)

    assert "hunter2" not in str(refused.value)
