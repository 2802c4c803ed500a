"""`conductor-tui events`: what happened, and what happens."""

import http.client
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import click

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import Document, client, via_options
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.output import echo_json_line
from conductor_tui.domain.duration import parse_duration
from conductor_tui.domain.errors import AskRefused, NobodyListens
from conductor_tui.domain.text import visible

SILENT_S = 10.0  # a stream says at least every three seconds that it is there


@click.command()
@click.option(
    "--since", default="", metavar="TIME", help="10m, 2h, or an ISO 8601 time."
)
@click.option("--until", default="", metavar="TIME", help="The same; before it.")
@click.option(
    "--follow", "-f", is_flag=True, help="Go on with what happens, until Ctrl-C."
)
@click.option("--platform", default="", metavar="NAME", help="Only about this one.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a line.")
@via_options
def events(
    since: str,
    until: str,
    follow: bool,
    platform: str,
    limit: int,
    as_json: bool,
    via: str,
    token_file: Path | None,
) -> ExitCode:
    """Print what happened, oldest first: transitions, commands, alerts, and so on.

    \\b
    Exit status: 0 done, 64 written wrongly, 69 nobody to ask, or it went away,
    77 the token is not the right one.

    \\b
    Examples:
      conductor-tui events --since 1h
      conductor-tui events --platform discord --json
      conductor-tui events --follow
    """
    if follow and until:
        raise click.UsageError("--follow has no end: leave --until out")
    to = client(via, token_file)
    show = _shower(as_json)
    asked = {"limit": str(limit)}
    asked |= {"since": _moment(since, "--since")} if since else {}
    asked |= {"until": _moment(until, "--until")} if until else {}
    asked |= {"platform": platform} if platform else {}
    coming = _coming(to) if follow else iter(())
    seq = next(coming)["seq"] if follow else 0  # nothing is lost between the two
    try:
        found = to.ask("GET", f"/v1/events?{urlencode(asked)}", key="events")["events"]
    except AskRefused as error:
        if error.status in (400, 404):
            raise click.UsageError(str(error)) from error
        raise
    for one in found:
        show(one)
    newest = max((str(one["at"]) for one in found), default="")
    for one in coming:
        is_new = one["seq"] > seq and one["at"] > newest
        if is_new and platform in ("", one["about"]):
            show(one)
    return ExitCode.OK


def _moment(text: str, option: str) -> str:
    try:
        moment = datetime.now(UTC) - timedelta(seconds=parse_duration(text))
    except (ValueError, OverflowError):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            words = (
                f"{option}: {text!r} is neither a duration (10m) nor an ISO 8601 time"
            )
            raise click.UsageError(words) from None
    if moment.tzinfo is None:
        moment = moment.astimezone()
    return moment.astimezone(UTC).isoformat()


def _shower(as_json: bool) -> Callable[[Document], None]:
    if as_json:
        return echo_json_line
    from conductor_tui.adapters.wire.frames import decode_envelope
    from conductor_tui.tui.present.events import told
    from conductor_tui.tui.present.lens import Lens

    def show(one: Document) -> None:
        written = {key: one[key] for key in ("seq", "at", "event")}
        try:
            envelope = decode_envelope(json.dumps({**written, "node": ""}))
        except ValueError:  # of a kind that a later version added
            return
        at = envelope.at.astimezone()
        said = told(envelope.event, Lens(envelope.at, at.tzinfo))
        if said is not None:
            parts = (said.about, said.head, said.detail)
            words = "  ".join(visible(part, 400) for part in parts if part)
            click.echo(f"{at:%Y-%m-%d %H:%M:%S}  {words}")

    return show


def _coming(to: Client) -> Iterator[Document]:
    """Yield the number that the stream begins at, then what happens from there on."""
    from conductor_tui.adapters.wire.events import document_of

    connection = to.connection(SILENT_S)
    try:
        connection.request("GET", "/v1/stream", headers=to.rights())
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise AskRefused(
                f"{to.via}: {answer.status} {answer.reason}", answer.status
            )
        for line in answer:
            said = json.loads(line)
            if "complete" in said:
                yield {"seq": said["complete"]}
            for one in said.get("events", ()):
                yield document_of(one)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NobodyListens(f"{to.via}: it is not heard any more: {error}") from error
    finally:
        connection.close()
    raise NobodyListens(f"{to.via}: it has closed the connection")
