"""GET /v1/breakers/NAME/admit: may a call be made now? For shells and other languages.

204: yes. 503: no, with who, why and, in Retry-After, when to ask again (RFC 9110
section 10.2.3; whole seconds, so never early). Nothing is taken: a trial is granted
only to who is attached, and can be asked how it went.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from math import ceil

from conductor_tui.adapters.api.asking import PROBLEM, ProblemError, let_in, only
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import SERVER, Answer, Ask
from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import visible

TRIAL_SOON_S = 1.0  # a trial is due, or under way: it ends soon


def admit(ask: Ask, door: Door, name: str) -> Answer:
    """Answer it. Raises ProblemError."""
    only(ask, "GET")
    breaker = _breaker(let_in(ask, door).latest(), PlatformName(name))
    is_closed = breaker.state is BreakerState.CLOSED
    if door.inside.asked is not None:
        door.inside.asked(PlatformName(name), is_closed)
    if is_closed:
        return Answer(HTTPStatus.NO_CONTENT, b"", SERVER)
    raise _refusal(name, breaker)


def _breaker(snapshot: Snapshot, name: PlatformName) -> BreakerView:
    view = snapshot.platforms.get(name)
    if view is not None:
        return view.breaker
    if name in snapshot.awaited:
        return snapshot.awaited[name]
    raise ProblemError(404, f"no platform is called {visible(name)!r}")


def _refusal(name: str, breaker: BreakerView) -> ProblemError:
    wait_s = _wait_s(breaker)
    why = breaker.hold.why if breaker.hold is not None else breaker.why
    more: dict[str, object] = {
        "reason": breaker.state.value.lower(),
        "who": breaker.by,
        "why": why,
        "retry_after_s": wait_s,
    }
    headers = dict(PROBLEM)
    if wait_s is not None:
        headers["Retry-After"] = str(max(1, ceil(wait_s)))
    words = f"{visible(name)}: {breaker.state} by {breaker.by}: {why}"
    return ProblemError(503, words, headers, more)


def _wait_s(breaker: BreakerView) -> float | None:
    if breaker.state is BreakerState.HALF_OPEN:
        return TRIAL_SOON_S
    if breaker.retry_at is None:
        return None
    left_s = (breaker.retry_at - datetime.now(UTC)).total_seconds()
    return round(max(TRIAL_SOON_S, left_s), 3)
