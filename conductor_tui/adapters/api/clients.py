"""Other programs that ask our breakers before each call.

    GET  /v1/clients                             who is here
    GET  /v1/clients/stream?name=bot-a&pid=812   one is here: all words about breakers,
                                                 in lines, until it goes
    POST /v1/clients/ID                          what it did, and what it would try

`conductor_tui.client` speaks this; so may any program. A line is {"hello"}, then
{"breakers": [...], "is_whole"} ("start again from here"), {"breaker"}, {"removed"},
{"is_whole"}, {"trial"} or, every few seconds, {}.
"""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

from conductor_tui.adapters.api.asking import (
    Asker,
    ProblemError,
    asker,
    let_in,
    new_id,
    only,
)
from conductor_tui.adapters.api.broadcast import Reader
from conductor_tui.adapters.api.client_bodies import (
    ClientBody,
    holdings_of,
    read_client_body,
)
from conductor_tui.adapters.api.commands import read_body
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import Answer, Ask, Streaming, as_json
from conductor_tui.adapters.api.rights import Right
from conductor_tui.adapters.api.stream import greeting
from conductor_tui.adapters.wire.clients import client_document
from conductor_tui.domain.client import ClientView
from conductor_tui.domain.ids import ClientId, PlatformName
from conductor_tui.domain.states import CallOutcome
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Clients, Trial

REPORT_S = 1.0  # how often a client says what it did
LONGEST_NAME, MOST_PID = 64, 2**31
LIST, PLACE, STREAM = "/v1/clients", "/v1/clients/", "/v1/clients/stream"


async def answer(ask: Ask, door: Door) -> Answer | Streaming:
    try:
        if ask.path == LIST:
            return _listed(ask, door)
        if ask.path == STREAM:
            return await _stream(ask, door)
        only(ask, "POST")
        let_in(ask, door, Right.BEAT)
        return _take(ask, door, _clients(door))
    except ProblemError as problem:
        return problem.as_answer()


def _clients(door: Door) -> Clients:
    if door.inside.clients is None:
        raise ProblemError(404, "this conductor has no breakers to ask for")
    return door.inside.clients


def _listed(ask: Ask, door: Door) -> Answer:
    only(ask, "GET")
    snapshot = let_in(ask, door).latest()
    every = [client_document(one, snapshot) for one in snapshot.clients.in_order()]
    return as_json(200, {"clients": every})


# One is here


async def _stream(ask: Ask, door: Door) -> Streaming:
    only(ask, "GET")
    let_in(ask, door)
    clients, who = _clients(door), await asker(ask, "")
    return Streaming(_lines(door, clients, _client(ask, who)))


def _client(ask: Ask, who: Asker) -> ClientView:
    name = one_line(ask.query.get("name", ""), LONGEST_NAME)
    if not name:
        raise ProblemError(400, "name: say what the program is called: ?name=bot-a")
    host = one_line(ask.query.get("host", ""), LONGEST_NAME)
    return ClientView(
        id=ClientId(new_id()),
        name=name,
        pid=_pid(ask),
        by=who.by,
        origin=who.origin if ask.is_local or not host else f"{host}, {who.origin}",
        at=datetime.now(UTC),
        is_new=ask.query.get("new") == "1",
    )


def _pid(ask: Ask) -> int | None:
    """Return its process: on the unix socket as the kernel says, else as it says."""
    process = ask.process() if ask.process is not None else None
    if process is not None:
        return process.pid
    given = ask.query.get("pid", "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and 0 < int(given) < MOST_PID):
        raise ProblemError(400, f"pid: must be a process id, not {given[:20]!r}")
    return int(given)


async def _lines(
    door: Door, clients: Clients, client: ClientView
) -> AsyncGenerator[bytes, None]:
    session, reader = door.session, Reader()
    assert session is not None
    hello = {**greeting(door, session), "client": client.id, "report_s": REPORT_S}
    yield json.dumps({"hello": hello}).encode()
    door.readers[client.id] = reader
    leave = clients.come(client)
    try:
        async with aclosing(door.verdicts.read(reader)) as lines:
            async for line in lines:
                yield line
    finally:
        leave()
        door.readers.pop(client.id, None)


# What it says


def _take(ask: Ask, door: Door, clients: Clients) -> Answer:
    client = ClientId(ask.path.removeprefix(PLACE))
    reader = door.readers.get(client)
    if reader is None or not clients.is_here(client):
        raise ProblemError(404, "no such client is attached: open the stream again")
    body = read_client_body(read_body(ask))
    for one in body.get("tried", []):
        outcome = one.get("outcome", CallOutcome.UNUSED)
        error = one_line(one.get("error", ""), 300)
        clients.tried(client, one.get("permit", ""), outcome, error)
    clients.report(client, holdings_of(body))
    _try(client, clients, body, reader)
    return as_json(200, {"words": "taken"})


def _try(client: ClientId, clients: Clients, body: ClientBody, reader: Reader) -> None:
    """Answer what it would try on its stream: behind the words that it hears there."""
    for name in body.get("ask", []):
        trial = clients.try_once(client, PlatformName(name))
        reader.offer(_trial_line(name, trial))


def _trial_line(name: str, trial: Trial) -> bytes:
    line = {"platform": name, **trial._asdict()}
    return json.dumps({"trial": line}).encode()
