"""Every operation of our own API, once: what it takes, gives, and needs."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from conductor_tui.adapters.api import openapi_types as types
from conductor_tui.adapters.api.client_bodies import ClientBody
from conductor_tui.adapters.api.letters import DiscardBody, LettersDocument, RedriveBody
from conductor_tui.adapters.api.plugins import VERBS as PLUGIN_VERBS
from conductor_tui.adapters.api.requests import (
    RequestBody,
    RequestDone,
    RequestKept,
    RoutedBody,
)
from conductor_tui.adapters.api.resources import VERBS
from conductor_tui.adapters.wire.schema import (
    BreakerDocument,
    PlatformDocument,
    StatusDocument,
)
from conductor_tui.adapters.wire.schema_alerts import AlertDocument
from conductor_tui.adapters.wire.schema_plugins import PluginWhole
from conductor_tui.domain.dead_letter import DeadLetter

Method: TypeAlias = Literal["get", "post", "delete"]
RightName: TypeAlias = Literal["", "read", "beat", "control"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`answer` is a type, or the media type of what is no JSON; a type that comes in
    lines has its `media` too; None: no content (204). `body` is a type, or
    "command" for that of POST /v1/commands, or a command's verb. `query` names the
    parameters of `openapi.QUERY`. `needs` is a token's scope; "": open to anybody.
    """

    method: Method
    path: str
    name: str
    says: str
    answer: Any
    tag: str
    media: str = ""
    body: Any = None
    needs_body: bool = False
    query: tuple[str, ...] = ()
    needs: RightName = "read"
    errors: tuple[int, ...] = ()
    others: dict[int, Any] = field(default_factory=dict)  # answers of other statuses
    example: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)  # an example of the answer


def _get(
    path: str, name: str, says: str, answer: Any, tag: str, **more: Any
) -> Operation:
    return Operation(
        method="get", path=path, name=name, says=says, answer=answer, tag=tag, **more
    )


def _post(
    path: str, name: str, says: str, body: Any, tag: str, **more: Any
) -> Operation:
    given: dict[str, Any] = {
        "answer": types.Done,
        "needs": "control",
        "errors": (409, 422, 504),
    }
    given |= {"given": _DONE} | more
    return Operation(
        method="post", path=path, name=name, says=says, body=body, tag=tag, **given
    )


_DONE = {"words": "check started", "by": "ann", "command": "6f1c"}
_SAYS = {
    "check": "Check at once, out of turn",
    "pause": "Check it no more, until it is resumed or for ttl_s",
    "resume": "Check it again",
    "shed": "Let it make room: its on_shed is carried out, and it is checked no more",
    "restore": "Bring back what was shed",
    "trip": "Hold the breaker open",
    "reset": "Close the breaker by force",
    "release": "Let it try once: CLOSED only if that passes",
    "confirm": "Let a trip stand that would undo itself",
    "enable": "Let it run, after a restart too",
    "disable": "Stop it, until somebody enables it",
    "reload": "Stop it and begin anew, with the code that is installed now",
}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "pause": {"why": "swap the disk", "ttl_s": 3600},
    "shed": {"why": "the new model needs the room"},
    "trip": {"why": "swap the disk", "ttl_s": 600, "if_epoch": 4},
    "reset": {"if_epoch": 5},
    "release": {"if_epoch": 5},
    "confirm": {"if_epoch": 5},
}
_HELD = {
    "words": "HELD for 10m, then a trial",
    "by": "ann",
    "command": "6f1c",
    "epoch": 5,
    "state": "HELD",
}


def _of_verb(kind: str, verb: str) -> Operation:
    is_breaker = kind == "breakers"
    return _post(
        f"/v1/{kind}/{{name}}/{verb}",
        f"{verb}{'Breaker' if is_breaker else 'Platform'}",
        _SAYS[verb],
        verb,
        kind,
        answer=types.BreakerDone if is_breaker else types.Done,
        needs_body=verb in ("trip", "pause"),  # these two need a reason
        example=_EXAMPLES.get(verb, {}),
        given=_HELD if verb == "trip" else {},
    )


def _of_plugin(verb: str) -> Operation:
    return _post(
        f"/v1/plugins/{{name}}/{verb}",
        f"{verb}Plugin",
        _SAYS[verb],
        PLUGIN_VERBS[verb],
        "plugins",
        given={"words": "enabled: it begins now", "by": "ann", "command": "6f1c"},
    )


def _alert(verb: str, says: str, body: Any) -> Operation:
    path = f"/v1/alerts/{{key}}/{verb}"
    return _post(path, f"{verb}Alert", says, body, "alerts")


def _delivery(verb: str, says: str, body: Any, *, needs_body: bool) -> Operation:
    path = f"/v1/deliveries/{{id}}/{verb}"
    name = f"{verb}Delivery"
    return _post(path, name, says, body, "alerts", needs_body=needs_body)


_DELIVERED: dict[str, Any] = {
    "id": "6f1c",
    "outcome": "delivered",
    "platform": "matrix",
    "reply": {"payload": {"text": "hello"}, "detail": ""},
    "attempts": 1,
    "took_ms": 1.9,
    "troubles": [],
    "repeated": False,
}
_OF_LETTERS: tuple[tuple[str, str, Any, dict[str, Any], str], ...] = (
    (
        "redrive",
        "Try again",
        RedriveBody,
        {"letters": [17, 18]},
        "2 are redriven now, in the order they came",
    ),
    (
        "discard",
        "Forget",
        DiscardBody,
        {"to": "chat", "why": "sent by hand"},
        "2 discarded",
    ),
)
_LOOKS = (
    _get("/v1/hello", "hello", "Who is here", types.Hello, "conductor"),
    _get("/v1/status", "status", "All there is", StatusDocument, "conductor"),
    _get("/v1/platforms", "platforms", "Every one", types.Platforms, "platforms"),
    _get("/v1/platforms/{name}", "platform", "One", PlatformDocument, "platforms"),
    _get("/v1/breakers", "breakers", "Every one", types.Breakers, "breakers"),
    _get("/v1/breakers/{name}", "breaker", "One", BreakerDocument, "breakers"),
    _get(
        "/v1/breakers/{name}/admit",
        "admit",
        "May a call be made now? 204 yes, 503 no: who, why, and when to ask again",
        None,
        "breakers",
        others={503: types.NotAdmitted},
    ),
    _get("/v1/clients", "clients", "Programs that ask", types.Clients, "clients"),
    _get(
        "/v1/clients/stream",
        "clientStream",
        "A program is here: the word about each breaker, in lines, as it changes",
        types.WordLine,
        "clients",
        media="application/x-ndjson",
        query=("name", "pid", "host", "new"),
    ),
    _get("/v1/plugins", "plugins", "Every one", types.Plugins, "plugins"),
    _get("/v1/plugins/{name}", "plugin", "One, and its log", PluginWhole, "plugins"),
    _get(
        "/v1/dead-letters",
        "letters",
        "Requests that were accepted, and could not be delivered yet",
        LettersDocument,
        "dead letters",
        query=("state", "to", "type", "text", "after", "limit"),
    ),
    _get(
        "/v1/dead-letters/{id}",
        "letter",
        "One, with its payload and what went wrong",
        DeadLetter,
        "dead letters",
    ),
    _get("/v1/agents", "agents", "Every one", types.Agents, "agents"),
    _get("/v1/agents/{agent}", "agent", "One, and its beats", types.OneAgent, "agents"),
    _get("/v1/alerts", "alerts", "All that is known", types.Alerts, "alerts"),
    _get("/v1/alerts/{key}", "alert", "One that is open", AlertDocument, "alerts"),
    _get("/v1/silences", "silences", "Those that are on", types.Silences, "alerts"),
    _get(
        "/v1/events",
        "events",
        "What happened, oldest first; of more than limit the newest",
        types.Events,
        "events",
        query=("since", "until", "limit", "platform"),
    ),
    _get(
        "/v1/stream",
        "stream",
        "The state, and all that happens: lines, or messages with Upgrade: websocket",
        "application/x-ndjson",
        "stream",
        query=("viewer", "origin"),
    ),
    _get(
        "/v1/past",
        "past",
        "The state at a moment",
        types.PastAnswer,
        "stream",
        query=("at",),
    ),
    _get(
        "/v1/past/step",
        "pastStep",
        "The moment of the event that is so many places away",
        types.StepAnswer,
        "stream",
        query=("at", "by"),
    ),
    _get(
        "/v1/past/events",
        "pastEvents",
        "What happened, in the form of the stream",
        types.PastEvents,
        "stream",
        query=("from", "until", "limit"),
    ),
    _get("/v1/openapi.json", "openapi", "This document", dict[str, Any], "conductor"),
    _get(
        "/metrics",
        "metrics",
        "What Prometheus scrapes (text format 0.0.4)",
        "text/plain",
        "conductor",
    ),
    _get(
        "/healthz",
        "healthz",
        "This program runs, and answers",
        types.Healthy,
        "conductor",
        needs="",
    ),
    _get(
        "/readyz",
        "readyz",
        "Everything was checked, and the journal is written",
        types.Ready,
        "conductor",
        needs="",
        others={503: types.Ready},
    ),
)
_DOES = (
    *(_of_verb(kind, verb) for kind, verbs in VERBS.items() for verb in verbs),
    _post(
        "/v1/commands",
        "command",
        "Any command",
        "command",
        "commands",
        answer=types.CommandDone,
        needs_body=True,
        example={"command": "trip", "platform": "discord", "why": "swap the disk"},
        given=_HELD,
    ),
    _post(
        "/v1/agents/{agent}/beat",
        "beat",
        "A heartbeat; no body is one too",
        types.BeatBody,
        "agents",
        answer=types.BeatTaken,
        needs="beat",
        errors=(),
        example={"kind": "beat", "metadata": {"queue": 7}},
        given={"agent": "backup", "heard": "taken"},
    ),
    _post(
        "/v1/clients/{id}",
        "report",
        "What a program did with its breakers, and the trials that it would make",
        ClientBody,
        "clients",
        answer=types.Taken,
        needs="beat",
        errors=(422,),
        example={"breakers": {"redis": {"epoch": 4, "calls": 812, "failed": 3}}},
        given={"words": "taken"},
    ),
    *(_of_plugin(verb) for verb in PLUGIN_VERBS),
    _post(
        "/v1/platforms/{name}/requests",
        "sendRequest",
        "Have its plug-in do one thing, through breaker, bulkhead and retries",
        RequestBody,
        "platforms",
        answer=RequestDone,
        errors=(404, 422, 429, 502, 503, 504),
        others={202: RequestKept},
        example={"payload": {"text": "hello"}, "metadata": {"from": "ann"}},
        given=_DELIVERED,
    ),
    _post(
        "/v1/requests",
        "routeRequest",
        "The same, to a group of platforms or by its type",
        RoutedBody,
        "platforms",
        answer=RequestDone,
        errors=(404, 422, 429, 502, 503, 504),
        others={202: RequestKept},
        example={"type": "alert.disk", "payload": {"text": "95 % of /var"}},
        given=_DELIVERED,
    ),
    *(
        _post(
            f"/v1/dead-letters/{verb}",
            f"{verb}Letters",
            f"{says} the dead letters that are named, or all",
            body,
            "dead letters",
            needs_body=verb == "discard",
            example=example,
            given={"words": given, "by": "ann", "command": "6f1c"},
        )
        for verb, says, body, example, given in _OF_LETTERS
    ),
    *(
        _post(
            f"/v1/dead-letters/{{id}}/{verb}",
            f"{verb}Letter",
            f"{says} one dead letter",
            types.DiscardBody if verb == "discard" else types.ByBody,
            "dead letters",
            needs_body=verb == "discard",
            given={"words": given, "by": "ann", "command": "6f1c"},
        )
        for verb, says, _, _, given in _OF_LETTERS
    ),
    _alert("ack", "I know, and care for it", types.AckBody),
    _alert("unack", "Take that back", types.ByBody),
    _post(
        "/v1/silences",
        "silence",
        "Tell nobody about these subjects for a while",
        types.SilenceBody,
        "alerts",
        needs_body=True,
        example={"groups": ["web"], "for": "1h30m", "why": "new switch"},
    ),
    Operation(
        method="delete",
        path="/v1/silences/{id}",
        name="endSilence",
        says="People are told again",
        answer=types.Done,
        tag="alerts",
        needs="control",
        body=types.ByBody,
        errors=(409, 422, 504),
    ),
    _delivery("redrive", "Try it now", types.ByBody, needs_body=False),
    _delivery("discard", "Try it no more", types.DiscardBody, needs_body=True),
)
OPERATIONS: tuple[Operation, ...] = (*_LOOKS, *_DOES)
