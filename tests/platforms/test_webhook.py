"""The webhook plug-in, against a real server."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from conductor_tui.platforms.web import MOST_READ
from conductor_tui.platforms.webhook import Webhook
from conductor_tui.plugin import ConfigInvalid, PluginError, RequestRefused
from conductor_tui.testing import running
from tests.platforms.service import (
    Answering,
    broken_off,
    drip,
    flood,
    hang,
    reset,
    said,
    service,
)

KEY: dict[str, Any] = {"idempotency-key": "k-1"}
SECRET_PATH = "/hooks/T0KEN-that-nobody-may-read"


async def test_the_payload_is_the_body_and_the_answer_is_the_reply() -> None:
    async with service(said(201, {"ok": True})) as there:
        config = {"url": there.url + "/in", "headers": {"X-Team": "ops"}}
        async with running(Webhook, config) as plugin:
            reply = await plugin.ask({"n": [1, "é"]}, **KEY)
            assert reply.payload == {"status": 201, "body": {"ok": True}}
            await plugin.ask("plain é")
        first, second = there.asked
        assert (first.method, first.path, first.json) == (
            "POST",
            "/in",
            {"n": [1, "é"]},
        )
        assert first.headers["Content-Type"] == "application/json"
        assert first.headers["X-Team"] == "ops"
        assert first.headers["X-Request-ID"] == "test-1"
        assert first.headers["Idempotency-Key"] == "k-1"
        assert second.body == "plain é".encode()
        assert second.headers["Content-Type"].startswith("text/plain")
        assert "Idempotency-Key" not in second.headers


async def test_with_a_secret_the_body_is_signed_with_its_time() -> None:
    async with service() as there:
        config = {"url": there.url, "secret": "hunter2", "method": "PUT"}
        async with running(Webhook, config) as plugin:
            await plugin.ask({"n": 1})
        [asked] = there.asked
        assert asked.method == "PUT"
        signed = asked.headers["X-Timestamp"].encode() + b"." + asked.body
        wanted = hmac.new(b"hunter2", signed, hashlib.sha256).hexdigest()
        assert asked.headers["X-Signature-256"] == f"sha256={wanted}"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_time_may_mend_may_be_tried_again(status: int) -> None:
    async with service(web.Response(status=status, text="busy\nnow")) as there:
        async with running(Webhook, {"url": there.url}) as plugin:
            with pytest.raises(
                PluginError, match=f"answered {status}: busy now"
            ) as info:
                await plugin.ask("x")
        assert not isinstance(info.value, RequestRefused)
        assert info.value.retry_after_s is None


async def told_to_wait_s(header: str) -> float | None:
    """What a webhook makes of this Retry-After, in seconds."""
    answer = web.Response(status=429, headers={"Retry-After": header})
    async with service(answer) as there, running(Webhook, {"url": there.url}) as plugin:
        with pytest.raises(PluginError) as info:
            await plugin.ask("x")
        return info.value.retry_after_s


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e9", 86_400.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
async def test_not_before_the_time_that_it_names(
    header: str, seconds: float | None
) -> None:
    assert await told_to_wait_s(header) == seconds


async def test_a_time_of_day_is_one_too() -> None:
    then = datetime.now(UTC) + timedelta(hours=10)
    waits = await told_to_wait_s(format_datetime(then, usegmt=True))
    assert waits == pytest.approx(36_000, abs=600)


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
async def test_what_will_never_work_is_refused(status: int) -> None:
    async with (
        service(web.Response(status=status, text="no")) as there,
        running(Webhook, {"url": there.url}) as plugin,
    ):
        with pytest.raises(RequestRefused, match=f"answered {status}: no"):
            await plugin.ask("x")


async def test_what_is_sent_goes_to_nobody_else() -> None:
    async with service() as other:
        moved = web.Response(status=307, headers={"Location": other.url})
        async with (
            service(moved) as there,
            running(Webhook, {"url": there.url}) as plugin,
        ):
            with pytest.raises(RequestRefused, match="we do not follow"):
                await plugin.ask("x")
        assert not other.asked


async def test_a_server_that_hangs_ends_at_the_deadline() -> None:
    async with (
        service(hang) as there,
        running(Webhook, {"url": there.url}) as plugin,
    ):
        with pytest.raises(PluginError, match=r"no answer within 0\.1 s"):
            await plugin.ask("x", deadline_s=0.1)


@pytest.mark.parametrize("answer", [drip, broken_off])
async def test_what_was_taken_is_delivered_whatever_its_answer_does_then(
    answer: Answering,
) -> None:
    async with (
        service(answer) as there,
        running(Webhook, {"url": there.url}) as plugin,
    ):
        reply = await plugin.ask("x", deadline_s=0.5)
    assert reply.detail == "answered 200"


async def test_an_answer_that_is_no_json_of_ours_is_text() -> None:
    async with (
        service(web.Response(body=b'{"n": NaN}')) as there,
        running(Webhook, {"url": there.url}) as plugin,
    ):
        reply = await plugin.ask("x")
    assert reply.payload == {"status": 200, "body": '{"n": NaN}'}


async def test_a_server_that_resets_is_told_in_words() -> None:
    async with service(reset) as there, running(Webhook, {"url": there.url}) as plugin:
        with pytest.raises(PluginError, match=r"127\.0\.0\.1: "):
            await plugin.ask("x")


async def test_of_a_flood_no_more_is_read_than_anybody_would() -> None:
    async with service(flood) as there, running(Webhook, {"url": there.url}) as plugin:
        reply = await plugin.ask("x")
        assert reply.payload == {"status": 200, "body": "x" * MOST_READ}


async def test_no_word_of_it_holds_the_address_or_the_secret() -> None:
    async with service() as there:
        url = there.url + SECRET_PATH

        async def echo(request: web.Request) -> web.Response:
            return web.Response(status=500, text=f"no {url} or hunter2")

        there.script = [echo]
        async with running(Webhook, {"url": url, "secret": "hunter2"}) as plugin:
            with pytest.raises(PluginError) as info:
                await plugin.ask("x")
            told = str(info.value)
    async with running(Webhook, {"url": url}) as plugin:
        with pytest.raises(PluginError) as info:
            await plugin.ask("x")
        gone = str(info.value)
        health = await plugin.check()
    for words in (told, gone, health.detail):
        assert "T0KEN" not in words
        assert "hunter2" not in words
    assert gone == "127.0.0.1: cannot connect: connection refused"
    assert (health.is_healthy, health.detail) == (
        False,
        "127.0.0.1: connection refused",
    )


async def test_its_health_is_that_of_the_address_for_it() -> None:
    async with service() as there:
        there.at["/health"] = web.Response(status=204)
        config = {"url": there.url, "health_url": there.url + "/health"}
        async with running(Webhook, {**config, "health_status": 204}) as plugin:
            assert (await plugin.check()).is_healthy
        async with running(Webhook, config) as plugin:
            health = await plugin.check()
            assert (health.is_healthy, health.detail) == (
                False,
                "127.0.0.1 answered 204",
            )
        assert {one.method for one in there.asked} == {"GET"}


async def test_without_one_it_is_well_while_somebody_listens() -> None:
    async with service() as there:
        async with running(Webhook, {"url": there.url}) as plugin:
            assert (await plugin.check()).is_healthy
        assert not there.asked


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "url: missing"),
        ({"url": "ftp://x/y"}, "url must be http"),
        ({"url": "http://x", "method": "GET"}, "method must be POST, PUT, PATCH"),
        ({"url": "http://x", "health_url": "x"}, "url must be http"),
        ({"url": "http://x", "tokn": "x"}, "there is no such setting"),
    ],
)
async def test_bad_settings_are_told_in_words(
    config: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigInvalid, match=words):
        async with running(Webhook, config):
            pass
