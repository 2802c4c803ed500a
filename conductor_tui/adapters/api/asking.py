"""A command from somebody outside: who asks, what is sent, and the answer to it.

Errors are problem details (RFC 9457): {"title", "detail", "status"}. An answer is that
of the engine, not of the parser: it waits for the event with the command's id.
"""

import asyncio
import pwd
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple
from uuid import uuid4

from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import SERVER, Answer, Ask, as_json
from conductor_tui.adapters.api.rights import Right
from conductor_tui.domain.breaker import BreakerView
from conductor_tui.domain.commands import BreakerCommand, Command, platform_of
from conductor_tui.domain.errors import SessionLost
from conductor_tui.domain.events import BreakerChanged, CommandAnswered, Envelope
from conductor_tui.domain.ids import CommandId
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Frame, Session

WITHIN_S = 10.0
PROBLEM: Mapping[str, str] = {"Content-Type": "application/problem+json", **SERVER}
_WHO = {**PROBLEM, "WWW-Authenticate": 'Bearer realm="conductor-tui"'}
NOTHING: Mapping[str, object] = MappingProxyType({})
_NAME = 64


class Asker(NamedTuple):
    """Who asks, in the words that the audit keeps."""

    by: str
    origin: str


class ProblemError(Exception):
    """A request that cannot be carried out: `status` and words for whoever sent it."""

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] = PROBLEM,
        more: Mapping[str, object] = NOTHING,
    ) -> None:
        """`more` are members of the document beside those of RFC 9457."""
        super().__init__(detail)
        self.status, self.headers, self.more = status, headers, more

    def as_answer(self) -> Answer:
        document = {
            "title": HTTPStatus(self.status).phrase,
            "detail": one_line(str(self), 400),
            "status": self.status,
            **self.more,
        }
        return as_json(self.status, document, self.headers)


def let_in(ask: Ask, door: Door, wanted: Right | None = None) -> Session:
    """Return who carries commands out, for somebody who may ask: to read, or for what
    changes something to control, or as is `wanted`.

    Raises ProblemError: 401 without a token that is known, 403 where it may not.
    """
    if wanted is None:
        wanted = Right.READ if ask.method in ("GET", "HEAD") else Right.CONTROL
    rights = door.rights(ask)
    if wanted not in rights:
        raise _turned_away(ask, door, wanted, rights)
    if door.session is None:
        raise ProblemError(404, "this listener takes heartbeats only")
    return door.session


def _turned_away(
    ask: Ask, door: Door, wanted: Right, rights: frozenset[Right]
) -> ProblemError:
    if ask.is_local:
        words = "only the user of this conductor, and root, may use its socket"
        door.turned_away(ask, words)
        return ProblemError(403, words)
    if not rights:
        door.wrong_secret(ask, "HTTP")
        words = "who comes by TCP needs `Authorization: Bearer` with a token"
        return ProblemError(401, f"{words}: conductor-tui token create", _WHO)
    words = f"this token may {' and '.join(sorted(rights))}, not {wanted}"
    door.turned_away(ask, words)
    return ProblemError(403, words)


def only(ask: Ask, method: str) -> None:
    """Raises ProblemError for any other method."""
    if ask.method != method and (ask.method, method) != ("HEAD", "GET"):
        allowed = "GET, HEAD" if method == "GET" else method
        words = f"this method is not for this address: {allowed}"
        raise ProblemError(405, words, {**PROBLEM, "Allow": allowed})


async def asker(ask: Ask, by: str) -> Asker:
    """Return who asks. On the unix socket it is the user whose process connected (the
    kernel says so), over TCP whom the token was made for; `by` is only what somebody
    calls himself.
    """
    claimed = one_line(by, _NAME)
    if not ask.is_local:
        token = ask.token_name()
        known = f"token {token}" if token else "whoever has the token"
        shown = f"{claimed} ({known})" if claimed and token else claimed or known
        return Asker(shown, f"http, {ask.peer}")
    process = ask.process() if ask.process is not None else None
    if process is None:
        return Asker(claimed or "somebody", "unix socket")
    # The user database may be on another machine: not on the engine's loop.
    user = await asyncio.to_thread(_user, process.uid)
    is_other = claimed and claimed != user
    shown = f"{claimed} (as {user})" if is_other else user
    return Asker(shown, f"unix socket, pid {process.pid}")


class _Outcome(NamedTuple):
    """An answer, and the breaker that the command was about as it was then."""

    answered: CommandAnswered
    breaker: BreakerView | None

    def as_members(self) -> dict[str, object]:
        breaker = self.breaker
        if breaker is None:
            return {}
        return {"epoch": breaker.epoch, "state": breaker.state}


async def carry_out(session: Session, command: Command) -> Answer:
    """Send it, and return what the engine answers: 200 granted, 409 refused. Of a
    breaker either one says how it is after it: "epoch" and "state".

    Raises ProblemError, also when no answer comes.
    """
    try:
        async with asyncio.timeout(WITHIN_S):
            outcome = await _outcome(session, command)
    except TimeoutError:
        words = f"no answer within {WITHIN_S:g} s: whether it is done is not known"
        raise ProblemError(504, words) from None
    except SessionLost as error:
        raise ProblemError(503, str(error)) from error
    words, more = outcome.answered.words, outcome.as_members()
    if not outcome.answered.granted:
        raise ProblemError(409, words, more={"command": command.id, **more})
    said = {"words": words, "by": command.by, "command": command.id}
    return as_json(200, {**said, **more})


def new_id() -> CommandId:
    return CommandId(uuid4().hex)


async def _outcome(session: Session, command: Command) -> _Outcome:
    frames = session.follow()
    try:
        first = await anext(
            frames
        )  # the snapshot: what comes from now on is not missed
        session.send(command)
        breaker = None
        if isinstance(command, BreakerCommand) and isinstance(first, Snapshot):
            view = first.platforms.get(command.platform)
            breaker = view.breaker if view is not None else None
        return await _outcome_in(frames, command, breaker)
    finally:
        await _close(frames)


async def _outcome_in(
    frames: AsyncIterator[Frame], command: Command, breaker: BreakerView | None
) -> _Outcome:
    async for frame in frames:
        if not isinstance(frame, Envelope):  # so much happened that we lost the thread
            words = "too much happened at once: whether it is done is not known"
            raise ProblemError(503, words)
        event = frame.event
        if isinstance(event, BreakerChanged) and event.platform == platform_of(command):
            breaker = event.breaker if breaker is not None else None
        if isinstance(event, CommandAnswered) and event.command == command.id:
            return _Outcome(event, breaker)
    raise ProblemError(503, "the engine has stopped: whether it is done is not known")


async def _close(frames: AsyncIterator[Frame]) -> None:
    close = getattr(frames, "aclose", None)
    if close is not None:
        await close()


def _user(uid: int) -> str:
    try:
        return one_line(pwd.getpwuid(uid).pw_name, _NAME)
    except KeyError:
        return f"uid {uid}"
