"""The state, and everything that happens, to whoever wants to look.

    GET /v1/hello    who is here
    GET /v1/stream   {"hello"}, a snapshot in parts, then {"events"}: lines of JSON,
                     or the messages of a WebSocket; adapters/wire/frames.py has both

With `?viewer=NAME&origin=WHERE` it is the dashboard of a person: others see them.
"""

import json
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing

from conductor_tui import __version__
from conductor_tui.adapters.api.asking import Asker, ProblemError, asker, let_in, only
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import Answer, Ask, Streaming, as_json
from conductor_tui.ports import Session

PROTOCOL = 1


async def hello(ask: Ask, door: Door) -> Answer:
    try:
        only(ask, "GET")
        return as_json(200, greeting(door, let_in(ask, door)))
    except ProblemError as problem:
        return problem.as_answer()


async def stream(ask: Ask, door: Door) -> Answer | Streaming:
    try:
        only(ask, "GET")
        session = let_in(ask, door)
    except ProblemError as problem:
        return problem.as_answer()
    name = ask.query.get("viewer", "")
    who = await asker(ask, name)
    origin = ask.query.get("origin") or who.origin
    viewer = Asker(who.by, origin) if name else None
    return Streaming(_objects(door, session, who, viewer))


def greeting(door: Door, session: Session) -> dict[str, object]:
    snapshot = session.latest()
    return {
        "protocol": PROTOCOL,
        "version": __version__,
        "host": snapshot.host,
        "pid": os.getpid(),
        "daemon": door.inside.is_daemon,
        "source": snapshot.settings.source,
        "settings": door.inside.settings,
        "read_only": snapshot.read_only,
    }


async def _objects(
    door: Door, session: Session, who: Asker, viewer: Asker | None
) -> AsyncGenerator[bytes, None]:
    you = {"by": who.by, "origin": who.origin}
    yield json.dumps({"hello": {**greeting(door, session), "you": you}}).encode()
    lobby = door.inside.lobby
    leave = lobby.enter(*viewer) if lobby is not None and viewer is not None else None
    try:
        async with aclosing(door.broadcast.read()) as objects:
            async for one in objects:
                yield one
    finally:
        if leave is not None:
            leave()
