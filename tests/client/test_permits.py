"""No permit is leaked, whatever happens in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.client.breaker import RESET_AFTER_S
from conductor_tui.client.permits import Permit
from conductor_tui.client.rejected import Rejected
from conductor_tui.client.trials import GRANTED_S
from conductor_tui.domain.breaker import BreakerState
from tests.client.telling import Desk, FakeLink, desk

ERROR = OSError("refused")
_STEPS = st.lists(
    st.one_of(
        st.sampled_from(["admit", "grant", "try", "lose", "find", "fork"]),
        st.tuples(st.sampled_from(["pass", "fail", "cancel"]), st.integers(0, 20)),
        st.sampled_from(list(BreakerState)),
        st.floats(0.25, 40),
    ),
    max_size=60,
)


class Schedule:
    """Carries steps out. `lent` are the trials that the conductor, as far as it knows,
    has lent to this connection; `back` those that were said to have ended.
    """

    def __init__(self, on: Desk) -> None:
        self.on, self.breaker = on, on.breaker
        self.permits: list[Permit] = []
        self.lent: list[str] = []
        self.back: list[str] = []
        self._granted = 0

    def take(self, step: object) -> None:
        match step:
            case BreakerState() as state:
                if self.on.link.is_connected:
                    self.on.tell(state, trial="any", retry_in_s=1.0)
            case float() as seconds:
                self.on.now += seconds
            case (str() as how, int() as place):
                if self.permits:
                    self.end(how, self.permits.pop(place % len(self.permits)))
            case "admit":
                self.admit()
            case "grant" if self.on.link.is_connected:
                self.grant()
            case "try" if self.on.link.is_connected:
                self.on.now += 1.5  # by now it is due
                self.grant()
                self.admit()
            case "lose" | "find":
                self.connect(is_connected=step == "find")
            case "fork":
                self.fork()
            case _:
                pass  # who is not connected is granted nothing
        self.back += [permit for permit, _, _ in self.breaker.take_tried()]

    def admit(self) -> bool:
        try:
            self.permits.append(self.breaker.admit())
        except Rejected:
            return False
        return True

    def grant(self) -> None:
        self._granted += 1
        self.lent.append(f"p{self._granted}")
        self.on.grant(self.lent[-1])

    def connect(self, *, is_connected: bool) -> None:
        """What another connection had lent is void: the conductor has taken it back."""
        if self.on.link.is_connected is not is_connected:
            self.on.link.is_connected = is_connected
            self.breaker.hear_connection()
            self.lent.clear()

    def fork(self) -> None:
        """We are the child now: what runs in the parent is the parent's."""
        self.breaker.begin_anew()
        self.breaker.hear_connection()
        self.permits.clear()
        self.lent.clear()

    def end(self, how: str, permit: Permit) -> None:
        if how == "cancel":
            self.breaker.cancel(permit)
        else:
            self.breaker.settle(permit, ERROR if how == "fail" else None)

    def end_all(self) -> None:
        while self.permits:
            self.take(("cancel", 0))
        self.take(GRANTED_S + 1)


@given(steps=_STEPS)
def test_each_trial_that_was_lent_is_given_back_once(steps: list[object]) -> None:
    with desk(FakeLink()) as on:
        schedule = Schedule(on)
        for step in steps:
            schedule.take(step)
        schedule.end_all()
        assert set(schedule.lent) <= set(schedule.back)
        assert len(schedule.back) == len(set(schedule.back))


@given(steps=_STEPS)
def test_after_a_reset_it_lets_everybody_through(steps: list[object]) -> None:
    with desk(FakeLink()) as on:
        schedule = Schedule(on)
        for step in [*steps, "find", BreakerState.HELD, BreakerState.CLOSED]:
            schedule.take(step)  # a first word alone clears no failures from before
        assert on.breaker.is_admitting
        assert all(schedule.admit() for _ in range(5))


@given(steps=_STEPS)
def test_left_alone_it_finds_back_by_one_trial_of_its_own(steps: list[object]) -> None:
    """Whoever held the trial has ended: the next call may be it, and one only."""
    with desk(FakeLink()) as on:
        schedule = Schedule(on)
        for step in [*steps, "lose"]:
            schedule.take(step)
        schedule.end_all()
        on.now += RESET_AFTER_S
        if not on.breaker.is_admitting:
            assert [schedule.admit() for _ in range(5)] == [True] + [False] * 4
            schedule.take(("pass", 0))
        assert [schedule.admit() for _ in range(5)] == [True] * 5
