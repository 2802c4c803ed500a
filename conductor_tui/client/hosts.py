"""Which platform's breaker a URL is behind, for HTTP libraries."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol, TypeAlias

from conductor_tui.client.breaker import Breaker
from conductor_tui.client.permits import Permit

Failing: TypeAlias = Callable[[int], bool]
"""True for a status (RFC 9110) that speaks against the platform."""
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class Asked(Protocol):
    """What is needed of Client, or AsyncClient."""

    def breaker(self, name: str) -> Breaker: ...

    def platform_at(self, host: str) -> str | None: ...

    async def first_word(self) -> None: ...


def is_server_error(status: int) -> bool:
    """True for 500 to 599: what the caller did wrong is no failure of the platform."""
    return 500 <= status <= 599


class FailedStatusError(Exception):
    """What a breaker counts for an answer that arrived well but is a failure; its
    words are what the dashboard shows. Never raised.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")


class Hosts:
    """`names` gives the platform for a "host:port" or a "host"; None: the conductor
    knows at which host and port each platform is. What is nobody's goes untouched.
    """

    def __init__(self, client: Asked, names: Mapping[str, str] | None) -> None:
        self._client = client
        self._names: dict[str, str] | None = None
        if names is not None:
            self._names = {_plain(host): name for host, name in names.items()}

    def breaker(self, scheme: str, host: str, port: int | None) -> Breaker | None:
        """Return the breaker; None: nobody watches that host."""
        host = _plain(host)
        number = port or _PORTS.get(scheme.lower(), 0)
        place = f"[{host}]:{number}" if ":" in host else f"{host}:{number}"
        if self._names is None:
            name = self._told(place)
        else:
            name = self._names.get(place) or self._names.get(host)
        return None if name is None else self._client.breaker(name)

    def _told(self, place: str) -> str | None:
        """Return what the conductor says: it has a target as a person wrote it."""
        name = self._client.platform_at(place)
        if name is None and "xn--" in place:
            with suppress(UnicodeError):
                name = self._client.platform_at(place.encode().decode("idna"))
        return name

    async def breaker_async(
        self, scheme: str, host: str, port: int | None
    ) -> Breaker | None:
        """The same; the conductor's first word is awaited, once."""
        if self._names is None:
            await self._client.first_word()
        return self.breaker(scheme, host, port)


def error_of(status: int, failing: Failing) -> Exception | None:
    """Return what an answer counts as; None: it passed."""
    try:
        is_failure = failing(status)
    except Exception:  # the program's own function: its answer goes first
        is_failure = True
    return FailedStatusError(status) if is_failure else None


def settle_error(
    breaker: Breaker, permit: Permit, error: BaseException, *, is_failure: bool
) -> None:
    """Settle a call that raised. What is no failure of the platform, such as a header
    that cannot be sent, never reached it: that is no verdict.
    """
    if is_failure:
        breaker.settle(permit, error)
    else:
        breaker.cancel(permit)


def _plain(host: str) -> str:
    """Return one form of a host, or "host:port": libraries differ in brackets of IPv6
    without a port, in the dot at the end, and in letters beyond ASCII.
    """
    host = host.lower()
    if host.endswith("]"):
        host = host.strip("[]")
    if not host.isascii():
        with suppress(UnicodeError):
            host = host.encode("idna").decode()
    return host.removesuffix(".")
