"""What the journal knows of the past, for dashboards that look back.

    GET /v1/past?at=             {"snapshot"}: the state at that moment
    GET /v1/past/step?at=&by=    {"at"}: the moment of an event before or after it
    GET /v1/past/events?since=   {"events"}: envelopes; also until=, limit=

They are what the stream has: /v1/events is for people and their programs.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime

from conductor_tui.adapters.api.asking import ProblemError, let_in, only
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import JSON, Answer, Ask
from conductor_tui.adapters.wire.frames import encode_envelopes, encode_snapshot
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.ports import Archive

MOST_EVENTS, MOST_STEPS = 10_000, 1_000


async def answer(ask: Ask, door: Door) -> Answer:
    try:
        only(ask, "GET")
        let_in(ask, door)
        look = _LOOKS.get(ask.path)
        if look is None:
            raise ProblemError(404, "nothing is at this address")
        if door.inside.archive is None:
            raise ProblemError(404, "this conductor keeps no journal to look back into")
        body = await asyncio.to_thread(look, door.inside.archive, ask)
        return Answer(200, body, JSON)
    except JournalFailed as error:
        return ProblemError(503, str(error)).as_answer()
    except ProblemError as problem:
        return problem.as_answer()


def _past(archive: Archive, ask: Ask) -> bytes:
    return b'{"snapshot":' + encode_snapshot(archive.past(moment(ask, "at"))) + b"}"


def _step(archive: Archive, ask: Ask) -> bytes:
    found = archive.step(moment(ask, "at"), number(ask, "by", MOST_STEPS, -MOST_STEPS))
    return json.dumps({"at": found.isoformat() if found else None}).encode()


def _events(archive: Archive, ask: Ask) -> bytes:
    until = moment(ask, "until") if "until" in ask.query else None
    limit = number(ask, "limit", MOST_EVENTS, 1) if "limit" in ask.query else 1000
    return encode_envelopes(archive.events(moment(ask, "since"), until, limit=limit))


_LOOKS: dict[str, Callable[[Archive, Ask], bytes]] = {
    "/v1/past": _past,
    "/v1/past/step": _step,
    "/v1/past/events": _events,
}


def moment(ask: Ask, key: str) -> datetime:
    """Return what a field of the query says. Raises ProblemError."""
    given = ask.query.get(key, "")
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        words = f"{key} must be a moment with a time zone, as 2030-01-01T12:00:00Z"
        raise ProblemError(400, f"{words}, not {given!r}")
    return moment


def number(ask: Ask, key: str, most: int, least: int) -> int:
    """Return what a field of the query says. Raises ProblemError."""
    given = ask.query.get(key, "")
    try:
        number = int(given)
    except ValueError:
        number = most + 1
    if not least <= number <= most:
        raise ProblemError(400, f"{key} must be {least} to {most}, not {given!r}")
    return number
