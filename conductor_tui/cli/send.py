"""`conductor-tui send`: have a platform's plug-in do one thing."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from conductor_tui.cli.asking import Document, client, via_options
from conductor_tui.cli.at_platforms import seconds
from conductor_tui.cli.completing import platform_names
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.output import echo_json
from conductor_tui.domain.errors import AskRefused
from conductor_tui.domain.text import one_line

ROUTES = "@"
_LATER = (429, 503)
_USUAL_S, _SPARE_S = 300.0, 10.0


@click.command()
@click.argument("target", shell_complete=platform_names)
@click.argument("payload", required=False, default="null", metavar="[JSON|-]")
@click.option("--text", is_flag=True, help="PAYLOAD is plain text, no JSON.")
@click.option("--type", "kind", default="", help=f"What sort it is; {ROUTES} needs it.")
@click.option(
    "--choose",
    type=click.Choice(["order", "least_loaded"]),
    help="Who of a group is asked first.",
)
@click.option(
    "--metadata", "-m", multiple=True, metavar="KEY=VALUE", help="May be repeated."
)
@click.option("--id", "request_id", default="", help="In every log line about it.")
@click.option("--key", default="", help="The same key is delivered once in a day.")
@click.option("--priority", type=click.IntRange(-100, 100), help="Higher goes first.")
@click.option("--deadline", default="", metavar="TIME", help="5s, unless said.")
@click.option("--no-wait", is_flag=True, help="Return once it is kept.")
@click.option("--no-keep", is_flag=True, help="Make no dead letter of it.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer.")
@via_options
def send(
    target: str,
    payload: str,
    text: bool,
    kind: str,
    choose: str | None,
    metadata: Sequence[str],
    request_id: str,
    key: str,
    priority: int | None,
    deadline: str,
    no_wait: bool,
    no_keep: bool,
    as_json: bool,
    via: str,
    token_file: Path | None,
) -> ExitCode:
    """Send a request to a platform or a group of them, and print the payload of the
    reply. TARGET "@" goes where the routes say for its --type.

    It goes through the breaker, the bulkhead and, where trying again may help, several
    attempts. What cannot be delivered now is kept as a dead letter and delivered later.

    \b
    Exit status: 0 delivered, or kept (stderr says which), 1 every attempt failed, or no
    reply in time, 64 nobody of that name, written wrongly, or it will never work, 69
    nobody to ask, 75 not accepted: too many wait already, or, with --no-keep, its
    breaker lets nothing through.

    \b
    Examples:
      conductor-tui send matrix '{"text": "hello"}'
      df -h | conductor-tui send matrix - --text -m room=ops
      conductor-tui send @ '"95 % of /var"' --type alert.disk --no-wait
    """
    if target == ROUTES and not kind:
        raise click.UsageError(f"TARGET {ROUTES} goes by the type: add --type")
    if no_wait and no_keep:
        raise click.UsageError("--no-wait needs it kept: leave out --no-keep")
    deadline_s = seconds(deadline, "--deadline")
    said: dict[str, object] = {
        "to": "" if target == ROUTES else target,
        "type": kind,
        "choose": choose,
        "metadata": _pairs(metadata),
        "id": request_id,
        "key": key,
        "priority": priority,
        "deadline_s": deadline_s,
        "wait": False if no_wait else None,
        "keep": False if no_keep else None,
    }
    said = {name: value for name, value in said.items() if value not in ("", None, {})}
    said["payload"] = _payload(payload, is_text=text)
    within_s = (deadline_s or _USUAL_S) + _SPARE_S
    try:
        answer = client(via, token_file).ask(
            "POST", "/v1/requests", said, key="outcome", within_s=within_s
        )
    except AskRefused as refused:
        return _refused(target, refused)
    _print(target, answer, as_json=as_json)
    return ExitCode.OK


def _print(target: str, answer: Document, *, as_json: bool) -> None:
    if as_json:
        echo_json(answer)
    elif "reply" in answer:
        echo_json(answer["reply"]["payload"])
    else:
        words = one_line(str(answer["words"]), 300)
        click.echo(
            f"{target}: kept as dead letter {answer['letter']}: {words}", err=True
        )


def _payload(written: str, *, is_text: bool) -> object:
    if written == "-":
        written = sys.stdin.read()
    if is_text:
        return written
    try:
        return json.loads(written)
    except ValueError as error:
        words = f"the payload is no JSON ({error}): quote it, or say --text"
        raise click.UsageError(words) from error


def _pairs(metadata: Sequence[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in metadata]
    for key, equals, _ in pairs:
        if not key or not equals:
            raise click.UsageError(f"--metadata {key!r}: write KEY=VALUE")
    return {key: value for key, _, value in pairs}


def _refused(target: str, refused: AskRefused) -> ExitCode:
    if refused.status in (400, 404, 413, 422):
        raise click.UsageError(f"{target}: {refused}") from refused
    if refused.status in (401, 403):
        raise refused
    click.echo(f"{target}: {refused}", err=True)
    return ExitCode.TRY_LATER if refused.status in _LATER else ExitCode.DEGRADED
