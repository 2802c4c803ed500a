"""Our own counting is aiobreaker's: the same schedule makes the same states."""

import math
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.breaker import PlatformBreaker
from conductor_tui.client import own
from conductor_tui.client.breaker import Breaker
from conductor_tui.client.permits import Permit as OwnPermit
from conductor_tui.client.rejected import Rejected
from conductor_tui.domain.check import BreakerSpec, Finding, Outcome
from conductor_tui.domain.errors import CallRefused
from conductor_tui.domain.ids import PlatformName
from conductor_tui.ports import Permit
from conductor_tui.testing import FakeClock
from tests.client.telling import FakeLink, desk

_STEPS = st.lists(
    st.one_of(
        st.just("admit"),
        st.tuples(st.sampled_from(["pass", "fail", "cancel"]), st.integers(0, 20)),
        st.floats(0.25, 40).map(lambda seconds: round(seconds * 4) / 4),
    ),
    max_size=60,
)


@given(steps=_STEPS)
@mock.patch.object(own, "TRIAL_S", math.inf)  # theirs has the engine's deadlines
async def test_it_agrees_with_the_conductors_breaker(
    steps: list[str | float | tuple[str, int]],
) -> None:
    clock = FakeClock()
    theirs = PlatformBreaker(PlatformName("redis"), BreakerSpec(failures=3), clock)
    link = FakeLink()
    link.is_connected = False
    with desk(link) as on:
        given: list[tuple[OwnPermit, Permit]] = []
        for step in steps:
            if isinstance(step, float):
                await clock.advance(step)
                on.now += step
            elif step == "admit":
                permits = _ours(on.breaker), _theirs(theirs)
                assert (permits[0] is None) == (permits[1] is None)
                if permits[0] is not None and permits[1] is not None:
                    given.append((permits[0], permits[1]))
            elif given and isinstance(step, tuple):
                kind, place = step
                mine, their = given.pop(place % len(given))
                _end(on.breaker, theirs, mine, their, kind)
            if theirs.view.state != on.breaker.state:
                # ours names HALF_OPEN that a cancelled trial left OPEN, and due
                assert theirs.view.state == "HALF_OPEN"
                assert on.breaker.state == "OPEN"
                assert on.breaker._own.until <= on.now


def _ours(breaker: Breaker) -> OwnPermit | None:
    try:
        return breaker.admit()
    except Rejected:
        return None


def _theirs(breaker: PlatformBreaker) -> Permit | None:
    try:
        return breaker.admit(health_check=True)
    except CallRefused:
        return None


def _end(
    ours: Breaker, theirs: PlatformBreaker, mine: OwnPermit, their: Permit, kind: str
) -> None:
    error = OSError("x") if kind == "fail" else None
    if kind == "cancel":
        ours.cancel(mine)
        theirs.settle(their, None)
        return
    ours.settle(mine, error)
    outcome = Outcome.FAILED if error else Outcome.PASSED
    theirs.settle(their, Finding(outcome))
