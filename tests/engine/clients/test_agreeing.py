"""A breaker opens for all when enough clients see failures, and not before."""

from dataclasses import replace

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import BreakerSpec, CheckSpec, Quorum
from conductor_tui.domain.client import Traffic, needed
from conductor_tui.domain.ids import PlatformName
from conductor_tui.engine.clients.agreeing import COUNTS_S
from tests.build import client, holding, spec
from tests.engine.stage import Stage, stage

API = PlatformName("api")
BOTS = [client(f"bot-{number}", number) for number in range(4)]


def of_quorum(quorum: Quorum) -> CheckSpec:
    return replace(spec("api"), breaker=BreakerSpec(failures=3, quorum=quorum))


def say(on: Stage, bot: int, streak: int, calls: int = 10, *, epoch: int = 0) -> None:
    said = holding(
        epoch=epoch,
        streak=streak,
        error="refused" if streak else "",
        reports=True,
        traffic=Traffic(calls=calls),
    )
    on.conductor.clients.report(BOTS[bot].id, [said])


def attach(on: Stage, count: int) -> None:
    for bot in BOTS[:count]:
        on.conductor.clients.come(bot)


def state(on: Stage) -> BreakerState:
    return on.view().breaker.state


@pytest.mark.parametrize(
    ("quorum", "reporting", "wanted"),
    [
        pytest.param(1, 20, 1, id="one is enough where somebody says so"),
        pytest.param(3, 20, 3, id="a number"),
        pytest.param(0.5, 20, 10, id="half of them"),
        pytest.param(0.5, 5, 3, id="half of five is three"),
        pytest.param(0.5, 2, 2, id="a share is never of one alone"),
        pytest.param(0.5, 1, 2, id="a client alone decides nothing"),
        pytest.param(1.0, 4, 4, id="all of them"),
    ],
)
def test_how_many_are_needed(quorum: Quorum, reporting: int, wanted: int) -> None:
    assert needed(quorum, reporting) == wanted


async def test_half_of_those_that_report_open_it_for_all() -> None:
    async with stage(of_quorum(0.5)) as on:
        attach(on, 4)
        for bot in range(4):
            say(on, bot, 0)
        say(on, 0, 3)
        assert state(on) is BreakerState.CLOSED
        say(on, 1, 3)
        await on.pass_time(1)
        assert state(on) is BreakerState.OPEN
        breaker = on.view().breaker
        assert breaker.by == "clients"
        assert breaker.why == "2 of 4 clients: 3 failed in a row: refused"
        assert breaker.retry_at is not None


async def test_one_bad_client_poisons_nobody() -> None:
    async with stage(of_quorum(0.5)) as on:
        attach(on, 2)
        say(on, 0, 500)
        await on.pass_time(1)
        say(on, 1, 0)
        await on.pass_time(1)
        assert state(on) is BreakerState.CLOSED


async def test_a_process_that_attaches_twice_is_one() -> None:
    async with stage(of_quorum(2)) as on:
        twin = replace(BOTS[1], origin=BOTS[0].origin, pid=BOTS[0].pid)
        on.conductor.clients.come(BOTS[0])
        on.conductor.clients.come(twin)
        say(on, 0, 3)
        say(on, 1, 3)
        await on.pass_time(1)
        assert state(on) is BreakerState.CLOSED


async def test_who_does_not_report_is_not_counted() -> None:
    async with stage(of_quorum(1)) as on:
        attach(on, 1)
        unasked = holding(streak=9, traffic=Traffic(calls=9))
        on.conductor.clients.report(BOTS[0].id, [unasked])
        await on.pass_time(1)
        assert state(on) is BreakerState.CLOSED


async def test_fewer_failures_than_the_breaker_wants_are_no_verdict() -> None:
    async with stage(of_quorum(1)) as on:
        attach(on, 1)
        say(on, 0, 2)
        await on.pass_time(1)
        assert state(on) is BreakerState.CLOSED


async def test_what_was_counted_before_a_reset_opens_nothing() -> None:
    async with stage(of_quorum(1)) as on:
        attach(on, 1)
        await on.trip()
        await on.reset()
        say(on, 0, 9, epoch=0)
        await on.pass_time(1)
        assert state(on) is BreakerState.CLOSED
        say(on, 0, 9, epoch=2)
        await on.pass_time(1)
        assert state(on) is BreakerState.OPEN


async def test_a_hold_stays_whatever_clients_see() -> None:
    async with stage(of_quorum(1)) as on:
        attach(on, 1)
        await on.trip()
        say(on, 0, 9, epoch=1)
        await on.pass_time(1)
        assert state(on) is BreakerState.HELD


async def test_who_has_called_nothing_for_long_has_no_opinion() -> None:
    async with stage(of_quorum(0.5)) as on:
        attach(on, 4)
        for bot in range(4):
            say(on, bot, 0)
        await on.pass_time(COUNTS_S + 1)
        say(on, 0, 3, calls=20)
        say(on, 1, 3, calls=20)
        await on.pass_time(1)
        assert on.view().breaker.why.startswith("2 of 2 clients")


async def test_who_went_has_no_opinion_either() -> None:
    async with stage(of_quorum(2)) as on:
        leave = on.conductor.clients.come(BOTS[0])
        on.conductor.clients.come(BOTS[1])
        say(on, 0, 3)
        leave()
        say(on, 1, 3)
        await on.pass_time(1)
        assert state(on) is BreakerState.CLOSED


async def test_it_closes_by_a_check_as_any_other() -> None:
    async with stage(of_quorum(1)) as on:
        attach(on, 1)
        say(on, 0, 3)
        await on.pass_time(40)
        assert state(on) is BreakerState.CLOSED
