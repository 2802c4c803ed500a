"""The webhook channel against a real server: what goes out, and what may come back."""

import asyncio
import gc
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conductor_tui import __version__
from conductor_tui.adapters.channels.document import document
from conductor_tui.adapters.channels.kinds import open_channel
from conductor_tui.adapters.channels.webhook import (
    Options,
    WebhookChannel,
    shown_target,
)
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.ids import ChannelName
from conductor_tui.domain.secret import Secret
from conductor_tui.ports import Channel
from tests.adapters.channels.made import (
    CHANGED,
    HOSTILE,
    OPENED,
    RECOVERED,
    TEST,
    at_once,
    crowd,
    opened,
)
from tests.adapters.channels.receiver import Request, http, receiving
from tests.adapters.probes.loops import on_both_loops, open_files, until
from tests.servers.certificates import Authority

TOKEN = "B4567tokenXYZ"


def hook(url: str, **more: Any) -> Channel:
    return opened("webhook", Options(url=Secret(url, "${HOOK}"), **more))


async def failure(channel: Channel) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        await channel.deliver(OPENED)
    await channel.close()
    return caught.value


def warm_up() -> None:
    """Import what a first notice imports, so that what stays open can be counted."""
    import aiohttp

    assert aiohttp.__version__


@on_both_loops
async def test_the_whole_notice_is_posted_as_json() -> None:
    async with receiving() as receiver:
        channel = hook(receiver.url("/in?x=1"), headers={"X-Key": Secret("k")})
        await channel.deliver(OPENED)
        await channel.close()

    request = receiver.requests[0]
    assert (request.method, request.path) == ("POST", "/in?x=1")
    assert request.content == document(OPENED)
    names = ("Content-Type", "Idempotency-Key", "X-Key", "User-Agent")
    assert [request.headers[name] for name in names] == [
        "application/json",
        OPENED.id,
        "k",
        f"conductor-tui/{__version__}",
    ]


async def test_a_repetition_is_the_same_to_the_byte() -> None:
    async with receiving() as receiver:
        channel = hook(receiver.url())
        await channel.deliver(OPENED)
        await channel.deliver(OPENED)
        await channel.close()

    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers == second.headers


@on_both_loops
async def test_notices_share_a_connection_and_a_closed_channel_opens_another() -> None:
    async with receiving() as receiver:
        channel = hook(receiver.url())
        for notice in (OPENED, CHANGED, RECOVERED):
            await channel.deliver(notice)
        assert receiver.connections == 1
        await channel.close()
        await channel.close()
        await channel.deliver(TEST)
        await channel.close()

    assert receiver.connections == 2
    ids = [request.content["id"] for request in receiver.requests]
    assert ids == [OPENED.id, CHANGED.id, RECOVERED.id, TEST.id]


async def test_a_server_that_closes_after_each_answer_gets_every_notice() -> None:
    async with receiving(http(200, "ok", Connection="close")) as receiver:
        receiver.closes = True
        channel = hook(receiver.url())
        for notice in (OPENED, RECOVERED):
            await channel.deliver(notice)
        await channel.close()

    assert receiver.connections == 2


async def test_another_method_and_content_type_may_be_asked_for() -> None:
    async with receiving() as receiver:
        headers = {"content-type": Secret("application/vnd.x+json")}
        channel = hook(receiver.url(), method="PUT", headers=headers)
        await channel.deliver(OPENED)
        await channel.close()

    request = receiver.requests[0]
    assert request.method == "PUT"
    assert request.headers["content-type"] == "application/vnd.x+json"
    assert "Content-Type" not in request.headers


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/in/%7Ea%2Fb/?sig=%2B+~%41&x", "/in/%7Ea%2Fb/?sig=%2B+~%41&x"),
        ("/in/ä?x=ü", "/in/%C3%A4?x=%C3%BC"),
        ("", "/"),
        ("?x=1", "/?x=1"),
        ("/in#part", "/in"),
    ],
)
async def test_a_signed_url_is_asked_for_as_it_was_given(url: str, path: str) -> None:
    async with receiving() as receiver:
        channel = hook(receiver.url(url))
        await channel.deliver(OPENED)
        await channel.close()

    assert receiver.requests[0].path == path


@pytest.mark.parametrize(
    ("template", "url", "path", "key"),
    [
        ("slack", "/services/T0/B0/x", "/services/T0/B0/x", "attachments"),
        ("discord", "/api/webhooks/1/x", "/api/webhooks/1/x", "allowed_mentions"),
        ("ntfy", "/my-topic", "/", "topic"),
    ],
)
async def test_each_service_is_told_where_and_how_it_wants(
    template: str, url: str, path: str, key: str
) -> None:
    async with receiving(http(204)) as receiver:
        channel = hook(receiver.url(url), template=template)
        await channel.deliver(OPENED)
        await channel.close()

    assert receiver.requests[0].path == path
    assert key in receiver.requests[0].content


async def test_alertmanager_is_told_by_its_api() -> None:
    async with receiving() as receiver:
        options = Options(url=Secret(receiver.url("")), template="alertmanager")
        channel = WebhookChannel(options, now=at_once)
        await channel.deliver(OPENED)
        await channel.deliver(RECOVERED)
        await channel.close()

    assert [one.path for one in receiver.requests] == ["/api/v2/alerts"] * 2
    ends = [one.content[0]["endsAt"] for one in receiver.requests]
    assert ends == ["2029-11-13T12:00:05+00:00", "2029-10-14T12:04:05+00:00"]


@pytest.mark.parametrize("notice", [HOSTILE, crowd(2000)], ids=["hostile", "long"])
@pytest.mark.parametrize(
    "template", ["json", "slack", "discord", "ntfy", "alertmanager"]
)
async def test_whatever_is_told_is_one_sound_request(
    notice: Any, template: str
) -> None:
    async with receiving() as receiver:
        channel = hook(receiver.url(), template=template)
        await channel.deliver(notice)
        await channel.deliver(OPENED)
        await channel.close()

    assert "X-Evil" not in receiver.requests[0].headers
    assert len(receiver.requests) == 2


@pytest.mark.parametrize(
    ("answer", "words", "is_final", "wait_s"),
    [
        pytest.param(
            http(429, '{"retry_after": 1}', Retry_After="7"),
            'HTTP 429 Too Many Requests (it says: {"retry_after": 1})',
            False,
            7.0,
            id="too often",
        ),
        pytest.param(
            http(
                503,
                Date="Wed, 21 Oct 2015 07:28:00 GMT",
                Retry_After="Wed, 21 Oct 2015 07:29:00 GMT",
            ),
            "HTTP 503 Service Unavailable",
            False,
            60.0,
            id="a date",
        ),
        pytest.param(
            http(404, "no_service"),
            "HTTP 404 Not Found: nothing is there: correct the url "
            "(it says: no_service)",
            True,
            None,
            id="gone",
        ),
        pytest.param(
            http(302, Location="http://127.0.0.1:1/login"),
            "HTTP 302: it leads on to http://127.0.0.1:1/..., and is not followed: "
            "write the final url",
            False,
            None,
            id="a redirect",
        ),
        pytest.param(
            http(500, "\x1b[2J\r\n<b>oops</b>\x00"),
            "HTTP 500 Internal Server Error (it says: "
            r"\x1b[2J <b>oops</b>\x00)",
            False,
            None,
            id="control characters",
        ),
    ],
)
async def test_what_is_not_2xx_is_a_failure_in_words(
    answer: bytes, words: str, is_final: bool, wait_s: float | None
) -> None:
    async with receiving(answer) as receiver:
        error = await failure(hook(receiver.url()))

    assert (str(error), error.is_final, error.retry_in_s) == (words, is_final, wait_s)
    assert len(receiver.requests) == 1


async def test_a_refusal_does_not_spoil_the_next_notice() -> None:
    async with receiving(http(500, "x" * 100_000), http(200)) as receiver:
        channel = hook(receiver.url())
        with pytest.raises(DeliveryFailed):
            await channel.deliver(OPENED)
        await channel.deliver(OPENED)
        await channel.close()

    assert len(receiver.requests) == 2


HUGE = b"HTTP/1.1 500 So\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = b"10000\r\n" + b"x" * 65536 + b"\r\n"


@on_both_loops
async def test_an_endless_body_is_not_read_to_its_end() -> None:
    async with receiving(HUGE) as receiver:
        receiver.endless = ENDLESS
        error = await failure(hook(receiver.url()))
        await until(lambda: receiver.open == 0)

    assert str(error).startswith("HTTP 500 Internal Server Error (it says: xxxx")
    assert len(str(error)) <= 200


async def test_what_is_taken_is_not_sent_twice_because_its_answer_hangs() -> None:
    async with receiving(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n") as receiver:
        channel = hook(receiver.url())
        await channel.deliver(OPENED)
        await channel.deliver(RECOVERED)
        await channel.close()

    assert len(receiver.requests) == 2


async def test_a_refusal_whose_body_hangs_is_told_all_the_same() -> None:
    async with receiving(b"HTTP/1.1 403 No\r\nContent-Length: 99\r\n\r\n") as receiver:
        error = await failure(hook(receiver.url()))

    assert str(error).startswith("HTTP 403 Forbidden: we may not: correct the url")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(b"", "closed before an answer came", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "is no HTTP answer", id="ssh"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
            "is no HTTP answer",
            id="a header without an end",
        ),
    ],
)
async def test_what_is_no_answer_is_told_in_words(answer: bytes, words: str) -> None:
    async with receiving(answer) as receiver:
        receiver.closes = True
        error = await failure(hook(receiver.url()))

    assert words in str(error)
    assert not error.is_final


async def test_a_port_where_nobody_listens_is_told_in_words() -> None:
    async with receiving() as receiver:
        url = receiver.url()
    error = await failure(hook(url))

    words = f"no connection to 127.0.0.1, port {receiver.port}: connection refused"
    assert words in str(error).lower()
    assert not error.is_final


async def test_a_name_that_is_nowhere_is_told_in_words() -> None:
    error = await failure(hook("http://no-such-host.invalid/hook"))
    assert str(error) == "the name no-such-host.invalid cannot be looked up"


@on_both_loops
async def test_a_hung_server_is_left_without_a_trace() -> None:
    warm_up()
    before = open_files()
    async with receiving(b"") as receiver:
        channel = hook(receiver.url())
        task = asyncio.create_task(channel.deliver(OPENED))
        await receiver.heard.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await channel.close()
        await until(lambda: receiver.open == 0)
    await until(lambda: open_files() <= before)


@on_both_loops
async def test_a_handshake_that_hangs_is_left_without_a_trace() -> None:
    warm_up()
    before = open_files()
    heard = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set()
        while await reader.read(4096):
            pass
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    channel = hook(f"https://127.0.0.1:{port}/in")
    task = asyncio.create_task(channel.deliver(OPENED))
    await heard.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await channel.close()
    server.close()
    await until(lambda: open_files() <= before)


@on_both_loops
async def test_a_channel_that_is_closed_in_the_middle_says_so() -> None:
    async with receiving(b"") as receiver:
        channel = hook(receiver.url())
        task = asyncio.create_task(channel.deliver(OPENED))
        await receiver.heard.wait()
        await channel.close()
        with pytest.raises(DeliveryFailed) as caught:
            await task

    assert not caught.value.is_final


@on_both_loops
async def test_a_channel_goes_on_after_it_was_cancelled() -> None:
    async with receiving(b"", http(200)) as receiver:
        channel = hook(receiver.url())
        task = asyncio.create_task(channel.deliver(OPENED))
        await receiver.heard.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await channel.deliver(OPENED)
        await channel.close()

    assert len(receiver.requests) == 2


def echo(request: Request) -> bytes:
    """Say all that was sent, as a debugging proxy would."""
    headers = " ".join(request.headers.values())
    return http(500, f"{request.path} {headers}")


@pytest.mark.parametrize(
    ("path", "headers", "told"),
    [
        pytest.param(f"/services/T01234567/{TOKEN}", {}, TOKEN, id="the path"),
        pytest.param(f"/services/T01234567/{TOKEN}", {}, "T01234567", id="its parts"),
        pytest.param(f"/in?key={TOKEN}", {}, TOKEN, id="the query"),
        pytest.param(f"/in/{TOKEN}%2Fa", {}, TOKEN, id="encoded"),
        pytest.param("/in", {"X-Key": TOKEN}, TOKEN, id="a header"),
        pytest.param(
            "/in", {"Authorization": f"Bearer {TOKEN}"}, TOKEN, id="a bearer's token"
        ),
    ],
)
async def test_no_secret_that_a_server_repeats_is_told(
    path: str, headers: Mapping[str, str], told: str
) -> None:
    secrets = {name: Secret(value) for name, value in headers.items()}
    async with receiving(echo) as receiver:
        error = await failure(hook(receiver.url(path), headers=secrets))

    assert told in " ".join([receiver.requests[0].path, *headers.values()])
    assert str(error).startswith("HTTP 500 Internal Server Error (it says: ")
    assert told not in str(error)
    assert told[:8] not in str(error)


async def test_no_login_that_a_server_repeats_is_told() -> None:
    async with receiving(echo) as receiver:
        url = receiver.url("/in").replace("://", "://robot:hunter2222@")
        error = await failure(hook(url))

    coded = b64encode(b"robot:hunter2222").decode()
    assert receiver.requests[0].headers["Authorization"] == f"Basic {coded}"
    assert "hunter2222" not in str(error)
    assert coded not in str(error)


async def test_a_secret_of_the_settings_is_not_told_either() -> None:
    async with receiving(http(500, "we know vari4ble")) as receiver:
        settings = ChannelSettings(
            name=ChannelName("ops"),
            kind="webhook",
            options=Options(url=Secret(receiver.url("/in"))),
            secrets=(Secret("vari4ble", "${PART}"),),
        )
        error = await failure(open_channel(settings, print))

    assert "we know ${PART}" in str(error)


@on_both_loops
async def test_tls_is_verified_and_leaves_nothing_open(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate = authority.issue("127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate.chain, certificate.key)
    warm_up()
    before = open_files()
    async with receiving(tls=tls) as receiver:
        channel = hook(receiver.url(), ca_file=str(authority.chain))
        await channel.deliver(OPENED)
        await channel.deliver(RECOVERED)
        assert receiver.connections == 1
        await channel.close()
        await until(lambda: receiver.open == 0)

        error = await failure(hook(receiver.url()))
        assert "the certificate of 127.0.0.1 is not to be trusted" in str(error)
        assert "unable to get local issuer certificate" in str(error)
        await until(lambda: receiver.open == 0)
    await until(lambda: open_files() <= before)
    gc.collect()


async def test_a_plain_server_asked_for_tls_is_told_in_words() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http(400, "this is plain HTTP"))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    error = await failure(hook(f"https://127.0.0.1:{port}/in"))
    server.close()

    assert str(error).startswith("no TLS with 127.0.0.1: ")
    assert not error.is_final


async def test_no_proxy_of_the_environment_reads_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with receiving() as receiver:
        channel = hook(receiver.url())
        await channel.deliver(OPENED)
        await channel.close()

    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "ftp://a/b"}, "url must be an https:// or http:// address"),
        ({"url": ""}, "url must be"),
        ({"url": "https:///path"}, "url must be"),
        ({"url": "https://[::1/x"}, "url has a host or a port that cannot be read"),
        ({"url": "https://a:99999/x"}, "url has a host or a port"),
        ({"url": "https://a/b c"}, "url has a space or a control character"),
        ({"url": "https://a/b\r\nX: y"}, "url has a space or a control character"),
        ({"template": "ntfy", "url": "https://ntfy.sh/"}, "url names no topic"),
        ({"template": "slack", "method": "PUT"}, 'method must be "POST" with template'),
        ({"headers": {"a b": "x"}}, "headers: 'a b' is no name of an HTTP header"),
        ({"headers": {"Host": "x"}}, "headers: 'Host' is set by the channel itself"),
        ({"headers": {"X": "a", "x": "b"}}, "headers: 'x' is there twice"),
        ({"headers": {"X": "se\r\ncret"}}, "headers: the value of 'X' has a line"),
        ({"ca_file": "/no/such.pem"}, "ca_file '/no/such.pem' cannot be used: No such"),
        (
            {"url": "http://a/b", "ca_file": "/x.pem"},
            "ca_file says nothing about an http:// url",
        ),
    ],
)
def test_options_that_cannot_be_are_refused_without_telling_a_secret(
    given: Mapping[str, Any], words: str
) -> None:
    ready: dict[str, Any] = {"url": "https://example.org/x", **given}
    ready["url"] = Secret(ready["url"])
    headers = ready.get("headers", {})
    ready["headers"] = {name: Secret(value) for name, value in headers.items()}
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared
        Options(**ready)

    assert words in str(caught.value)
    assert "cret" not in str(caught.value).replace("secret", "")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://a.org/services/T1/B2/x", "https://a.org/..."),
        ("https://user:pass@a.org:8443/x?k=v", "https://a.org:8443/..."),
        ("http://127.0.0.1:9093", "http://127.0.0.1:9093"),
    ],
)
def test_the_target_shows_nothing_but_the_host(url: str, target: str) -> None:
    assert shown_target(Options(url=Secret(url))) == target


def test_options_show_no_secret() -> None:
    options = Options(url=Secret(f"https://a.org/{TOKEN}"), headers={"X": Secret("se")})
    assert TOKEN not in repr(options)
    assert replace(options, template="slack").template == "slack"
