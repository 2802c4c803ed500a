"""httpx: every request to a host goes through its platform's breaker.

    client = httpx.Client(transport=BreakerTransport(Client("bot-a")))

Rejected comes out of `client.get` as it is. A failure is an error of the transport, or
a status from 500 on, both before the body is read: what breaks off later is for the
reader to see. Each request of a redirect asks for its own host. What httpx.Client is
told of certificates, proxies and pools goes to a `transport` of yours instead: httpx
itself has it that way.
"""

from collections.abc import Mapping

import httpx

from conductor_tui.client.hosts import (
    Asked,
    Failing,
    Hosts,
    error_of,
    is_server_error,
    settle_error,
)

_OURS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.PoolTimeout)


class BreakerTransport(httpx.BaseTransport):
    """`transport` does the work; None: one of httpx's own, as it is usually made."""

    def __init__(
        self,
        client: Asked,
        transport: httpx.BaseTransport | None = None,
        *,
        hosts: Mapping[str, str] | None = None,
        failing: Failing = is_server_error,
    ) -> None:
        self._inner = transport or httpx.HTTPTransport()
        self._hosts, self._failing = Hosts(client, hosts), failing

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        breaker = self._hosts.breaker(url.scheme, url.host, url.port)
        if breaker is None:
            return self._inner.handle_request(request)
        permit = breaker.admit()
        try:
            response = self._inner.handle_request(request)
        except BaseException as error:
            settle_error(breaker, permit, error, is_failure=_is_failure(error))
            raise
        breaker.settle(permit, error_of(response.status_code, self._failing))
        return response

    def close(self) -> None:
        self._inner.close()


class AsyncBreakerTransport(httpx.AsyncBaseTransport):
    """The same for httpx.AsyncClient."""

    def __init__(
        self,
        client: Asked,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        hosts: Mapping[str, str] | None = None,
        failing: Failing = is_server_error,
    ) -> None:
        self._inner = transport or httpx.AsyncHTTPTransport()
        self._hosts, self._failing = Hosts(client, hosts), failing

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        breaker = await self._hosts.breaker_async(url.scheme, url.host, url.port)
        if breaker is None:
            return await self._inner.handle_async_request(request)
        permit = await breaker.admit_async()
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            settle_error(breaker, permit, error, is_failure=_is_failure(error))
            raise
        breaker.settle(permit, error_of(response.status_code, self._failing))
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


def _is_failure(error: BaseException) -> bool:
    """False for what we did wrong, and for our own pool, which other hosts fill too."""
    is_theirs = isinstance(error, httpx.TransportError | OSError)
    return is_theirs and not isinstance(error, _OURS)
