"""Sends messages to a Discord channel by its webhook.

    [plugin.discord.config]
    url = "${DISCORD_WEBHOOK}"

A payload is a text, or a message as Discord has it: {"content": "...", "embeds": [...],
"username": "...", "thread_id": "..."}. Nobody is pinged unless `mentions` lets it. The
reply has the message's id. It is well while Discord's status page says so, and its
webhook is there.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from conductor_tui.platforms.discord_limits import Limits, RateLimited, limited
from conductor_tui.platforms.looking import LOOK_S, Looking
from conductor_tui.platforms.web import Answer, Web, headers_of, host_of
from conductor_tui.plugin import (
    PluginError,
    PluginHealth,
    Reply,
    Request,
    RequestRefused,
)

STATUS = "https://discordstatus.com/api/v2/status.json"
MOST_TEXT, MOST_EMBEDS = 2000, 10  # of one message, by Discord's own rules
WEBHOOK_S = 60.0  # it is looked at so often: each look counts for its limit
PAGE_S = 15.0  # and the status page so often
_TAKEN = ("content", "embeds", "username", "avatar_url", "tts", "flags", "thread_name")
_BAD = {"major", "critical"}


@dataclass(frozen=True)
class Settings:
    """`status_url` "" asks no status page."""

    url: str
    status_url: str = STATUS
    username: str = ""
    mentions: bool = False

    def __post_init__(self) -> None:
        host_of(self.url)
        if urlsplit(self.url).query:
            raise ValueError("url must be the webhook's own, without ?...")
        if self.status_url:
            host_of(self.status_url)


class Discord:
    Config = Settings
    now: Callable[[], float] = staticmethod(time.monotonic)
    sleep: Callable[[float], Awaitable[object]] = staticmethod(asyncio.sleep)

    async def initialize(self, config: Settings) -> None:
        self._config = config
        path = urlsplit(config.url).path.strip("/")
        parts = tuple(one for one in path.split("/") if len(one) > 20)  # its token
        self._web = Web(host_of(config.url), (config.url, path, *parts))
        self._status = Web(host_of(config.status_url or config.url))
        self._limits = Limits(self.now, self.sleep)
        self._looked: tuple[float, PluginHealth] | None = None
        self._looking = Looking(self._look, fresh_s=PAGE_S, now=self.now)
        await self._web.open()
        await self._status.open()

    async def health_check(self) -> PluginHealth:
        return await self._looking.health()

    async def _look(self) -> PluginHealth:
        webhook = await self._webhook()
        if not webhook.is_healthy or not self._config.status_url:
            return webhook
        return await self._page()

    async def handle_request(self, request: Request) -> Reply:
        message = _message(request.payload, self._config)
        query = {"wait": "true"}
        thread = _thread(request)
        if thread:
            query["thread_id"] = thread
        body = json.dumps(message).encode()
        headers = {"Content-Type": "application/json", **headers_of(request)}
        began = self.now()
        async with self._limits.place("POST", request.deadline_s):
            answer = await self._web.ask(
                "POST",
                f"{self._config.url}?{urlencode(query)}",
                body=body,
                headers=headers,
                within_s=max(0.05, request.deadline_s - (self.now() - began)),
            )
            stopped_s = self._limits.learn("POST", answer)
        self._web.checked(answer, stopped_s)
        return _reply(answer)

    async def shutdown(self) -> None:
        self._looking.close()
        await self._web.close()
        await self._status.close()

    async def _webhook(self) -> PluginHealth:
        """Return whether it is there: as it was found at most WEBHOOK_S ago."""
        if self._looked is not None and self.now() - self._looked[0] < WEBHOOK_S:
            return self._looked[1]
        try:
            async with self._limits.place("GET", 0.0):
                answer = await self._web.ask("GET", self._config.url, within_s=LOOK_S)
                stopped_s = self._limits.learn("GET", answer)
            if stopped_s is not None:
                raise limited(stopped_s)
            self._web.checked(answer)
        except RateLimited as error:  # that is no illness; look again soon
            words = f"not looked at: {error}"
            return PluginHealth(is_healthy=True, detail=words, warns=True)
        except RequestRefused as error:
            found = PluginHealth(is_healthy=False, detail=f"no such webhook: {error}")
        except PluginError as error:  # it may be well in a moment: look again soon
            return PluginHealth(is_healthy=False, detail=str(error))
        else:
            found = PluginHealth(is_healthy=True, detail="its webhook is there")
        self._looked = self.now(), found
        return found

    async def _page(self) -> PluginHealth:
        """Return what the status page says. One that says nothing is no reason."""
        try:
            answer = await self._status.ask(
                "GET", self._config.status_url, within_s=LOOK_S
            )
            self._status.checked(answer)
        except PluginError as error:
            words = f"its webhook is there; the status page is not: {error}"
            return PluginHealth(is_healthy=True, detail=words, warns=True)
        said = answer.json
        status = said.get("status") if isinstance(said, dict) else None
        status = status if isinstance(status, dict) else {}
        indicator = str(status.get("indicator", "unknown"))
        words = str(status.get("description", "")) or f"status: {indicator}"
        return PluginHealth(
            is_healthy=indicator not in _BAD, detail=words, warns=indicator != "none"
        )


def _message(payload: Any, config: Settings) -> dict[str, Any]:
    """Raises RequestRefused, in words, for what Discord would not take."""
    given = {"content": payload} if isinstance(payload, str) else payload
    if not isinstance(given, Mapping):
        raise RequestRefused('a message is a text, or {"content": "..."}')
    for key in sorted(given.keys() - {*_TAKEN, "thread_id"}):
        raise RequestRefused(f"{key!r} is none of {', '.join(_TAKEN)}, thread_id")
    content, embeds = given.get("content", ""), given.get("embeds", [])
    if not isinstance(content, str) or len(content) > MOST_TEXT:
        raise RequestRefused(
            f"content must be a text of at most {MOST_TEXT} characters"
        )
    if not isinstance(embeds, list) or len(embeds) > MOST_EMBEDS:
        raise RequestRefused(f"embeds must be a list of at most {MOST_EMBEDS}")
    if not content and not embeds:
        raise RequestRefused("a message needs content, or embeds")
    usual: dict[str, Any] = {"username": config.username} if config.username else {}
    if not config.mentions:
        usual["allowed_mentions"] = {"parse": []}
    return {**usual, **{key: given[key] for key in _TAKEN if key in given}}


def _thread(request: Request) -> str:
    payload = request.payload
    found = payload.get("thread_id", "") if isinstance(payload, Mapping) else ""
    if not isinstance(found, str | int) or (not str(found).isdigit() and found != ""):
        raise RequestRefused("thread_id must be the number of a thread")
    return str(found)


def _reply(answer: Answer) -> Reply:
    said = answer.json
    number = said.get("id") if isinstance(said, dict) else None
    return Reply(
        payload={"id": number}, detail=f"message {number}" if number else "sent"
    )
