"""Posts each request to a URL.

    [plugin.webhook.config]
    url = "${WEBHOOK_URL}"
    secret = "${WEBHOOK_SECRET}"     # then each body is signed

The payload is the body: text as it is, all else as JSON. A signed one comes with
`X-Timestamp` (seconds since 1970) and `X-Signature-256: sha256=HEX`, the HMAC of
`TIMESTAMP.BODY`: whoever checks both knows who sent it, and when.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conductor_tui.platforms.looking import LOOK_S, Looking
from conductor_tui.platforms.web import Web, headers_of, host_of, os_words
from conductor_tui.plugin import PluginError, PluginHealth, Reply, Request

METHODS = ("POST", "PUT", "PATCH")


@dataclass(frozen=True)
class Settings:
    """`health_url` is asked at each check and must answer `health_status`; without one
    a connection to the host of `url` is opened, and nothing is sent.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""
    health_url: str = ""
    health_status: int = 200

    def __post_init__(self) -> None:
        host_of(self.url)
        if self.health_url:
            host_of(self.health_url)
        if self.method not in METHODS:
            raise ValueError(f"method must be {', '.join(METHODS)}, not {self.method}")


class Webhook:
    Config = Settings

    async def initialize(self, config: Settings) -> None:
        self._config = config
        path = urlsplit(config.url).path.strip("/")
        secrets = tuple(one for one in (config.url, path, config.secret) if one)
        self._web = Web(host_of(config.url), secrets)
        self._looking = Looking(self._look)
        await self._web.open()

    async def health_check(self) -> PluginHealth:
        return await self._looking.health()

    async def _look(self) -> PluginHealth:
        config, web = self._config, self._web
        try:
            if not config.health_url:
                return await self._connects()
            answer = await web.ask("GET", config.health_url, within_s=LOOK_S)
        except PluginError as error:
            return PluginHealth(is_healthy=False, detail=str(error))
        detail = f"{host_of(config.health_url)} answered {answer.status}"
        is_healthy = answer.status == config.health_status
        return PluginHealth(is_healthy=is_healthy, detail=detail)

    async def handle_request(self, request: Request) -> Reply:
        body, kind = _body(request)
        headers = {"Content-Type": kind, **headers_of(request), **self._config.headers}
        if self._config.secret:
            headers |= signature(self._config.secret, body, time.time())
        answer = await self._web.ask(
            self._config.method,
            self._config.url,
            body=body,
            headers=headers,
            within_s=request.deadline_s,
        )
        self._web.checked(answer)
        said = {"status": answer.status, "body": answer.shown}
        return Reply(payload=said, detail=f"answered {answer.status}")

    async def shutdown(self) -> None:
        self._looking.close()
        await self._web.close()

    async def _connects(self) -> PluginHealth:
        parts = urlsplit(self._config.url)
        is_tls = parts.scheme == "https"
        port = parts.port or (443 if is_tls else 80)
        try:
            async with asyncio.timeout(LOOK_S):
                _, writer = await asyncio.open_connection(
                    parts.hostname, port, ssl=is_tls or None
                )
        except OSError as error:  # a TimeoutError is one
            detail = f"{parts.hostname}: {os_words(error)}"
            return PluginHealth(is_healthy=False, detail=detail)
        writer.close()
        with suppress(OSError):  # it answered: how it hangs up does not matter
            await writer.wait_closed()
        return PluginHealth(is_healthy=True, detail=f"{parts.hostname}:{port} listens")


def signature(secret: str, body: bytes, now: float) -> dict[str, str]:
    """Return the headers that sign a body at `now` (seconds since 1970)."""
    stamp = str(int(now))
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return {
        "X-Timestamp": stamp,
        "X-Signature-256": f"sha256={signed.hexdigest()}",
    }


def _body(request: Request) -> tuple[bytes, str]:
    if isinstance(request.payload, str):
        return request.payload.encode(), "text/plain; charset=utf-8"
    return json.dumps(request.payload).encode(), "application/json"
