"""Any command of the domain, over HTTP.

    POST /v1/commands   {"command": "trip", "platform": "discord", "why": "...", ...}

The fields are those of the command in domain/commands.py, but for who asks; the epoch
that it is aimed at is `if_epoch`: another one is a conflict (409), none is that of this
moment. `id` comes back in the answer's event; one is made where none is given.
"""

from dataclasses import fields
from typing import Any

from pydantic import ValidationError

from conductor_tui.adapters.api.asking import (
    Asker,
    ProblemError,
    asker,
    carry_out,
    let_in,
    new_id,
    only,
)
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import Answer, Ask, read_object
from conductor_tui.adapters.wire.commands import OF_ASKER, kinds
from conductor_tui.adapters.wire.records import adapter
from conductor_tui.domain.commands import Command, agent_of, platform_of
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import one_line, visible

LONGEST_ID, LONGEST_ORIGIN = 64, 64


async def answer(ask: Ask, door: Door) -> Answer:
    try:
        only(ask, "POST")
        session = let_in(ask, door)
        try:
            said = read_object(ask.body)
        except ValueError as error:
            raise ProblemError(400, str(error)) from None
        who = await asker(ask, one_line(str(said.get("by", ""))))
        command = read_command(said, who, session.latest())
        return await carry_out(session, command)
    except ProblemError as problem:
        return problem.as_answer()


def read_command(said: dict[str, Any], who: Asker, snapshot: Snapshot) -> Command:
    """Return what a body asks for. Raises ProblemError, naming key and value."""
    kind = kinds().get(str(said.get("command", "")))
    if kind is None:
        words = f"command must be one of {', '.join(sorted(kinds()))}"
        raise ProblemError(400, f"{words}, not {said.get('command')!r}")
    given = {key: value for key, value in said.items() if key != "command"}
    given |= {"id": _id_of(said), "by": who.by, "origin": _origin_of(said, who)}
    names = {one.name for one in fields(kind)}
    if "epoch" in names:
        given["epoch"] = _epoch(given, snapshot)
    if unknown := sorted(given.keys() - names):
        known = sorted(names - {*OF_ASKER, "epoch"})
        words = f"{visible(unknown[0])!r} is no field of {said['command']}"
        raise ProblemError(400, f"{words}: it has {', '.join(known) or 'none'}")
    try:
        command: Command = adapter(kind).validate_python(given)
    except ValidationError as error:
        raise ProblemError(422, _words_of(error)) from None
    _look_whether_known(command, snapshot)
    return command


def _look_whether_known(command: Command, snapshot: Snapshot) -> None:
    platform, agent = platform_of(command), agent_of(command)
    if platform is not None and platform not in snapshot.platforms:
        raise ProblemError(404, f"no platform is called {visible(platform)!r}")
    if agent is not None and agent not in snapshot.agents:
        raise ProblemError(404, f"no agent is called {visible(agent)!r}")


def _epoch(given: dict[str, Any], snapshot: Snapshot) -> object:
    if "if_epoch" in given:
        return given.pop("if_epoch")
    view = snapshot.platforms.get(given.get("platform"))  # type: ignore[arg-type]
    return view.breaker.epoch if view is not None else 0


def _id_of(said: dict[str, Any]) -> object:
    given = said.get("id") or new_id()
    if not isinstance(given, str) or len(given) > LONGEST_ID or not given.isalnum():
        raise ProblemError(400, f"id must be 1 to {LONGEST_ID} letters and digits")
    return given


def _origin_of(said: dict[str, Any], who: Asker) -> str:
    """Where they say they came from, and where we see them come from."""
    claimed = one_line(str(said.get("origin", "")), LONGEST_ORIGIN)
    return f"{claimed}, {who.origin}" if claimed else who.origin


def _words_of(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(one) for one in first["loc"]) or "the command"
    shown = one_line(repr(first.get("input")), 60)
    return one_line(f"{where}: {first['msg'].lower()}, not {shown}", 300)
