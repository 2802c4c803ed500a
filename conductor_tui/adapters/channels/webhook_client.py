"""Sends one request at a time with aiohttp, which is imported with the first.

Foreign errors become DeliveryFailed here, in words that still may hold secrets: the
channel takes them out.
"""

import asyncio
import os
import ssl
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from conductor_tui import __version__
from conductor_tui.adapters.channels.webhook_answer import Answer
from conductor_tui.domain.errors import DeliveryFailed

if TYPE_CHECKING:
    import aiohttp

_MOST_SAID = 4096
_BODY_S = 1.0
_KEPT_S = 15.0
_HEADERS = {
    "User-Agent": f"conductor-tui/{__version__}",
    "Accept-Encoding": "identity",  # nothing to unpack that might be a bomb
}


class Client:
    """Keeps one connection for a while. Closed, it may be used again."""

    def __init__(self, *, ca_file: str = "") -> None:
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """Raises DeliveryFailed when there is no answer."""
        session = self._session or await self._open()
        from aiohttp import ClientError
        from yarl import URL

        try:
            # as it was given: a signature may stand over each escape in it
            where = URL(url, encoded=url.isascii())
            async with session.request(
                method, where, headers=headers, data=body, allow_redirects=False
            ) as response:
                return await _read(response)
        except (ClientError, OSError, ValueError) as error:
            raise DeliveryFailed(_words(error)) from error

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _open(self) -> "aiohttp.ClientSession":
        """Importing it and reading certificates take longer than a loop may stand."""
        await asyncio.to_thread(import_module, "aiohttp")
        import aiohttp

        tls = await asyncio.to_thread(tls_context, self._ca_file)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, limit=1, keepalive_timeout=_KEPT_S),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=None
            ),  # our caller's
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers=_HEADERS,
        )
        return self._session


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Trust the authorities of a PEM file, else the system's. Raises OSError."""
    return ssl.create_default_context(cafile=ca_file or None)


async def _read(response: "aiohttp.ClientResponse") -> Answer:
    """Read no more than is told. What took the notice need not say anything else: a
    body that hangs would have it sent twice.
    """
    is_taken = 200 <= response.status < 300
    return Answer(
        status=response.status,
        said="" if is_taken else await _said(response),
        retry_after=response.headers.get("Retry-After", ""),
        date=response.headers.get("Date", ""),
        location=response.headers.get("Location", ""),
    )


async def _said(response: "aiohttp.ClientResponse") -> str:
    """Return the beginning of the body, as much as comes at once."""
    from aiohttp import ClientError

    said = b""
    with suppress(TimeoutError, ClientError, OSError):
        async with asyncio.timeout(_BODY_S):
            while len(said) < _MOST_SAID:
                piece = await response.content.read(_MOST_SAID - len(said))
                if not piece:
                    break
                said += piece
    return said.decode(errors="replace")


def _words(error: Exception) -> str:
    """Return what went wrong, without aiohttp's way of saying it."""
    import aiohttp

    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"the name {error.host} cannot be looked up"
        case aiohttp.ClientConnectorCertificateError():
            why = getattr(error.certificate_error, "verify_message", "")
            why = why or error.certificate_error
            return f"the certificate of {error.host} is not to be trusted: {why}"
        case aiohttp.ClientConnectorSSLError():
            return f"no TLS with {error.host}: {_reason(error.os_error)}"
        case aiohttp.ClientConnectorError():
            why = _reason(error.os_error)
            return f"no connection to {error.host}, port {error.port}: {why}"
        case aiohttp.ServerDisconnectedError():
            return "the connection was closed before an answer came"
        case aiohttp.ClientResponseError():
            return f"what came is no HTTP answer: {error.message}"
        case OSError():  # ClientOSError too
            return f"the connection broke before an answer came: {_reason(error)}"
        case _:
            return f"it cannot be sent: {error}"


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).replace("_", " ").lower()
    if error.errno and error.errno > 0:  # asyncio puts words of its own into strerror
        return os.strerror(error.errno).lower()
    return (error.strerror or str(error)).lower()
