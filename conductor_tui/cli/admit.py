"""`conductor-tui admit`: may a call be made now? For `admit redis && command`.

It asks by plain sockets (`conductor_tui.client.dialing`): a script waits for it each
time, so it imports neither an HTTP library nor the engine.
"""

import math
import time
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import click

from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, read_settings
from conductor_tui.client.dialing import Answer, Place, exchange, place
from conductor_tui.domain.errors import AskRefused, NobodyListens
from conductor_tui.domain.text import one_line, visible

WITHIN_S = 2.0
_SOON_S, _SELDOM_S = 0.2, 1.0  # between two asks, where nobody says when


class No(NamedTuple):
    """Why not, and in how many seconds to ask again; None: nobody knows."""

    words: str
    retry_after_s: float | None
    code: ExitCode = ExitCode.TRY_LATER


def platform_names(
    context: click.Context, parameter: click.Parameter, begun: str
) -> list[str]:
    """Return what the shell offers; imported late: `admit` itself needs none of it."""
    from conductor_tui.cli.completing import platform_names

    return platform_names(context, parameter, begun)


@click.command()
@click.argument("name", shell_complete=platform_names)
@click.option(
    "--on-lost",
    type=click.Choice(["keep", "allow", "deny"]),
    default="keep",
    show_default=True,
    help="Nobody to ask: go by the last word in this host's journal; or yes; or no.",
)
@click.option(
    "--wait", default="", metavar="TIME", help="Ask again until yes, at most so long."
)
@click.option("--quiet", is_flag=True, help="Do not say why not.")
@config_option
@click.option(
    "--via",
    default="",
    metavar="URL",
    help="unix:/path or http(s)://host:port; else the usual socket.",
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the token for http(s)://; else $CONDUCTOR_TUI_TOKEN.",
)
def admit(
    name: str,
    on_lost: str,
    wait: str,
    quiet: bool,
    config: str | None,
    via: str,
    token_file: Path | None,
) -> ExitCode:
    """Say whether a call to a platform may be made now: does its breaker let it?

    Nothing is taken by asking, and no trial is granted: while the breaker is not
    CLOSED the answer is no, until a check has closed it.

    \b
    Exit status: 0 yes, 75 no (why is on stderr), 64 no such platform, or written
    wrongly, 69 nobody to ask with --on-lost deny, 77 the token is not the right one,
    78 nobody to ask, and the conductor.toml that names the journal cannot be used.

    \b
    Examples:
      conductor-tui admit redis && redis-cli ping
      conductor-tui admit backup-store --wait 10m && rsync -a /srv backup:/srv
    """
    until = time.monotonic() + _wait_s(wait)
    to = _place(via, token_file)
    while True:
        no = _asked(to, name, on_lost, config, quiet)
        left_s = until - time.monotonic()
        if no is None:
            return ExitCode.OK
        if left_s <= 0:
            if not quiet:
                click.echo(no.words, err=True)
            return no.code
        seldom_s = _SELDOM_S if no.retry_after_s is None else no.retry_after_s
        time.sleep(max(0.0, min(left_s, max(_SOON_S, min(seldom_s, _SELDOM_S)))))


def _wait_s(wait: str) -> float:
    from conductor_tui.domain.duration import parse_duration

    try:
        return parse_duration(wait) if wait else 0.0
    except ValueError as error:
        raise click.UsageError(f"--wait: {error}") from error


def _place(via: str, token_file: Path | None) -> Place:
    try:
        return place(via, None if token_file is None else token_file.read_text())
    except UnicodeDecodeError as error:
        raise click.UsageError(f"--token-file: {token_file} is no text") from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _asked(
    to: Place, name: str, on_lost: str, config: str | None, quiet: bool
) -> No | None:
    """Return why not; None: it may."""
    there = quote(name, safe="", errors="surrogateescape")  # as the shell gave it
    path = f"/v1/breakers/{there}/admit"
    try:
        answer = exchange(to, "GET", path, within_s=WITHIN_S)
    except NobodyListens as error:
        return _nobody(to, name, on_lost, config, quiet, error)
    if answer.status == HTTPStatus.NO_CONTENT:
        return None
    is_unavailable = answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    if is_unavailable and "reason" in answer.document:
        return _refused(answer)
    if answer.status == HTTPStatus.NOT_FOUND:
        raise click.UsageError(f"{answer.words}{_hint(to, name)}")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # it stops; or is not there
        lost = NobodyListens(answer.words)
        return _nobody(to, name, on_lost, config, quiet, lost)
    raise AskRefused(answer.words, answer.status)


def _refused(answer: Answer) -> No:
    wait_s = answer.document.get("retry_after_s")
    if not isinstance(wait_s, int | float) or not math.isfinite(wait_s):
        return No(answer.words, None)
    return No(f"{answer.words} (again in {math.ceil(wait_s)} s)", wait_s)


def _hint(to: Place, name: str) -> str:
    from conductor_tui.cli.asking import did_you_mean

    try:
        known = exchange(to, "GET", "/v1/breakers", within_s=WITHIN_S).document
    except NobodyListens:
        return ""
    try:
        names = [visible(str(one["name"])) for one in known["breakers"]]
    except (LookupError, TypeError):  # it is no conductor
        return ""
    some = f"; there are: {', '.join(names[:8])}" if names else ""
    return did_you_mean(name, names) or some


def _nobody(
    to: Place,
    name: str,
    on_lost: str,
    config: str | None,
    quiet: bool,
    error: NobodyListens,
) -> No | None:
    """Nobody was asked: say so, and go by what the person wants then."""
    words = f"{error}: nobody was asked"
    if on_lost == "deny":
        return No(words, None, ExitCode.UNAVAILABLE)
    is_ours = not to.url.startswith("http")  # else the journal may be another's
    kept = _last_word(name, config) if on_lost == "keep" and is_ours else None
    if kept is not None:
        return kept._replace(words=f"{kept.words}; {words}")
    if not quiet:
        click.echo(f"{words}; {visible(name)} is let through", err=True)
    return None


def _last_word(name: str, config: str | None) -> No | None:
    """Return why not, as the journal has it; None: it knows nothing against it. What
    would have been tried by now is let through: that is the trial.
    """
    from conductor_tui.adapters.journal.archive import SqliteArchive
    from conductor_tui.cli.local_engine import journal_path
    from conductor_tui.domain.breaker import BreakerState
    from conductor_tui.domain.errors import JournalFailed
    from conductor_tui.domain.ids import PlatformName

    archive, now = (
        SqliteArchive(journal_path(read_settings(config).journal)),
        datetime.now(UTC),
    )
    try:
        view = archive.past(now).platforms.get(PlatformName(name))
    except JournalFailed:
        return None
    if view is None or view.breaker.state is BreakerState.CLOSED:
        return None
    breaker = view.breaker
    left_s = None
    if breaker.retry_at is not None:
        left_s = (breaker.retry_at - now).total_seconds()
    if breaker.state is BreakerState.HALF_OPEN or (left_s is not None and left_s <= 0):
        return None
    why = breaker.hold.why if breaker.hold is not None else breaker.why
    words = f"{visible(name)}: {breaker.state} by {breaker.by}: {one_line(why, 200)}"
    return No(words, left_s)
