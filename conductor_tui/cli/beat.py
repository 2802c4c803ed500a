"""`conductor-tui beat`: one heartbeat from a script."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from conductor_tui.adapters.ingest.sender import Outgoing, send
from conductor_tui.domain.agent import agent_name_problem
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.secret import Secret

TOKEN_VARIABLE = "CONDUCTOR_TUI_TOKEN"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def way_options(command: _Command) -> _Command:
    """Add the options that say where a heartbeat goes, and by which right."""
    via = click.option(
        "--via",
        default="",
        metavar="URL",
        help="unix:/path, http://host:port or udp://host:port; else the usual socket.",
    )
    token = click.option(
        "--token-file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=f"A file with the token for http://; else ${TOKEN_VARIABLE}.",
    )
    return via(token(command))


def agent_names(
    context: click.Context, parameter: click.Parameter, begun: str
) -> list[str]:
    """Return what the shell offers; imported late, for it asks as `alerts` does."""
    from conductor_tui.cli.completing import agent_names

    return agent_names(context, parameter, begun)


@click.command()
@click.argument("agent", shell_complete=agent_names)
@click.option(
    "--meta", multiple=True, metavar="KEY=VALUE", help="Metadata; repeatable."
)
@click.option("--start", is_flag=True, help="A run begins.")
@click.option("--fail", is_flag=True, help="It failed.")
@click.option(
    "--exit", "exit_code", type=click.IntRange(0, 255), help="How a run ended."
)
@click.option("--run", default="", metavar="ID", help="Tells runs that overlap apart.")
@click.option("--words", default="", help="A status line for people.")
@way_options
def beat(
    agent: str,
    meta: Sequence[str],
    start: bool,
    fail: bool,
    exit_code: int | None,
    run: str,
    words: str,
    via: str,
    token_file: Path | None,
) -> None:
    """Send the heartbeat of an agent to a conductor-tui.

    \b
    Exit status: 0 sent (over HTTP: taken), 64 wrong usage, 67 no agent is called so,
    69 nobody listens or it was not taken, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui beat backup
      conductor-tui beat backup --meta files=120 --meta host=web-7
      conductor-tui beat backup --exit $?
      conductor-tui beat backup --via http://127.0.0.1:7474 --token-file token
    """
    if start + fail + (exit_code is not None) > 1:
        raise click.UsageError("--start, --fail and --exit: one of them")
    outgoing = Outgoing(
        agent=checked_name(agent),
        kind=BeatKind.START if start else BeatKind.FAIL if fail else BeatKind.BEAT,
        metadata=dict(_pair(one) for one in meta),
        words=words,
        run=run,
        exit_code=exit_code,
    )
    try:
        send(outgoing, via, read_token(token_file))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def checked_name(agent: str) -> str:
    problem = agent_name_problem(agent)
    if problem:
        raise click.UsageError(f"no agent can be called {agent!r}: {problem}")
    return agent


def read_token(path: Path | None) -> Secret | None:
    """Return it; None: there is none. Raises UsageError, which does not tell it: what a
    header cannot carry would be told by the HTTP library, and that aloud.
    """
    where = TOKEN_VARIABLE if path is None else str(path)
    try:
        given = os.environ.get(where, "") if path is None else path.read_text()
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{where}: a token is text") from error
    token = given.strip()  # a file of one line ends with a break
    if not token.isprintable():
        raise click.UsageError(f"{where}: a token is one line, of letters and signs")
    return Secret(token) if token or path is not None else None


def _pair(text: str) -> tuple[str, Any]:
    """Return key and value: a JSON number or word where it is one, else text."""
    key, found, value = text.partition("=")
    if not key or not found:
        raise click.UsageError(f"--meta {text!r}: write KEY=VALUE")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value
