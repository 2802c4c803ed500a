"""One breaker in a program: the conductor's word first, then its own failures."""

import asyncio
import pickle
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest

from conductor_tui.client import Rejected
from conductor_tui.client.breaker import Counts
from conductor_tui.client.own import TRIAL_S
from conductor_tui.client.permits import Permit, Tried
from conductor_tui.client.trials import GRANTED_S
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.states import CallOutcome
from tests.client.telling import Desk, FakeLink, desk

CLOSED, OPEN = BreakerState.CLOSED, BreakerState.OPEN
HALF_OPEN, HELD = BreakerState.HALF_OPEN, BreakerState.HELD


def refused(on: Desk) -> Rejected:
    with pytest.raises(Rejected) as info:
        on.breaker.admit()
    return info.value


def test_before_any_word_calls_go_through() -> None:
    with desk() as on:
        on.passes()
        assert on.breaker.stats().calls == 1


@pytest.mark.parametrize(
    ("state", "reason"),
    [(HELD, "held"), (OPEN, "open"), (HALF_OPEN, "half_open")],
)
def test_the_conductors_word_stops_them(state: BreakerState, reason: str) -> None:
    with desk() as on:
        on.tell(state)
        no = refused(on)
        assert (no.platform, no.reason, no.who, no.why) == (
            "redis",
            reason,
            "ann",
            "swap",
        )
        assert on.breaker.stats().rejected == 1
        on.tell(CLOSED)
        on.passes()


def test_it_says_when_to_ask_again() -> None:
    with desk() as on:
        on.tell(OPEN, retry_in_s=30)
        on.now += 10
        assert refused(on).retry_after == pytest.approx(20)
        on.tell(HELD)
        assert refused(on).retry_after is None


def test_a_rejection_goes_through_pickle_as_pools_of_processes_do() -> None:
    no = Rejected("redis", "held", "ann", "swap", 2.5)
    again = pickle.loads(pickle.dumps(no))
    assert (again.who, again.retry_after, str(again)) == ("ann", 2.5, str(no))
    assert str(no) == "redis: HELD by ann: swap (again in 2.5 s)"


def test_three_failures_in_a_row_open_it_here_and_the_third_comes_through() -> None:
    with desk() as on:

        @on.breaker
        def call() -> None:
            raise OSError("refused")

        for _ in range(3):
            with pytest.raises(OSError, match="refused"):
                call()
        with pytest.raises(Rejected) as info:
            call()
        assert (info.value.reason, info.value.retry_after) == ("own", 30.0)
        assert "refused" in info.value.why


def test_a_success_between_begins_the_count_anew() -> None:
    with desk() as on:
        on.fail(2)
        on.passes()
        on.fail(2)
        assert on.breaker.state is CLOSED


def test_without_a_conductor_one_call_is_the_trial() -> None:
    link = FakeLink()
    link.is_connected = False
    with desk(link) as on:
        on.fail(3)
        on.now += 30
        trial = on.breaker.admit()
        assert refused(on).reason == "own"
        on.breaker.settle(trial)
        assert on.breaker.state is CLOSED
        on.passes()


def test_a_trial_that_fails_opens_it_for_as_long_again() -> None:
    link = FakeLink()
    link.is_connected = False
    with desk(link) as on:
        on.fail(3)
        on.now += 30
        on.fail()
        assert refused(on).retry_after == 30.0


def test_a_cancelled_trial_is_free_for_the_next_call() -> None:
    link = FakeLink()
    link.is_connected = False
    with desk(link) as on:
        on.fail(3)
        on.now += 30
        on.breaker.cancel(on.breaker.admit())
        on.passes()
        assert on.breaker.state is CLOSED


def test_a_trial_that_never_ends_does_not_stop_it_for_ever() -> None:
    link = FakeLink()
    link.is_connected = False
    with desk(link) as on:
        on.fail(3)
        on.now += 30
        hung = on.breaker.admit()
        on.now += TRIAL_S
        on.passes()
        assert on.breaker.state is CLOSED
        on.breaker.settle(hung, OSError("late"))
        assert on.breaker.stats().streak == 0


def test_with_a_conductor_the_trial_is_its_to_grant() -> None:
    with desk() as on:
        on.tell(CLOSED)
        on.fail(3)
        on.now += 30
        assert refused(on).reason == "own"
        assert on.breaker.take_asked()
        assert not on.breaker.take_asked()
        on.grant("p-7")
        on.passes()
        assert on.breaker.state is CLOSED
        assert on.breaker.take_tried() == [Tried("p-7", CallOutcome.PASSED)]


def test_it_asks_once_however_many_calls_come() -> None:
    with desk() as on:
        on.tell(CLOSED)
        on.fail(3)
        on.now += 30
        asked = 0
        for _ in range(1000):
            refused(on)
            asked += on.breaker.take_asked()
        assert asked == 1


def test_a_refused_trial_is_asked_for_again_when_it_may_be() -> None:
    with desk() as on:
        on.tell(CLOSED)
        on.fail(3)
        on.now += 30
        refused(on)
        assert on.breaker.take_asked()
        on.breaker.hear_trial(None, -1, 12.0)
        on.now += 11
        refused(on)
        assert not on.breaker.take_asked()
        on.now += 2
        refused(on)
        assert on.breaker.take_asked()


@pytest.mark.parametrize("state", [OPEN, HALF_OPEN])
def test_where_any_call_may_try_a_granted_one_does(state: BreakerState) -> None:
    with desk() as on:
        on.tell(state, trial="any", retry_in_s=0.0)
        refused(on)
        assert on.breaker.take_asked()
        on.grant()
        permit = on.breaker.admit()
        refused(on)
        on.breaker.settle(permit, OSError("refused"))
        assert on.breaker.take_tried() == [
            ("p-1", CallOutcome.FAILED, "OSError: refused")
        ]
        assert on.breaker.stats().streak == 0, "the conductor counts it"


def test_the_word_that_a_grant_stands_under_may_come_after_it() -> None:
    with desk() as on:
        on.tell(OPEN, trial="any", retry_in_s=0.0)
        on.breaker.hear_trial("p-1", on.epoch + 1, None)
        on.tell(HALF_OPEN, trial="any")
        assert on.breaker.admit().trial == "p-1"


def test_a_trip_makes_a_grant_void() -> None:
    with desk() as on:
        on.tell(HALF_OPEN, trial="any")
        on.grant()
        on.tell(HELD)
        assert refused(on).reason == "held"


def test_a_grant_that_no_call_takes_is_given_back() -> None:
    with desk() as on:
        on.tell(HALF_OPEN, trial="any")
        on.grant("p-9")
        on.now += GRANTED_S + 0.1
        assert on.breaker.take_tried() == [Tried("p-9", CallOutcome.UNUSED)]
        refused(on)


def test_by_default_no_call_may_try() -> None:
    with desk() as on:
        on.tell(OPEN, retry_in_s=0.0)
        refused(on)
        assert not on.breaker.take_asked()


@pytest.mark.parametrize("why", ["a name it does not know", "a token that may not"])
def test_who_cannot_be_lent_a_trial_makes_its_own(why: str) -> None:
    link = FakeLink()
    with desk(link) as on:
        if "token" in why:
            on.tell(CLOSED)
            link.may_ask = False
        on.fail(3)
        on.now += 30
        on.passes()
        assert on.breaker.state is CLOSED


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even that")


def test_an_error_that_cannot_be_told_comes_through_all_the_same() -> None:
    def doubtful(error: Exception) -> bool:
        raise ValueError("who knows")

    with desk(counts=doubtful) as on:

        @on.breaker
        def call() -> None:
            raise Unspeakable

        with pytest.raises(Unspeakable):
            call()
        assert on.breaker.stats()[2:4] == (1, "Unspeakable")


def test_blocks_that_do_not_nest_end_with_their_own_permits() -> None:
    with desk() as on, desk() as other:
        on.breaker.__enter__()
        other.breaker.__enter__()
        on.breaker.__exit__(None, None, None)
        other.breaker.__exit__(OSError, OSError("x"), None)
        assert (on.breaker.stats().failed, other.breaker.stats().failed) == (0, 1)


def test_an_operators_reset_clears_what_was_counted_here() -> None:
    with desk() as on:
        on.tell(CLOSED)
        on.fail(3)
        assert refused(on).reason == "own"
        on.tell(CLOSED)
        on.passes()


def test_a_failure_from_before_a_reset_counts_no_more() -> None:
    with desk() as on:
        on.tell(CLOSED)
        before = [on.breaker.admit() for _ in range(5)]
        on.tell(HELD)
        on.tell(CLOSED)
        for permit in before:
            on.breaker.settle(permit, OSError("late"))
        on.passes()
        stats = on.breaker.stats()
        assert (stats.streak, stats.failed, stats.calls) == (0, 5, 6)


def test_the_conductors_settings_count_here_but_for_what_is_given() -> None:
    with desk() as on:
        on.epoch += 1
        verdict = on.breaker.stats()
        assert verdict.epoch is None
        on.tell(CLOSED)
        known = on.breaker._verdict
        assert known is not None
        on.breaker.hear(known._replace(failures=1, reset_after_s=5.0))
        on.fail()
        assert refused(on).retry_after == 5.0


@pytest.mark.parametrize(
    ("on_lost", "state", "admits"),
    [
        ("keep", HELD, False),
        ("keep", CLOSED, True),
        ("allow", HELD, True),
        ("allow", CLOSED, True),
        ("deny", HELD, False),
        ("deny", CLOSED, False),
    ],
)
def test_what_counts_while_the_conductor_is_lost(
    on_lost: str, state: BreakerState, admits: bool
) -> None:
    link = FakeLink(on_lost)
    with desk(link) as on:
        on.tell(state)
        assert on.breaker.is_admitting is (state is CLOSED)
        link.is_connected = False
        on.breaker.hear_connection()
        assert on.breaker.is_admitting is admits
        if not admits:
            reason = "lost" if on_lost == "deny" else "held"
            assert refused(on).reason == reason
        link.is_connected = True
        on.breaker.hear_connection()
        assert on.breaker.is_admitting is (state is CLOSED)


@pytest.mark.parametrize("state", [OPEN, HELD])
def test_a_word_that_ends_while_nobody_is_heard_ends_in_a_trial_of_our_own(
    state: BreakerState,
) -> None:
    link = FakeLink()
    with desk(link) as on:
        on.tell(state, retry_in_s=30)
        link.is_connected = False
        on.breaker.hear_connection()
        on.now += 29
        assert refused(on).reason == state.value.lower()
        on.now += 1
        on.fail()
        assert refused(on).reason == "own"
        on.now += 30
        on.passes()
        on.passes()
        link.is_connected = True
        on.breaker.hear_connection()
        known = on.breaker._verdict
        assert known is not None
        on.breaker.hear(known)  # it still says so: it is heard again
        assert refused(on).reason == state.value.lower()


def test_a_hold_without_an_end_stands_however_long_nobody_is_heard() -> None:
    link = FakeLink()
    with desk(link) as on:
        on.tell(HELD)
        link.is_connected = False
        on.breaker.hear_connection()
        on.now += 10**9
        assert refused(on).reason == "held"


@pytest.mark.parametrize(
    ("error", "counts", "failed"),
    [
        pytest.param(OSError("x"), Exception, 1, id="any exception"),
        pytest.param(KeyError("x"), OSError, 0, id="another type"),
        pytest.param(KeyError("x"), (OSError, KeyError), 1, id="one of them"),
        pytest.param(OSError(5, "x"), lambda e: e.errno == 5, 1, id="a function: yes"),
        pytest.param(OSError(6, "x"), lambda e: e.errno == 5, 0, id="a function: no"),
        pytest.param(KeyboardInterrupt(), Exception, 0, id="an interrupt"),
        pytest.param(asyncio.CancelledError(), Exception, 0, id="a cancellation"),
        pytest.param(
            Rejected("other", "held", "", "", None), Exception, 0, id="a rejection"
        ),
    ],
)
def test_what_is_a_failure(error: BaseException, counts: Counts, failed: int) -> None:
    with desk(counts=counts) as on:

        @on.breaker
        def call() -> None:
            raise error

        with pytest.raises(type(error)):
            call()
        assert on.breaker.stats().failed == failed
        assert on.breaker.stats().calls == 1


def test_a_decorated_function_keeps_its_face() -> None:
    with desk() as on:

        @on.breaker
        def add(a: int, *, b: int = 2) -> int:
            """Add."""
            return a + b

        assert (add(1), add(1, b=5), add.__name__, add.__doc__) == (3, 6, "add", "Add.")


def test_a_generator_function_is_refused_in_words() -> None:
    with desk() as on:

        def lines() -> Iterator[int]:
            yield 1

        async def more() -> AsyncIterator[int]:
            yield 1

        for one in (lines, more):
            with pytest.raises(TypeError, match="generator function"):
                on.breaker(one)


def test_blocks_nest_and_end_with_their_own_permits() -> None:
    with desk() as on:
        with on.breaker, on.breaker:
            pass
        with pytest.raises(OSError, match="x"), on.breaker, on.breaker:
            raise OSError("x")
        assert on.breaker.stats()[2:] == (2, "OSError: x", 4, 2, 0)


def test_a_block_that_is_refused_is_not_entered() -> None:
    with desk() as on:
        on.tell(HELD)
        with pytest.raises(Rejected), on.breaker:
            pytest.fail("it ran")
        on.tell(CLOSED)
        with on.breaker:
            pass


async def test_async_functions_and_blocks_go_the_same_way() -> None:
    with desk() as on:

        @on.breaker
        async def call() -> int:
            return 7

        assert await call() == 7
        async with on.breaker:
            pass
        on.tell(HELD)
        with pytest.raises(Rejected):
            await call()
        with pytest.raises(Rejected):
            async with on.breaker:
                pytest.fail("it ran")
        assert on.breaker.stats()[4:] == (2, 0, 2)


async def test_a_cancelled_task_gives_its_trial_back() -> None:
    link = FakeLink()
    link.is_connected = False
    with desk(link) as on:
        on.fail(3)
        on.now += 30
        began = asyncio.Event()

        @on.breaker
        async def call() -> None:
            began.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(call())
        await began.wait()
        assert refused(on).reason == "own"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        on.passes()
        assert on.breaker.state is CLOSED


async def test_many_tasks_in_blocks_do_not_mix_up_their_permits() -> None:
    with desk() as on:
        on.tell(CLOSED)
        gates = [asyncio.Event() for _ in range(50)]

        async def call(number: int) -> None:
            async with on.breaker:
                await gates[number].wait()

        tasks = [asyncio.create_task(call(number)) for number in range(50)]
        await asyncio.sleep(0)
        for gate in reversed(gates):
            gate.set()
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        assert on.breaker.stats().calls == 50


def test_among_many_threads_one_is_the_trial() -> None:
    link = FakeLink()
    link.is_connected = False
    with desk(link) as on:
        on.fail(3)
        on.now += 30
        permits: list[Permit] = []
        start = threading.Barrier(50)

        def call() -> None:
            start.wait()
            with suppress(Rejected):
                permits.append(on.breaker.admit())

        threads = [threading.Thread(target=call) for _ in range(50)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(permits) == 1
        assert on.breaker.stats().rejected == 49


def test_the_first_call_waits_for_the_first_word_once() -> None:
    link = FakeLink()
    link.is_told = False
    with desk(link) as on:
        on.passes()
        on.passes()
        assert link.first_words == 1


def test_a_child_begins_anew_with_the_words_it_knew() -> None:
    with desk() as on:
        on.tell(CLOSED)
        on.passes()
        on.tell(HELD)
        refused(on)
        on.breaker.begin_anew()
        assert on.breaker.stats()[4:] == (0, 0, 0)
        assert refused(on).reason == "held"
