"""Dead letters, for people and their programs.

GET  /v1/dead-letters               state=, to=, type=, text=, after=, limit=
GET  /v1/dead-letters/ID            one, with its payload and what went wrong
POST /v1/dead-letters/redrive       {"letters": [17, 18]} or {"to": "chat"}, or all
POST /v1/dead-letters/discard       ... and {"why": "sent by hand"}
POST /v1/dead-letters/ID/redrive    ... discard {"why"}
"""

from itertools import islice
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from conductor_tui.adapters.api.asking import ProblemError, let_in, only
from conductor_tui.adapters.api.commands import obey, read_body
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import JSON, Answer, Ask
from conductor_tui.adapters.api.past import number
from conductor_tui.adapters.wire.records import dump
from conductor_tui.domain.dead_letter import DeadLetter, LetterState, LetterView
from conductor_tui.domain.ids import LetterId
from conductor_tui.domain.text import visible
from conductor_tui.ports import Dispatches

LIST, PLACE = "/v1/dead-letters", "/v1/dead-letters/"
VERBS = {"redrive": "redrive letters", "discard": "discard letters"}
MOST, USUAL = 10_000, 1000


class LettersDocument(TypedDict):
    """Those that were asked for, oldest first; `total` are there, of which `waiting`
    are redriven by themselves.
    """

    letters: list[LetterView]
    total: int
    waiting: int


class RedriveBody(TypedDict, total=False):
    """Which letters: these, or those for a platform or group; neither: all."""

    letters: Annotated[list[int], Field(max_length=MOST)]
    to: str
    by: str


class DiscardBody(RedriveBody):
    """The same, and why: it is in the audit."""

    why: str


async def answer(ask: Ask, door: Door) -> Answer:
    try:
        let_in(ask, door)
        first, _, second = ask.path.removeprefix(LIST).removeprefix("/").partition("/")
        if first in VERBS and not second:
            return await _command(ask, door, None, first)
        if second:
            return await _command(ask, door, _number(first), second)
        only(ask, "GET")
        if ask.path == LIST:
            return Answer(200, dump(LettersDocument, _listed(ask, _there(door))), JSON)
        return Answer(200, dump(DeadLetter, _whole(door, _number(first))), JSON)
    except ProblemError as problem:
        return problem.as_answer()


def _listed(ask: Ask, there: Dispatches) -> LettersDocument:
    limit = number(ask, "limit", MOST, 1) if "limit" in ask.query else USUAL
    every = list(there.letters())
    chosen = (one for one in every if _is_asked_for(ask, one))
    waiting = sum(one.state is LetterState.WAITING for one in every)
    return {
        "letters": list(islice(chosen, limit)),
        "total": len(every),
        "waiting": waiting,
    }


def _is_asked_for(ask: Ask, letter: LetterView) -> bool:
    query = ask.query
    after = number(ask, "after", 2**53, 0) if "after" in query else 0
    wanted = query.get("text", "").lower()
    about = f"{letter.to} {letter.type} {letter.request} {letter.error} {letter.by}"
    return (
        letter.id > after
        and query.get("to", letter.to) == letter.to
        and query.get("type", letter.type) == letter.type
        and _state(ask, letter.state) is letter.state
        and wanted in about.lower()
    )


def _state(ask: Ask, usual: LetterState) -> LetterState:
    said = ask.query.get("state")
    if said is None:
        return usual
    try:
        return LetterState(said.replace("_", " ").upper())
    except ValueError:
        names = " or ".join(one.value for one in LetterState)
        raise ProblemError(400, f"state must be {names}, not {said!r}") from None


def _whole(door: Door, letter: LetterId) -> DeadLetter:
    found = _there(door).letter(letter)
    if found is None:
        words = f"there is no dead letter {letter}: it was delivered, or discarded"
        raise ProblemError(404, words)
    return found


def _there(door: Door) -> Dispatches:
    if door.inside.requests is None:
        raise ProblemError(404, "this conductor takes no requests")
    return door.inside.requests


def _number(said: str) -> LetterId:
    if not said.isascii() or not said.isdigit() or len(said) > 15:
        raise ProblemError(404, f"{visible(said, 40)!r} is no number of a dead letter")
    return LetterId(int(said))


async def _command(ask: Ask, door: Door, letter: LetterId | None, verb: str) -> Answer:
    if verb not in VERBS:
        words = f"{visible(verb, 40)!r} cannot be asked for here"
        raise ProblemError(404, f"{words}: {', '.join(VERBS)}")
    only(ask, "POST")
    said = read_body(ask)
    for key in ("command", *(("letters", "to") if letter is not None else ())):
        if key in said:
            raise ProblemError(422, f"{key!r} stands in the address already")
    own = {} if letter is None else {"letters": [letter]}
    return await obey(ask, let_in(ask, door), {**said, **own, "command": VERBS[verb]})
