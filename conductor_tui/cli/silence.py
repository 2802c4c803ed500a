"""`conductor-tui silence`: nobody is told, for a time, and for a reason."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import click

from conductor_tui.cli.alert_lines import silence_lines
from conductor_tui.cli.asking import (
    Document,
    ask,
    called_by,
    client,
    via_options,
)
from conductor_tui.cli.completing import platform_names
from conductor_tui.cli.output import echo_json


@click.command()
@click.argument("names", nargs=-1, metavar="NAME...", shell_complete=platform_names)
@click.option("--group", "groups", multiple=True, metavar="G", help="And of a group.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="And with a tag.")
@click.option("--everything", is_flag=True, help="Whatever it is.")
@click.option("--for", "ttl", default="", metavar="DURATION", help="Such as 1h30m.")
@click.option(
    "--why",
    "--reason",
    "why",
    default="",
    help="For whoever wonders that it is so quiet.",
)
@click.option("--list", "is_list", is_flag=True, help="Print the silences that are on.")
@click.option("--json", "as_json", is_flag=True, help="With --list: one JSON object.")
@click.option("--end", default="", metavar="ID", help="End a silence before its time.")
@via_options
def silence(
    names: Sequence[str],
    groups: Sequence[str],
    tags: Sequence[str],
    everything: bool,
    ttl: str,
    why: str,
    is_list: bool,
    as_json: bool,
    end: str,
    via: str,
    token_file: Path | None,
) -> None:
    """Have nobody told about these subjects for a time. Their alerts still open.

    A name is that of a platform, an agent or a channel, or the key of an alert.

    \b
    Exit status: 0 done, 64 wrong usage or nothing is called so, 69 nobody to ask, or
    refused, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui silence redis --for 1h --why "moving it to the new disk"
      conductor-tui silence --group bots --for 20m --why "release 2.4"
      conductor-tui silence --list
      conductor-tui silence --end 3f9a1c
    """
    wanted = [bool(names or groups or tags or everything), is_list, bool(end)]
    if sum(wanted) != 1:
        raise click.UsageError("name what is silenced, or say --list, or --end ID")
    if as_json and not is_list:
        raise click.UsageError("--json belongs to --list")
    if wanted[0] != bool(ttl) or wanted[0] != bool(why):
        raise click.UsageError('a new silence, and no other, has --for 1h --why "..."')
    to = client(via, token_file)
    if is_list:
        _print(to.ask("GET", "/v1/silences", key="silences"), as_json=as_json)
    elif end:
        path = f"/v1/silences/{quote(end, safe='')}"
        click.echo(ask(to, "DELETE", path, called_by()))
    else:
        said: dict[str, object] = {
            "names": list(names),
            "groups": list(groups),
            "tags": list(tags),
            "everything": everything,
            "for": ttl,
            "why": why,
            **called_by(),
        }
        click.echo(ask(to, "POST", "/v1/silences", said))


def _print(document: Document, *, as_json: bool) -> None:
    if as_json:
        echo_json(document)
        return
    for line in silence_lines(document, datetime.now(UTC)):
        click.echo(line)
