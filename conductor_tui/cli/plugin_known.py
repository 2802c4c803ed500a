"""One plug-in of the conductor that runs, by the name that a person wrote."""

from urllib.parse import quote

import click

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import Document, did_you_mean
from conductor_tui.domain.text import visible


def place_of(name: str) -> str:
    """Return where the API has a plug-in."""
    return f"/v1/plugins/{quote(name, safe='')}"


def whole(to: Client, name: str) -> Document:
    """Return one plug-in with its limits and its log. Raises UsageError where there
    is none of that name.
    """
    names = known_to(to)
    if name not in names:
        raise none_called(name, names)
    return to.ask("GET", place_of(name), key="log")


def known_to(to: Client) -> list[str]:
    """Return the names of all that the conductor has found."""
    known = to.ask("GET", "/v1/plugins", key="plugins")["plugins"]
    return [str(one["name"]) for one in known]


def none_called(name: str, known: list[str]) -> click.UsageError:
    """Return the words for a name that is none, with what may have been meant."""
    there = f"; there are: {', '.join(map(visible, known))}" if known else ""
    hint = did_you_mean(name, known) or there or ": there is none"
    return click.UsageError(f"no plug-in is called {visible(name)!r}{hint}")
