"""GET /v1/openapi.json: the API, described for programs (OpenAPI 3.1).

Made of the types that read and write (adapters/wire, the domain's commands), once, when
somebody asks: it takes a tenth of a second, off the engine's loop.
"""

import asyncio
import json
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from conductor_tui import __version__
from conductor_tui.adapters.api.asking import ProblemError, let_in, only
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import JSON, Answer, Ask

if TYPE_CHECKING:
    from conductor_tui.adapters.api.openapi_shapes import Shapes
    from conductor_tui.adapters.api.openapi_table import Operation

Json = dict[str, Any]
REF = "#/components/schemas/"
_OF_ANY = (400, 405, 408, 413, 503)
_OF_OURS = (401, 403, 404, 429)
_ABOUT = """What a dashboard of conductor-tui shows and does, for other programs.

Whatever answers GET answers HEAD. Over the unix socket no token is needed: the kernel
says who asks. Heartbeats of healthchecks.io, Uptime Kuma, Gatus and Consul clients are
taken at their own addresses, which are not in this document."""
_BEARER = """A token of `conductor-tui token create`, with the scope that stands at each
operation, or that of [listen] in conductor.toml. A heartbeat may come with its agent's
own token."""
_HEADERS: dict[int, Json] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    405: {"Allow": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}},
}
_MOMENT = {"type": "string", "format": "date-time"}
_MOST = 10_000
_ALL = sorted({*_OF_ANY, *_OF_OURS, 409, 422, 502, 504})


def _query(name: str, says: str, schema: Json, *, required: bool = False) -> Json:
    return {
        "name": name,
        "in": "query",
        "description": says,
        "required": required,
        "schema": schema,
    }


QUERY: dict[str, Json] = {
    "since": _query("since", "From this moment on.", _MOMENT),
    "from": _query("since", "From this moment on.", _MOMENT, required=True),
    "until": _query("until", "Before this moment.", _MOMENT),
    "at": _query("at", "The moment.", _MOMENT, required=True),
    "by": _query(
        "by",
        "Places; negative: before it.",
        {"type": "integer", "minimum": -1000, "maximum": 1000},
        required=True,
    ),
    "limit": _query(
        "limit",
        "No more than so many.",
        {"type": "integer", "minimum": 1, "maximum": _MOST, "default": 1000},
    ),
    "state": _query(
        "state",
        "Only those.",
        {"type": "string", "enum": ["WAITING", "GIVEN UP"]},
    ),
    "to": _query("to", "Only for this platform or group.", {"type": "string"}),
    "type": _query("type", "Only requests of this type.", {"type": "string"}),
    "text": _query("text", "Only what has this somewhere.", {"type": "string"}),
    "after": _query(
        "after", "Only with a higher number.", {"type": "integer", "minimum": 0}
    ),
    "platform": _query("platform", "Only about this one.", {"type": "string"}),
    "name": _query(
        "name", "What the program is called.", {"type": "string"}, required=True
    ),
    "pid": _query("pid", "Its process, over TCP.", {"type": "integer", "minimum": 1}),
    "host": _query("host", "The host that it runs on, over TCP.", {"type": "string"}),
    "new": _query(
        "new",
        "1: it was attached to no conductor before, so its totals begin here.",
        {"type": "integer", "enum": [0, 1], "default": 0},
    ),
    "viewer": _query("viewer", "Whose dashboard it is.", {"type": "string"}),
    "origin": _query("origin", "Where that one sits.", {"type": "string"}),
}


async def answer(ask: Ask, door: Door) -> Answer:
    try:
        only(ask, "GET")
        let_in(ask, door)
    except ProblemError as problem:
        return problem.as_answer()
    return Answer(200, await asyncio.to_thread(_as_bytes), JSON)


@cache
def _as_bytes() -> bytes:
    return json.dumps(document()).encode()


def document() -> Json:
    """Return the OpenAPI document. Takes a tenth of a second."""
    from conductor_tui.adapters.api.openapi_shapes import Shapes
    from conductor_tui.adapters.api.openapi_table import OPERATIONS
    from conductor_tui.adapters.api.openapi_types import Problem

    shapes = Shapes(OPERATIONS, Problem)
    paths: dict[str, Json] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method] = _operation(one, shapes)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "conductor-tui",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": _components(shapes),
    }


def _components(shapes: "Shapes") -> Json:
    from conductor_tui.adapters.api.openapi_commands import command_schemas

    return {
        "schemas": {**shapes.components, **command_schemas()},
        "responses": {str(code): _problem(code) for code in _ALL},
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": _BEARER}
        },
    }


def _operation(one: "Operation", shapes: "Shapes") -> Json:
    names = [part[1:-1] for part in one.path.split("/") if part.startswith("{")]
    path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]
    made: Json = {
        "operationId": one.name,
        "summary": one.says,
        "tags": [one.tag],
        "parameters": [*path, *(QUERY[key] for key in one.query)],
        "responses": _responses(one, shapes),
        "security": [{"bearer": [one.needs]}, {}] if one.needs else [],
    }
    if one.body is not None:
        content: Json = {"schema": shapes.body(one.body)}
        if one.example:
            content["example"] = one.example
        made["requestBody"] = {
            "required": one.needs_body,
            "content": {"application/json": content},
        }
    return made


def _responses(one: "Operation", shapes: "Shapes") -> Json:
    errors = {*_OF_ANY, *one.errors, *(_OF_OURS if one.needs else ())}
    made: Json = {
        str(code): {"$ref": f"#/components/responses/{code}"} for code in errors
    }
    if one.answer is None:
        made["204"] = {"description": HTTPStatus.NO_CONTENT.phrase}
    answers = {200: one.answer} if one.answer is not None else {}
    for code, kind in {**answers, **one.others}.items():
        content: Json = {"schema": shapes.answer(kind)}
        if one.given and code == HTTPStatus.OK:
            content["example"] = one.given
        phrase = HTTPStatus(code).phrase
        media = _media(one, kind)
        made[str(code)] = {"description": phrase, "content": {media: content}}
    return dict(sorted(made.items()))


def _media(one: "Operation", kind: Any) -> str:
    if isinstance(kind, str):
        return kind
    if kind is one.answer and one.media:
        return one.media
    is_problem = {"title", "detail"} <= getattr(kind, "__annotations__", {}).keys()
    return "application/problem+json" if is_problem else "application/json"


def _problem(code: int) -> Json:
    made: Json = {
        "description": HTTPStatus(code).phrase,
        "content": {"application/problem+json": {"schema": {"$ref": f"{REF}Problem"}}},
    }
    if code in _HEADERS:
        made["headers"] = _HEADERS[code]
    return made
