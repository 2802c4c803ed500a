"""The webhook channel: an HTTP request per notice, in the form of one service."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast
from urllib.parse import SplitResult, urlsplit

from conductor_tui.adapters.channels.hiding import (
    secrets_of_headers,
    secrets_of_url,
    shown_url,
)
from conductor_tui.adapters.channels.now import Now, wall_now
from conductor_tui.adapters.channels.templates import TEMPLATES, Name
from conductor_tui.adapters.channels.templates.ntfy import root_and_topic
from conductor_tui.adapters.channels.webhook_answer import check
from conductor_tui.adapters.channels.webhook_client import Client, tls_context
from conductor_tui.domain.alert import Notice
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.secret import Secret, without_secrets
from conductor_tui.domain.text import one_line, visible
from conductor_tui.ports import Channel

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]*")
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "idempotency-key"}
)
_LONGEST_URL = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`url` is https:// or http://, and a secret: whoever knows it may write there.

    `template` is the form of the body: "json", the whole notice (`document` has its
    keys), or that of a service. For "ntfy" the url is that of the topic, for
    "alertmanager" that of the server.

    `headers` go out with each request, beside `Idempotency-Key`, the notice's id.
    `ca_file` (PEM) names the authorities to trust in place of the system's.
    Redirects are not followed.
    """

    url: Secret
    template: Name = "json"
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    headers: Mapping[str, Secret] = field(default_factory=dict)
    ca_file: str = ""

    def __post_init__(self) -> None:
        parts = _parsed(self.url.reveal())
        if self.template != "json" and self.method != "POST":
            raise ValueError(
                f'method must be "POST" with template = "{self.template}": take it out'
            )
        if self.template == "ntfy" and not root_and_topic(parts.geturl())[1]:
            raise ValueError(
                'url names no topic for template = "ntfy": write it as '
                "https://ntfy.sh/my-topic"
            )
        _check_headers(self.headers)
        _check_ca_file(self.ca_file, parts.scheme)


class WebhookChannel:
    """Satisfies ports.Channel."""

    def __init__(
        self, options: Options, secrets: tuple[Secret, ...] = (), now: Now = wall_now
    ) -> None:
        self._options = options
        self._client = Client(ca_file=options.ca_file)
        self._now = now
        self._secrets = (
            *secrets_of_url(options.url),
            *secrets_of_headers(options.headers),
            *secrets,
        )

    async def deliver(self, notice: Notice) -> None:
        options = self._options
        render = TEMPLATES[options.template]
        url, content = render(notice, self._now(), options.url.reveal())
        headers = _headers(notice, options.headers)
        body = json.dumps(content).encode()  # ASCII: half a surrogate is no trouble
        try:
            check(await self._client.send(options.method, url, headers, body))
        except DeliveryFailed as error:
            raise self._discreet(error) from error.__cause__

    async def close(self) -> None:
        await self._client.close()

    def _discreet(self, error: DeliveryFailed) -> DeliveryFailed:
        words = one_line(without_secrets(str(error), self._secrets))
        return DeliveryFailed(
            words, is_final=error.is_final, retry_in_s=error.retry_in_s
        )


def open_channel(
    settings: ChannelSettings,
    attend: Callable[[AttentionCalled], object],
    now: Now = wall_now,
) -> Channel:
    return WebhookChannel(cast(Options, settings.options), settings.secrets, now)


def shown_target(options: Options) -> str:
    where = visible(shown_url(options.url.reveal()))
    return where if options.template == "json" else f"{options.template} at {where}"


def _headers(notice: Notice, given: Mapping[str, Secret]) -> Mapping[str, str]:
    headers = {name: value.reveal() for name, value in given.items()}
    if "content-type" not in map(str.lower, given):
        headers["Content-Type"] = "application/json"
    return headers | {"Idempotency-Key": visible(notice.id)}


def _parsed(url: str) -> SplitResult:
    """Raises ValueError in words that never repeat the URL."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("url has a host or a port that cannot be read") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(
            "url must be an https:// or http:// address, such as "
            "https://hooks.example.org/services/..."
        )
    if len(url) > _LONGEST_URL or any(char <= " " or char == "\x7f" for char in url):
        raise ValueError("url has a space or a control character in it, or is too long")
    return parts


def _check_headers(headers: Mapping[str, Secret]) -> None:
    """Raises ValueError in words that never repeat a value."""
    seen = set[str]()
    for name, value in headers.items():
        shown = visible(name, 60)
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"headers: {shown!r} is no name of an HTTP header")
        if name.lower() in _OURS:
            raise ValueError(f"headers: {shown!r} is set by the channel itself")
        if name.lower() in seen:
            raise ValueError(f"headers: {shown!r} is there twice, in other letters")
        if not _VALUE.fullmatch(value.reveal()):
            raise ValueError(
                f"headers: the value of {shown!r} has a line break or another control "
                "character in it"
            )
        seen.add(name.lower())


def _check_ca_file(ca_file: str, scheme: str) -> None:
    if not ca_file:
        return
    if scheme != "https":
        raise ValueError(
            "ca_file says nothing about an http:// url: remove it, or write https://"
        )
    try:
        tls_context(ca_file)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ValueError(
            f"ca_file {visible(ca_file)!r} cannot be used: {one_line(str(why))}"
        ) from None
