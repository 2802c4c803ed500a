"""`conductor-tui ack`: I know, and care for it."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import click

from conductor_tui.cli.asking import (
    Document,
    ask,
    called_by,
    client,
    did_you_mean,
    via_options,
)
from conductor_tui.cli.completing import alert_names
from conductor_tui.cli.exits import ExitCode
from conductor_tui.domain.errors import AskRefused
from conductor_tui.domain.text import visible

_DENIED = (401, 403)


@click.command()
@click.argument(
    "names",
    nargs=-1,
    required=True,
    metavar="NAME|KEY...",
    shell_complete=alert_names,
)
@click.option(
    "--why", "--reason", "why", default="", help="For whoever reads it later."
)
@click.option(
    "--sticky", is_flag=True, help="Until it is well, whatever its state becomes."
)
@click.option("--undo", is_flag=True, help="Take an acknowledgement back.")
@via_options
def ack(
    names: Sequence[str],
    why: str,
    sticky: bool,
    undo: bool,
    via: str,
    token_file: Path | None,
) -> int:
    """Acknowledge open alerts: there are no more reminders of them.

    A name means every open alert about what is called so, a key (`platform:redis`, as
    `conductor-tui alerts` shows it) that one alone. It lasts until the state changes.

    \b
    Exit status: 0 done, 64 no such alert is open, 69 nobody to ask, or refused,
    77 the token is not the right one.

    \b
    Examples:
      conductor-tui ack redis --why "disk full, cleaning up"
      conductor-tui ack platform:redis --sticky
      conductor-tui ack redis --undo
    """
    if undo and (why or sticky):
        raise click.UsageError("--undo needs no other word: leave --why and --sticky")
    to = client(via, token_file)
    keys = _keys(names, to.ask("GET", "/v1/alerts", key="open")["open"])
    verb = "unack" if undo else "ack"
    said = called_by() if undo else {"why": why, "sticky": sticky, **called_by()}
    code = ExitCode.OK
    for key in keys:
        try:
            words = ask(to, "POST", f"/v1/alerts/{quote(key, safe='')}/{verb}", said)
        except AskRefused as error:
            if error.status in _DENIED:
                raise
            click.echo(f"conductor-tui: {visible(key)}: {error}", err=True)
            code = ExitCode.UNAVAILABLE
        else:
            click.echo(f"{visible(key)}: {words}")
    return code


def _keys(names: Sequence[str], alerts: Sequence[Document]) -> list[str]:
    """Return the keys that are meant, each once. Raises UsageError for a name of none:
    then nothing is done about the others either.
    """
    keys: dict[str, None] = {}
    for name in names:
        meant = [one["key"] for one in alerts if name in (one["key"], one["name"])]
        if not meant:
            known = [one[part] for one in alerts for part in ("name", "key")]
            hint = did_you_mean(name, known)
            raise click.UsageError(f"no alert of {visible(name)!r} is open{hint}")
        keys.update(dict.fromkeys(meant))
    return list(keys)
