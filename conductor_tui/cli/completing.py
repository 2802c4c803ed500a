"""What the shell offers behind a command: names that the running conductor knows.

Nobody waits for Tab: a conductor that does not answer at once offers nothing.
"""

import json
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.client import OK, HTTPException
from pathlib import Path
from typing import Any

import click

from conductor_tui.cli.asking import Document, client
from conductor_tui.domain.errors import ConductorError

WITHIN_S = 0.5
_PLAIN = re.compile(r"[\w.@%+/-]+")  # a shell takes anything else apart, or runs it
_MOST = 16 * 1024 * 1024

Offer = Callable[[click.Context, click.Parameter, str], list[str]]


def _offer(path: str, key: str, field: str) -> Offer:
    def offer(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
        found = dict.fromkeys(
            str(one.get(field, "")) for one in _all(context, path, key)
        )
        return _begun(found, begun)

    return offer


platform_names = _offer("/v1/platforms", "platforms", "name")
groups = _offer("/v1/platforms", "platforms", "group")
agent_names = _offer("/v1/agents", "agents", "agent")
plugin_names = _offer("/v1/plugins", "plugins", "name")
alert_names = _offer("/v1/alerts", "open", "name")


def _begun(names: Iterable[str], begun: str) -> list[str]:
    return [one for one in names if one.startswith(begun) and _PLAIN.fullmatch(one)]


def _all(context: click.Context, path: str, key: str) -> list[Document]:
    said: dict[str, Any] = {}
    via, token_file = context.params.get("via"), context.params.get("token_file")
    expected = (
        ConductorError,
        click.ClickException,
        HTTPException,
        OSError,
        ValueError,
    )
    with suppress(*expected, RecursionError):
        to = client(via or "", Path(os.fspath(token_file)) if token_file else None)
        connection = to.connection(WITHIN_S)
        try:
            connection.request("GET", path, headers=to.rights())
            answer = connection.getresponse()
            if answer.status == OK:
                said = json.loads(answer.read(_MOST))
        finally:
            connection.close()
    found = said.get(key) if isinstance(said, dict) else None
    listed = found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, dict)]
