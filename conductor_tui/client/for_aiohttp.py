"""aiohttp: every request to a host goes through its platform's breaker.

    through = breaker_middleware(AsyncClient("bot-a"))
    session = aiohttp.ClientSession(middlewares=[through])

Needs aiohttp 3.12, which has middlewares. Rejected comes out of `session.get` as it is.
A failure is an error of the connection, or a status from 500 on, both before the body
is read. Each request of a redirect asks for its own host.
"""

from collections.abc import Mapping

from aiohttp import (
    ClientHandlerType,
    ClientMiddlewareType,
    ClientRequest,
    ClientResponse,
)

from conductor_tui.client.hosts import Asked, Failing, Hosts, error_of, is_server_error


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
            breaker.settle(permit, error)
            raise
        breaker.settle(permit, error_of(response.status, failing))
        return response

    return through_breaker
