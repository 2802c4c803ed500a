"""The external endpoints of Gatus:

    POST /api/v1/endpoints/{group_name}/external?success=true|false&error=&duration=10s

with `Authorization: Bearer` and the agent's token. What is wrong is said in the order
in which Gatus looks. Source: Gatus, api/external_endpoint.go and config/key/key.go.
"""

from collections.abc import Sequence
from urllib.parse import unquote

from conductor_tui.adapters.api.door import Door, is_same
from conductor_tui.adapters.api.exchange import TEXT, Answer, Ask, text
from conductor_tui.adapters.api.go_duration import go_seconds
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Heard

_PREFIX, _SUFFIX = "/api/v1/endpoints/", "/external"
_NOT_ALLOWED = text(405, "Method Not Allowed", {**TEXT, "Allow": "POST"})
_NOT_FOUND = text(404, "not found")


def answer(ask: Ask, door: Door) -> Answer:
    if not ask.path.endswith(_SUFFIX):
        return _NOT_FOUND
    if ask.method != "POST":
        return _NOT_ALLOWED
    token = _token(ask)
    if ask.query.get("success") not in ("true", "false"):
        return _refused(door, 400, "missing or invalid success query parameter")
    if token is None:
        return _refused(door, 401, "invalid Authorization header")
    if not token:
        return _refused(door, 401, "bearer token must not be empty")
    key = unquote(ask.path[len(_PREFIX) : -len(_SUFFIX)])
    meant = door.known.by_gatus_key(key)
    agent = _whose(meant, door, token)
    if not meant:
        return _refused(door, 404, "not found")
    if agent is None:
        door.wrong_secret(ask, "an external endpoint")
        return text(401, "invalid token")
    return _take(ask, door, agent)


def _token(ask: Ask) -> str | None:
    """Return the token; None where the header is none of the kind, as Gatus looks."""
    header = ask.headers.get("Authorization", "")
    if not header.startswith("Bearer "):
        return None
    return header.removeprefix("Bearer ").strip()


def _whose(meant: Sequence[AgentId], door: Door, token: str) -> AgentId | None:
    """Return the agent with that token; several may share one key."""
    of_token = [one for one in meant if is_same(token, door.ear.agents[one].token)]
    return of_token[0] if of_token else None


def _take(ask: Ask, door: Door, agent: AgentId) -> Answer:
    try:
        duration_s = _seconds(ask.query.get("duration", ""))
    except ValueError as fault:
        return _refused(door, 400, f"invalid duration: {fault}")
    is_well = ask.query["success"] == "true"
    beat = Beat(
        agent,
        BeatKind.BEAT if is_well else BeatKind.FAIL,
        words="" if is_well else ask.query.get("error", ""),
        duration_s=duration_s,
        via="gatus",
    )
    hearing = door.ear.hear(beat)
    match hearing.heard:
        case Heard.TAKEN | Heard.CREATED:
            return Answer(200)
        case Heard.UNKNOWN:
            return _NOT_FOUND
        case Heard.REFUSED:
            return text(429, one_line(hearing.words))


def _seconds(duration: str) -> float | None:
    """Return it; one before 0 is one that Gatus takes and that means nothing."""
    if not duration:
        return None
    seconds = go_seconds(duration)
    return seconds if seconds >= 0 else None


def _refused(door: Door, status: int, words: str) -> Answer:
    door.ear.turn_away(f"Gatus: {words}")
    return text(status, one_line(words))
