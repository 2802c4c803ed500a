"""`conductor-tui dead-letters`: what was accepted, and could not be delivered yet."""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import click

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import Document, ask, called_by, client, via_options
from conductor_tui.cli.completing import platform_names
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.output import aligned, echo_json, echo_json_line
from conductor_tui.domain.duration import short_duration
from conductor_tui.domain.errors import AskRefused
from conductor_tui.domain.text import one_line, visible

_PLACE = "/v1/dead-letters"
_AT_ONCE = 1000
_TO = click.option(
    "--to", default="", shell_complete=platform_names, help="Of this platform or group."
)
_NUMBERS = click.argument("numbers", nargs=-1, type=click.IntRange(1))
_ALL = click.option("--all", "every", is_flag=True, help="All there are.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("dead-letters")
def dead_letters() -> None:
    """Dead letters: requests that were accepted, and could not be delivered yet.

    \b
    Examples:
      conductor-tui dead-letters list
      conductor-tui dead-letters show 17
      conductor-tui dead-letters redrive 17 18
      conductor-tui dead-letters discard --to chat --why "sent by hand"
    """


@dead_letters.command("list")
@_TO
@click.option("--type", "kind", default="", help="Requests of this type.")
@click.option("--state", type=click.Choice(["waiting", "given-up"]), help="Only those.")
@click.option("--text", default="", help="Only what has this somewhere.")
@_JSON
@via_options
def list_them(
    to: str,
    kind: str,
    state: str | None,
    text: str,
    as_json: bool,
    via: str,
    token_file: Path | None,
) -> ExitCode:
    """List the dead letters, oldest first: for whom, since when, how often it was
    tried, when it is tried again, and what went wrong.

    \b
    Exit status: 0 there are none, 1 some wait, 2 some wait for a person, 69 nobody to
    ask, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui dead-letters list --state given-up
      conductor-tui dead-letters list --json | jq '.[].error'
    """
    wanted = {"to": to, "type": kind, "text": text}
    wanted["state"] = (state or "").replace("-", "_")
    found = list(_listed(client(via, token_file), wanted))
    if as_json:
        echo_json(found)
    else:
        for line in _lines(found, datetime.now(UTC)):
            click.echo(line)
        if not found:
            click.echo("there is no dead letter", err=True)
    if any(one["state"] == "GIVEN UP" for one in found):
        return ExitCode.FAILED
    return ExitCode.DEGRADED if found else ExitCode.OK


@dead_letters.command()
@click.argument("number", type=click.IntRange(1))
@_JSON
@via_options
def show(number: int, as_json: bool, via: str, token_file: Path | None) -> ExitCode:
    """Print one dead letter: its payload, its metadata, and all that went wrong.

    \b
    Exit status: 0 done, 64 there is none of that number, 69 nobody to ask, 77 the
    token is not the right one.

    \b
    Examples:
      conductor-tui dead-letters show 17
      conductor-tui dead-letters show 17 --json | jq .request.payload
    """
    letter = _whole(client(via, token_file), number)
    if as_json:
        echo_json(letter)
        return ExitCode.OK
    for line in _whole_lines(letter):
        click.echo(line)
    return ExitCode.OK


@dead_letters.command()
@_NUMBERS
@_TO
@_ALL
@via_options
def redrive(
    numbers: Sequence[int], to: str, every: bool, via: str, token_file: Path | None
) -> ExitCode:
    """Try dead letters again, in the order they came: once their breaker is CLOSED.

    \b
    Exit status: 0 done, 64 said wrongly, 69 nobody to ask, or it was refused, 77 the
    token is not the right one.

    \b
    Examples:
      conductor-tui dead-letters redrive 17 18
      conductor-tui dead-letters redrive --to chat
    """
    said = _chosen(numbers, to, every=every)
    click.echo(ask(client(via, token_file), "POST", f"{_PLACE}/redrive", said))
    return ExitCode.OK


@dead_letters.command()
@_NUMBERS
@_TO
@_ALL
@click.option(
    "--why", "--reason", "why", required=True, help="The reason: it is in the audit."
)
@via_options
def discard(
    numbers: Sequence[int],
    to: str,
    every: bool,
    why: str,
    via: str,
    token_file: Path | None,
) -> ExitCode:
    """Forget dead letters: they are never delivered.

    \b
    Exit status: 0 done, 64 said wrongly, 69 nobody to ask, or it was refused, 77 the
    token is not the right one.

    \b
    Examples:
      conductor-tui dead-letters discard 17 --why "sent by hand"
    """
    said = {**_chosen(numbers, to, every=every), "why": why}
    click.echo(ask(client(via, token_file), "POST", f"{_PLACE}/discard", said))
    return ExitCode.OK


@dead_letters.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@_TO
@via_options
def export(file: Path | None, to: str, via: str, token_file: Path | None) -> ExitCode:
    """Write dead letters whole, a line of JSON each, to a new FILE or stdout.

    \b
    Exit status: 0 done, 64 the file is there already, 69 nobody to ask, 74 it cannot
    be written, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui dead-letters export letters.jsonl
      conductor-tui dead-letters export --to chat | jq .request.payload
    """
    asked = client(via, token_file)
    letters = _every_whole(asked, to)
    if file is None:
        for letter in letters:
            echo_json_line(letter)
        return ExitCode.OK
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.UsageError(f"{file} is there already: name another one") from None
    count = 0
    with os.fdopen(handle, "w", encoding="utf-8") as there:
        for count, letter in enumerate(letters, start=1):  # noqa: B007
            there.write(json.dumps(letter, ensure_ascii=False) + "\n")
    click.echo(f"{count} written to {file}", err=True)
    return ExitCode.OK


def _listed(to: Client, wanted: dict[str, str]) -> Iterator[Document]:
    """Yield them, page by page."""
    query = {key: value for key, value in wanted.items() if value}
    query |= {"limit": str(_AT_ONCE), "after": "0"}
    while True:
        path = f"{_PLACE}?{urlencode(query)}"
        page: list[Document] = to.ask("GET", path, key="letters")["letters"]
        yield from page
        if len(page) < _AT_ONCE:
            return
        query["after"] = str(page[-1]["id"])


def _whole(to: Client, number: int) -> Document:
    try:
        return to.ask("GET", f"{_PLACE}/{number}", key="view")
    except AskRefused as refused:
        if refused.status == 404:
            raise click.UsageError(str(refused)) from refused
        raise


def _every_whole(to: Client, whom: str) -> Iterator[Document]:
    for one in _listed(to, {"to": whom}):
        try:
            yield to.ask("GET", f"{_PLACE}/{one['id']}", key="view")
        except AskRefused as refused:
            if refused.status != 404:  # else it was delivered meanwhile
                raise


def _chosen(numbers: Sequence[int], to: str, *, every: bool) -> dict[str, object]:
    if (bool(numbers), bool(to), every).count(True) != 1:
        raise click.UsageError("say which: numbers, --to NAME, or --all")
    chosen: dict[str, object] = {**called_by()}
    if numbers:
        chosen["letters"] = list(numbers)
    if to:
        chosen["to"] = to
    return chosen


def _lines(found: Sequence[Document], now: datetime) -> Iterator[str]:
    rows = [_cells(one, now) for one in found]
    columns = [aligned(column) for column in zip(*rows, strict=True)]
    for cells, one in zip(zip(*columns, strict=True), found, strict=True):
        words = one_line(str(one["error"]), 200)
        yield "  ".join((*cells, words)).rstrip()


def _cells(one: Document, now: datetime) -> tuple[str, ...]:
    age_s = max(0.0, (now - datetime.fromisoformat(one["at"])).total_seconds())
    return (
        str(one["id"]),
        visible(str(one["to"]), 64),
        visible(str(one["type"]), 40),
        f"{short_duration(age_s)} old",
        str(one["state"]),
        f"redriven {one['redrives']} times" if one["redrives"] else "",
    )


def _whole_lines(letter: Document) -> Iterator[str]:
    view, request = letter["view"], letter["request"]
    kind = f", type {visible(view['type'], 100)}" if view["type"] else ""
    yield f"dead letter {view['id']} for {visible(view['to'], 100)}{kind}"
    yield f"  {view['state']}, {view['redrives']} redrives, {view['attempts']} attempts"
    yield f"  accepted {view['at']} from {visible(view['by'] or 'somebody', 100)}"
    yield f"  request {visible(request['id'], 64)}"
    for key, value in request["metadata"].items():
        yield f"  {visible(key, 100)}: {visible(value, 300)}"
    yield "what went wrong:"
    for one in letter["errors"]:
        whom, words = visible(one["platform"], 64), one_line(str(one["words"]), 400)
        yield f"  {one['at']}  {whom}  {one['outcome']}  {words}"
    yield "payload:"
    text = json.dumps(request["payload"], ensure_ascii=False, indent=2)
    for line in text.splitlines():
        yield f"  {visible(line, 4000)}"
