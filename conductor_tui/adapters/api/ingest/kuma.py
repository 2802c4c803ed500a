"""The push URLs of Uptime Kuma: /api/push/{token}?status=up&msg=OK&ping=

Any method. Who asks needs nothing else: the URL holds the agent's token. `ping` is in
milliseconds. Source: Uptime Kuma 2, server/routers/api-router.js.
"""

from urllib.parse import unquote

from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import SERVER, Answer, Ask, as_json
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Heard

_JSON = {"Content-Type": "application/json; charset=utf-8", **SERVER}
_OK = Answer(200, b'{"ok":true}', _JSON)
_NOT_FOUND = Answer(
    404, b'{"ok":false,"msg":"Monitor not found or not active."}', _JSON
)
_MOST_MS = 1e11
_NO_PING = f"Invalid ping value. Must be between 0 and {_MOST_MS:.0f} ms."


def answer(ask: Ask, door: Door) -> Answer:
    agent = door.known.by_token(unquote(ask.path).removeprefix("/api/push/"))
    if agent is None:
        door.wrong_secret(ask, "a push URL")
        return _NOT_FOUND
    try:
        duration_s = _seconds(ask.query.get("ping", ""))
    except ValueError as fault:
        door.ear.turn_away(f"Uptime Kuma: {fault}")
        return as_json(404, {"ok": False, "msg": str(fault)}, _JSON)
    is_up = (ask.query.get("status") or "up") == "up"
    words = ask.query.get("msg", "")
    beat = Beat(
        agent,
        BeatKind.BEAT if is_up else BeatKind.FAIL,
        words="" if words == "OK" else words,  # what everybody says says nothing
        duration_s=duration_s,
        via="uptime kuma",
    )
    hearing = door.ear.hear(beat)
    match hearing.heard:
        case Heard.TAKEN | Heard.CREATED:
            return _OK
        case Heard.UNKNOWN:
            return _NOT_FOUND
        case Heard.REFUSED:
            return as_json(429, {"ok": False, "msg": one_line(hearing.words)}, _JSON)


def _seconds(ping: str) -> float | None:
    """Return the milliseconds as seconds; None where there are none, as in Kuma: 0 and
    what is no number are none.
    """
    try:
        milliseconds = float(ping)
    except ValueError:
        return None
    if milliseconds != milliseconds or milliseconds == 0:
        return None
    if not 0 < milliseconds <= _MOST_MS:
        raise ValueError(_NO_PING)
    return milliseconds / 1000
