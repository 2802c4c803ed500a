"""The why line, state by state."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.health import Health
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.why import why
from tests.build import hold, result
from tests.tui.present.views import LENS, breaker, closed, view

_CANNOT = result("api", Outcome.INCONCLUSIVE, detail="no right to send pings")
_REFUSED = result("api", Outcome.REFUSED, detail="its trial is under way")
OPEN, HALF, HELD = BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.HELD
FAILED = Health.FAILED


def held(until_s: float | None = None) -> BreakerView:
    until = None if until_s is None else EPOCH + timedelta(seconds=until_s)
    return replace(breaker(HELD), hold=hold(until=until))


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        pytest.param(
            view(FAILED, breaker(OPEN, retry_s=11.2), detail="timed out after 800 ms"),
            "OPEN 3/3 timed out after 800 ms, trial in 12 s",
            id="open: what failed, and when the trial comes, in seconds begun",
        ),
        pytest.param(
            replace(view(Health.UNKNOWN), last=_CANNOT),
            "CLOSED no right to send pings, next check in 2 s",
            id="no word yet: why we could not ask",
        ),
        pytest.param(
            replace(view(Health.UNKNOWN), last=_REFUSED),
            "CLOSED, next check in 2 s",
            id="no word yet, and the breaker's no explains nothing",
        ),
        pytest.param(
            view(FAILED, breaker(OPEN, retry_s=90)),
            "OPEN 3/3 connection refused, trial in 1 m",
            id="a long wait is told in minutes",
        ),
        pytest.param(
            view(FAILED, breaker(OPEN, retry_s=0)),
            "OPEN 3/3 connection refused, trial due",
            id="open and its time is over",
        ),
        pytest.param(
            view(FAILED, breaker(HALF)),
            "HALF 3/3 connection refused, trial under way",
            id="half open",
        ),
        pytest.param(
            view(FAILED, breaker(HALF), word_s=3600),
            "HALF 3/3 connection refused, trial under way",
            id="before a trial nobody expects a newer word: not stale",
        ),
        pytest.param(
            view(breaker=held(1200)),
            'HELD by root "swapping the model" until 12:20, then a trial',
            id="held until a time today",
        ),
        pytest.param(
            view(breaker=held(86400)),
            'HELD by root "swapping the model" until 01-02 12:00, then a trial',
            id="held until a time tomorrow",
        ),
        pytest.param(
            view(breaker=held()),
            'HELD by root "swapping the model" until somebody resets it',
            id="held without end",
        ),
        pytest.param(
            view(breaker=held(-1)),
            'HELD by root "swapping the model", trial due',
            id="held and its time is over",
        ),
        pytest.param(
            view(Health.DEGRADED, closed(1)),
            "CLOSED 1/3 connection refused, next check in 2 s",
            id="closed, one failure",
        ),
        pytest.param(view(), "CLOSED, next check in 2 s", id="well"),
        pytest.param(view(next_s=-0.1), "CLOSED, next check now", id="a check is due"),
        pytest.param(
            view(Health.UNKNOWN), "CLOSED, first check in 2 s", id="never checked"
        ),
        pytest.param(
            view(word_s=31, next_s=None),
            "STALE, last word 31 s ago, CLOSED",
            id="stale, and nothing is planned",
        ),
        pytest.param(
            view(breaker=breaker(OPEN, retry_s=5)),
            "OPEN 3/3 3 of 3 failed, trial in 5 s",
            id="open though its own checks pass: the breaker says why",
        ),
    ],
)
def test_why_line(seen: PlatformView, sentence: str) -> None:
    assert why(seen, LENS).sentence == sentence
