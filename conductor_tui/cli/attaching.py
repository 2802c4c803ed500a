"""Which conductor a dashboard shows: one that runs already, or its own."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from conductor_tui.domain.errors import AskRefused, NobodyListens

if TYPE_CHECKING:
    from conductor_tui.adapters.api.client import Client
    from conductor_tui.adapters.api.remote_session import RemoteSession

LONGEST_WAIT_S = 10.0  # between two attempts: somebody sits there and waits


class Attachment(NamedTuple):
    """How to reach it, where it is, in the person's words, what it said of itself, and
    what to do before and after.
    """

    client: "Client"
    where: str
    hello: dict[str, Any]
    redial: Callable[[], object] = lambda: None
    hang_up: Callable[[], object] = lambda: None


def attach_to(url: str, token_file: Path | None) -> Attachment:
    """Return the conductor at `url`. Raises NobodyListens and AskRefused, and
    UsageError for what is no address.
    """
    from conductor_tui.cli.asking import client

    if url.startswith("ssh://"):
        from conductor_tui.cli.tunnel import Tunnel

        tunnel = Tunnel(url)
        try:
            tunnel.open(may_ask=True)
            asking = client(f"unix:{tunnel.socket}", None)
            said = understood(asking, greeted(asking))
        except BaseException:
            tunnel.close()
            raise
        return Attachment(asking, url, said, tunnel.reopen, tunnel.close)
    asking = client(url, token_file)
    return Attachment(asking, url, understood(asking, greeted(asking)))


def daemon_here(settings: Path | None, socket: Path | None = None) -> Attachment | None:
    """Return the daemon of this user, if one runs; with `settings`, a whole path, only
    the one that goes by that file. A dashboard with an engine inside is no daemon: it
    may go any time. Raises NobodyListens for a daemon of another protocol.
    """
    from conductor_tui.places import http_sockets

    sockets = (socket,) if socket else http_sockets(os.environ, os.geteuid())
    for path in sockets:
        if not path.is_socket():
            continue
        from conductor_tui.adapters.api.client import Client

        asking = Client(f"unix:{path}")
        try:
            said = greeted(asking)
        except (NobodyListens, AskRefused):
            continue
        is_meant = settings is None or said.get("settings") == str(settings)
        if said.get("daemon") and is_meant:
            return Attachment(asking, asking.via, understood(asking, said))
    return None


def greeted(asking: "Client") -> dict[str, Any]:
    """Return what the conductor says of itself. Raises what `ask` does."""
    try:
        return asking.ask("GET", "/v1/hello", key="protocol")
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def understood(asking: "Client", said: dict[str, Any]) -> dict[str, Any]:
    """Return it again. Raises NobodyListens where its protocol is not ours."""
    from conductor_tui.adapters.api.remote_session import other_protocol

    if words := other_protocol(said):
        raise NobodyListens(f"{asking.via}: {words}")
    return said


def open_session(to: Attachment, by: str, origin: str) -> "RemoteSession":
    from conductor_tui.adapters.api.remote_session import RemoteSession
    from conductor_tui.adapters.backoff import backoff
    from conductor_tui.adapters.system_clock import SystemClock

    wait_s = backoff()
    return RemoteSession(
        to.client,
        SystemClock(),
        lambda failures: min(LONGEST_WAIT_S, wait_s(failures)),
        by=by,
        origin=origin,
        redial=to.redial,
    )
