"""The shipped plug-ins where they run: in a worker of a real daemon."""

import asyncio
from collections.abc import Iterator

import pytest
from aiohttp import web

from conductor_tui.client import AsyncClient
from conductor_tui.domain.errors import AskRefused
from tests.cli.serving import Serving, daemon
from tests.platforms.service import Service, hang, said, service

SETTINGS = """
[plugin.webhook.config]
url = "{url}/in"
[plugin.discord.config]
url = "{url}/api/webhooks/1/TOKEN-of-more-than-twenty-signs"
status_url = "{url}/status"
[plugin.android.config]
url = "{url}"
topic = "ops"
[[platform]]
name = "pushes"
probe = "plugin"
target = "android"
[request.webhook]
deadline = "1s"
"""
NAMES = {"webhook", "discord", "android"}

pytestmark = pytest.mark.server


@pytest.fixture
def there() -> Iterator[Serving]:
    with daemon("") as serving:
        yield serving


async def begin(there: Serving, far: Service) -> AsyncClient:
    """Start the daemon, and wait until all three are at work."""
    there.settings.write_text(SETTINGS.format(url=far.url))
    await asyncio.to_thread(there.serve)
    while True:
        found = await asyncio.to_thread(
            there.client.ask, "GET", "/v1/plugins", key="plugins"
        )
        active = {one["name"] for one in found["plugins"] if one["state"] == "ACTIVE"}
        if active >= NAMES:
            return AsyncClient("test", url=f"unix:{there.socket}")


async def test_each_delivers_what_it_is_sent(there: Serving) -> None:
    async with service(said(200, {"id": "81"})) as far:
        async with await begin(there, far) as client:
            sent = await client.dispatch("webhook", {"n": 1}, key="k-1", id="r-1")
            assert sent.reply == {"status": 200, "body": {"id": "81"}}
            assert (await client.dispatch("discord", "hello")).reply == {"id": "81"}
            assert (await client.dispatch("pushes", "hello")).reply == {"id": "81"}
        posts = [one for one in far.asked if one.method == "POST"]
        assert [one.json for one in posts] == [
            {"n": 1},
            {"allowed_mentions": {"parse": []}, "content": "hello"},
            {"topic": "ops", "message": "hello", "priority": 3},
        ]
        assert posts[0].headers["X-Request-ID"] == "r-1"


async def test_a_429_is_waited_for_and_a_hang_ends_at_the_deadline(
    there: Serving,
) -> None:
    busy = web.Response(status=429, headers={"Retry-After": "0.2"})
    async with service(said(200, {})) as far:
        far.at["/in"] = busy
        async with await begin(there, far) as client:
            with pytest.raises(AskRefused, match="answered 429"):
                await client.dispatch("webhook", 1, keep=False)
            asked = [one for one in far.asked if one.path == "/in"]
            assert 1 < len(asked) <= 3  # attempts that the deadline has room for
            far.at["/in"] = hang
            kept = await client.dispatch("webhook", 2)
            assert (kept.outcome, kept.is_delivered) == ("kept", False)
            far.at["/in"] = said(200, {})
            while (await asyncio.to_thread(letters, there)) > 0:
                pass
        assert [one.json for one in far.asked if one.path == "/in"][-1] == 2


def letters(there: Serving) -> int:
    return int(there.client.ask("GET", "/v1/dead-letters", key="total")["total"])
