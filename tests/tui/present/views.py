"""Platforms in one word, for the tables of the presenters."""

from dataclasses import replace
from datetime import UTC, timedelta

from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.health import Health, HealthRun
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.lens import Lens
from tests.build import result, spec

LENS = Lens(EPOCH, UTC)


def view(
    health: Health = Health.HEALTHY,
    breaker: BreakerView | None = None,
    *,
    name: str = "api",
    detail: str = "connection refused",
    word_s: float = 1.0,
    next_s: float | None = 2.0,
) -> PlatformView:
    """A platform whose last word came `word_s` ago; its next check is in `next_s`."""
    outcome = Outcome.PASSED if health is Health.HEALTHY else Outcome.FAILED
    word = result(name, outcome, at=EPOCH - timedelta(seconds=word_s), detail=detail)
    heard = None if health is Health.UNKNOWN else word
    return PlatformView(
        spec=spec(name),
        run=HealthRun(health),
        since=EPOCH - timedelta(seconds=41),
        breaker=breaker or BreakerView(),
        last=heard,
        word=heard,
        next_at=None if next_s is None else EPOCH + timedelta(seconds=next_s),
    )


def breaker(state: BreakerState, *, retry_s: float | None = None) -> BreakerView:
    retry_at = None if retry_s is None else EPOCH + timedelta(seconds=retry_s)
    return BreakerView(state=state, failures=3, retry_at=retry_at, why="3 of 3 failed")


def closed(failures: int) -> BreakerView:
    return replace(breaker(BreakerState.CLOSED), failures=failures)
