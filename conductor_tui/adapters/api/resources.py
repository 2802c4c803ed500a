"""Platforms, breakers and events, for people and their programs.

GET  /v1/status                      all there is, as `status --json` prints it
GET  /v1/platforms[/NAME]            what is watched
POST /v1/platforms/NAME/check        ... pause {"why", "ttl_s"} | resume
GET  /v1/breakers[/NAME]
POST /v1/breakers/NAME/trip          {"why", "ttl_s", "confirm_within_s", "if_epoch"}
                                     ... reset | release | confirm {"if_epoch"}
GET  /v1/events?since=&until=&limit=&platform=
GET  /readyz                         200 once everything was checked, else 503
"""

import asyncio
from datetime import UTC, datetime
from urllib.parse import unquote

from conductor_tui.adapters.api.asking import (
    ProblemError,
    asker,
    carry_out,
    let_in,
    only,
)
from conductor_tui.adapters.api.commands import read_command
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import Answer, Ask, as_json, read_object
from conductor_tui.adapters.api.past import moment, number
from conductor_tui.adapters.wire.events import event_document
from conductor_tui.adapters.wire.status import (
    breaker_document,
    platform_document,
    status_document,
)
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Mode, PlatformView, Snapshot
from conductor_tui.domain.text import one_line, visible

PLATFORM_VERBS = ("check", "pause", "resume")
BREAKER_VERBS = ("trip", "reset", "release", "confirm")
_VERBS = {"platforms": PLATFORM_VERBS, "breakers": BREAKER_VERBS}
_MOST_EVENTS = 10_000


async def answer(ask: Ask, door: Door) -> Answer:
    """Answer for /v1/status, /v1/platforms and /v1/breakers."""
    try:
        snapshot = let_in(ask, door).latest()
        kind, _, rest = ask.path.removeprefix("/v1/").partition("/")
        name, _, wanted = rest.partition("/")
        if wanted:
            return await _command(ask, door, unquote(name), wanted, _VERBS[kind])
        only(ask, "GET")
        if kind == "status":
            return as_json(200, status_document(snapshot, _now()))
        if rest:
            return as_json(200, _shown(kind, snapshot, _known(snapshot, unquote(name))))
        views = snapshot.platforms.in_order()
        return as_json(200, {kind: [_shown(kind, snapshot, one) for one in views]})
    except ProblemError as problem:
        return problem.as_answer()


async def events(ask: Ask, door: Door) -> Answer:
    try:
        only(ask, "GET")
        snapshot = let_in(ask, door).latest()
        found = await _events(ask, door, snapshot)
        platform = ask.query.get("platform")
        shown = [event_document(one) for one in found]
        if platform is not None:
            _known(snapshot, platform)
            shown = [one for one in shown if one["about"] == platform]
        return as_json(200, {"events": shown})
    except JournalFailed as error:
        return ProblemError(503, str(error)).as_answer()
    except ProblemError as problem:
        return problem.as_answer()


def readyz(ask: Ask, door: Door) -> Answer:
    if door.session is None:
        return as_json(200, {"ready": True, "words": "heartbeats are heard"})
    snapshot = door.session.latest()
    waiting = sum(not (one.last or one.pause) for one in snapshot.platforms.in_order())
    if snapshot.mode is not Mode.LIVE or waiting:
        words = f"{waiting} platforms wait for their first check"
        return as_json(503, {"ready": False, "words": words})
    return as_json(200, {"ready": True, "words": "everything was checked"})


async def _command(
    ask: Ask, door: Door, name: str, wanted: str, verbs: tuple[str, ...]
) -> Answer:
    if wanted not in verbs:
        words = f"{visible(wanted, 40)!r} cannot be asked for here"
        raise ProblemError(404, f"{words}: {', '.join(verbs)}")
    only(ask, "POST")
    session = let_in(ask, door)
    try:
        said = read_object(ask.body)
    except ValueError as error:
        raise ProblemError(400, str(error)) from None
    for key in ("command", "platform"):
        if key in said:
            raise ProblemError(400, f"{key!r} stands in the address already")
    who = await asker(ask, one_line(str(said.get("by", ""))))
    asked = {**said, "command": wanted, "platform": name}
    return await carry_out(session, read_command(asked, who, session.latest()))


async def _events(ask: Ask, door: Door, snapshot: Snapshot) -> tuple[Envelope, ...]:
    since = moment(ask, "since") if "since" in ask.query else None
    until = moment(ask, "until") if "until" in ask.query else None
    limit = number(ask, "limit", _MOST_EVENTS, 1) if "limit" in ask.query else 1000
    if since is None or door.inside.archive is None:
        found = tuple(
            one
            for one in snapshot.events
            if (since is None or one.at >= since) and (until is None or one.at < until)
        )
        return found[-limit:]
    archive = door.inside.archive
    return await asyncio.to_thread(archive.events, since, until, limit=limit)


def _known(snapshot: Snapshot, name: str) -> PlatformView:
    view = snapshot.platforms.get(PlatformName(name))
    if view is None:
        raise ProblemError(404, f"no platform is called {visible(name)!r}")
    return view


def _shown(kind: str, snapshot: Snapshot, view: PlatformView) -> dict[str, object]:
    if kind == "breakers":
        return breaker_document(view)
    return platform_document(view, _now(), blocked_by=snapshot.blocked_by(view))


def _now() -> datetime:
    return datetime.now(UTC)
