"""The ping URLs of healthchecks, for the many clients that speak them.

    /ping/{uuid}[/start|/fail|/log|/{exit code}]
    /ping/{ping key}/{slug}[...]      ?create=1: listen for it from now on

Any method; `?rid=` names the run; the first 10,000 bytes of a body are its words, or
its metadata where they are a JSON object. Who asks needs no token: the URL holds the
secret. Source: healthchecks, hc/api/urls.py and views.py.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote

from conductor_tui.adapters.api.door import Door, is_same
from conductor_tui.adapters.api.exchange import TEXT, Answer, Ask, read_object, text
from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.text import CUT, one_line
from conductor_tui.ports import Heard

BODY, MOST_NOTE, _WORDS = 10_000, 4096, 200
DAY_S, HOUR_S = 86_400.0, 3600.0  # how often an agent is expected that came by itself
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_SLUG = re.compile(r"[-a-zA-Z0-9_]+")
_KINDS = {
    "start": BeatKind.START,
    "fail": BeatKind.FAIL,
    "log": BeatKind.LOG,
}
_HEADERS = {
    **TEXT,
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
    "Ping-Body-Limit": str(BODY),
}
_OK, _CREATED = text(200, "OK", _HEADERS), text(201, "Created", _HEADERS)
_NOT_FOUND = text(404, "not found", _HEADERS)
_BAD_URL = text(400, "invalid url format", _HEADERS)


class _Said(NamedTuple):
    """What the end of a ping URL says."""

    kind: BeatKind
    exit_code: int | None = None


def answer(ask: Ask, door: Door) -> Answer:
    parts = unquote(ask.path).removeprefix("/ping/").split("/")
    if _UUID.fullmatch(parts[0]):
        if len(parts) > 1 and not parts[-1]:
            parts.pop()
        return _by_uuid(ask, door, parts[0], parts[1:])
    if len(parts) < 2 or not all(_SLUG.fullmatch(one) for one in parts):
        return _NOT_FOUND
    return _by_slug(ask, door, parts)


def _by_uuid(ask: Ask, door: Door, uuid: str, ends: list[str]) -> Answer:
    said = _read_ends(ends)
    if isinstance(said, Answer):
        return said
    agent = door.known.by_uuid(uuid)
    if agent is None:
        door.wrong_secret(ask, "a ping URL")
        return _NOT_FOUND
    return _take(ask, door, agent, said)


def _by_slug(ask: Ask, door: Door, parts: list[str]) -> Answer:
    key, slug, *ends = parts
    said = _read_ends(ends)
    if isinstance(said, Answer):
        return said
    if slug != slug.lower():
        return _BAD_URL
    if not is_same(key, door.ear.ping_key):
        door.wrong_secret(ask, "a ping URL")
        return _NOT_FOUND
    match door.known.by_slug(slug):
        case []:
            return _of_new(ask, door, AgentId(slug), said)
        case [agent]:
            return _take(ask, door, agent, said)
        case _:
            return text(409, "ambiguous slug", _HEADERS)


def _of_new(ask: Ask, door: Door, agent: AgentId, said: _Said) -> Answer:
    """Take a ping for a name that nobody has yet, where the settings let it come."""
    if _run(ask) is None:
        return _bad_run(door)
    if ask.query.get("create") != "1":
        return _take(ask, door, agent, said)
    origin = "its first ping, healthchecks"
    spec = AgentSpec(agent=agent, interval_s=DAY_S, grace_s=HOUR_S, origin=origin)
    expected = door.ear.expect(spec)
    if expected.heard not in (Heard.TAKEN, Heard.CREATED):
        return text(403, one_line(expected.words), _HEADERS)
    given = _take(ask, door, agent, said)
    return _CREATED if given.status == _OK.status else given


def _take(ask: Ask, door: Door, agent: AgentId, said: _Said) -> Answer:
    run = _run(ask)
    if run is None:
        return _bad_run(door)
    words, note = _read_body(ask.body)
    beat = Beat(
        agent,
        said.kind,
        note=note,
        words=words,
        run=run,
        exit_code=said.exit_code,
        via="healthchecks",
    )
    hearing = door.ear.hear(beat)
    match hearing.heard:
        case Heard.TAKEN:
            return _OK
        case Heard.CREATED:
            return _CREATED
        case Heard.UNKNOWN:
            return _NOT_FOUND
        case Heard.REFUSED:
            return text(429, one_line(hearing.words), _HEADERS)


def _read_ends(ends: list[str]) -> _Said | Answer:
    match ends:
        case []:
            return _Said(BeatKind.BEAT)
        case [end] if end in _KINDS:
            return _Said(_KINDS[end])
        case [end] if end.isascii() and end.isdigit():
            return _read_exit_code(end)
        case _:
            return _NOT_FOUND


def _read_exit_code(digits: str) -> _Said | Answer:
    if len(digits) > 9 or (code := int(digits)) > 255:
        return _BAD_URL
    return _Said(BeatKind.FAIL if code else BeatKind.BEAT, code)


def _run(ask: Ask) -> str | None:
    """Return the run that is meant, "" for none; None: it is no uuid."""
    run = ask.query.get("rid", "").lower()
    return run if not run or _UUID.fullmatch(run) else None


def _bad_run(door: Door) -> Answer:
    door.ear.turn_away("healthchecks: the rid is no uuid")
    return text(400, "invalid uuid format", _HEADERS)


def _read_body(body: bytes) -> tuple[str, str]:
    """Return its words and its metadata. Of a long output the end says what came out
    of it.
    """
    said = body[:BODY].decode(errors="replace").strip()
    if said.startswith("{") and len(said) <= MOST_NOTE and _is_object(said):
        return "", said
    line = " ".join(said.split())
    return (line if len(line) <= _WORDS else CUT + line[1 - _WORDS :]), ""


def _is_object(said: str) -> bool:
    try:
        read_object(said.encode())
    except ValueError:
        return False
    return True
