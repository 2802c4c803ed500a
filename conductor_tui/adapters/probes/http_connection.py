"""One connection to a web server, one request at a time: asyncio and nothing between.

Streams, pools and sessions are left out on purpose: a general client costs several
times the CPU of the check itself.
"""

import asyncio
from typing import cast

from conductor_tui.adapters.probes.http_answer import (
    AnswerReader,
    HeadReader,
    Heard,
    Trouble,
)
from conductor_tui.adapters.probes.http_words import lost_words


class Connection(asyncio.Protocol):
    """Sends the same request whenever asked to. The first goes out on connecting,
    so that a server which speaks before it is spoken to is heard as well.
    """

    def __init__(self, request: bytes, max_body: int, *, is_head: bool = False) -> None:
        self._request = request
        self._reader = HeadReader(max_body) if is_head else AnswerReader(max_body)
        self._transport: asyncio.Transport | None = None
        self._heard: asyncio.Future[Heard] | None = None

    @property
    def is_usable(self) -> bool:
        """True when it stands, idle, and the last answer left it clean."""
        transport = self._transport
        return (
            transport is not None and self._heard is None and not transport.is_closing()
        )

    def certificate(self) -> bytes | None:
        """Return the server's certificate (DER); None without TLS, or once lost."""
        transport = self._transport
        tls = transport and transport.get_extra_info("ssl_object")
        return tls.getpeercert(binary_form=True) if tls else None

    async def ask(self) -> Heard:
        """Return what the server says. A cancelled call drops the connection: the
        answer to its request would be taken for the answer to the next.
        """
        heard = self._heard or self._send()
        try:
            return await heard
        except asyncio.CancelledError:
            self.drop()
            raise
        finally:
            self._heard = None

    def drop(self) -> None:
        """Close at once, without a goodbye. Safe to call twice, and in any state."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        if self._heard is None or self._heard.done():
            self.drop()  # nobody asked: whatever it is, it must not answer the next
            return
        heard = self._reader.feed(data)
        if heard is None:
            return
        self._heard.set_result(heard)
        if not self._reader.is_reusable:
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._heard is not None and not self._heard.done():
            self._heard.set_result(self._reader.end(lost_words(exc)))

    def _send(self) -> asyncio.Future[Heard]:
        self._heard = heard = asyncio.get_running_loop().create_future()
        self._reader.start()
        if self._transport is None or self._transport.is_closing():
            heard.set_result(Trouble("closed without an answer", is_unheard=True))
        else:
            self._transport.write(self._request)
        return heard
