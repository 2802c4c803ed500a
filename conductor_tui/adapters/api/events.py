"""GET /v1/events?since=&until=&limit=&platform=: what happened, oldest first.

Of more than `limit` it is the newest. With a journal the events are the journal's, as
far back as it goes; without one those of the last minutes that the engine still has.
"""

import asyncio
import re
from datetime import UTC, datetime

from conductor_tui.adapters.api.asking import ProblemError, let_in, only
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import JSON, Answer, Ask
from conductor_tui.adapters.api.past import number
from conductor_tui.adapters.wire.events import event_document
from conductor_tui.adapters.wire.records import dump
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import visible
from conductor_tui.ports import Archive

MOST, USUAL = 10_000, 1_000
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_ZONE = re.compile(r" (\d\d:?\d\d)$")
_FIELDS = ("since", "until", "limit", "platform")


async def answer(ask: Ask, door: Door) -> Answer:
    try:
        only(ask, "GET")
        return await _answer(ask, door, let_in(ask, door).latest())
    except JournalFailed as error:
        return ProblemError(503, str(error)).as_answer()
    except ProblemError as problem:
        return problem.as_answer()


async def _answer(ask: Ask, door: Door, snapshot: Snapshot) -> Answer:
    for key in ask.query.keys() - set(_FIELDS):
        words = f"{visible(key, 40)!r} is none of {', '.join(_FIELDS)}"
        raise ProblemError(400, words)
    since = moment(ask, "since") or _BEGINNING
    until = moment(ask, "until")
    limit = number(ask, "limit", MOST, 1) if "limit" in ask.query else USUAL
    about = ask.query.get("platform")
    if about is not None and about not in snapshot.platforms:
        raise ProblemError(404, f"no platform is called {visible(about)!r}")
    archive = door.inside.archive
    if archive is None:
        body = _body(_of_late(snapshot, since, until), about, limit)
        return Answer(200, body, JSON)
    await door.inside.kept()  # what was told until now is in the journal then
    body = await asyncio.to_thread(_of_journal, archive, since, until, about, limit)
    return Answer(200, body, JSON)


def _of_late(
    snapshot: Snapshot, since: datetime, until: datetime | None
) -> tuple[Envelope, ...]:
    return tuple(
        one
        for one in snapshot.events
        if one.at >= since and (until is None or one.at < until)
    )


def _of_journal(
    archive: Archive,
    since: datetime,
    until: datetime | None,
    about: str | None,
    limit: int,
) -> bytes:
    """Off the loop: it reads, and writes up to some megabytes of JSON."""
    reads = limit if about is None else MOST
    return _body(archive.events(since, until, limit=reads), about, limit)


def _body(found: tuple[Envelope, ...], about: str | None, limit: int) -> bytes:
    shown = [event_document(one) for one in found]
    if about is not None:
        shown = [one for one in shown if one["about"] == about]
    return dump(dict[str, object], {"events": shown[-limit:]})


def moment(ask: Ask, key: str) -> datetime | None:
    """Return what a field of the query says, in UTC; None where it is not there. A `+`
    that came as a blank, as a query has it, is taken for one. Raises ProblemError.
    """
    given = ask.query.get(key)
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(_ZONE.sub(r"+\1", given.strip()))
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    words = f"{key} must be a moment with a time zone, as 2030-01-01T12:00:00Z"
    raise ProblemError(400, f"{words}, not {visible(given, 60)!r}")
