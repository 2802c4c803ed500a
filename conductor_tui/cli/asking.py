"""How commands ask a conductor that runs, and what several need of its answer."""

import errno
import os
import socket
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

import click

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.beat import TOKEN_VARIABLE, read_token
from conductor_tui.domain.errors import AskRefused
from conductor_tui.domain.text import one_line, visible
from conductor_tui.places import http_sockets

Document = dict[str, Any]
_Command = TypeVar("_Command", bound=Callable[..., Any])
_SHOWN = 8  # names of a list of all
_NOT_USABLE = (400, 404, 422)  # what was asked for was written wrongly


def via_options(command: _Command) -> _Command:
    """Add the options that say which conductor is asked, and by which right."""
    via = click.option(
        "--via",
        default="",
        metavar="URL",
        help="unix:/path or http(s)://host:port; else the usual socket.",
    )
    token = click.option(
        "--token-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=f"A file with the token for http(s)://; else ${TOKEN_VARIABLE}.",
    )
    return via(token(command))


def client(via: str, token_file: Path | None) -> Client:
    """Return who asks the conductor at `via`; that of this user where it is ""."""
    try:
        return Client(via or f"unix:{_usual_socket()}", read_token(token_file))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _usual_socket() -> Path:
    """Return the first where somebody listens, as a dashboard does; else where they
    would.
    """
    places = http_sockets(os.environ, os.geteuid())
    return next(filter(_is_heard_at, places), places[0])


def _is_heard_at(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            return probe.connect_ex(os.fspath(path)) in (0, errno.EAGAIN)  # it is busy
        except OSError:  # a path that is too long for any socket
            return False


def ask(
    to: Client, method: str, path: str, said: dict[str, object] | None = None
) -> str:
    """Return the words of the answer. What was written wrongly is a UsageError.

    Raises AskRefused and NobodyListens.
    """
    try:
        return one_line(str(to.ask(method, path, said)["words"]))
    except AskRefused as error:
        if error.status in _NOT_USABLE:
            raise click.UsageError(str(error)) from error
        raise


def called_by() -> dict[str, object]:
    """Return who asks where the system would only say root: who became it by sudo."""
    name = os.environ.get("SUDO_USER", "") if os.geteuid() == 0 else ""
    return {"by": visible(name, 64)} if name else {}


def matching(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the known platforms that are meant, each once, in the order they were
    said; a name may be a shell pattern. Raises UsageError for one of none.
    """
    known = list(known)
    found: dict[str, None] = {}
    for name in names:
        meant = [one for one in known if one == name or fnmatchcase(one, name)]
        if not meant:
            hint = did_you_mean(name, known) or f"; there are: {_some(known)}"
            raise click.UsageError(f"no platform is called {visible(name)!r}{hint}")
        found.update(dict.fromkeys(meant))
    return list(found)


def _some(names: list[str]) -> str:
    shown = ", ".join(map(visible, names[:_SHOWN])) or "none"
    return f"{shown} and {more} more" if (more := len(names) - _SHOWN) > 0 else shown


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint at the names that are like it, "" where none is."""
    near = get_close_matches(name, list(dict.fromkeys(known)), n=3, cutoff=0.5)
    return f": did you mean {' or '.join(map(visible, near))}?" if near else ""
