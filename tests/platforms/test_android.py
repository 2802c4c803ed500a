"""The android plug-in, against real servers that behave like ntfy and Gotify."""

from typing import Any

import pytest
from aiohttp import web

from conductor_tui.platforms.android import Android
from conductor_tui.plugin import ConfigInvalid, PluginError, RequestRefused
from conductor_tui.testing import running
from tests.platforms.service import Service, hang, reset, said, service

WHOLE: dict[str, Any] = {
    "message": "95 % of /var",
    "title": "disk",
    "priority": "high",
    "tags": ["warning", "disk"],
    "click": "https://x/y",
}


def ntfy(there: Service, **more: object) -> dict[str, object]:
    return {"url": f"{there.url}/", "topic": "ops", "token": "tk_hidden", **more}


def gotify(there: Service, **more: object) -> dict[str, object]:
    return {"url": there.url, "bridge": "gotify", "token": "tk_hidden", **more}


async def test_ntfy_gets_it_as_ntfy_wants_it() -> None:
    async with service(said(200, {"id": "hwQ2YpKdmg"})) as there:
        async with running(Android, ntfy(there, title="web-7")) as plugin:
            reply = await plugin.ask("hello")
            assert reply.payload == {"id": "hwQ2YpKdmg"}
            await plugin.ask(WHOLE)
        first, second = there.asked
        assert (first.method, first.path) == ("POST", "/")
        assert first.headers["Authorization"] == "Bearer tk_hidden"
        assert first.json == {
            "topic": "ops",
            "message": "hello",
            "title": "web-7",
            "priority": 3,
        }
        assert second.json == {**WHOLE, "topic": "ops", "priority": 4}


async def test_gotify_gets_it_as_gotify_wants_it() -> None:
    async with service(said(200, {"id": 25})) as there:
        async with running(Android, gotify(there)) as plugin:
            assert (await plugin.ask(WHOLE)).payload == {"id": 25}
            await plugin.ask({"message": "x", "priority": 1})
        first, second = there.asked
        assert (first.path, first.headers["X-Gotify-Key"]) == ("/message", "tk_hidden")
        assert first.json == {
            "message": "95 % of /var",
            "title": "[warning] [disk] disk",
            "priority": 7,
            "extras": {"client::notification": {"click": {"url": "https://x/y"}}},
        }
        assert second.json == {"message": "x", "title": "", "priority": 0}


@pytest.mark.parametrize(
    ("bridge", "path", "body", "is_healthy", "warns"),
    [
        (ntfy, "/v1/health", {"healthy": True}, True, False),
        (ntfy, "/v1/health", {"healthy": False}, False, False),
        (ntfy, "/v1/health", "up", False, False),
        (gotify, "/health", {"health": "green", "database": "green"}, True, False),
        (gotify, "/health", {"health": "orange", "database": "green"}, True, True),
        (gotify, "/health", {"health": "green", "database": "red"}, False, True),
        (gotify, "/health", [], False, False),
    ],
)
async def test_its_health_is_what_the_bridge_says(
    bridge: Any, path: str, body: object, is_healthy: bool, warns: bool
) -> None:
    async with service(web.Response(status=404)) as there:
        there.at[path] = said(200, body)
        async with running(Android, bridge(there)) as plugin:
            health = await plugin.check()
        assert (health.is_healthy, health.warns) == (is_healthy, warns)
        assert health.detail


async def test_what_goes_wrong_is_told_and_may_be_tried_again_where_it_helps() -> None:
    busy = said(429, {"error": "limit reached for tk_hidden"}, Retry_After="30")
    script = (busy, reset, web.Response(status=403))
    async with service(*script) as there, running(Android, ntfy(there)) as plugin:
        with pytest.raises(PluginError, match=r"answered 429.*\*\*\*") as info:
            await plugin.ask("x")
        assert info.value.retry_after_s == 30.0
        with pytest.raises(PluginError):
            await plugin.ask("x")
        with pytest.raises(RequestRefused, match="answered 403"):
            await plugin.ask("x")
        there.script = [hang]
        with pytest.raises(PluginError, match="no answer within"):
            await plugin.ask("x", deadline_s=0.1)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("", "message must be a text of 1 to"),
        ("x" * 5000, "message must be a text of 1 to"),
        (7, "a message is a text"),
        ({"message": "x", "priority": 6}, "priority must be one of min, low"),
        ({"message": "x", "priority": True}, "priority must be"),
        ({"message": "x", "tags": "warning"}, "tags must be a list"),
        ({"message": "x", "title": 7}, "title must be a text"),
        ({"message": "x", "sound": "x"}, "'sound' is none of"),
    ],
)
async def test_what_is_no_message_is_refused_unsent(payload: Any, words: str) -> None:
    async with service() as there, running(Android, ntfy(there)) as plugin:
        with pytest.raises(RequestRefused, match=words):
            await plugin.ask(payload)
        assert not there.asked


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"topic": "ops"}, "url: missing"),
        ({"url": "https://x"}, "topic is missing"),
        ({"url": "https://x", "bridge": "gotify"}, "token is missing"),
        ({"url": "https://x", "bridge": "fcm"}, "bridge must be ntfy or gotify"),
        (
            {"url": "https://x", "topic": "a", "priority": "5"},
            "priority must be one of",
        ),
    ],
)
async def test_bad_settings_are_told_in_words(
    given: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigInvalid, match=words):
        async with running(Android, given):
            pass
