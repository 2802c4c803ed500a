"""`conductor-tui token`: who may come in over TCP, and what they may do."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from conductor_tui.adapters.api.rights import Right
from conductor_tui.adapters.api.tokens import Token, TokenFile, TokensError
from conductor_tui.cli.at_platforms import seconds
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import read_settings
from conductor_tui.cli.output import aligned, echo_json
from conductor_tui.domain.duration import short_duration

_FILE = click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of the tokens; else the one that conductor.toml means.",
)
_CONFIG = click.option("--config", metavar="FILE", help="The conductor.toml to use.")


@click.group()
def token() -> None:
    """Make, list and revoke the tokens that open [listen] http.

    Only their hashes are kept. A conductor that runs follows at once.

    \b
    Exit status: 0 done, 64 written wrongly or not there, 77 the file is not usable,
    78 conductor.toml cannot be used.
    """


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([str(right) for right in Right]),
    help="read: look; beat: send heartbeats; control: commands. May be repeated.",
)
@click.option("--expires", default="", metavar="TIME", help="After 90d, 12h, ...")
@_CONFIG
@_FILE
def create(
    name: str,
    scopes: Sequence[str],
    expires: str,
    config: str | None,
    path: Path | None,
) -> ExitCode:
    """Make a token, and print its secret: once, for nobody can tell it again.

    \b
    Examples:
      conductor-tui token create prometheus --scope read > /etc/prometheus/token
      conductor-tui token create deploy --scope read --scope control --expires 90d
    """
    rights = frozenset(map(Right, scopes))
    tokens = _tokens(path, config)
    try:
        made, secret = tokens.create(name, rights, _end(expires))
    except TokensError as error:
        raise click.UsageError(str(error)) from error
    click.echo(secret)
    click.echo(f"token {made.name} ({made.id}) may {_scopes(made)}", err=True)
    return ExitCode.OK


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@_CONFIG
@_FILE
def list_all(as_json: bool, config: str | None, path: Path | None) -> ExitCode:
    """List the tokens: what they may do, and until when."""
    try:
        found = _tokens(path, config).all()
    except TokensError as error:
        click.echo(f"conductor-tui: {error}", err=True)
        return ExitCode.NOT_PERMITTED
    now = datetime.now(UTC)
    if as_json:
        echo_json([_document(one, now) for one in found])
        return ExitCode.OK
    if not found:
        click.echo("there is no token", err=True)
    names = aligned([one.name for one in found])
    for name, one in zip(names, found, strict=True):
        click.echo(f"{name}  {one.id}  {_scopes(one):<21}  {_until(one, now)}")
    return ExitCode.OK


@token.command()
@click.argument("name", metavar="NAME|ID")
@_CONFIG
@_FILE
def revoke(name: str, config: str | None, path: Path | None) -> ExitCode:
    """Revoke a token: it opens nothing from now on, and its streams end."""
    try:
        gone = _tokens(path, config).revoke(name)
    except TokensError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"token {gone.name} ({gone.id}) is revoked", err=True)
    return ExitCode.OK


def _tokens(path: Path | None, config: str | None) -> TokenFile:
    if path is not None:
        return TokenFile(path)
    from conductor_tui.cli.local_engine import tokens_path

    return TokenFile(tokens_path(read_settings(config)))


def _end(expires: str) -> datetime | None:
    after_s = seconds(expires, "--expires")
    if after_s is None:
        return None
    try:
        return (datetime.now(UTC) + timedelta(seconds=after_s)).replace(microsecond=0)
    except OverflowError:
        raise click.UsageError("--expires: leave it out for one without end") from None


def _scopes(one: Token) -> str:
    return ", ".join(sorted(one.rights))


def _until(one: Token, now: datetime) -> str:
    if one.expires is None:
        return "without end"
    if one.is_over(now):
        return "over"
    return f"for {short_duration((one.expires - now).total_seconds())}"


def _document(one: Token, now: datetime) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "scopes": sorted(one.rights),
        "created": one.created.isoformat(),
        "expires": one.expires.isoformat() if one.expires else None,
        "over": one.is_over(now),
    }
