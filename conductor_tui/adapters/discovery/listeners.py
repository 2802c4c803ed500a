"""Zero configuration: what listens on this machine, as platforms to watch.

Polite: a service gets the probe of its protocol only where process or port tell what
it is. To everything else nothing is ever sent: `listen` reads the socket table.
"""

import os
import re
from collections.abc import Iterable
from typing import Any

from conductor_tui.adapters.discovery.known import TLS_PORTS
from conductor_tui.adapters.discovery.services import Listener, Service, services
from conductor_tui.adapters.discovery.sockets import ListeningSockets
from conductor_tui.adapters.probes.kinds import options_type
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.settings import PlatformSettings
from conductor_tui.domain.text import visible
from conductor_tui.ports import Listeners

ALIVE = ("200-499",)
"""Every answer below 500: a web server that says 404 or "log in first" is up."""
_SHOWN_SOCKETS = 3
_QUIET = "the socket is watched and nothing is sent to it"
_TITLE_PORT = re.compile(r":(\d+)(?:\s|$)")


class ListenerDiscovery:
    """Looks at this machine's TCP listeners. Satisfies ports.Discovery.

    Sockets of this very process are left out. One thread at a time.
    """

    def __init__(self, sockets: ListeningSockets | None = None) -> None:
        self._sockets = sockets or ListeningSockets()
        self._own_pid = os.getpid()

    def look(self) -> Listeners:
        listeners = self._sockets.look()
        others = [one for one in listeners if one.pid != self._own_pid]
        has_ipv6 = self._sockets.has_ipv6_loopback()
        return Listeners(
            platforms=platforms(others, has_ipv6=has_ipv6),
            complete=self._sockets.is_complete,
        )


def platforms(
    listeners: Iterable[Listener], *, has_ipv6: bool = True
) -> tuple[PlatformSettings, ...]:
    """Return a platform for each service behind the sockets, in the order of names."""
    return tuple(_platform(one) for one in services(listeners, has_ipv6=has_ipv6))


def _platform(service: Service) -> PlatformSettings:
    probe = _probe(service)
    target = _target(service, probe)
    given: dict[str, Any] = {"target": target}
    if probe == "http":
        given["expect_status"] = ALIVE
        given["verify_tls"] = service.port not in TLS_PORTS
    spec = CheckSpec(
        platform=PlatformName(service.name),
        probe=probe,
        target=target,
        origin=f"found: {_what(service)} listens on {_where(service)}"
        f"{_why(service, probe)}",
    )
    return PlatformSettings(spec=spec, options=options_type(probe)(**given))


def _probe(service: Service) -> str:
    """Return the probe that may be used on the service, `listen` in case of doubt."""
    known = service.identity.known
    if known is None or _is_kept_for_another(service) or _is_link_local(service):
        return "listen"
    if known.probe == "redis" and _has_other_port_in_title(service):
        return "listen"
    return known.probe_on(service.port)


def _is_kept_for_another(service: Service) -> bool:
    """True for a socket of systemd: a connection would start the service behind it."""
    return not service.identity.by_process and bool(service.sockets[0].process)


def _is_link_local(service: Service) -> bool:
    """True for fe80::, which cannot be reached without the name of an interface."""
    return service.host.startswith("fe80:")


def _has_other_port_in_title(service: Service) -> bool:
    """True for Redis's second port. Its title, "redis-server 127.0.0.1:6379
    [cluster]", has the port that speaks Redis; others are its cluster bus or TLS.
    """
    own = _TITLE_PORT.search(" ".join(service.sockets[0].cmdline[:1]))
    return own is not None and int(own[1]) != service.port


def _target(service: Service, probe: str) -> str:
    host = f"[{service.host}]" if ":" in service.host else service.host
    address = f"{host}:{service.port}"
    if probe != "http":
        return address
    return f"{'https' if service.port in TLS_PORTS else 'http'}://{address}/"


def _what(service: Service) -> str:
    socket = service.sockets[0]
    if not socket.process:
        return "a process that cannot be seen from here"
    return f"{visible(socket.process, 40)} (pid {socket.pid})"


def _where(service: Service) -> str:
    """Return the addresses in words: at most three, then how many more there are."""
    shown = []
    for socket in service.sockets:
        host = f"[{socket.address}]" if ":" in socket.address else socket.address
        if f"{host}:{socket.port}" not in shown:
            shown.append(f"{host}:{socket.port}")
    more = len(shown) - _SHOWN_SOCKETS
    words = " and ".join(shown[:_SHOWN_SOCKETS])
    return f"{words} and {more} more" if more > 0 else words


def _why(service: Service, probe: str) -> str:
    """Return how name and probe were chosen, to go on a sentence."""
    known = service.identity.known
    if known is None:
        return f"; what it speaks is not known, so {_QUIET}"
    if _is_kept_for_another(service):
        return f", for {known.words} by its port; {_QUIET}"
    told = "known as" if service.identity.by_process else "taken for"
    by = "process" if service.identity.by_process else "port"
    words = f", {told} {known.words} by its {by}"
    if probe == "listen":
        return f"{words}; {_QUIET}"
    if probe == "http" and service.port in TLS_PORTS:
        return f"{words}; its certificate is not verified"
    return words
