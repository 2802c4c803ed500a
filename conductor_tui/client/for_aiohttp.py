"""aiohttp: every request to a host goes through its platform's breaker.

    through = breaker_middleware(AsyncClient("bot-a"))
    session = aiohttp.ClientSession(middlewares=[through])

Needs aiohttp 3.12, which has middlewares. Rejected comes out of `session.get` as it is.
A failure is an error of the connection, or a status from 500 on, both before the body
is read. Each request of a redirect asks for its own host.
"""

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientMiddlewareType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    InvalidURL,
    ServerDisconnectedError,
)

from conductor_tui.client.breaker import Breaker
from conductor_tui.client.hosts import (
    Asked,
    Failing,
    Hosts,
    error_of,
    is_server_error,
    settle_error,
)
from conductor_tui.client.permits import Permit

_REPEATED = ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE")
_broken: ContextVar[object] = ContextVar("broken", default=None)
"""The timer of the call whose connection broke: aiohttp makes that request again."""


def breaker_middleware(
    client: Asked,
    *,
    hosts: Mapping[str, str] | None = None,
    failing: Failing = is_server_error,
) -> ClientMiddlewareType:
    """Return what a ClientSession takes among its `middlewares`."""
    known = Hosts(client, hosts)

    async def through_breaker(
        request: ClientRequest, handler: ClientHandlerType
    ) -> ClientResponse:
        url = request.url
        breaker = await known.breaker_async(url.scheme, url.host or "", url.port)
        if breaker is None:
            return await handler(request)
        permit = await breaker.admit_async()
        try:
            response = await handler(request)
        except BaseException as error:
            _settle(breaker, permit, request, error)
            raise
        breaker.settle(permit, error_of(response.status, failing))
        return response

    return through_breaker


def _settle(
    breaker: Breaker, permit: Permit, request: ClientRequest, error: BaseException
) -> None:
    timer = getattr(request, "_timer", None)  # one for all requests of a call
    if isinstance(error, asyncio.CancelledError) and _is_late(timer):
        breaker.settle(permit, TimeoutError("no answer within the total timeout"))
    elif _is_broken(error) and _is_repeated(request) and _is_first(timer):
        breaker.cancel(permit)  # a kept connection, closed since: that is no failure
    else:
        is_theirs = isinstance(error, ClientError | OSError)
        is_failure = is_theirs and not isinstance(error, InvalidURL)
        settle_error(breaker, permit, error, is_failure=is_failure)


def _is_late(timer: object) -> bool:
    """True where a cancellation is aiohttp's own: further out it is a timeout."""
    check = getattr(timer, "assert_timeout", None)
    if check is None:
        return False
    try:
        check()
    except TimeoutError:
        return True
    return False


def _is_broken(error: BaseException) -> bool:
    is_broken = isinstance(error, ClientOSError | ServerDisconnectedError)
    return is_broken and not isinstance(error, ClientConnectorError)


def _is_repeated(request: ClientRequest) -> bool:
    """True where aiohttp may make it again: not with a body that is used up."""
    is_used_up = getattr(request.body, "consumed", False)
    return request.method in _REPEATED and not is_used_up


def _is_first(timer: object) -> bool:
    """True, once in a call: what breaks the second time was a new connection."""
    is_first = timer is not None and _broken.get() is not timer
    _broken.set(timer)
    return is_first
