"""Our own API.

    POST /v1/agents/{agent}/beat   {"kind", "metadata", "words", "run", "exit_code",
                                    "duration_s"}, each optional; no body is a beat too
    GET  /v1/agents                everything that is known
    GET  /v1/agents/{agent}        of one, with its newest beats

Errors are problem details (RFC 9457), with the words as "error" too.
"""

import json
from json.encoder import encode_basestring_ascii
from typing import Any
from urllib.parse import unquote

from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import (
    JSON,
    Answer,
    Answering,
    Ask,
    as_json,
    error,
    read_object,
)
from conductor_tui.adapters.api.ingest.shown import show_all, show_one
from conductor_tui.adapters.api.rights import Right
from conductor_tui.domain.agent import agent_name_problem
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.text import visible
from conductor_tui.ports import Heard, Hearing

FIELDS = ("kind", "metadata", "words", "run", "exit_code", "duration_s")
MOST_METADATA = 4096  # characters of JSON
_KINDS = {str(kind): kind for kind in BeatKind}
_WHO = {**JSON, "WWW-Authenticate": 'Bearer realm="conductor-tui"'}
_POST, _GET = {**JSON, "Allow": "POST"}, {**JSON, "Allow": "GET, HEAD"}
_PREFIX, _METADATA = "/v1/agents/", b'"metadata"'


class _TooLargeError(ValueError):
    """More metadata than is kept."""


def answer(ask: Ask, door: Door) -> Answering:
    name, slash, rest = ask.path[len(_PREFIX) :].partition("/")
    if slash and rest == "beat":
        return _take(ask, door, AgentId(unquote(name)))
    if slash and rest:
        return error(404, "nothing is here: POST /v1/agents/NAME/beat, GET /v1/agents")
    if ask.method not in ("GET", "HEAD"):
        return error(405, "only GET, or POST to /v1/agents/NAME/beat", _GET)
    return _tell(ask, door, AgentId(unquote(name)))


def _tell(ask: Ask, door: Door, agent: AgentId) -> Answering:
    if not door.lets_in(ask, agent or None):
        return _stranger(ask, door)
    if not agent:
        return show_all(door.ear)
    view = door.ear.view(agent)
    if view is None:
        return error(404, f"no agent is called {visible(agent)!r}")
    return as_json(200, show_one(view, with_history=True))


def _take(ask: Ask, door: Door, agent: AgentId) -> Answer:
    if ask.method != "POST":
        return error(405, "a heartbeat is sent with POST", _POST)
    if not door.lets_in(ask, agent):
        return _stranger(ask, door)
    if agent not in door.ear.agents and (problem := agent_name_problem(agent)):
        return _refused(door, 400, f"no agent can be called so: {problem}")
    try:
        beat = read_beat(agent, ask.body)
    except _TooLargeError as fault:
        return _refused(door, 413, str(fault))
    except ValueError as fault:
        return _refused(door, 400, str(fault))
    return _became(agent, door.ear.hear(beat))


def _became(agent: AgentId, hearing: Hearing) -> Answer:
    match hearing.heard:
        case Heard.TAKEN:
            return _heard(agent, "taken")
        case Heard.CREATED:
            return _heard(agent, "created")
        case Heard.UNKNOWN:
            return error(404, hearing.words or f"no agent is called {agent!r}")
        case Heard.REFUSED:
            return error(429, hearing.words or "refused: there is no room")


def _heard(agent: AgentId, how: str) -> Answer:
    said = f'{{"agent": {encode_basestring_ascii(agent)}, "heard": "{how}"}}'
    return Answer(200, said.encode(), JSON)


def _stranger(ask: Ask, door: Door) -> Answer:
    if rights := door.rights(ask):  # a right token, of other scopes
        wanted = Right.READ if ask.method in ("GET", "HEAD") else Right.BEAT
        words = f"this token may {' and '.join(sorted(rights))}, not {wanted}"
        door.turned_away(ask, words)
        return error(403, words)
    door.wrong_secret(ask, "HTTP")
    words = "who comes by TCP needs `Authorization: Bearer` with the token of [listen]"
    return error(401, f"{words} or of the agent", _WHO)


def _refused(door: Door, status: int, words: str) -> Answer:
    door.ear.turn_away(f"HTTP: {words}")
    return error(status, words)


def read_beat(agent: AgentId, body: bytes) -> Beat:
    """Return the heartbeat in `body`. Raises ValueError in words."""
    if not body:
        return Beat(agent, via="http")
    said = read_object(body)
    if not said.keys() <= set(FIELDS):
        unknown = visible(next(key for key in said if key not in FIELDS))
        raise ValueError(f"{unknown!r} is none of {', '.join(FIELDS)}")
    return Beat(
        agent=agent,
        kind=_kind(said.get("kind")),
        note=_as_it_stands(said, body) or _note(said.get("metadata")),
        words=_text(said, "words"),
        run=_text(said, "run"),
        exit_code=_exit_code(said.get("exit_code")),
        duration_s=_seconds(said.get("duration_s")),
        via="http",
    )


def _kind(value: object) -> BeatKind:
    if value is None:
        return BeatKind.BEAT
    kind = _KINDS.get(value) if isinstance(value, str) else None
    if kind is None:
        raise ValueError(f"kind is none of {', '.join(_KINDS)}")
    return kind


def _as_it_stands(said: dict[str, Any], body: bytes) -> str:
    """Return the metadata as it came, where nothing else is said: to write it anew
    costs more than all the rest. "" where that is not certain.
    """
    if len(said) != 1 or body.count(_METADATA) != 1:
        return ""
    before, _, behind = body.decode().partition('"metadata"')
    note = behind.strip()[1:-1].strip()
    is_it = before.strip() == "{" and note.startswith("{") and note.isprintable()
    return note if is_it and len(note) <= MOST_METADATA else ""


def _note(value: Any) -> str:
    if value is None or value == {}:
        return ""
    if not isinstance(value, dict):
        raise ValueError("metadata must be an object")
    note = json.dumps(value, ensure_ascii=False)
    if len(note) > MOST_METADATA:
        raise _TooLargeError(f"metadata is longer than {MOST_METADATA} characters")
    return note


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} must be a text")
    return value or ""


def _exit_code(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 255:
        raise ValueError("exit_code must be a whole number from 0 to 255")
    return value


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, int | float) or not is_number or not 0 <= value <= 1e9:
        raise ValueError("duration_s must be a number of seconds")
    return float(value)
