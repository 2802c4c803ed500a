"""GET /metrics: what Prometheus scrapes (text format 0.0.4)."""

from conductor_tui.adapters.api.asking import ProblemError, let_in, only
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import SERVER, Answer, Ask

_TEXT = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8", **SERVER}


async def answer(ask: Ask, door: Door) -> Answer:
    try:
        only(ask, "GET")
        let_in(ask, door)
        if door.inside.metrics is None:
            raise ProblemError(404, "there are no metrics here")
        return Answer(200, await door.inside.metrics(), _TEXT)
    except ProblemError as problem:
        return problem.as_answer()
