"""One trial at a time, whoever asks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.breaker import PlatformBreaker
from conductor_tui.domain.breaker import BreakerState, Hold
from conductor_tui.domain.check import BreakerSpec, CheckSpec, TrialBy
from conductor_tui.domain.ids import ClientId, CommandId, NodeName, PlatformName
from conductor_tui.domain.settings import PlatformSettings
from conductor_tui.domain.states import CallOutcome
from conductor_tui.engine.clients.trying import LENT_S, Trying
from conductor_tui.engine.hub import Hub
from conductor_tui.testing import EPOCH, FakeClock
from tests.build import spec

API = PlatformName("api")
A, B = ClientId("a"), ClientId("b")
PASSED, FAILED, UNUSED = CallOutcome.PASSED, CallOutcome.FAILED, CallOutcome.UNUSED


class Desk:
    """A breaker, and those who would try it."""

    def __init__(self, trial: TrialBy = TrialBy.ANY) -> None:
        self.clock = FakeClock()
        breaker = BreakerSpec(failures=3, reset_after_s=30.0, trial=trial)
        self.spec: CheckSpec = replace(spec("api"), breaker=breaker)
        self.gate = PlatformBreaker(API, breaker, self.clock)
        hub = Hub(NodeName("here"), self.clock)
        platforms = {API: PlatformSettings(spec=self.spec, options=None)}
        gates = {API: self.gate}
        self.trying = Trying(hub, self.clock, gates.get, platforms)

    def permit(self, client: ClientId = A) -> str:
        permit = self.trying.try_once(client, API).permit
        assert permit is not None
        return permit

    def open(self) -> None:
        self.gate.open_for("checks", "a test")

    @property
    def state(self) -> BreakerState:
        return self.gate.view.state


@pytest.fixture
async def desk() -> Desk:
    return Desk()


@pytest.fixture
async def due(desk: Desk) -> Desk:
    """One whose trial is due."""
    desk.open()
    await desk.clock.advance(30)
    return desk


async def test_before_it_is_due_nobody_may_try_and_hears_when(desk: Desk) -> None:
    desk.open()
    await desk.clock.advance(10)
    answer = desk.trying.try_once(A, API)
    assert (answer.permit, answer.retry_in_s) == (None, 20.0)


async def test_the_first_gets_the_trial_and_the_others_wait(due: Desk) -> None:
    permit = due.permit()
    assert due.gate.view.by == "checks"
    assert due.trying.try_once(B, API).permit is None
    due.trying.tried(A, permit, PASSED, "")
    assert due.state is BreakerState.CLOSED


async def test_a_trial_that_failed_opens_it_again(due: Desk) -> None:
    due.trying.tried(A, due.permit(), FAILED, "refused")
    assert due.state is BreakerState.OPEN
    assert "refused" in due.gate.view.why


async def test_one_that_is_given_back_is_free_for_another(due: Desk) -> None:
    due.trying.tried(A, due.permit(), UNUSED, "")
    assert due.state is BreakerState.HALF_OPEN
    assert due.permit(B)


async def test_one_whose_client_goes_is_free_for_another(due: Desk) -> None:
    due.permit()
    due.trying.leave(B)
    assert due.trying.try_once(B, API).permit is None
    due.trying.leave(A)
    assert due.permit(B)


async def test_one_that_never_ends_is_taken_back(due: Desk) -> None:
    late = due.permit()
    await due.clock.advance(LENT_S + 1)
    assert due.permit(B)
    due.trying.tried(A, late, PASSED, "")  # it is not its own any more
    assert due.state is BreakerState.HALF_OPEN


async def test_nobody_ends_the_trial_of_another(due: Desk) -> None:
    due.trying.tried(B, due.permit(A), PASSED, "")
    assert due.state is BreakerState.HALF_OPEN


async def test_by_default_only_the_check_may_try() -> None:
    desk = Desk(TrialBy.CHECK)
    desk.open()
    await desk.clock.advance(30)
    assert desk.trying.try_once(A, API).permit is None
    assert desk.state is BreakerState.OPEN


async def test_a_hold_lets_nobody_try(desk: Desk) -> None:
    hold = Hold(by="ann", why="swap", at=EPOCH)
    desk.gate.trip(hold, None, CommandId("1"))
    answer = desk.trying.try_once(A, API)
    assert (answer.permit, answer.retry_in_s) == (None, None)


async def test_a_trip_during_the_trial_is_not_undone_by_it(due: Desk) -> None:
    permit = due.permit()
    due.gate.trip(Hold(by="ann", why="swap", at=EPOCH), None, CommandId("1"))
    due.trying.tried(A, permit, PASSED, "")
    assert due.state is BreakerState.HELD


async def test_what_is_not_watched_cannot_be_tried(desk: Desk) -> None:
    assert desk.trying.try_once(A, PlatformName("nobody")).permit is None


# Beside a CLOSED breaker: what a client's own failures opened


async def test_own_trials_come_one_after_the_other(desk: Desk) -> None:
    permit = desk.permit(A)
    assert desk.trying.try_once(B, API).permit is None
    desk.trying.tried(A, permit, PASSED, "")
    assert desk.permit(B)


async def test_after_an_own_trial_that_failed_nobody_tries_for_a_while(
    desk: Desk,
) -> None:
    desk.trying.tried(A, desk.permit(A), FAILED, "refused")
    answer = desk.trying.try_once(B, API)
    assert (answer.permit, answer.retry_in_s) == (None, 30.0)
    await desk.clock.advance(30)
    assert desk.permit(B)


async def test_a_reset_ends_that_wait(desk: Desk) -> None:
    desk.trying.tried(A, desk.permit(A), FAILED, "refused")
    desk.gate.trip(Hold(by="ann", why="swap", at=EPOCH), None, CommandId("1"))
    desk.gate.reset("ann", "done", CommandId("2"))
    assert desk.permit(B)


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("try"), st.sampled_from("abc")),
        st.tuples(st.sampled_from([PASSED, FAILED, UNUSED]), st.integers(0, 9)),
        st.tuples(st.just("leave"), st.sampled_from("abc")),
        st.tuples(st.just("wait"), st.floats(0, 70)),
        st.tuples(st.just("open"), st.none()),
        st.tuples(st.just("trip"), st.none()),
        st.tuples(st.just("reset"), st.none()),
    ),
    max_size=40,
)


@given(steps=_STEPS)
async def test_whatever_happens_no_two_trials_are_out_and_none_is_lost(
    steps: list[tuple[object, object]],
) -> None:
    desk = Desk()
    given: list[tuple[ClientId, str, int]] = []  # who, permit, epoch
    out: dict[str, int] = {}
    for kind, what in steps:
        match kind, what:
            case "try", str(who):
                answer = desk.trying.try_once(ClientId(who), API)
                if answer.permit is not None:
                    epoch = desk.gate.view.epoch
                    assert epoch not in out.values(), "two trials of one state"
                    out[answer.permit] = epoch
                    given.append((ClientId(who), answer.permit, epoch))
            case CallOutcome() as outcome, int(place) if given:
                who, permit, _ = given.pop(place % len(given))
                desk.trying.tried(who, permit, outcome, "")
                out.pop(permit, None)
            case "leave", str(who):
                desk.trying.leave(ClientId(who))
                gone = [one for one in given if one[0] == who]
                given = [one for one in given if one[0] != who]
                for _, permit, _ in gone:
                    out.pop(permit, None)
            case "wait", float(seconds):
                await desk.clock.advance(seconds)
                if seconds >= LENT_S:
                    given, out = [], {}
            case "open", _:
                desk.open()
            case "trip", _:
                desk.gate.trip(Hold(by="x", why="y", at=EPOCH), None, CommandId("1"))
            case "reset", _:
                desk.gate.reset("x", "y", CommandId("1"))
            case _:
                pass
        given = [one for one in given if one[1] in out]
    desk.trying.leave(A)
    for who in "abc":
        desk.trying.leave(ClientId(who))
    desk.gate.reset("x", "y", CommandId("1"))
    assert desk.permit(B), "a trial was lost"
