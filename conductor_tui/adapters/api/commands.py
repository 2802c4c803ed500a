"""Any command of the domain, over HTTP.

    POST /v1/commands   {"command": "trip", "platform": "discord", "why": "...", ...}

The fields are those of the command in domain/commands.py, but for who asks; the epoch
that it is aimed at is `if_epoch`: another one is a conflict (409), none is that of this
moment. `id` comes back in the answer and in its event; one is made where none is given.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import fields, replace
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
from conductor_tui.domain.alert import Scope
from conductor_tui.domain.commands import (
    BreakerCommand,
    Command,
    DiscardDelivery,
    EnablePlugin,
    EndSilence,
    RedriveDelivery,
    TestChannel,
    agent_of,
    alert_of,
    platform_of,
    plugin_of,
)
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import one_line, visible
from conductor_tui.ports import Session

LONGEST_ID, LONGEST_ORIGIN, LONGEST_TEXT = 64, 64, 1000
LARGEST = 10**15  # of a number: nothing that is asked for is larger


async def answer(ask: Ask, door: Door) -> Answer:
    try:
        only(ask, "POST")
        return await obey(ask, let_in(ask, door), read_body(ask))
    except ProblemError as problem:
        return problem.as_answer()


def read_body(ask: Ask) -> dict[str, Any]:
    """Return the object in the body, {} for none. Raises ProblemError."""
    try:
        return read_object(ask.body)
    except ValueError as error:
        raise ProblemError(400, one_line(str(error), 300)) from None


async def obey(ask: Ask, session: Session, said: dict[str, Any]) -> Answer:
    """Have the engine carry out what is said, and return its answer."""
    _look_at_sizes(said)
    who = await asker(ask, _text(said, "by"))
    return await carry_out(session, read_command(said, who, session.latest()))


def read_command(said: dict[str, Any], who: Asker, snapshot: Snapshot) -> Command:
    """Return what a body asks for. Raises ProblemError, naming key and value."""
    kind = _kind(said)
    mine = {"id": _id_of(said), "by": who.by, "origin": _origin_of(said, who)}
    given = {key: value for key, value in said.items() if key != "command"} | mine
    names = {one.name for one in fields(kind)}
    _refuse_unknown(said["command"], given, names)
    if isinstance(scope := given.get("scope"), dict):  # a slip would silence everything
        _refuse_unknown("scope", scope, {one.name for one in fields(Scope)})
    is_aimed = "if_epoch" in given
    if "epoch" in names:  # a placeholder, where none is given: see below
        given["epoch"] = given.pop("if_epoch", 0)
    try:
        command: Command = adapter(kind).validate_json(json.dumps(given), strict=True)
    except ValidationError as error:
        raise ProblemError(422, _words_of(error)) from None
    except RecursionError:
        raise ProblemError(422, "the body is JSON nested too deeply") from None
    _look_whether_known(command, snapshot)
    if isinstance(command, BreakerCommand) and not is_aimed:
        epoch = snapshot.platforms[command.platform].breaker.epoch
        return replace(command, epoch=epoch)
    return command


def _kind(said: dict[str, Any]) -> type[Command]:
    wanted = said.get("command")
    kind = kinds().get(wanted) if isinstance(wanted, str) else None
    if kind is None:
        words = f"command: must be one of {', '.join(sorted(kinds()))}"
        raise ProblemError(422, f"{words}, not {visible(repr(wanted), 60)}")
    return kind


def _refuse_unknown(wanted: str, given: dict[str, Any], names: set[str]) -> None:
    known = {"if_epoch" if name == "epoch" else name for name in names}
    for key in sorted(given.keys() - known):
        own = ", ".join(sorted(known - {*OF_ASKER})) or "none"
        words = f"{visible(key, 60)!r} is no field of {wanted}: it has {own}"
        raise ProblemError(422, words)


def _look_at_sizes(said: dict[str, Any]) -> None:
    """Refuse what no command holds: 1e999 is a number in JSON, and none of ours."""
    for key, value in said.items():
        for one in _leaves(value):
            if isinstance(one, str) and len(one) > LONGEST_TEXT:
                words = f"longer than {LONGEST_TEXT} characters"
                raise ProblemError(422, f"{visible(key, 60)}: {words}")
            if isinstance(one, int | float) and not _is_sane(one):
                words = f"must be a number up to {LARGEST:g}"
                raise ProblemError(422, f"{visible(key, 60)}: {words}")


def _leaves(value: object) -> Iterator[object]:
    """Yield what is in lists and objects, however deep, without recursion."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
        else:
            yield one


def _is_sane(number: float) -> bool:
    return -LARGEST <= number <= LARGEST and not math.isnan(number)


def _look_whether_known(command: Command, snapshot: Snapshot) -> None:
    """Raises ProblemError 404 for a name that nothing has."""
    platform, agent, alert = platform_of(command), agent_of(command), alert_of(command)
    plugin = plugin_of(command)
    if platform is not None and platform not in snapshot.platforms:
        raise ProblemError(404, f"no platform is called {visible(platform)!r}")
    if agent is not None and agent not in snapshot.agents:
        raise ProblemError(404, f"no agent is called {visible(agent)!r}")
    may_be_new = isinstance(command, EnablePlugin)  # installed a moment ago
    if plugin is not None and plugin not in snapshot.plugins and not may_be_new:
        raise ProblemError(404, f"no plug-in is called {visible(plugin)!r}")
    alerts = snapshot.alerts
    if alert is not None and alert not in alerts.open:
        raise ProblemError(404, f"no alert of {visible(alert)!r} is open")
    match command:
        case EndSilence(silence=silence) if silence not in alerts.silences:
            raise ProblemError(404, f"no silence {visible(silence)!r} is on")
        case TestChannel(channel=channel) if channel and channel not in alerts.channels:
            raise ProblemError(404, f"no channel is called {visible(channel)!r}")
        case (
            RedriveDelivery(delivery=delivery) | DiscardDelivery(delivery=delivery)
        ) if delivery is not None and delivery not in alerts.outbox:
            raise ProblemError(404, f"no delivery {delivery} is in the outbox")
        case _:
            pass


def _id_of(said: dict[str, Any]) -> str:
    given = said["id"] if "id" in said else new_id()
    is_text = isinstance(given, str) and given.isascii() and given.isalnum()
    if not is_text or len(given) > LONGEST_ID:
        words = f"id: must be 1 to {LONGEST_ID} letters and digits"
        raise ProblemError(422, f"{words}, not {visible(repr(given), 60)}")
    return str(given)


def _origin_of(said: dict[str, Any], who: Asker) -> str:
    """Where they say they came from, and where we see them come from."""
    claimed = one_line(_text(said, "origin"), LONGEST_ORIGIN)
    return f"{claimed}, {who.origin}" if claimed else who.origin


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key, "")
    if not isinstance(value, str):
        raise ProblemError(422, f"{key}: must be a text, not {value!r}")
    return value


def _words_of(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(one) for one in first["loc"]) or "the body"
    where = "if_epoch" if where == "epoch" else where
    if first["type"] == "missing":
        return f"{where}: say it"
    words = first["msg"].replace("Input should be", "must be")
    words = f"{where}: {words[:1].lower()}{words[1:]}"
    if first["type"] == "json_invalid":  # its input is all of the body
        return one_line(words, 300)
    return one_line(f"{words}, not {one_line(repr(first.get('input')), 60)}", 300)
