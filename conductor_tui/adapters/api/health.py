"""GET /healthz: this program runs, and answers. GET /readyz: the engine does all that
it is for; 503, with why, while it does not. Open to anybody: they name no platform.
"""

from conductor_tui.adapters.api.asking import ProblemError, only
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import Answer, Ask, as_json
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.domain.text import one_line


def healthz(ask: Ask, door: Door) -> Answer:
    try:
        only(ask, "GET")
    except ProblemError as problem:
        return problem.as_answer()
    return as_json(200, {"status": "ok"})


def readyz(ask: Ask, door: Door) -> Answer:
    try:
        only(ask, "GET")
    except ProblemError as problem:
        return problem.as_answer()
    if door.session is None:
        return as_json(200, {"ready": True, "words": "heartbeats are heard"})
    is_kept = door.inside.archive is not None
    why_not = _why_not(door.session.latest(), is_kept=is_kept)
    words = why_not or "everything was checked"
    return as_json(503 if why_not else 200, {"ready": not why_not, "words": words})


def _why_not(snapshot: Snapshot, *, is_kept: bool) -> str:
    """Return why an engine is not ready; "" when it is."""
    if snapshot.mode is not Mode.LIVE:
        return "the engine has not begun"
    waiting = sum(not (one.last or one.pause) for one in snapshot.platforms.in_order())
    if waiting:
        return one_line(f"platforms that wait for their first check: {waiting}")
    if is_kept and snapshot.alerts.trouble:
        return "the journal cannot be written: see the screen, or /v1/alerts"
    return ""
