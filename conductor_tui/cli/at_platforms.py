"""What the commands at platforms have in common: whom they aim at, and the answers."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import quote

import click

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import (
    Document,
    called_by,
    client,
    did_you_mean,
    matching,
    via_options,
)
from conductor_tui.cli.completing import groups, platform_names
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.obeying import wait_until_obeyed
from conductor_tui.cli.output import aligned, echo_json
from conductor_tui.domain.duration import parse_duration
from conductor_tui.domain.errors import AskRefused
from conductor_tui.domain.text import one_line, visible

_Command = TypeVar("_Command", bound=Callable[..., Any])
_DENIED = (401, 403)
_OBEYED = ("trip", "reset")  # by programs, too
MANY = 3  # so many or more are asked about on a terminal


class Wanted(NamedTuple):
    """Which platforms a command is for, and how it is said."""

    names: Sequence[str]
    group: str
    everything: bool
    yes: bool
    as_json: bool
    to: Client


def platform_options(command: _Command) -> _Command:
    """Add NAME..., --group, --all, --yes, --json and which conductor is asked."""
    adds: tuple[Any, ...] = (
        click.argument(
            "names", nargs=-1, metavar="[NAME...]", shell_complete=platform_names
        ),
        click.option(
            "--group",
            default="",
            metavar="G",
            shell_complete=groups,
            help="Every platform of this group.",
        ),
        click.option("--all", "everything", is_flag=True, help="Every platform."),
        click.option("--yes", is_flag=True, help="Do not ask back about many."),
        click.option("--json", "as_json", is_flag=True, help="Print a JSON list."),
        via_options,
    )
    made: Any = command
    for add in reversed(adds):  # the last that is added is shown first
        made = add(made)
    return cast(_Command, made)


def wanted(
    names: Sequence[str],
    group: str,
    everything: bool,
    yes: bool,
    as_json: bool,
    via: str,
    token_file: Path | None,
) -> Wanted:
    """Return what the options of `platform_options` say. Raises UsageError."""
    if bool(names) + bool(group) + everything != 1:
        raise click.UsageError("say NAME... (patterns too: 'bot-*'), --group or --all")
    to = client(via, token_file)
    return Wanted(names, group, everything, yes, as_json, to)


def send_each(
    want: Wanted, place: str, verb: str, said: Document | None = None
) -> ExitCode:
    """Ask for `verb` at each platform, and print each answer: what was granted on
    stdout, what was refused on stderr. `place` is "breakers" or "platforms".
    """
    names = _targets(want)
    if len(names) >= MANY and not want.yes and is_typed():
        click.confirm(f"{verb} {len(names)} platforms?", abort=True, err=True)
    body: dict[str, object] = {**(said or {}), **called_by()}
    answers = [_ask(want.to, place, verb, name, body) for name in names]
    if verb in _OBEYED:
        wait_until_obeyed(want.to, answers)
    if want.as_json:
        echo_json(answers)
    else:
        _print(answers)
    is_whole = all(one["granted"] for one in answers)
    return ExitCode.OK if is_whole else ExitCode.UNAVAILABLE


def is_typed() -> bool:
    """True where somebody sits there and can be asked back."""
    return sys.stdin is not None and sys.stdin.isatty()


def seconds(text: str, option: str) -> float | None:
    """Return a duration in seconds; None for "". Raises UsageError."""
    if not text:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from error


def _targets(want: Wanted) -> list[str]:
    """Return the names that are meant, each once, in the order they were said."""
    known = want.to.ask("GET", "/v1/platforms", key="platforms")["platforms"]
    groups = {str(one["name"]): str(one["group"]) for one in known}
    if want.everything:
        return list(groups)
    if want.group:
        found = [name for name, group in groups.items() if group == want.group]
        if not found:
            hint = did_you_mean(want.group, groups.values())
            words = f"no platform is of group {visible(want.group)!r}"
            raise click.UsageError(f"{words}{hint}")
        return found
    return matching(want.names, groups)


def _ask(
    to: Client, place: str, verb: str, name: str, body: dict[str, object]
) -> Document:
    """Return the conductor's answer, with "name", "granted" and "words"."""
    path = f"/v1/{place}/{quote(name, safe='')}/{verb}"
    try:
        return {"name": name, "granted": True, **to.ask("POST", path, body)}
    except AskRefused as error:
        if error.status in _DENIED:
            raise
        return {"name": name, "granted": False, "words": str(error)}


def _print(answers: Sequence[Document]) -> None:
    names = aligned([visible(one["name"]) for one in answers])
    for name, one in zip(names, answers, strict=True):
        words = one_line(str(one["words"]), 400)
        click.echo(f"{name}  {words}", err=not one["granted"])
