"""The http probe against a real nginx, plain and over TLS."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from conductor_tui.adapters.probes.http import Options, open_probe
from conductor_tui.adapters.probes.http_connect import tls_context
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.ports import Probe
from tests.adapters.probes.http_harness import LOOPS, Run, quiet_loop
from tests.servers.certificates import Authority, Certificate
from tests.servers.daemon import free_port
from tests.servers.nginx import nginx

pytestmark = pytest.mark.server

_LOCATIONS = """
location /broken { return 503; }
location /moved { return 301 https://example.org/there; }
location /loop { return 302 /loop; }
location /empty { return 204; }
location /big { alias big; }
location /gone { return 444; }
"""


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with quiet_loop(request.param) as run:
        yield run


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """An authority that this process trusts until the end of the test."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.chain))
    tls_context.cache_clear()
    yield authority
    tls_context.cache_clear()


async def _checks(options: Options, times: int = 1) -> list[Finding]:
    probe = open_probe(options)
    try:
        return [await probe() for _ in range(times)]
    finally:
        probe.close()


@pytest.mark.parametrize(
    ("path", "finding"),
    [
        ("/", Finding(Outcome.PASSED, "200 OK")),
        ("/empty", Finding(Outcome.PASSED, "204 No Content")),
        ("/big", Finding(Outcome.PASSED, "200 OK, body over 65,536 bytes")),
        ("/broken", Finding(Outcome.FAILED, "503 Service Temporarily Unavailable")),
        ("/gone", Finding(Outcome.FAILED, "closed without an answer")),
        (
            "/moved",
            Finding(
                Outcome.PASSED, "301 Moved Permanently to https://example.org/there"
            ),
        ),
    ],
)
def test_the_status_decides(
    run: Run, tmp_path: Path, path: str, finding: Finding
) -> None:
    (tmp_path / "big").write_bytes(b"x" * 10_000_000)
    with nginx(tmp_path, _LOCATIONS) as server:
        assert run(_checks(Options(target=server.url(path)))) == [finding]


def test_a_redirect_to_itself_is_a_loop(run: Run, tmp_path: Path) -> None:
    with nginx(tmp_path, _LOCATIONS) as server:
        url = server.url("/loop")
        words = f"302 Moved Temporarily to {url}: a redirect loop"
        assert run(_checks(Options(target=url))) == [Finding(Outcome.FAILED, words)]


@pytest.mark.parametrize(
    ("status", "finding"),
    [
        (503, Finding(Outcome.PASSED, "503 Service Temporarily Unavailable")),
        (
            204,
            Finding(
                Outcome.FAILED, "503 Service Temporarily Unavailable, expected 204"
            ),
        ),
    ],
)
def test_an_expected_status_replaces_the_usual_rule(
    run: Run, tmp_path: Path, status: int, finding: Finding
) -> None:
    with nginx(tmp_path, _LOCATIONS) as server:
        options = Options(target=server.url("/broken"), expect_status=(status,))
        assert run(_checks(options)) == [finding]


@pytest.mark.parametrize("path", ["/", "/broken", "/empty", "/moved"])
def test_nginx_counts_one_connection_for_many_checks(
    run: Run, tmp_path: Path, path: str
) -> None:
    with nginx(tmp_path, _LOCATIONS) as server:
        run(_checks(Options(target=server.url(path)), times=5))

    # nginx writes its log after the answer: all of it is there once it has ended
    connections = [connection for connection, _ in server.requests()]
    assert len(connections) == 5
    assert len(set(connections)) == 1


def test_a_restarted_nginx_is_found_again(run: Run, tmp_path: Path) -> None:
    port = free_port()
    probe = open_probe(Options(target=f"http://127.0.0.1:{port}/"))

    async def check() -> Finding:
        return await probe()

    with nginx(tmp_path, port=port):
        assert run(check()) == Finding(Outcome.PASSED, "200 OK")
    assert run(check()) == Finding(Outcome.FAILED, "connection refused")
    with nginx(tmp_path, port=port):
        assert run(check()) == Finding(Outcome.PASSED, "200 OK")
        run(_closed(probe))


async def _closed(probe: Probe) -> None:
    probe.close()
    await asyncio.sleep(0)


def test_many_checks_over_tls_share_one_connection(
    run: Run, tmp_path: Path, authority: Authority
) -> None:
    good = authority.issue("127.0.0.1")
    with nginx(tmp_path, certificate=good) as server:
        findings = run(_checks(Options(target=server.url()), times=3))

    assert findings == [Finding(Outcome.PASSED, "200 OK")] * 3
    assert len({connection for connection, _ in server.requests()}) == 1


def test_localhost_is_checked_against_the_certificate_by_name(
    run: Run, tmp_path: Path, authority: Authority
) -> None:
    with nginx(tmp_path, certificate=authority.issue("localhost")) as server:
        findings = run(_checks(Options(target=server.url(host="localhost"))))

        assert findings == [Finding(Outcome.PASSED, "200 OK")]


def _by_a_stranger(authority: Authority) -> Certificate:
    folder = authority.chain.parent / "stranger"
    folder.mkdir()
    return Authority(folder).issue("127.0.0.1")


_Make: TypeAlias = Callable[[Authority], Certificate]
_BAD: list[tuple[_Make, str]] = [
    (lambda by: by.issue("127.0.0.1", expired=True), "has expired"),
    (lambda by: by.issue("127.0.0.1", self_signed=True), "is self-signed"),
    (lambda by: by.issue("127.0.0.2"), "is for another IP address"),
    (_by_a_stranger, "is signed by an unknown authority"),
]
_IDS = [words for _, words in _BAD]


@pytest.mark.parametrize(("make", "words"), _BAD, ids=_IDS)
def test_a_bad_certificate_fails_in_words(
    run: Run, tmp_path: Path, authority: Authority, make: _Make, words: str
) -> None:
    with nginx(tmp_path, certificate=make(authority)) as server:
        findings = run(_checks(Options(target=server.url()), times=2))

        assert findings == [Finding(Outcome.FAILED, f"the TLS certificate {words}")] * 2


def test_a_certificate_for_another_name_fails_in_words(
    run: Run, tmp_path: Path, authority: Authority
) -> None:
    with nginx(tmp_path, certificate=authority.issue("example.org")) as server:
        findings = run(_checks(Options(target=server.url(host="localhost"))))

        words = "the TLS certificate is for another host name"
        assert findings == [Finding(Outcome.FAILED, words)]


@pytest.mark.parametrize("make", [make for make, _ in _BAD], ids=_IDS)
def test_a_bad_certificate_passes_when_nobody_verifies_it(
    run: Run, tmp_path: Path, authority: Authority, make: _Make
) -> None:
    with nginx(tmp_path, certificate=make(authority)) as server:
        options = Options(target=server.url(), verify_tls=False)

        assert run(_checks(options)) == [Finding(Outcome.PASSED, "200 OK")]


def test_a_plain_server_asked_for_tls_is_told_as_such(run: Run, tmp_path: Path) -> None:
    with nginx(tmp_path) as server:
        options = Options(target=server.url().replace("http:", "https:"))
        words = "does not speak TLS: http:// instead of https://?"

        assert run(_checks(options)) == [Finding(Outcome.FAILED, words)]


def test_a_tls_server_asked_without_tls_says_so_itself(
    run: Run, tmp_path: Path, authority: Authority
) -> None:
    with nginx(tmp_path, certificate=authority.issue("127.0.0.1")) as server:
        options = Options(target=server.url().replace("https:", "http:"))

        assert run(_checks(options)) == [Finding(Outcome.FAILED, "400 Bad Request")]
