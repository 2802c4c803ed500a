"""The discord plug-in, against a real server that behaves like Discord."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from conductor_tui.platforms.discord import PAGE_S, WEBHOOK_S, Discord
from conductor_tui.plugin import ConfigInvalid, PluginError, RequestRefused
from conductor_tui.testing import FakeClock, running, settle
from tests.platforms.service import Service, hang, said, service

TOKEN = "aVeryLongTokenThatNobodyMayRead"
HOOK = f"/api/webhooks/812/{TOKEN}"
FINE = {"status": {"indicator": "none", "description": "All Systems Operational"}}


def limited(limit: int, remaining: int, reset_s: float, **more: str) -> dict[str, str]:
    return {
        "X_RateLimit_Bucket": "abcd",
        "X_RateLimit_Limit": str(limit),
        "X_RateLimit_Remaining": str(remaining),
        "X_RateLimit_Reset_After": str(reset_s),
        **more,
    }


def on_a_clock(clock: FakeClock) -> type[Discord]:
    class Timed(Discord):
        now = staticmethod(clock.monotonic)
        sleep = staticmethod(clock.sleep)

    return Timed


def config(there: Service, **more: object) -> dict[str, object]:
    return {"url": there.url + HOOK, "status_url": there.url + "/status", **more}


def messages(there: Service) -> list[Any]:
    return [one.json["content"] for one in there.asked if one.method == "POST"]


async def test_a_text_is_a_message_and_nobody_is_pinged() -> None:
    async with service(said(200, {"id": "99"})) as there:
        async with running(Discord, config(there, username="ops")) as plugin:
            reply = await plugin.ask("@everyone hello")
            assert reply.payload == {"id": "99"}
            embeds: Any = {"embeds": [{"title": "x"}], "thread_id": "7"}
            await plugin.ask(embeds)
        first, second = there.asked
        assert (first.path, dict(first.query)) == (HOOK, {"wait": "true"})
        assert first.json == {
            "content": "@everyone hello",
            "username": "ops",
            "allowed_mentions": {"parse": []},
        }
        assert dict(second.query) == {"wait": "true", "thread_id": "7"}
        assert second.json["embeds"] == [{"title": "x"}]
        async with running(Discord, config(there, mentions=True)) as plugin:
            await plugin.ask("@everyone")
        assert "allowed_mentions" not in there.asked[-1].json


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("x" * 2001, "at most 2000 characters"),
        ({"embeds": [{}] * 11}, "at most 10"),
        ({}, "needs content, or embeds"),
        ([], "a message is a text"),
        ({"content": "x", "ping": True}, "'ping' is none of"),
        ({"content": 7}, "content must be a text"),
        ({"content": "x", "thread_id": "../7"}, "thread_id must be the number"),
    ],
)
async def test_what_discord_would_not_take_is_refused_unsent(
    payload: Any, words: str
) -> None:
    async with service() as there, running(Discord, config(there)) as plugin:
        with pytest.raises(RequestRefused, match=words):
            await plugin.ask(payload)
        assert not there.asked


async def test_an_empty_bucket_is_waited_for_in_order_or_told() -> None:
    clock = FakeClock()
    async with (
        service(said(200, {"id": "1"}, **limited(2, 1, 5.0))) as there,
        running(on_a_clock(clock), config(there)) as plugin,
    ):
        await plugin.ask("a")
        there.script = [said(200, {"id": "2"}, **limited(2, 0, 5.0))]
        await plugin.ask("b")
        waiting = [asyncio.create_task(plugin.ask(one)) for one in ("c", "d")]
        await settle(100)
        assert messages(there) == ["a", "b"]
        with pytest.raises(PluginError, match="used up for 5") as info:
            await plugin.ask("e", deadline_s=3.0)
        assert info.value.retry_after_s == pytest.approx(5.0)
        await clock.advance(5)
        await asyncio.gather(*waiting)
        assert messages(there) == ["a", "b", "c", "d"]


async def test_a_429_says_when_to_come_again_and_nothing_is_sent_before() -> None:
    clock = FakeClock()
    busy = said(
        429,
        {
            "message": "You are being rate limited.",
            "retry_after": 1.25,
            "global": False,
        },
        **limited(5, 0, 1.25, Retry_After="2", X_RateLimit_Scope="shared"),
    )
    async with (
        service(busy) as there,
        running(on_a_clock(clock), config(there)) as plugin,
    ):
        with pytest.raises(PluginError, match="answered 429") as info:
            await plugin.ask("a")
        assert info.value.retry_after_s == 1.25
        assert TOKEN not in str(info.value)
        with pytest.raises(PluginError, match="nothing was sent"):
            await plugin.ask("b", deadline_s=1.0)
        assert messages(there) == ["a"]
        there.script = [said(200, {"id": "2"}, **limited(5, 4, 1.0))]
        await clock.advance(1.25)
        await plugin.ask("c")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"retry_after": 9.0, "global": True}, {}),
        ({"retry_after": 9.0}, {"X_RateLimit_Global": "true"}),
        ("no json", {"X_RateLimit_Scope": "global", "Retry_After": "9"}),
    ],
)
async def test_a_limit_for_all_stops_every_bucket(
    body: object, headers: dict[str, str]
) -> None:
    clock = FakeClock()
    async with (
        service(said(429, body, **headers)) as there,
        running(on_a_clock(clock), config(there)) as plugin,
    ):
        with pytest.raises(PluginError) as info:
            await plugin.ask("a")
        assert info.value.retry_after_s == 9.0
        there.script = [said(200, {})]
        assert (await plugin.check()).is_healthy  # it asks on another route
        assert [one.method for one in there.asked if HOOK in one.path] == ["POST"]
        await clock.advance(PAGE_S)
        await plugin.check()
        assert [one.method for one in there.asked][:2] == ["POST", "GET"]


async def test_until_the_bucket_is_known_one_goes_at_a_time() -> None:
    until = asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        await until.wait()
        return said(200, {"id": "1"}, **limited(5, 4, 2.0))

    async with service(slow) as there, running(Discord, config(there)) as plugin:
        sent = [asyncio.create_task(plugin.ask(str(n))) for n in range(4)]
        while not there.asked:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0)
        await settle(100)
        assert len(there.asked) == 1
        until.set()
        await asyncio.gather(*sent)
        assert messages(there) == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("indicator", "is_healthy", "warns"),
    [
        ("none", True, False),
        ("minor", True, True),
        ("major", False, True),
        ("critical", False, True),
    ],
)
async def test_its_health_is_that_of_the_status_page(
    indicator: str, is_healthy: bool, warns: bool
) -> None:
    page = {"status": {"indicator": indicator, "description": "API errors"}}
    async with service(said(200, {"id": "812"})) as there:
        there.at["/status"] = said(200, page)
        async with running(Discord, config(there)) as plugin:
            health = await plugin.check()
        assert (health.is_healthy, health.warns) == (is_healthy, warns)
        assert health.detail == "API errors"


async def test_a_webhook_that_is_gone_is_bad_whatever_the_page_says() -> None:
    async with service(said(404, {"message": "Unknown Webhook"})) as there:
        there.at["/status"] = said(200, FINE)
        async with running(Discord, config(there)) as plugin:
            health = await plugin.check()
        assert not health.is_healthy
        assert "no such webhook" in health.detail
        assert "Unknown Webhook" in health.detail
        assert TOKEN not in health.detail


async def test_the_webhook_is_looked_at_once_a_minute_only() -> None:
    clock = FakeClock()
    async with service(said(200, {})) as there:
        there.at["/status"] = said(200, FINE)
        async with running(on_a_clock(clock), config(there)) as plugin:
            for _ in range(13):
                assert (await plugin.check()).is_healthy
                await clock.advance(WEBHOOK_S / 12)
        assert [one.path for one in there.asked].count(HOOK) == 2


async def test_what_is_said_of_limits_in_nonsense_is_no_reason_to_send_twice() -> None:
    taken = said(200, {"id": "1"}, **limited(5, 4, 1.0), Retry_After="nan")
    taken.headers["X-RateLimit-Limit"] = "nan"
    taken.headers["X-RateLimit-Reset-After"] = "inf"
    busy = web.Response(status=429, body=b'{"retry_after": Infinity}')
    async with service(taken, busy) as there:
        async with running(Discord, config(there)) as plugin:
            assert (await plugin.ask("a")).payload == {"id": "1"}
            with pytest.raises(PluginError) as info:
                await plugin.ask("b")
        assert info.value.retry_after_s == 1.0


async def test_a_look_that_is_limited_is_no_illness() -> None:
    async with service(said(429, {"retry_after": 30.0})) as there:
        there.at["/status"] = said(200, FINE)
        async with running(Discord, config(there)) as plugin:
            assert (await plugin.check()).is_healthy
        without = {**config(there), "status_url": ""}
        async with running(Discord, without) as plugin:
            health = await plugin.check()
        assert (health.is_healthy, health.warns) == (True, True)
        assert "not looked at: its rate limit is used up for 30.0 s" in health.detail


async def test_a_status_page_that_is_away_is_no_failure_of_discord() -> None:
    async with service(said(200, {})) as there:
        there.at["/status"] = web.Response(status=502)
        async with running(Discord, config(there)) as plugin:
            health = await plugin.check()
        assert (health.is_healthy, health.warns) == (True, True)
        assert "the status page is not" in health.detail


async def test_one_that_hangs_ends_at_the_deadline() -> None:
    async with service(hang) as there, running(Discord, config(there)) as plugin:
        with pytest.raises(PluginError, match="no answer within"):
            await plugin.ask("x", deadline_s=0.1)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "url: missing"),
        ({"url": "discord.com/api"}, "url must be http"),
        ({"url": "https://x/api?wait=1"}, r"without \?"),
        ({"url": "https://x/y", "status_url": "x"}, "url must be http"),
    ],
)
async def test_bad_settings_are_told_in_words(
    given: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigInvalid, match=words):
        async with running(Discord, given):
            pass
