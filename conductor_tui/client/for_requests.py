"""requests: every request to a host goes through its platform's breaker.

    session = requests.Session()
    mount_breakers(session, Client("bot-a"))

Rejected comes out of `session.get` as it is. A failure is an error of the connection,
or a status from 500 on, after the adapter's own retries. Each request of a redirect
asks for its own host.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from conductor_tui.client.hosts import (
    Asked,
    Failing,
    Hosts,
    error_of,
    is_server_error,
    settle_error,
)

_THEIRS = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.RetryError,
    requests.exceptions.ChunkedEncodingError,
    HTTPError,
)  # not their parent: it is an OSError, as is a file of certificates that is not there


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

    def __getstate__(self) -> dict[str, Any]:
        words = "a session behind breakers cannot be pickled or copied"
        raise TypeError(f"{words}: call mount_breakers on one of the process itself")

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
            settle_error(breaker, permit, error, is_failure=isinstance(error, _THEIRS))
            raise
        breaker.settle(permit, error_of(response.status_code, self._failing))
        return response


def mount_breakers(
    session: requests.Session,
    client: Asked,
    *,
    hosts: Mapping[str, str] | None = None,
    failing: Failing = is_server_error,
    **more: Any,
) -> None:
    """Have all that a session sends over http:// and https:// ask first. It replaces
    the adapters that were mounted there: give `more` of theirs, as max_retries, here.
    """
    for scheme in ("http://", "https://"):
        adapter = BreakerAdapter(client, hosts=hosts, failing=failing, **more)
        session.mount(scheme, adapter)
