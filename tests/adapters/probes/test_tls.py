"""The tls probe: handshakes, certificates of every age, servers that refuse."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conductor_tui.adapters.probes.kinds import options_type
from conductor_tui.adapters.probes.tls import Options, open_probe, shown_target
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.testing import settle
from tests.adapters.probes.http_harness import (
    LOOPS,
    Run,
    Talk,
    quiet_loop,
    talking,
)
from tests.adapters.probes.loops import open_files
from tests.servers.certificates import Authority, Certificate
from tests.servers.daemon import free_port
from tests.servers.nginx import nginx

_DAY = timedelta(days=1)


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with quiet_loop(request.param) as run:
        yield run


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def _ask(port: int, host: str = "127.0.0.1", **options: Any) -> Finding:
    return await open_probe(Options(target=f"{host}:{port}", **options))()


def _server(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context


async def _listening(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await reader.read()


def _found(
    run: Run, certificate: Certificate, host: str = "127.0.0.1", **options: Any
) -> Finding:
    async def main() -> Finding:
        async with talking(_listening, tls=_server(certificate)) as port:
            finding = await _ask(port, host, **options)
            await asyncio.sleep(0)
            return finding

    return run(main())


def _trusting(authority: Authority) -> dict[str, str]:
    return {"ca_file": str(authority.chain)}


@pytest.mark.server
def test_nginx_with_a_good_certificate_passes(
    run: Run, tmp_path: Path, authority: Authority
) -> None:
    good = authority.issue("127.0.0.1", starts_in=-_DAY / 2)
    with nginx(tmp_path, certificate=good) as server:
        finding = run(_ask(server.port, **_trusting(authority)))

    day = f"{datetime.now(UTC) + 89.5 * _DAY:%Y-%m-%d}"
    words = f"expires in 89 d ({day}), issued by conductor-tui test authority, TLS 1."
    assert finding.detail.startswith(words)
    assert (finding.outcome, finding.warns) == (Outcome.PASSED, False)


@pytest.mark.parametrize(
    ("left", "options", "outcome", "warns"),
    [
        pytest.param(60, {}, Outcome.PASSED, False, id="long to go"),
        pytest.param(9, {}, Outcome.PASSED, True, id="soon"),
        pytest.param(9, {"days": 7}, Outcome.PASSED, False, id="soon enough"),
        pytest.param(9, {"days": 0}, Outcome.PASSED, False, id="nobody cares"),
        pytest.param(9, {"fail_days": 10}, Outcome.FAILED, False, id="too late"),
        pytest.param(9, {"fail_days": 8}, Outcome.PASSED, True, id="nearly too late"),
    ],
)
def test_the_days_that_are_left_decide(
    run: Run,
    authority: Authority,
    left: int,
    options: dict[str, Any],
    outcome: Outcome,
    warns: bool,
) -> None:
    certificate = authority.issue("127.0.0.1", starts_in=(left - 89.5) * _DAY)
    finding = _found(run, certificate, **_trusting(authority), **options)

    assert (finding.outcome, finding.warns) == (outcome, warns)
    assert finding.detail.startswith(f"expires in {left} d (")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"expired": True}, "expired 5 d ago ("),
        ({"starts_in": _DAY}, "not valid before "),
        ({"self_signed": True}, None),
    ],
)
def test_without_verification_only_the_dates_count(
    run: Run, authority: Authority, how: dict[str, Any], words: str | None
) -> None:
    finding = _found(run, authority.issue("elsewhere", **how), verify=False)

    if words is None:
        assert finding.outcome is Outcome.PASSED
        assert ", issued by elsewhere, " in finding.detail
    else:
        assert finding.outcome is Outcome.FAILED
        assert finding.detail.startswith(words)


@pytest.mark.parametrize(
    ("names", "how", "words"),
    [
        ("127.0.0.1", {"expired": True}, "has expired"),
        ("127.0.0.1", {"starts_in": _DAY}, "is not valid yet"),
        ("127.0.0.1", {"self_signed": True}, "is self-signed"),
        ("127.0.0.2", {}, "is for another IP address"),
    ],
)
def test_a_certificate_that_is_not_to_be_trusted_fails_in_words(
    run: Run, authority: Authority, names: str, how: dict[str, Any], words: str
) -> None:
    finding = _found(run, authority.issue(names, **how), **_trusting(authority))

    assert finding == Finding(Outcome.FAILED, f"the TLS certificate {words}")


def test_an_authority_that_nobody_knows_is_told_as_such(
    run: Run, authority: Authority
) -> None:
    finding = _found(run, authority.issue("127.0.0.1"))

    words = "the TLS certificate is signed by an unknown authority"
    assert finding == Finding(Outcome.FAILED, words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("shop.example.org", None),
        ("other.example.org", "the TLS certificate is for another host name"),
    ],
)
def test_a_server_name_takes_the_place_of_the_host(
    run: Run, authority: Authority, name: str, words: str | None
) -> None:
    certificate = authority.issue("shop.example.org")
    finding = _found(run, certificate, **_trusting(authority), server_name=name)

    assert finding.outcome is (Outcome.FAILED if words else Outcome.PASSED)
    assert words is None or finding.detail == words


def test_localhost_is_reached_without_a_resolver(
    run: Run, authority: Authority
) -> None:
    certificate = authority.issue("localhost")
    finding = _found(run, certificate, "localhost", **_trusting(authority))

    assert finding.outcome is Outcome.PASSED


@pytest.mark.server
def test_a_server_of_another_age_is_told_as_such(
    run: Run, tmp_path: Path, authority: Authority
) -> None:
    old = "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"
    certificate = authority.issue("127.0.0.1")
    with nginx(tmp_path, old, certificate=certificate) as server:
        finding = run(_ask(server.port, **_trusting(authority)))

    words = "no TLS version in common: we speak 1.2 and newer"
    assert finding == Finding(Outcome.FAILED, words)


def test_an_older_version_that_is_still_good_is_named(
    run: Run, authority: Authority
) -> None:
    context = _server(authority.issue("127.0.0.1"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    async def main() -> Finding:
        async with talking(_listening, tls=context) as port:
            return await _ask(port, **_trusting(authority))

    assert run(main()).detail.endswith(", TLS 1.2")


async def _ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2p1\r\n")
    await reader.read()


async def _http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await reader.read()


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        pytest.param(_ssh, "does not speak TLS", id="it talks first"),
        pytest.param(_http, "does not speak TLS", id="it speaks plain HTTP"),
        pytest.param(_hang_up, "closed during the TLS handshake", id="it hangs up"),
    ],
)
def test_what_is_no_tls_fails_in_words(run: Run, talk: Talk, words: str) -> None:
    async def main() -> Finding:
        async with talking(talk) as port:
            return await _ask(port)

    assert run(main()) == Finding(Outcome.FAILED, words)


def test_a_closed_port_is_refused_in_words(run: Run) -> None:
    finding = run(_ask(free_port()))

    assert finding == Finding(Outcome.FAILED, "connection refused")


@pytest.mark.parametrize("starttls", ["", "smtp", "postgres"])
def test_a_cancelled_probe_hangs_up_and_keeps_nothing_open(
    run: Run, starttls: str
) -> None:
    async def main() -> None:
        come, gone = asyncio.Event(), asyncio.Event()

        async def silent(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            come.set()
            await reader.read()
            gone.set()

        async with talking(silent) as port:
            before = open_files()
            task = asyncio.create_task(_ask(port, starttls=starttls))
            await come.wait()
            await settle()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await gone.wait()
        await settle()
        assert open_files() <= before

    run(main())


@pytest.mark.parametrize("starttls", ["", "pop3"])
def test_a_check_cancelled_at_any_moment_leaves_nothing(
    run: Run, authority: Authority, starttls: str
) -> None:
    """Cancelled after 0, 1, 2 ... turns of the loop, until one is over by then."""
    options = {**_trusting(authority), "starttls": starttls}

    async def is_cancelled_after(turns: int, port: int) -> bool:
        check = asyncio.ensure_future(_ask(port, **options))
        for _ in range(turns):
            await asyncio.sleep(0)
        check.cancel()
        await asyncio.gather(check, return_exceptions=True)
        return check.cancelled()

    async def main() -> None:
        serving = (
            _upgrading(authority, *_DIALOGS[starttls])
            if starttls
            else talking(_listening, tls=_server(authority.issue("127.0.0.1")))
        )
        async with serving as port:
            turns = 0
            while await is_cancelled_after(turns, port):
                turns += 1
            assert turns > 3
            assert (await _ask(port, **options)).outcome is Outcome.PASSED
            await settle()

    run(main())


@asynccontextmanager
async def _upgrading(
    authority: Authority, *lines: tuple[bytes, bytes]
) -> AsyncIterator[int]:
    """Serve a dialog of (what must come, what is answered), then speak TLS."""
    tls = _server(authority.issue("127.0.0.1"))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # the probe may hang up at any moment, and without a goodbye
        with suppress(ssl.SSLError, asyncio.IncompleteReadError):
            for asked, answer in lines:
                assert await reader.readexactly(len(asked)) == asked
                writer.write(answer)
            await writer.drain()
            await writer.start_tls(tls)
            await reader.read()

    async with talking(talk) as port:
        yield port


_DIALOGS: dict[str, tuple[tuple[bytes, bytes], ...]] = {
    "smtp": (
        (b"", b"220-mail.example.org\r\n220 ESMTP\r\n"),
        (b"EHLO conductor-tui\r\n", b"250-mail.example.org\r\n250 STARTTLS\r\n"),
        (b"STARTTLS\r\n", b"220 go ahead\r\n"),
    ),
    "imap": (
        (b"", b"* OK [CAPABILITY IMAP4rev1] ready\r\n"),
        (b"a STARTTLS\r\n", b"* CAPABILITY IMAP4rev1\r\na ok begin\r\n"),
    ),
    "pop3": ((b"", b"+OK ready\r\n"), (b"STLS\r\n", b"+OK begin\r\n")),
    "ftp": ((b"", b"220 ready\r\n"), (b"AUTH TLS\r\n", b"234 go ahead\r\n")),
    "postgres": ((bytes.fromhex("0000000804d2162f"), b"S"),),
}


@pytest.mark.parametrize("starttls", _DIALOGS)
def test_a_plain_connection_becomes_tls_in_the_protocols_own_words(
    run: Run, authority: Authority, starttls: str
) -> None:
    async def main() -> Finding:
        async with _upgrading(authority, *_DIALOGS[starttls]) as port:
            finding = await _ask(port, starttls=starttls, **_trusting(authority))
            await asyncio.sleep(0)
            return finding

    finding = run(main())
    assert finding.outcome is Outcome.PASSED, finding.detail
    assert finding.detail.endswith("TLS 1.3")


def _uttering(words: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()
        await reader.read(1)

    return talk


@pytest.mark.parametrize(
    ("starttls", "said", "words"),
    [
        ("smtp", b"554 go away\r\n", 'it said "554 go away", not "220"'),
        ("smtp", b"220 x\r\n502 what?\r\n", 'it said "502 what?", not "250"'),
        ("smtp", b"220 x\r\n250 x\r\n454 no\r\n", 'it said "454 no", not "220"'),
        pytest.param(
            *("smtp", b"220-x\r\n" * 300, 'it said "220-x", not "250"'),
            id="a reply without end",
        ),
        ("imap", b"* OK\r\na NO \x1b[31m\r\n", 'it said "a NO \\x1b[31m", not "a OK"'),
        ("pop3", b"SSH-2.0\r\n", 'it said "SSH-2.0", not "+OK"'),
        pytest.param(
            *("pop3", b"x" * 70_000, "it said a line without end"),
            id="a line without end",
        ),
        ("postgres", b"N", "the server has TLS turned off"),
        ("postgres", b"E", "not PostgreSQL: it said 'E'"),
    ],
)
def test_a_server_that_will_not_go_on_to_tls_is_quoted(
    run: Run, starttls: str, said: bytes, words: str
) -> None:
    async def main() -> Finding:
        async with talking(_uttering(said)) as port:
            return await _ask(port, starttls=starttls)

    finding = run(main())
    assert finding == Finding(Outcome.FAILED, f"no {starttls} with TLS: {words}")


@pytest.mark.parametrize("starttls", ["smtp", "postgres"])
def test_a_server_that_closes_instead_of_answering_is_told(
    run: Run, starttls: str
) -> None:
    async def bye(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if starttls == "postgres":
            await reader.readexactly(8)

    async def main() -> Finding:
        async with talking(bye) as port:
            return await _ask(port, starttls=starttls)

    words = f"no {starttls} with TLS: closed without an answer"
    assert run(main()) == Finding(Outcome.FAILED, words)


@pytest.mark.parametrize(
    ("target", "starttls", "shown"),
    [
        ("example.org", "", "example.org:443"),
        ("mail.example.org", "smtp", "mail.example.org:25"),
        ("[::1]:8443", "", "[::1]:8443"),
    ],
)
def test_the_usual_port_need_not_be_written(
    target: str, starttls: str, shown: str
) -> None:
    assert shown_target(Options(target=target, starttls=starttls)) == shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "https://a/"}, "^tls target must be .* not a URL"),
        ({"starttls": "gopher"}, "^starttls must be one of smtp, .*, not 'gopher'"),
        ({"days": -1}, "^days must be from 0 to 3650, not -1"),
        ({"fail_days": 9999}, "^fail_days must be from 0 to 3650, not 9999"),
        ({"days": 3, "fail_days": 7}, r"^fail_days \(7\) must not be more than days"),
        ({"server_name": "a b"}, "^server_name must be a host name, not 'a b'"),
        ({"server_name": "a" * 99}, "^server_name must be a host name"),
        ({"ca_file": "/no/such"}, "^ca_file '/no/such' cannot be used: no such file"),
        ({"ca_file": __file__}, "^ca_file .* cannot be used: there is no certificate"),
        ({"ca_file": "/x", "verify": False}, "^ca_file is of no use with verify"),
    ],
)
def test_an_option_that_cannot_work_is_refused_in_words(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Options(**{"target": "a:443"} | options)


def test_the_probe_is_known_by_its_name() -> None:
    assert options_type("tls") is Options
