"""The TTL checks of a Consul agent: a check is an agent, by its id.

    PUT /v1/agent/check/{pass,warn,fail}/{id}?note=     PUT /v1/agent/check/update/{id}
    PUT /v1/agent/check/{register,deregister/{id}}      GET /v1/agent/checks
    PUT /v1/agent/service/{register,deregister/{id}}
    GET /v1/agent/health/service/{id,name}/{service}

Over TCP the token is asked for: X-Consul-Token, ?token= or Bearer; that of [listen]
opens everything, an agent's own one only pass, warn, fail and update. Source: Consul,
website/content/api-docs/agent/check.mdx, agent/agent_endpoint.go.
"""

from urllib.parse import unquote

from conductor_tui.adapters.api.door import Door, bearer
from conductor_tui.adapters.api.exchange import (
    TEXT,
    Answer,
    Answering,
    Ask,
    read_object,
    text,
)
from conductor_tui.adapters.api.ingest.consul_registering import (
    Registered,
    read_check,
    read_service,
    without_case,
)
from conductor_tui.adapters.api.ingest.consul_shown import (
    show_checks,
    show_service,
    show_services,
)
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.text import one_line, visible
from conductor_tui.ports import Heard, Hearing

OUTPUT = 4096  # bytes of a check's output
_PREFIX, _VIA = "/v1/agent/", "consul"
_OK, _DENIED = Answer(200), text(403, "Permission denied")
_KINDS = {"pass": BeatKind.BEAT, "warn": BeatKind.WARN, "fail": BeatKind.FAIL}
_STATUSES = {
    "passing": BeatKind.BEAT,
    "warning": BeatKind.WARN,
    "critical": BeatKind.FAIL,
}


def answer(ask: Ask, door: Door) -> Answering:
    match unquote(ask.path[len(_PREFIX) :]).split("/", 2):
        case ["checks"]:
            return _ask_for(ask, door, "checks", "")
        case ["health", "service", rest]:
            return _ask_for(ask, door, *_split(rest))
        case [("check" | "service"), *_] if ask.method != "PUT":
            return _not_allowed(ask, "PUT")
        case ["check", ("pass" | "warn" | "fail") as verb, check] if check:
            return _say(ask, door, AgentId(check), _KINDS[verb])
        case ["check", "update", check] if check:
            return _update(ask, door, AgentId(check))
        case ["check" | "service" as what, "register"]:
            return _register(ask, door, what)
        case ["check" | "service" as what, "deregister", name] if name:
            return _deregister(ask, door, what, name)
        case _:
            words = "nothing is here: only TTL checks are taken"
            return text(404, words)


def _split(rest: str) -> tuple[str, str]:
    by, _, service = rest.partition("/")
    return by, service


def _ask_for(ask: Ask, door: Door, what: str, service: str) -> Answering:
    if ask.method not in ("GET", "HEAD"):
        return _not_allowed(ask, "GET")
    if not _lets_in(ask, door, None):
        return _DENIED
    if "filter" in ask.query:
        return _refused(door, 400, "filter: this is not known here, leave it out")
    is_text = ask.query.get("format") == "text"
    match what:
        case "checks":
            return show_checks(door.ear)
        case "id":
            return show_service(door, service, is_text=is_text)
        case "name":
            return show_services(door, service, is_text=is_text)
        case _:
            return text(404, "nothing is here: id or name of a service")


def _say(ask: Ask, door: Door, check: AgentId, kind: BeatKind) -> Answer:
    if not _lets_in(ask, door, check):
        return _DENIED
    return _hear(door, check, kind, ask.query.get("note", ""))


def _update(ask: Ask, door: Door, check: AgentId) -> Answer:
    if not _lets_in(ask, door, check):
        return _DENIED
    try:
        said = without_case(read_object(ask.body))
    except ValueError as fault:
        return _refused(door, 400, f"Request decode failed: {fault}")
    status, output = said.get("status", ""), said.get("output", "")
    kind = _STATUSES.get(status) if isinstance(status, str) else None
    if kind is None:
        words = f"Invalid check status: '{visible(str(status))}'"
        return _refused(door, 400, words)
    return _hear(door, check, kind, output if isinstance(output, str) else "")


def _hear(door: Door, check: AgentId, kind: BeatKind, output: str) -> Answer:
    hearing = door.ear.hear(Beat(check, kind, words=output[:OUTPUT], via=_VIA))
    match hearing.heard:
        case Heard.TAKEN | Heard.CREATED:
            return _OK
        case Heard.UNKNOWN:
            return _unknown_check(check)
        case Heard.REFUSED:
            return text(429, one_line(hearing.words))


def _register(ask: Ask, door: Door, what: str) -> Answer:
    if not _lets_in(ask, door, None):
        return _DENIED
    read = read_check if what == "check" else read_service
    try:
        registered = read(without_case(read_object(ask.body)))
    except ValueError as fault:
        return _refused(door, 400, str(fault))
    for one in registered:
        refused = _expect(door, one)
        if refused is not None:
            return refused
    if what == "service" and "replace-existing-checks" in ask.query:
        _forget_others(door, registered)
    return _OK


def _expect(door: Door, one: Registered) -> Answer | None:
    """Listen for one check; its first status, if it says that it is well, is a beat."""
    expected = door.ear.expect(one.spec)
    if expected.heard not in (Heard.TAKEN, Heard.CREATED):
        return text(403, one_line(expected.words))
    if one.status in ("passing", "warning"):
        door.ear.hear(Beat(one.spec.agent, _STATUSES[one.status], via=_VIA))
    return None


def _forget_others(door: Door, registered: list[Registered]) -> None:
    kept = {one.spec.agent for one in registered}
    for check in list(door.known.of_service(registered[0].service)):
        if check not in kept:
            door.ear.forget(check, "its service was registered without it")


def _deregister(ask: Ask, door: Door, what: str, name: str) -> Answer:
    if not _lets_in(ask, door, None):
        return _DENIED
    if what == "check":
        return _forgotten(AgentId(name), _forget(door, AgentId(name)))
    checks = list(door.known.of_service(name))
    if not checks:
        shown = visible(name)
        words = "Ensure that the service ID is passed, not the service name."
        return text(404, f'Unknown service ID "{shown}". {words}')
    answers = [_forgotten(one, _forget(door, one)) for one in checks]
    return next((one for one in answers if one is not _OK), _OK)


def _forget(door: Door, check: AgentId) -> Hearing:
    return door.ear.forget(check, "it was deregistered by the API of Consul")


def _forgotten(check: AgentId, hearing: Hearing) -> Answer:
    match hearing.heard:
        case Heard.TAKEN | Heard.CREATED:
            return _OK
        case Heard.UNKNOWN:
            return _unknown_check(check)
        case Heard.REFUSED:
            return text(403, one_line(hearing.words))


def _unknown_check(check: AgentId) -> Answer:
    words = "Ensure that the check ID is passed, not the check name."
    return text(404, f'Unknown check ID "{visible(check)}". {words}')


def _lets_in(ask: Ask, door: Door, check: AgentId | None) -> bool:
    given = ask.headers.get("X-Consul-Token") or ask.query.get("token") or bearer(ask)
    if door.lets_in(ask, check, given):
        return True
    door.wrong_secret(ask, "the API of Consul")
    return False


def _not_allowed(ask: Ask, allowed: str) -> Answer:
    words = f"method {visible(ask.method, 20)} not allowed"
    return text(405, words, {**TEXT, "Allow": allowed})


def _refused(door: Door, status: int, words: str) -> Answer:
    door.ear.turn_away(f"Consul: {one_line(words)}")
    return text(status, one_line(words, 400))
