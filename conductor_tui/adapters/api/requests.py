"""Requests to platforms, groups of them, or by their type.

    POST /v1/platforms/NAME/requests   POST /v1/requests
    {"payload": {"text": "hello"}, "metadata": {"from": "ann"}, "priority": 0,
     "deadline_s": 5, "id": "order-812", "key": "5f3a", "wait": true, "keep": true,
     "to": "chat", "type": "alert.disk", "choose": "least_loaded"}

It goes through the breaker and the bulkhead, is tried again where that may help, and
the reply is the answer: 200. What cannot be delivered now is kept as a dead letter and
delivered later: 202, once it is in the journal. So is every one with "wait": false.
422: it will never work as it was asked for, or its key was that of another; 429: too
many wait already. With "keep": false nothing is kept: 502, every attempt failed; 503,
the breaker lets nothing through; 504, no reply in time. 503 is also what is not
accepted because it cannot be kept. Where somebody knows when asking again may help,
Retry-After says so. The headers X-Request-ID and Idempotency-Key say `id` and `key`.
"""

import json
from http import HTTPStatus
from math import ceil
from typing import Annotated, Any

from pydantic import Field, ValidationError
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from conductor_tui.adapters.api.asking import (
    PROBLEM,
    ProblemError,
    asker,
    let_in,
    new_id,
    only,
)
from conductor_tui.adapters.api.commands import read_body
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import Answer, Ask, as_json
from conductor_tui.adapters.wire.records import adapter
from conductor_tui.domain.dispatch import (
    Choice,
    Dispatched,
    DispatchOutcome,
    DispatchRequest,
)
from conductor_tui.domain.errors import KeyClashed
from conductor_tui.domain.plugin_calls import Reply
from conductor_tui.domain.text import one_line

LONGEST_S, MOST_METADATA = 300.0, 64
_STATUS = {
    DispatchOutcome.REFUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    DispatchOutcome.TURNED_AWAY: HTTPStatus.TOO_MANY_REQUESTS,
    DispatchOutcome.FAILED: HTTPStatus.BAD_GATEWAY,
    DispatchOutcome.REJECTED: HTTPStatus.SERVICE_UNAVAILABLE,
    DispatchOutcome.TIMED_OUT: HTTPStatus.GATEWAY_TIMEOUT,
    DispatchOutcome.NOT_KEPT: HTTPStatus.SERVICE_UNAVAILABLE,
}
_HEADERS = {"X-Request-ID": "id", "Idempotency-Key": "key"}
_Word = Annotated[str, Field(max_length=1000)]


_Id = Annotated[str, Field(pattern="^[A-Za-z0-9._:-]{1,64}$")]


class RequestBody(TypedDict, total=False):
    """One request. Of those that wait the higher `priority` goes first; the same `key`
    is the same request, for a day.
    """

    id: _Id
    type: Annotated[str, Field(pattern="^[A-Za-z0-9._:/-]{1,100}$")]
    payload: Any
    metadata: Annotated[dict[_Word, _Word], Field(max_length=MOST_METADATA)]
    priority: Annotated[int, Field(ge=-100, le=100)]
    deadline_s: Annotated[float, Field(ge=0.001, le=LONGEST_S)]
    key: Annotated[str, Field(pattern="^[\\x21-\\x7e]{1,255}$")]
    wait: bool
    keep: bool


class RoutedBody(RequestBody, total=False):
    """One request, to a platform or a group; or, by its `type`, where routes say."""

    to: Annotated[str, Field(min_length=1, max_length=100)]
    choose: Choice


class ReplyDocument(TypedDict):
    """What the plug-in made of it."""

    payload: Any
    detail: str


class TroubleDocument(TypedDict):
    """Why a platform did not take it."""

    platform: str
    outcome: DispatchOutcome
    words: str
    attempts: int


class RequestDone(TypedDict):
    """A request that was delivered, by `platform`. `took_ms` covers its waits and all
    `attempts`; `troubles` are those of platforms that were asked before. `repeated`:
    this is what came of an earlier one with the same key.
    """

    id: str
    outcome: DispatchOutcome
    platform: str | None
    reply: ReplyDocument
    attempts: int
    took_ms: float
    troubles: list[TroubleDocument]
    repeated: bool


class RequestKept(TypedDict):
    """A request that was accepted, and waits as dead letter `letter`."""

    id: str
    outcome: DispatchOutcome
    letter: int
    words: str
    attempts: int
    troubles: list[TroubleDocument]
    repeated: bool


async def send(ask: Ask, door: Door, name: str) -> Answer:
    """Answer for one platform. Raises ProblemError."""
    said = _said(ask, door, RequestBody)
    return await _sent(ask, door, said, name)


async def answer(ask: Ask, door: Door) -> Answer:
    """Answer for /v1/requests."""
    try:
        said = _said(ask, door, RoutedBody)
        return await _sent(ask, door, said, said.pop("to", ""))
    except ProblemError as problem:
        return problem.as_answer()


def _said(ask: Ask, door: Door, kind: Any) -> dict[str, Any]:
    only(ask, "POST")
    let_in(ask, door)
    said = read_body(ask)
    for header, key in _HEADERS.items():
        if header in ask.headers and key not in said:
            said[key] = ask.headers[header]
    return _read(said, kind)


async def _sent(ask: Ask, door: Door, body: dict[str, Any], to: str) -> Answer:
    there = door.inside.requests
    if there is None:
        raise ProblemError(404, "this conductor takes no requests")
    who = await asker(ask, "")
    own: dict[str, Any] = {"id": body.pop("id", None) or new_id(), "by": who.by}
    request = DispatchRequest(**body, **own, to=to)
    try:
        done = await there.send(request)
    except LookupError as error:
        raise ProblemError(404, str(error.args[0])) from None
    except KeyClashed as error:
        raise ProblemError(422, str(error)) from None
    return _answered(request, done)


def _answered(request: DispatchRequest, done: Dispatched) -> Answer:
    """Raises ProblemError for what was not accepted."""
    if done.outcome is DispatchOutcome.DELIVERED:
        return as_json(200, _delivered(request, done))
    if done.letter is None:
        raise _failed(request, done)
    kept: RequestKept = {
        "id": request.id,
        "outcome": done.outcome,
        "letter": done.letter,
        "words": done.words,
        "attempts": done.attempts,
        "troubles": _troubles(done),
        "repeated": done.is_repeated,
    }
    return as_json(202, kept)


def _delivered(request: DispatchRequest, done: Dispatched) -> RequestDone:
    reply = done.reply or Reply()
    return {
        "id": request.id,
        "outcome": done.outcome,
        "platform": done.platform,
        "reply": {"payload": reply.payload, "detail": reply.detail},
        "attempts": done.attempts,
        "took_ms": round(done.took_s * 1000, 3),
        "troubles": _troubles(done),
        "repeated": done.is_repeated,
    }


def _troubles(done: Dispatched) -> list[TroubleDocument]:
    return [
        {
            "platform": one.platform,
            "outcome": one.outcome,
            "words": one.words,
            "attempts": one.attempts,
        }
        for one in done.troubles
    ]


def _read(said: dict[str, Any], kind: Any) -> dict[str, Any]:
    names = [*RequestBody.__annotations__, *kind.__annotations__]
    for key in sorted(said.keys() - set(names)):
        known = ", ".join(dict.fromkeys(names))
        raise ProblemError(422, f"{one_line(repr(key), 60)} is none of {known}")
    try:
        body = adapter(kind).validate_json(json.dumps(said), strict=True)
    except ValidationError as error:
        raise ProblemError(422, _words_of(error)) from None
    except RecursionError:
        raise ProblemError(422, "the body is JSON nested too deeply") from None
    return dict(body)


def _failed(request: DispatchRequest, done: Dispatched) -> ProblemError:
    headers = dict(PROBLEM)
    if done.retry_in_s is not None:
        headers["Retry-After"] = str(max(1, ceil(done.retry_in_s)))
    more: dict[str, object] = {
        "id": request.id,
        "outcome": done.outcome,
        "attempts": done.attempts,
        "retry_after_s": done.retry_in_s,
        "troubles": _troubles(done),
    }
    words = done.words or str(done.outcome)
    return ProblemError(_STATUS[done.outcome], words, headers, more)


def _words_of(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(one) for one in first["loc"]) or "the body"
    words = first["msg"].replace("Input should be", "must be")
    given = one_line(repr(first.get("input")), 60)
    return one_line(f"{where}: {words[:1].lower()}{words[1:]}, not {given}", 300)
