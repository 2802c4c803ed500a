"""The smtp channel against a real mail server, and against some that are none."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.channels.mail import mail
from conductor_tui.adapters.channels.smtp import Options, SmtpChannel, shown_target
from conductor_tui.domain.alert import Notice
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.ids import NodeName
from conductor_tui.domain.secret import Secret
from conductor_tui.ports import Channel
from tests.adapters.channels.made import (
    AT,
    CHANGED,
    HOSTILE,
    OPENED,
    RECOVERED,
    an_hour_later,
    at_once,
    crowd,
)
from tests.adapters.channels.mailbox import Mailbox, mailbox
from tests.adapters.probes.loops import on_both_loops, open_files, until
from tests.servers.certificates import Authority

FROM = "conductor@example.org"
OPS, BOSS = "ops@example.org", "boss@example.org"


def by(port: int, **more: Any) -> Channel:
    ready: dict[str, Any] = {"host": "127.0.0.1", "sender": FROM, "to": (OPS,)}
    return SmtpChannel(Options(port=port, **ready | more), now=at_once)


async def failure(channel: Channel) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        await channel.deliver(OPENED)
    await channel.close()
    return caught.value


def server_tls(authority: Authority) -> ssl.SSLContext:
    certificate = authority.issue("127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate.chain, certificate.key)
    return tls


@on_both_loops
async def test_each_notice_is_a_mail() -> None:
    async with mailbox() as box:
        channel = by(box.port, to=(OPS, BOSS))
        await channel.deliver(OPENED)
        await channel.deliver(RECOVERED)
        await channel.close()
        await channel.close()

    assert [one.mail_from for one in box.envelopes] == [FROM, FROM]
    assert [one.rcpt_tos for one in box.envelopes] == [[OPS, BOSS]] * 2
    assert box.hello == ["web-7", "web-7"]
    first, second = box.mails
    assert first["Subject"] == "FAILED platform redis on web-7"
    assert second["Subject"] == "HEALTHY platform redis on web-7 after 4 m"
    assert first["From"] == f"conductor-tui <{FROM}>"
    assert first["To"] == f"{OPS}, {BOSS}"
    assert first["Date"].datetime == AT
    assert first["Message-ID"] == "<web-7.1907.1@example.org>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["References"] == second["References"] == second["In-Reply-To"]
    assert (first["Importance"], second["Importance"]) == ("high", None)
    assert first.get_content_charset() == "utf-8"
    text = first.get_content()
    assert text.startswith("FAILED platform redis on web-7: connection refused\r\n\r\n")
    assert "Subject:   platform redis, group bots, eu, x\r\n" in text


def read(notice: Notice, *, is_late: bool = False) -> Any:
    now = an_hour_later() if is_late else AT
    return message_from_bytes(mail(notice, now, FROM, (OPS,)), policy=default)


def test_a_mail_that_is_late_has_the_date_of_what_happened() -> None:
    told = read(OPENED, is_late=True)
    assert told["Date"].datetime == AT
    assert "(2029-10-14 12:00:05 UTC, told 1 h late)" in told.get_content()


def test_the_notices_of_one_alert_are_a_thread_and_another_alert_is_another() -> None:
    again = replace(OPENED, opened_at=an_hour_later())
    assert read(OPENED)["References"] == read(CHANGED)["References"]
    assert read(OPENED)["References"] != read(again)["References"]


def test_a_group_names_its_members_in_the_mail() -> None:
    text = read(crowd(600)).get_content()
    assert "Members:   600" in text
    assert text.count("\n  platform platform-") == 500


def test_no_header_comes_from_what_a_target_says() -> None:
    told = read(HOSTILE)
    assert told["X-Evil"] is None
    assert len(told.get_all("Subject")) == 1
    assert "\n" not in told["Message-ID"]
    assert told["Message-ID"].endswith("@example.org>")


@given(st.text(max_size=500), st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_told_is_a_mail_with_our_headers_alone(
    text: str, host: str, identifier: str
) -> None:
    notice = replace(OPENED, text=text, host=NodeName(host), id=identifier)
    told = read(notice)
    assert told.keys() == read(OPENED).keys()
    assert told["To"] == OPS
    assert not told.defects


async def test_a_host_that_is_no_name_says_hello_as_localhost() -> None:
    async with mailbox() as box:
        await by(box.port).deliver(replace(OPENED, host=NodeName("web 7\r\nX")))
        assert box.hello == ["localhost"]


@on_both_loops
async def test_starttls_and_a_login(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    before = open_files()
    box = Mailbox(login=(b"robot", b"hunter2222"))
    async with mailbox(box, starttls=server_tls(authority)):
        channel = by(
            box.port,
            tls="starttls",
            user="robot",
            password=Secret("hunter2222"),
            ca_file=str(authority.chain),
        )
        await channel.deliver(OPENED)
        await channel.deliver(RECOVERED)
        assert (box.was_tls, len(box.mails)) == ([True, True], 2)
        assert set(box.logins) == {(b"robot", b"hunter2222")}
    await until(lambda: len(open_files()) <= len(before))


@on_both_loops
async def test_implicit_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with mailbox(implicit=server_tls(authority)) as box:
        channel = by(box.port, tls="implicit", ca_file=str(authority.chain))
        await channel.deliver(OPENED)
        assert box.mails[0]["Subject"] == "FAILED platform redis on web-7"


@pytest.mark.parametrize("way", ["starttls", "implicit"])
async def test_a_certificate_that_is_not_to_be_trusted_gets_no_mail(
    way: str, tmp_path: Path
) -> None:
    tls = server_tls(Authority(tmp_path))
    starttls, implicit = (tls, None) if way == "starttls" else (None, tls)
    async with mailbox(starttls=starttls, implicit=implicit) as box:
        error = await failure(by(box.port, tls=way))

    assert "its certificate is not to be trusted: unable to get local" in str(error)
    assert not error.is_final
    assert box.mails == []


async def test_a_server_without_starttls_gets_no_mail_and_the_words_say_why() -> None:
    async with mailbox() as box:
        error = await failure(by(box.port, tls="starttls"))

    assert str(error).endswith(
        'it does not offer STARTTLS: write tls = "implicit", or "none"'
    )
    assert not error.is_final
    assert box.mails == []


async def test_a_wrong_password_is_final_and_not_told() -> None:
    box = Mailbox(login=(b"robot", b"right"))
    async with mailbox(box):
        error = await failure(by(box.port, user="robot", password=Secret("wr0ngw0rd")))

    assert "the login is refused: correct user or password (535 " in str(error)
    assert error.is_final
    assert "wr0ngw0rd" not in str(error)


@pytest.mark.parametrize(
    ("reply", "is_final"),
    [("451 come back later", False), ("554 looks like spam", True)],
)
async def test_a_mail_is_refused_for_now_or_for_ever(
    reply: str, is_final: bool
) -> None:
    async with mailbox(Mailbox(replies=[reply])) as box:
        error = await failure(by(box.port))

    assert str(error) == f"127.0.0.1, port {box.port}: {reply}"
    assert error.is_final is is_final


async def test_who_has_the_mail_does_not_get_it_again_for_who_has_not() -> None:
    async with mailbox(Mailbox(refuses={BOSS: "450 greylisted"})) as box:
        channel = by(box.port, to=(OPS, BOSS))
        error = await failure(channel)
        assert str(error) == f"not taken for {BOSS}: 450 greylisted"
        assert not error.is_final

        box.refuses.clear()
        await channel.deliver(OPENED)
        await channel.deliver(RECOVERED)

    assert [one.rcpt_tos for one in box.envelopes] == [[OPS], [BOSS], [OPS, BOSS]]


@pytest.mark.parametrize(
    ("replies", "is_final"),
    [
        (("550 no such user", "550 no such user"), True),
        (("550 no such user", "450 later"), False),
    ],
)
async def test_a_mail_that_nobody_takes_is_final_when_nobody_ever_will(
    replies: tuple[str, str], is_final: bool
) -> None:
    refuses = dict(zip((OPS, BOSS), replies, strict=True))
    async with mailbox(Mailbox(refuses=refuses)) as box:
        error = await failure(by(box.port, to=(OPS, BOSS)))

    assert str(error) == (f"not taken for {OPS}: {replies[0]}, {BOSS}: {replies[1]}")
    assert error.is_final is is_final


async def test_a_port_where_nobody_listens_is_told_in_words() -> None:
    async with mailbox() as box:
        pass
    error = await failure(by(box.port))

    assert str(error) == f"127.0.0.1, port {box.port}: connection refused"
    assert not error.is_final


async def test_a_name_that_is_nowhere_is_told_in_words() -> None:
    error = await failure(by(25, host="no-such-host.invalid", tls="none"))
    assert str(error).startswith("no-such-host.invalid, port 25: ")
    assert not error.is_final


@asynccontextmanager
async def saying(
    *replies: bytes, until_dot: bytes = b""
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Give the port of a server that says these, the first at once and each other one
    after a line that it hears, then `until_dot` after a mail, and then nothing; and
    the lines that it heard.
    """
    heard: list[bytes] = []
    tasks: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks[task] = writer
        left = list(replies)
        with suppress(OSError):
            writer.write(left.pop(0))
            while line := await reader.readline():
                heard.append(line)
                if left:
                    writer.write(left.pop(0))
                elif line == b".\r\n":
                    writer.write(until_dot)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        server.close()
        for writer in tasks.values():
            writer.transport.abort()
        await asyncio.gather(*tasks)


@on_both_loops
@pytest.mark.parametrize(
    ("way", "replies", "lines"),
    [
        ("none", (b"220 hi\r\n",), 1),
        ("none", (b"220 hi\r\n", b"250 OK\r\n", b"250 OK\r\n"), 3),
        (
            "starttls",
            (b"220 hi\r\n", b"250-hi\r\n250 STARTTLS\r\n", b"220 go\r\n"),
            2,
        ),
    ],
)
async def test_a_hung_server_is_left_without_a_trace(
    way: str, replies: tuple[bytes, ...], lines: int
) -> None:
    before = open_files()
    async with saying(*replies) as (port, heard):
        task = asyncio.create_task(by(port, tls=way).deliver(OPENED))
        await until(lambda: len(heard) >= lines)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await until(lambda: len(open_files()) <= len(before))


async def test_what_is_taken_is_not_sent_twice_because_the_goodbye_hangs() -> None:
    oks = (b"250 OK\r\n", b"250 OK\r\n", b"250 OK\r\n", b"354 go on\r\n")
    async with saying(b"220 hi\r\n", *oks, until_dot=b"250 taken\r\n") as (port, heard):
        await by(port).deliver(OPENED)
        await until(lambda: heard[-1] == b"QUIT\r\n")


@pytest.mark.parametrize(
    ("banner", "is_final"),
    [
        pytest.param(b"554 go away\r\n", False, id="a server that takes none"),
        pytest.param(b"421 too busy\r\n", False, id="a busy server"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", False, id="no mail server"),
        pytest.param(b"220-" + b"x" * 100_000, False, id="no end"),
        pytest.param(b"\xff\xfe\x00\r\n", False, id="no text"),
    ],
)
async def test_a_banner_that_is_no_welcome_is_told_in_words(
    banner: bytes, is_final: bool
) -> None:
    async with saying(banner) as (port, _):
        error = await failure(by(port))

    assert str(error).startswith(f"127.0.0.1, port {port}: ")
    assert str(error).isprintable()
    assert len(str(error)) <= 200
    assert error.is_final is is_final


async def test_no_password_that_a_server_repeats_is_told() -> None:
    word = "hunter2222"
    coded = b64encode(f"\0robot\0{word}".encode())
    hello = b"250-hi\r\n250 AUTH PLAIN\r\n"
    said = b"535 not " + word.encode() + b" nor " + coded + b"\r\n"
    async with saying(b"220 hi\r\n", hello, said) as (port, heard):
        error = await failure(by(port, user="robot", password=Secret(word)))

    assert coded in heard[1]
    assert "535 not *** nor ***" in str(error)


@pytest.mark.parametrize(
    ("given", "way", "port"),
    [
        ({"host": "mail.example.org"}, "starttls", 587),
        ({"host": "mail.example.org", "port": 25}, "starttls", 25),
        ({"host": "mail.example.org", "port": 465}, "implicit", 465),
        ({"host": "mail.example.org", "tls": "implicit"}, "implicit", 465),
        ({"host": "mail.example.org", "tls": "none"}, "none", 25),
        ({"host": "localhost"}, "none", 25),
        ({"host": "127.0.0.1", "port": 2525}, "none", 2525),
        ({"host": "::1", "port": 587}, "starttls", 587),
    ],
)
def test_mail_to_another_host_is_encrypted_unless_it_is_said_not_to(
    given: Mapping[str, Any], way: str, port: int
) -> None:
    options = Options(sender=FROM, to=(OPS,), **given)
    assert (options.way, options.port_used) == (way, port)


def test_the_target_is_who_hears_of_it_and_by_which_server() -> None:
    options = Options(host="mail.example.org", sender=FROM, to=(OPS, BOSS))
    assert shown_target(options) == f"{OPS} and 1 more by mail.example.org:587"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"host": ""}, "host must be a mail server's name or address, not ''"),
        ({"host": "smtp://a"}, "host must be"),
        ({"host": "a b"}, "host must be"),
        ({"host": "mail.example.org:25"}, "its port goes into port"),
        ({"port": 0}, "port must be from 1 to 65535, not 0"),
        ({"port": 65536}, "port must be from 1 to 65535"),
        ({"sender": "me"}, "sender: 'me' is no bare e-mail address"),
        ({"sender": "Me <me@a.org>"}, "sender: 'Me <me@a.org>' is no bare"),
        ({"to": ()}, "to must name somebody"),
        ({"to": (OPS, "a@b\r\nBcc: c@d")}, "to: 'a@b"),
        ({"to": ("á@example.org",)}, "to: 'á@example.org' is no bare"),
        ({"user": "robot"}, "password is missing: a login is user and password"),
        ({"password": Secret("x")}, "user is missing"),
        (
            {"user": "robot", "password": Secret("x"), "tls": "none"},
            'tls = "none" would send the password for all to read',
        ),
        (
            {"user": "ro\0bot", "password": Secret("x")},
            "user has a control character in it",
        ),
        ({"tls": "none", "ca_file": "/x.pem"}, "ca_file is of no use without tls"),
        ({"ca_file": "/no/such.pem"}, "ca_file '/no/such.pem' cannot be used: No such"),
    ],
)
def test_options_that_cannot_be_are_refused(
    given: Mapping[str, Any], words: str
) -> None:
    ready: dict[str, Any] = {"host": "mail.example.org", "sender": FROM, "to": (OPS,)}
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared
        Options(**ready | dict(given))

    assert words in str(caught.value)
