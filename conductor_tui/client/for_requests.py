"""requests: every request to a host goes through its platform's breaker.

    session = requests.Session()
    mount_breakers(session, Client("bot-a"))

Rejected comes out of `session.get` as it is. A failure is an error of the connection,
or a status from 500 on. Each request of a redirect asks for its own host.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from conductor_tui.client.hosts import Asked, Failing, Hosts, error_of, is_server_error


class BreakerAdapter(HTTPAdapter):
    """Takes what HTTPAdapter does, too: pool sizes, retries."""

    def __init__(
        self,
        client: Asked,
        *,
        hosts: Mapping[str, str] | None = None,
        failing: Failing = is_server_error,
        **more: Any,
    ) -> None:
        self._hosts, self._failing = Hosts(client, hosts), failing
        super().__init__(**more)

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        parts = urlsplit(request.url or "")
        breaker = self._hosts.breaker(parts.scheme, parts.hostname or "", parts.port)
        if breaker is None:
            return super().send(request, *args, **kwargs)
        permit = breaker.admit()
        try:
            response = super().send(request, *args, **kwargs)
        except BaseException as error:
            breaker.settle(permit, error)
            raise
        breaker.settle(permit, error_of(response.status_code, self._failing))
        return response


def mount_breakers(
    session: requests.Session,
    client: Asked,
    *,
    hosts: Mapping[str, str] | None = None,
    failing: Failing = is_server_error,
) -> None:
    """Have all that a session sends over http:// and https:// ask first."""
    for scheme in ("http://", "https://"):
        session.mount(scheme, BreakerAdapter(client, hosts=hosts, failing=failing))
