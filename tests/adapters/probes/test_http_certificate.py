"""The http probe's look at a certificate's last day."""

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from conductor_tui.adapters.probes.http import HttpProbe, Options, open_probe
from conductor_tui.adapters.probes.http_certificate import (
    FRESH_S,
    ExpiryWatch,
    WatchedProbe,
)
from conductor_tui.adapters.probes.http_connect import connect, tls_context
from conductor_tui.adapters.probes.http_judge import Judge
from conductor_tui.adapters.probes.http_request import request_bytes
from conductor_tui.adapters.probes.http_target import parse_target
from conductor_tui.domain.check import Finding, Outcome
from tests.adapters.probes.http_harness import LOOPS, Run, quiet_loop, talking
from tests.servers.certificates import Authority, Certificate
from tests.servers.nginx import nginx

_DAY = timedelta(days=1)
_FINE = Finding(Outcome.PASSED, "200 OK")


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


async def _checks(options: Options, times: int) -> list[Finding]:
    probe = open_probe(options)
    try:
        return [await probe() for _ in range(times)]
    finally:
        probe.close()


@pytest.mark.server
@pytest.mark.parametrize(
    ("left", "cert_days", "warns"),
    [
        pytest.param(89, None, False, id="long to go"),
        pytest.param(9, None, True, id="soon"),
        pytest.param(9, 7, False, id="soon, but not too soon"),
        pytest.param(9, 0, False, id="soon, and nobody cares"),
        pytest.param(60, 61, True, id="sooner than was asked for"),
    ],
)
def test_a_certificate_that_ends_soon_makes_a_pass_warn(
    run: Run,
    tmp_path: Path,
    authority: Authority,
    left: int,
    cert_days: int | None,
    warns: bool,
) -> None:
    half_a_day = _DAY / 2
    good = authority.issue(
        "127.0.0.1", life=90 * _DAY, starts_in=(left - 90) * _DAY + half_a_day
    )
    with nginx(tmp_path, certificate=good) as server:
        findings = run(_checks(Options(target=server.url(), cert_days=cert_days), 2))

    day = f"{datetime.now(UTC) + left * _DAY + half_a_day:%Y-%m-%d}"
    words = f"200 OK, certificate expires in {left} d ({day})"
    warned = Finding(Outcome.PASSED, words, warns=True)
    assert findings == [warned if warns else _FINE] * 2
    assert len({connection for connection, _ in server.requests()}) == 1


@pytest.mark.server
@pytest.mark.parametrize(("cert_days", "warns"), [(None, False), (7, True)])
def test_where_nobody_verifies_only_days_that_were_asked_for_count(
    run: Run, tmp_path: Path, authority: Authority, cert_days: int | None, warns: bool
) -> None:
    bad = authority.issue("127.0.0.1", expired=True)
    with nginx(tmp_path, certificate=bad) as server:
        options = Options(target=server.url(), verify_tls=False, cert_days=cert_days)
        [finding] = run(_checks(options, 1))

    assert (finding.outcome, finding.warns) == (Outcome.PASSED, warns)
    assert ("certificate expired 5 d ago" in finding.detail) is warns


@pytest.mark.server
def test_a_file_of_authorities_takes_the_place_of_the_systems(
    run: Run, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    with nginx(tmp_path, certificate=authority.issue("127.0.0.1")) as server:
        known = Options(target=server.url(), ca_file=str(authority.chain))
        assert run(_checks(known, 2)) == [_FINE] * 2
        [unknown] = run(_checks(Options(target=server.url()), 1))

    words = "the TLS certificate is signed by an unknown authority"
    assert unknown == Finding(Outcome.FAILED, words)


@pytest.mark.server
def test_a_bad_answer_is_not_made_a_pass_by_its_certificate(
    run: Run, tmp_path: Path, authority: Authority
) -> None:
    soon = authority.issue("127.0.0.1", life=9 * _DAY)
    with nginx(tmp_path, "location / { return 500; }", certificate=soon) as server:
        findings = run(_checks(Options(target=server.url(), cert_days=60), 1))

    assert findings == [Finding(Outcome.FAILED, "500 Internal Server Error")]


def test_a_renewed_certificate_is_seen_although_connections_are_kept(
    run: Run, tmp_path: Path
) -> None:
    """The old one is told until its connection is too old to go by, then the new."""
    authority = Authority(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load(tls, authority.issue("127.0.0.1", life=9 * _DAY))
    clock, connections = [0.0], [0]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[0] += 1
        while await reader.read(65536):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def main() -> None:
        async with talking(talk, tls=tls) as port:
            probe = _watched(f"https://127.0.0.1:{port}/", clock)
            assert (await probe()).warns
            _load(tls, authority.issue("127.0.0.1", life=90 * _DAY))
            clock[0] += FRESH_S - 1
            assert (await probe()).warns
            assert connections == [1]
            clock[0] += 1
            assert await probe() == await probe() == _FINE
            assert connections == [2]
            probe.close()
            await asyncio.sleep(0)

    run(main())


def _load(tls: ssl.SSLContext, certificate: Certificate) -> None:
    tls.load_cert_chain(certificate.chain, certificate.key)


def _watched(url: str, clock: list[float]) -> WatchedProbe:
    target = parse_target(url)
    opening = partial(
        connect, target, request_bytes(target), max_body=100, verify_tls=False
    )
    watch = ExpiryWatch(opening, 14, monotonic=lambda: clock[0])
    judge = Judge(target=target, wanted="", expected=[range(200, 400)], max_body=100)
    return WatchedProbe(HttpProbe(watch.open, judge), watch)
