"""The dns probe, against a real dnsmasq and resolvers that answer as the test says."""

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from conductor_tui.adapters.probes.dns import (
    DnsProbe,
    Options,
    judge,
    normal,
    open_probe,
    shown_target,
)
from conductor_tui.adapters.probes.dns_ask import Answered
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.testing import settle
from tests.adapters.probes.loops import on_both_loops, open_files
from tests.adapters.probes.test_shortage import no_file_to_open
from tests.servers.daemon import free_port
from tests.servers.resolver import Answer, answering, dnsmasq

Change = Callable[[dns.message.Message], None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with dnsmasq(tmp_path_factory.mktemp("dnsmasq")) as port:
        yield f"127.0.0.1:{port}"


async def ask(server: str, name: str, record: str = "A", *expect: str) -> Finding:
    options = Options(target=name, server=server, record=record, expect=expect)
    return await open_probe(options)()


def reply(packet: bytes, change: Change = lambda _: None) -> bytes:
    """Return the empty answer of a server that looks names up for others, changed."""
    response = dns.message.make_response(dns.message.from_wire(packet))
    response.flags |= dns.flags.RA
    change(response)
    return response.to_wire()


def saying(change: Change) -> Answer:
    return lambda packet: [reply(packet, change)]


def with_code(code: dns.rcode.Rcode) -> Answer:
    return saying(lambda response: response.set_rcode(code))


def with_records(*records: str) -> Answer:
    """Records are written as in a zone file: name, TTL, class, type, value."""

    def add(response: dns.message.Message) -> None:
        for record in records:
            name, ttl, kind, of, value = record.split(maxsplit=4)
            response.answer.append(dns.rrset.from_text(name, int(ttl), kind, of, value))

    return saying(add)


@pytest.mark.server
@pytest.mark.parametrize(
    ("name", "record", "words"),
    [
        pytest.param("www.lab.test", "A", "192.0.2.1, 192.0.2.2 (TTL 1h)", id="A"),
        pytest.param("WWW.lab.test.", "AAAA", "2001:db8::1 (TTL 1h)", id="AAAA"),
        pytest.param("web.lab.test", "A", "192.0.2.1, 192.0.2.2 (TTL 1h)", id="alias"),
        pytest.param("web.lab.test", "CNAME", "www.lab.test. (TTL 1m)", id="CNAME"),
        pytest.param("lab.test", "TXT", "v=spf1 -all (TTL 0s)", id="TXT"),
        pytest.param(
            "lab.test",
            "mx",
            "10 mail.lab.test., 20 backup.lab.test. (TTL 0s)",
            id="MX",
        ),
        pytest.param(
            "_imap._tcp.lab.test", "SRV", "5 7 143 mail.lab.test. (TTL 0s)", id="SRV"
        ),
        pytest.param("192.0.2.25", "PTR", "mail.lab.test. (TTL 0s)", id="PTR"),
    ],
)
@on_both_loops
async def test_a_real_server_answers_for_each_record(
    server: str, name: str, record: str, words: str
) -> None:
    assert await ask(server, name, record) == Finding(Outcome.PASSED, words)


@pytest.mark.server
@on_both_loops
async def test_an_answer_too_long_for_a_datagram_comes_over_tcp(server: str) -> None:
    before = open_files()
    finding = await ask(server, "big.lab.test", "TXT", "x" * 200 + " 19")
    assert finding.outcome is Outcome.PASSED
    assert "and 17 more" in finding.detail
    await settle()
    assert open_files() <= before


@pytest.mark.server
@on_both_loops
@pytest.mark.parametrize(
    ("name", "record", "words"),
    [
        pytest.param("none.lab.test", "A", "no such name (NXDOMAIN)", id="NXDOMAIN"),
        pytest.param(
            "mail.lab.test", "MX", "the name exists, but has no MX record", id="no MX"
        ),
        pytest.param(
            "web.lab.test",
            "MX",
            "an alias of www.lab.test, which has no MX record",
            id="an alias without MX",
        ),
        pytest.param(
            "dangling.lab.test",
            "A",
            "an alias of nowhere.lab.test, which has no A record",
            id="an alias of nothing",
        ),
        pytest.param(
            "example.org",
            "A",
            "the server refuses to answer (REFUSED): not for this name, or not for us",
            id="REFUSED",
        ),
    ],
)
async def test_a_real_servers_refusals_are_told_in_words(
    server: str, name: str, record: str, words: str
) -> None:
    assert await ask(server, name, record) == Finding(Outcome.FAILED, words)


@on_both_loops
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (dns.rcode.SERVFAIL, "the server failed to find out (SERVFAIL)"),
        (dns.rcode.FORMERR, "the server did not understand the question (FORMERR)"),
        (dns.rcode.NOTIMP, "the server does not do such questions (NOTIMP)"),
        (dns.rcode.NOTAUTH, "the server answered NOTAUTH"),
    ],
)
async def test_a_servers_error_is_told_in_words(
    code: dns.rcode.Rcode, words: str
) -> None:
    async with answering(with_code(code)) as asked:
        finding = await ask(f"127.0.0.1:{asked.port}", "a.test")
    assert finding == Finding(Outcome.FAILED, words)


@on_both_loops
async def test_an_alias_of_a_name_that_does_not_exist_is_told() -> None:
    def change(response: dns.message.Message) -> None:
        response.set_rcode(dns.rcode.NXDOMAIN)
        response.answer.append(
            dns.rrset.from_text("a.test.", 5, "IN", "CNAME", "b.test.")
        )

    async with answering(saying(change)) as asked:
        finding = await ask(f"127.0.0.1:{asked.port}", "a.test")
    words = "an alias of b.test, which does not exist"
    assert finding == Finding(Outcome.FAILED, words)


@on_both_loops
async def test_a_referral_from_a_server_that_does_not_look_up_is_lame() -> None:
    def change(response: dns.message.Message) -> None:
        response.flags &= ~dns.flags.RA
        response.authority.append(
            dns.rrset.from_text("test.", 5, "IN", "NS", "ns.test.")
        )

    async with answering(saying(change)) as asked:
        finding = await ask(f"127.0.0.1:{asked.port}", "a.test")
    assert finding.outcome is Outcome.FAILED
    assert finding.detail.startswith("a lame answer: the server neither knows")


@on_both_loops
async def test_a_truncated_answer_without_tcp_behind_it_fails() -> None:
    def change(response: dns.message.Message) -> None:
        response.flags |= dns.flags.TC

    async with answering(saying(change)) as asked:
        finding = await ask(f"127.0.0.1:{asked.port}", "a.test")
    words = "the answer is truncated, and over TCP: connection refused"
    assert finding == Finding(Outcome.FAILED, words)


@on_both_loops
async def test_answers_to_other_questions_and_garbage_are_passed_over() -> None:
    def answer(packet: bytes) -> list[bytes]:
        good = with_records("a.test. 60 IN A 192.0.2.9")(packet)[0]
        other_id = bytes([packet[0] ^ 1]) + good[1:]
        return [b"", b"\xff" * 7, other_id, good]

    async with answering(answer) as asked:
        finding = await ask(f"127.0.0.1:{asked.port}", "a.test")
    assert finding == Finding(Outcome.PASSED, "192.0.2.9 (TTL 1m)")


@on_both_loops
async def test_control_characters_in_an_answer_are_made_harmless() -> None:
    record = r'a.test. 60 IN TXT "\027]0;owned\007\255"'
    async with answering(with_records(record)) as asked:
        finding = await ask(f"127.0.0.1:{asked.port}", "a.test", "TXT")
    assert finding.outcome is Outcome.PASSED
    assert finding.detail.isprintable()


@on_both_loops
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
async def test_a_port_where_nobody_listens_is_told_at_once(host: str) -> None:
    finding = await ask(f"{host}:{free_port()}", "a.test")
    assert finding == Finding(Outcome.FAILED, "connection refused")


@on_both_loops
async def test_a_servers_name_that_does_not_resolve_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    words = "cannot resolve 'no.such.host': name or service not known"
    finding = await ask("no.such.host", "a.test")
    assert finding == Finding(Outcome.FAILED, words)


@on_both_loops
async def test_a_cancelled_question_keeps_nothing_open() -> None:
    before = open_files()
    async with answering(lambda _: []) as asked:
        task = asyncio.create_task(ask(f"127.0.0.1:{asked.port}", "a.test"))
        await asked.was_asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await settle()
    assert open_files() <= before


@on_both_loops
async def test_a_tcp_answer_that_never_comes_is_left_behind_by_a_cancellation() -> None:
    def change(response: dns.message.Message) -> None:
        response.flags |= dns.flags.TC

    before = open_files()
    connected = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await reader.read()
        writer.transport.abort()

    tcp = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = tcp.sockets[0].getsockname()[1]
    async with answering(saying(change), port):
        task = asyncio.create_task(ask(f"127.0.0.1:{port}", "a.test"))
        await connected.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await settle()
    tcp.close()
    await settle()
    assert open_files() <= before


@on_both_loops
async def test_resolv_conf_is_read_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a name that stays short
    conf = tmp_path / "resolv.conf"
    conf.write_text("nameserver 127.0.0.2\n")
    probe = DnsProbe(Options(target="a.test"), resolv_conf=conf.name)
    first = await probe()
    conf.write_text("# nobody to ask\n")
    second = await probe()
    conf.unlink()
    third = await probe()
    assert first == Finding(Outcome.FAILED, "connection refused")
    nobody = "resolv.conf names no server that could be asked"
    assert second.detail == f"{nobody}: no nameservers"
    assert third.detail == f"{nobody}: cannot open resolv.conf"


@on_both_loops
async def test_servers_that_fail_for_different_reasons_are_told_apart(
    tmp_path: Path,
) -> None:
    conf = tmp_path / "resolv.conf"
    conf.write_text("nameserver 127.0.0.2\nnameserver 255.255.255.255\n")
    finding = await DnsProbe(Options(target="a.test"), resolv_conf=str(conf))()
    words = (
        "127.0.0.2: connection refused; "
        "255.255.255.255: the system does not permit the connection (firewall?)"
    )
    assert finding == Finding(Outcome.FAILED, words)


@pytest.mark.parametrize("has_server", [True, False])
async def test_without_a_file_to_open_a_check_is_inconclusive(has_server: bool) -> None:
    options = Options(target="a.test", server="127.0.0.1:9" if has_server else "")
    probe = DnsProbe(options, resolv_conf="/etc/passwd")
    with no_file_to_open():
        finding = await probe()
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "ulimit -n" in finding.detail


MAIL = Answered(("10 mail.lab.test.", "20 backup.lab.test."), 300)


@pytest.mark.parametrize(
    ("expect", "exact", "words"),
    [
        pytest.param(("20 BACKUP.lab.test",), False, None, id="one of the values"),
        pytest.param(
            ("20 backup.lab.test", "10  mail.lab.test."), True, None, id="all of them"
        ),
        pytest.param(
            ("10 mail.lab.test", "30 x"),
            False,
            "30 x is missing: answered 10 mail.lab.test., 20 backup.lab.test. (TTL 5m)",
            id="one that is missing",
        ),
        pytest.param(
            ("10 mail.lab.test",),
            True,
            "20 backup.lab.test. is not expected: answered 10 mail.lab.test., "
            "20 backup.lab.test. (TTL 5m)",
            id="one too many",
        ),
    ],
)
def test_expected_values_are_a_set(
    expect: tuple[str, ...], exact: bool, words: str | None
) -> None:
    options = Options(target="lab.test", record="MX", expect=expect, exact=exact)
    finding = judge(options, MAIL)
    assert finding.outcome is (Outcome.FAILED if words else Outcome.PASSED)
    assert finding.detail == words or words is None


@pytest.mark.parametrize(
    ("record", "one", "other", "same"),
    [
        ("AAAA", "2001:DB8::0:1", "2001:db8::1", True),
        ("CNAME", "A.test.", "a.TEST", True),
        ("NS", ".", "", False),
        ("TXT", "a  b", "a b", False),
        ("TXT", "A", "a", False),
        ("SRV", "0 0 0 .", "0 0 0 .", True),
    ],
)
def test_values_that_mean_the_same_are_equal(
    record: str, one: str, other: str, same: bool
) -> None:
    assert (normal(one, record) == normal(other, record)) is same


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"target": ""}, "must be a name such as", id="empty"),
        pytest.param({"target": "a..b"}, "not 'a..b'", id="an empty label"),
        pytest.param({"target": "x" * 64 + ".org"}, "must be a name", id="too long"),
        pytest.param({"target": "a b"}, "must be a name", id="a blank"),
        pytest.param({"target": "http://a"}, "must be a name", id="a URL"),
        pytest.param({"target": "a:53"}, "stands in server", id="a port"),
        pytest.param({"target": "192.0.2.1"}, 'record = "PTR"', id="an address"),
        pytest.param({"record": "HINFO"}, "record 'HINFO' is none", id="record"),
        pytest.param({"server": "a:b"}, "dns server 'a:b': the port", id="server"),
        pytest.param({"exact": True}, "exact needs expect", id="exact"),
    ],
)
def test_bad_options_are_refused_with_the_way_out(
    options: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Options(**{"target": "a.test", **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [".", "bücher.example", "_dmarc.a.test", "localhost"])
def test_what_can_be_asked_for_is_taken(name: str) -> None:
    assert shown_target(Options(target=name)) == name


def test_the_target_is_shown_with_what_differs_from_the_usual() -> None:
    options = Options(target="a.test", record="mx", server="::1")
    assert shown_target(options) == "a.test MX @[::1]:53"


def test_dnspython_is_not_imported_before_the_first_check() -> None:
    code = (
        "import sys; from conductor_tui.adapters.probes.dns import Options, open_probe;"
        "open_probe(Options(target='a.test')); sys.exit('dns.message' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
