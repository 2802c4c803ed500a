"""HTTP for the plug-ins: one session, bounded answers, and errors that hold no secret.

What it says of a failure names the host and what happened, never the address: that of
a webhook is its password.
"""

import asyncio
import email.utils
import json
import math
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conductor_tui.plugin import Json, PluginError, Request, RequestRefused

if TYPE_CHECKING:
    import aiohttp

MOST_READ = 64 * 1024
_EXCERPT = 160
_AGAIN = (408, 425, 429)
_SHARE = 0.8  # of what is left of the time, for the body: the rest is for our own way
_LONGEST_WAIT_S = 24 * 3600.0


@dataclass(frozen=True)
class Answer:
    """`body` is at most MOST_READ bytes of it. `headers` do not care for case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def json(self) -> Any:
        """What is in it; None for what is no JSON."""
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return None

    @property
    def shown(self) -> Json:
        """The body as a reply has it: JSON, or text."""
        found = self.json
        return self.body.decode(errors="replace") if found is None else found


@dataclass
class Web:
    """`host` is how the other side is called in errors; `secrets` are in none."""

    host: str
    secrets: tuple[str, ...] = ()
    _session: "aiohttp.ClientSession | None" = field(default=None, init=False)

    async def open(self) -> None:
        """Get ready. The library is loaded here, where the time for it is granted."""
        import aiohttp

        nothing = aiohttp.ClientTimeout(total=None)  # each request has its own
        self._session = aiohttp.ClientSession(timeout=nothing)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        within_s: float,
    ) -> Answer:
        """Ask once, and return any answer, with as much of its body as came in time:
        its status alone says whether it took what it was sent, and what was taken
        must not be sent again. Raises PluginError where none comes.
        """
        import aiohttp

        assert self._session is not None, "open it first"
        limit = aiohttp.ClientTimeout(total=within_s)
        began = time.monotonic()
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=limit,
                allow_redirects=False,  # what we send is for this host alone
            ) as answer:
                left_s = within_s - (time.monotonic() - began)
                got = await _bounded(answer.content, _SHARE * max(0.0, left_s))
                return Answer(answer.status, answer.headers, got)
        except TimeoutError:
            raise PluginError(
                f"{self.host}: no answer within {within_s:.1f} s"
            ) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise PluginError(f"{self.host}: {_words(error)}") from None

    def checked(self, answer: Answer, retry_after_s: float | None = None) -> Answer:
        """Return an answer that says yes. Raises PluginError where trying again may
        help, not before `retry_after_s` or what its header says, else RequestRefused.
        """
        if 200 <= answer.status < 300:
            return answer
        words = f"{self.host} answered {answer.status}{self._excerpt(answer)}"
        if answer.status in _AGAIN or answer.status >= 500:
            named = after_s(answer) if retry_after_s is None else retry_after_s
            raise PluginError(words, retry_after_s=named)
        if 300 <= answer.status < 400:
            words = f"{words}: it sends us elsewhere, and we do not follow"
        raise RequestRefused(words)

    def _excerpt(self, answer: Answer) -> str:
        text = " ".join(answer.body[: 4 * _EXCERPT].decode(errors="replace").split())
        for secret in self.secrets:
            text = text.replace(secret, "***")
        shown = "".join(one for one in text if one.isprintable())[:_EXCERPT]
        return f": {shown}" if shown else ""


def host_of(url: str) -> str:
    """Return the host of an address. Raises ValueError, in words, for what is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("url must be http://host/... or https://host/...")
    return parts.hostname


def headers_of(request: Request) -> dict[str, str]:
    """Return what tells the other side which request it is, and whether it had it."""
    key = request.metadata.get("idempotency-key", "")
    known = {"X-Request-ID": request.id, "Idempotency-Key": key}
    return {name: value for name, value in known.items() if _is_sane(value)}


def after_s(answer: Answer) -> float | None:
    """Return the seconds that Retry-After says (RFC 9110 section 10.2.3)."""
    said = answer.headers.get("Retry-After", "").strip()
    if not said:
        return None
    with suppress(ValueError):
        return seconds(float(said))
    try:
        at = email.utils.parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return seconds((at - datetime.now(UTC)).total_seconds())


def seconds(said: float) -> float | None:
    """Return a time to wait that may be obeyed: at most a day; None for no number."""
    return min(max(0.0, said), _LONGEST_WAIT_S) if math.isfinite(said) else None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


async def _bounded(content: "aiohttp.StreamReader", within_s: float) -> bytes:
    """Return what comes of a body; one that is slow, or breaks off, is shorter."""
    import aiohttp

    got = bytearray()
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(within_s):
            while len(got) < MOST_READ:
                some = await content.read(MOST_READ - len(got))
                if not some:
                    break
                got += some
    return bytes(got)


def _words(error: Exception) -> str:
    """Return what happened, without the address that is in the library's own words."""
    cause = getattr(error, "os_error", None) or error
    if isinstance(cause, OSError) and cause.errno:
        return f"cannot connect: {os_words(cause)}"
    names = {
        "ServerDisconnectedError": "it hung up without an answer",
        "ClientPayloadError": "its answer broke off",
        "ClientConnectorCertificateError": "its certificate is not to be trusted",
        "ClientConnectorSSLError": "no TLS can be spoken with it",
    }
    return names.get(
        type(error).__name__, f"it cannot be asked: {type(error).__name__}"
    )


def os_words(error: OSError) -> str:
    """Return what the system says, without the address that asyncio adds."""
    number = error.errno or 0  # below 0: the name is not known
    words = os.strerror(number) if number > 0 else error.strerror
    return (words or type(error).__name__).lower()


def _is_sane(value: str) -> bool:
    return bool(value) and value.isascii() and value.isprintable()
