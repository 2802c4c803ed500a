"""`conductor-tui events`: what happened, and what happens."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import click

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import Document, client, did_you_mean, via_options
from conductor_tui.cli.completing import platform_names
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.output import echo_json_line
from conductor_tui.domain.duration import parse_duration
from conductor_tui.domain.errors import AskRefused
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.text import visible

MOST = 10_000
_LEAST = 1000  # asked for where people read: not every event is told to them
_Line = Callable[[Document], str | None]


@click.command()
@click.option(
    "--since", default="", metavar="TIME", help="10m, 2h, or an ISO 8601 time."
)
@click.option("--until", default="", metavar="TIME", help="The same; before it.")
@click.option(
    "--follow", "-f", is_flag=True, help="Go on with what happens, until Ctrl-C."
)
@click.option(
    "--platform",
    default="",
    metavar="NAME",
    shell_complete=platform_names,
    help="Only about this one.",
)
@click.option(
    "--limit",
    default=100,
    show_default=True,
    type=click.IntRange(1, MOST),
    metavar="N",
    help="So many of the past, the newest.",
)
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

    A time without a zone is of this machine's zone. With --follow and --json there are
    also single checks and samples, which no journal keeps.

    \b
    Exit status: 0 done, 64 written wrongly, 69 nobody to ask, or it went away,
    77 the token is not the right one, 130 ended by Ctrl-C.

    \b
    Examples:
      conductor-tui events --since 1h
      conductor-tui events --platform discord --json | jq -r .kind
      conductor-tui events --follow
    """
    if follow and until:
        raise click.UsageError("--follow has no end: leave --until out")
    to = client(via, token_file)
    asked = {"limit": str(limit if as_json else max(_LEAST, limit))}
    asked |= {"since": moment(since, "--since")} if since else {}
    asked |= {"until": moment(until, "--until")} if until else {}
    asked |= {"platform": platform} if platform else {}
    if follow:
        _follow(to, asked, limit, as_json)
    _show(_past(to, asked), limit, as_json)
    return ExitCode.OK


def _past(to: Client, asked: Document) -> list[Document]:
    try:
        found = to.ask("GET", f"/v1/events?{urlencode(asked)}", key="events")["events"]
    except AskRefused as error:
        if error.status not in (400, 404):
            raise
        hint = ""
        if error.status != 400 and "platform" in asked:
            known = to.ask("GET", "/v1/platforms", key="platforms")["platforms"]
            hint = did_you_mean(asked["platform"], (str(one["name"]) for one in known))
        raise click.UsageError(f"{error}{hint}") from error
    return list(found)


def _show(found: Iterable[Document], limit: int, as_json: bool) -> None:
    if as_json:
        for one in found:
            echo_json_line(one)
        return
    line = _line_maker()
    for text in [text for one in found if (text := line(one))][-limit:]:
        click.echo(text)


def _follow(to: Client, asked: Document, limit: int, as_json: bool) -> None:
    """Print the past, then what comes, without an end. Raises NobodyListens.

    The stream begins before the past is asked for, so nothing is lost between them. It
    may begin anew where we have fallen behind: then the past has what we missed.
    """
    from conductor_tui.adapters.wire.events import event_document
    from conductor_tui.adapters.wire.frames import read_envelopes
    from conductor_tui.cli.listening import heard

    begin, listed = 0, set[int]()  # the number of the newest snapshot, and the past's
    newest: Envelope | None = None
    for part in heard(to):
        if "complete" in part:
            begin = part["complete"]
            missed = {"since": newest.at.isoformat(), "limit": MOST} if newest else {}
            found = _past(to, {**asked, **missed})
            if newest is not None:
                found = [one for one in found if one["seq"] > newest.seq]
            _show(found, MOST if newest else limit, as_json)
            listed = {one["seq"] for one in found}
        for newest in read_envelopes(part.get("events", [])):
            document = dict(event_document(newest))
            is_new = newest.seq > begin and newest.seq not in listed
            if is_new and asked.get("platform") in (None, document["about"]):
                _show([document], 1, as_json)


def moment(text: str, option: str) -> str:
    """Return a moment in UTC, ISO 8601; a duration is one ago. Raises UsageError."""
    try:
        moment = datetime.now(UTC) - timedelta(seconds=parse_duration(text))
    except (ValueError, OverflowError):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            shown = visible(text, 60)
            words = f"{shown!r} is neither a duration (10m) nor an ISO 8601 time"
            raise click.UsageError(f"{option}: {words}") from None
    try:
        return moment.astimezone(UTC).isoformat()  # naive: of this machine's zone
    except (ValueError, OverflowError):
        words = f"{visible(text, 60)!r} is out of any calendar"
        raise click.UsageError(f"{option}: {words}") from None


def _line_maker() -> _Line:
    """Return what makes a line of an event; None for what is told to nobody."""
    from conductor_tui.adapters.wire.frames import read_envelopes
    from conductor_tui.tui.present.events import told
    from conductor_tui.tui.present.lens import Lens

    def line(one: Document) -> str | None:
        written = {"node": "", **{key: one[key] for key in ("seq", "at", "event")}}
        for envelope in read_envelopes([written]):  # none of a later version's kind
            at = envelope.at.astimezone()
            said = told(envelope.event, Lens(envelope.at, at.tzinfo))
            if said is None:
                return None
            parts = (said.about, said.head, said.detail)
            words = "  ".join(visible(part, 400) for part in parts if part)
            return f"{at:%Y-%m-%d %H:%M:%S}  {words}"
        return None

    return line
