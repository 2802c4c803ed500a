"""Platforms and breakers, for people and their programs.

GET  /v1/status                      all there is, as `status --json` prints it
GET  /v1/platforms[/NAME]            what is watched
POST /v1/platforms/NAME/check        ... pause {"why", "ttl_s"} | resume
POST /v1/platforms/NAME/requests     what its plug-in is to do: see `requests`
GET  /v1/breakers[/NAME]
GET  /v1/breakers/NAME/admit         may a call be made now? See `admitting`
POST /v1/breakers/NAME/trip          {"why", "ttl_s", "confirm_within_s", "if_epoch"}
                                     ... reset | release | confirm {"if_epoch"}

The fields are those of the same commands in /v1/commands, but for the name.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote

from conductor_tui.adapters.api.admitting import admit
from conductor_tui.adapters.api.asking import ProblemError, let_in, only
from conductor_tui.adapters.api.commands import obey, read_body
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import JSON, Answer, Ask, as_json
from conductor_tui.adapters.api.requests import send
from conductor_tui.adapters.wire.plugins import plugin_document
from conductor_tui.adapters.wire.status import (
    agent_document,
    breaker_document,
    platform_document,
    status_document,
)
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.domain.text import visible

HANDFUL = 100
VERBS: Mapping[str, tuple[str, ...]] = {
    "platforms": ("check", "pause", "resume", "shed", "restore"),
    "breakers": ("trip", "reset", "release", "confirm"),
}


async def answer(ask: Ask, door: Door) -> Answer:
    """Answer for /v1/status, /v1/platforms and /v1/breakers."""
    try:
        snapshot = let_in(ask, door).latest()
        kind, _, rest = ask.path.removeprefix("/v1/").partition("/")
        name, _, wanted = rest.partition("/")
        if wanted == "requests" and kind == "platforms":
            return await send(ask, door, unquote(name))
        if wanted == "admit" and kind == "breakers":
            return admit(ask, door, unquote(name))
        if wanted:
            return await _command(ask, door, unquote(name), wanted, VERBS[kind])
        only(ask, "GET")
        if kind == "status":
            return await _status(snapshot)
        if rest:
            return as_json(200, _shown(kind, snapshot, _known(snapshot, unquote(name))))
        views = snapshot.platforms.in_order()
        every = await _written(_shown(kind, snapshot, one) for one in views)
        return Answer(200, f'{{"{kind}": {every}}}'.encode(), JSON)
    except ProblemError as problem:
        return problem.as_answer()


async def _status(snapshot: Snapshot) -> Answer:
    now = _now()
    bare = replace(snapshot, platforms=Roster(), agents=Roster(), plugins=Roster())
    rest = status_document(bare, now)
    members = {key: json.dumps(value) for key, value in rest.items()}
    members["plugins"] = json.dumps(
        [plugin_document(one, snapshot) for one in snapshot.plugins.in_order()]
    )
    platforms, agents = snapshot.platforms.in_order(), snapshot.agents.in_order()
    members["platforms"] = await _written(
        _shown("platforms", snapshot, one) for one in platforms
    )
    members["agents"] = await _written(agent_document(one, now) for one in agents)
    body = ", ".join(f'"{key}": {value}' for key, value in members.items())
    return Answer(200, f"{{{body}}}".encode(), JSON)


async def _written(documents: Iterable[Mapping[str, object]]) -> str:
    """Return a JSON array. Thousands are written by handfuls, and others get their turn
    between them.
    """
    written = []
    for number, document in enumerate(documents, start=1):
        if number % HANDFUL == 0:
            await asyncio.sleep(0)
        written.append(json.dumps(document))
    return f"[{', '.join(written)}]"


async def _command(
    ask: Ask, door: Door, name: str, wanted: str, verbs: tuple[str, ...]
) -> Answer:
    if wanted not in verbs:
        words = f"{visible(wanted, 40)!r} cannot be asked for here"
        raise ProblemError(404, f"{words}: {', '.join(verbs)}")
    only(ask, "POST")
    said = read_body(ask)
    for key in ("command", "platform"):
        if key in said:
            raise ProblemError(422, f"{key!r} stands in the address already")
    asked = {**said, "command": wanted, "platform": name}
    return await obey(ask, let_in(ask, door), asked)


def _known(snapshot: Snapshot, name: str) -> PlatformView:
    view = snapshot.platforms.get(PlatformName(name))
    if view is None:
        raise ProblemError(404, f"no platform is called {visible(name)!r}")
    return view


def _shown(kind: str, snapshot: Snapshot, view: PlatformView) -> Mapping[str, object]:
    if kind == "breakers":
        return breaker_document(view)
    return platform_document(view, _now(), snapshot)


def _now() -> datetime:
    return datetime.now(UTC)
