"""Pushes messages to Android devices through a bridge of one's own: ntfy or Gotify.

    [plugin.android.config]
    url = "https://push.example.net"
    topic = "ops"                    # ntfy; with bridge = "gotify": token of the app
    token = "${PUSH_TOKEN}"

A payload is a text, or {"message", "title", "priority", "tags", "click"}; `priority` is
min, low, default, high or max, or 1 to 5. It is well while the bridge says that it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conductor_tui.platforms.looking import LOOK_S, Looking
from conductor_tui.platforms.web import Answer, Web, headers_of, host_of
from conductor_tui.plugin import (
    PluginError,
    PluginHealth,
    Reply,
    Request,
    RequestRefused,
)

BRIDGES = ("ntfy", "gotify")
PRIORITIES = ("min", "low", "default", "high", "max")
_OF_GOTIFY = (0, 2, 5, 7, 10)
MOST_TEXT = 4096  # what ntfy takes as a message; longer ones become attachments there
_FIELDS = ("message", "title", "priority", "tags", "click")


@dataclass(frozen=True)
class Settings:
    """`title` and `priority` are those of messages that say nothing else."""

    url: str
    bridge: str = "ntfy"
    topic: str = ""
    token: str = ""
    title: str = ""
    priority: str = "default"

    def __post_init__(self) -> None:
        host_of(self.url)
        if self.bridge not in BRIDGES:
            raise ValueError(
                f"bridge must be {' or '.join(BRIDGES)}, not {self.bridge}"
            )
        if self.priority not in PRIORITIES:
            words = f"priority must be one of {', '.join(PRIORITIES)}"
            raise ValueError(f"{words}, not {self.priority}")
        if self.bridge == "ntfy" and not self.topic:
            raise ValueError("topic is missing: ntfy needs to know for which it is")
        if self.bridge == "gotify" and not self.token:
            raise ValueError("token is missing: Gotify needs that of an application")


@dataclass(frozen=True)
class Message:
    text: str
    title: str
    priority: int  # 1 to 5
    tags: tuple[str, ...] = ()
    click: str = ""


class Android:
    Config = Settings

    async def initialize(self, config: Settings) -> None:
        self._config, self._url = config, config.url.rstrip("/")
        secrets = tuple(one for one in (config.token, config.topic) if one)
        self._web = Web(host_of(config.url), secrets)
        self._looking = Looking(self._look)
        await self._web.open()

    async def health_check(self) -> PluginHealth:
        return await self._looking.health()

    async def _look(self) -> PluginHealth:
        is_ntfy = self._config.bridge == "ntfy"
        path = "/v1/health" if is_ntfy else "/health"
        try:
            answer = await self._web.ask("GET", self._url + path, within_s=LOOK_S)
            self._web.checked(answer)
        except PluginError as error:
            return PluginHealth(is_healthy=False, detail=str(error))
        return _health_of_ntfy(answer) if is_ntfy else _health_of_gotify(answer)

    async def handle_request(self, request: Request) -> Reply:
        message = _message(request.payload, self._config)
        path, body, own = self._written(message)
        answer = await self._web.ask(
            "POST",
            self._url + path,
            body=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers_of(request), **own},
            within_s=request.deadline_s,
        )
        said = self._web.checked(answer).json
        number = said.get("id") if isinstance(said, dict) else None
        return Reply(payload={"id": number}, detail=f"pushed as {number}")

    async def shutdown(self) -> None:
        self._looking.close()
        await self._web.close()

    def _written(self, message: Message) -> tuple[str, dict[str, Any], dict[str, str]]:
        """Return path, body and headers, as the bridge wants them."""
        config = self._config
        if config.bridge == "ntfy":
            body: dict[str, Any] = {
                "topic": config.topic,
                "message": message.text,
                "title": message.title,
                "priority": message.priority,
                "tags": list(message.tags),
                "click": message.click,
            }
            body = {key: value for key, value in body.items() if value}
            own = {"Authorization": f"Bearer {config.token}"} if config.token else {}
            return "/", body, own
        tags = " ".join(f"[{one}]" for one in message.tags)
        body = {
            "message": message.text,
            "title": f"{tags} {message.title}".strip(),
            "priority": _OF_GOTIFY[message.priority - 1],
        }
        if message.click:
            click = {"click": {"url": message.click}}
            body["extras"] = {"client::notification": click}
        return "/message", body, {"X-Gotify-Key": config.token}


def _message(payload: Any, config: Settings) -> Message:
    """Raises RequestRefused, in words, for what is no message."""
    given = {"message": payload} if isinstance(payload, str) else payload
    if not isinstance(given, Mapping):
        raise RequestRefused('a message is a text, or {"message": "..."}')
    for key in sorted(given.keys() - {*_FIELDS}):
        raise RequestRefused(f"{key!r} is none of {', '.join(_FIELDS)}")
    text, tags = given.get("message"), given.get("tags", [])
    if not isinstance(text, str) or not 0 < len(text.encode()) <= MOST_TEXT:
        raise RequestRefused(f"message must be a text of 1 to {MOST_TEXT} bytes")
    if not isinstance(tags, list) or not all(isinstance(one, str) for one in tags):
        raise RequestRefused('tags must be a list of texts, such as ["warning"]')
    for key in ("title", "click"):
        if not isinstance(given.get(key, ""), str):
            raise RequestRefused(f"{key} must be a text")
    return Message(
        text=text,
        title=given.get("title", config.title),
        priority=_priority(given.get("priority", config.priority)),
        tags=tuple(tags),
        click=given.get("click", ""),
    )


def _priority(said: Any) -> int:
    if said in PRIORITIES:
        return PRIORITIES.index(said) + 1
    if isinstance(said, int) and not isinstance(said, bool) and 1 <= said <= 5:
        return said
    words = f"priority must be one of {', '.join(PRIORITIES)}, or 1 to 5"
    raise RequestRefused(f"{words}, not {said!r}")


def _health_of_ntfy(answer: Answer) -> PluginHealth:
    said = answer.json
    is_healthy = isinstance(said, dict) and said.get("healthy") is True
    words = "the bridge is healthy" if is_healthy else "the bridge says that it is not"
    return PluginHealth(is_healthy=is_healthy, detail=words)


def _health_of_gotify(answer: Answer) -> PluginHealth:
    """Its parts are green, orange or red."""
    said = answer.json
    if not isinstance(said, dict) or not said:
        return PluginHealth(is_healthy=False, detail="that is no answer of Gotify")
    words = ", ".join(f"{part} {colour}" for part, colour in said.items())
    colours = {str(one) for one in said.values()}
    is_green = colours == {"green"}
    return PluginHealth(
        is_healthy="red" not in colours, detail=words, warns=not is_green
    )
