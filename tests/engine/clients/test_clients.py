"""Programs that hold our breakers are listed, with what goes through them there."""

from dataclasses import replace

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.client import Holding, Traffic
from conductor_tui.domain.events import BreakersDropped, ClientsTold, VerdictApplied
from conductor_tui.domain.ids import Epoch, PlatformName
from conductor_tui.engine.clients.clients import MOST_HELD
from conductor_tui.ports import KeptBreaker
from conductor_tui.testing import FakeClock
from tests.build import client, holding, spec
from tests.engine.recording.memory_state import MemoryState
from tests.engine.stage import Stage, stage

API = PlatformName("api")
BOT = client("bot-a", 812)
OTHER = client("bot-b", 813)


def held(on: Stage) -> Holding:
    return on.hub.snapshot.clients[BOT.id].holdings[API]


async def test_one_that_comes_is_told_and_one_that_goes_is_forgotten() -> None:
    async with stage() as on:
        leave = on.conductor.clients.come(BOT)
        await on.pass_time(1)
        assert list(on.hub.snapshot.clients) == [BOT.id]
        leave()
        leave()
        await on.pass_time(1)
        assert not on.hub.snapshot.clients
        assert not on.conductor.clients.is_here(BOT.id)


async def test_many_reports_are_told_together() -> None:
    async with stage() as on:
        bots = [client(f"bot-{number}", number) for number in range(20)]
        for bot in bots:
            on.conductor.clients.come(bot)
            on.conductor.clients.report(bot.id, [holding()])
        await on.pass_time(1)
        [told] = on.told(ClientsTold)
        assert isinstance(told, ClientsTold)
        assert {one.id for one in told.clients} == {bot.id for bot in bots}


async def test_totals_become_rates_and_fall_when_nothing_is_said_any_more() -> None:
    async with stage() as on:
        clients = on.conductor.clients
        clients.come(BOT)
        clients.report(BOT.id, [holding(traffic=Traffic(calls=1000))])
        await on.pass_time(1)
        assert held(on).traffic.calls_hz == 0.0  # from before we knew it
        clients.report(
            BOT.id, [holding(traffic=Traffic(calls=1200, failed=20, rejected=5))]
        )
        await on.clock.advance(0.5)
        flow = held(on).traffic
        assert (flow.calls_hz, flow.failed_hz, flow.rejected_hz) == (200.0, 20.0, 5.0)
        await on.pass_time(4)
        assert held(on).traffic == Traffic(calls=1200, failed=20, rejected=5)


async def test_a_report_that_follows_another_at_once_keeps_the_rate() -> None:
    async with stage() as on:
        clients = on.conductor.clients
        clients.come(BOT)
        clients.report(BOT.id, [holding(traffic=Traffic(calls=0))])
        await on.pass_time(1)
        clients.report(BOT.id, [holding(traffic=Traffic(calls=100))])
        await on.clock.advance(0.01)
        clients.report(BOT.id, [holding(traffic=Traffic(calls=101))])
        await on.clock.advance(0.5)
        assert held(on).traffic.calls_hz == 100.0


async def test_a_report_of_nobody_is_dropped() -> None:
    async with stage() as on:
        on.conductor.clients.report(BOT.id, [holding()])
        await on.pass_time(1)
        assert not on.hub.snapshot.clients


async def test_one_client_lists_no_more_than_its_share() -> None:
    async with stage() as on:
        on.conductor.clients.come(BOT)
        many = [holding(f"p{number}") for number in range(MOST_HELD + 5)]
        on.conductor.clients.report(BOT.id, many)
        await on.pass_time(1)
        assert len(on.hub.snapshot.clients[BOT.id].holdings) == MOST_HELD


async def test_a_trip_is_told_as_applied_once_every_holder_goes_by_it() -> None:
    async with stage() as on:
        clients = on.conductor.clients
        for one in (BOT, OTHER):
            clients.come(one)
            clients.report(one.id, [holding()])
        await on.pass_time(1)
        await on.trip()
        clients.report(BOT.id, [holding(epoch=1)])
        await on.pass_time(1)
        assert on.hub.snapshot.applied(on.view()).words == "1/2"
        assert not on.told(VerdictApplied)
        clients.report(OTHER.id, [holding(epoch=1)])
        await on.pass_time(5)
        [told] = on.told(VerdictApplied)
        assert isinstance(told, VerdictApplied)
        assert (told.count, told.of, told.missing) == (2, 2, ())
        assert told.took_s == pytest.approx(1.0)
        assert on.hub.snapshot.applied(on.view()).is_whole


async def test_who_does_not_apply_a_trip_is_named() -> None:
    async with stage() as on:
        clients = on.conductor.clients
        for one in (BOT, OTHER):
            clients.come(one)
            clients.report(one.id, [holding()])
        await on.trip()
        clients.report(BOT.id, [holding(epoch=1)])
        await on.pass_time(3)
        [told] = on.told(VerdictApplied)
        assert isinstance(told, VerdictApplied)
        assert (told.count, told.of, told.missing) == (1, 2, ("bot-b pid 813",))


async def test_one_that_applies_it_late_is_told_too() -> None:
    async with stage() as on:
        clients = on.conductor.clients
        clients.come(BOT)
        clients.report(BOT.id, [holding()])
        await on.trip()
        await on.pass_time(10)
        clients.report(BOT.id, [holding(epoch=1)])
        await on.pass_time(10)
        late, whole = on.told(VerdictApplied)
        assert isinstance(late, VerdictApplied)
        assert isinstance(whole, VerdictApplied)
        assert (late.count, whole.count, whole.of) == (0, 1, 1)
        assert whole.took_s == pytest.approx(10.0)


async def test_nobody_waits_for_a_client_that_went() -> None:
    async with stage() as on:
        clients = on.conductor.clients
        clients.come(BOT)
        leave = clients.come(OTHER)
        for one in (BOT, OTHER):
            clients.report(one.id, [holding()])
        await on.trip()
        clients.report(BOT.id, [holding(epoch=1)])
        leave()
        await on.pass_time(1)
        [told] = on.told(VerdictApplied)
        assert isinstance(told, VerdictApplied)
        assert (told.count, told.of) == (1, 1)


async def test_what_nobody_holds_is_not_told_as_applied() -> None:
    async with stage() as on:
        await on.trip()
        await on.pass_time(5)
        assert not on.told(VerdictApplied)


async def test_a_breaker_from_before_binds_until_its_platform_is_back() -> None:
    journal = MemoryState(FakeClock())
    async with stage(state=journal) as on:
        await on.trip()
    kept = journal.breakers[API]
    gone = PlatformName("gone")
    journal.breakers[gone] = KeptBreaker(
        platform=gone, breaker=replace(kept.breaker, epoch=Epoch(7))
    )
    async with stage(spec("api"), state=journal) as on:
        await on.pass_time(1)
        assert on.view().breaker.state is BreakerState.HELD
        assert list(on.hub.snapshot.awaited) == [gone]
        assert not on.hub.snapshot.is_whole
        await on.pass_time(30)
        assert (on.hub.snapshot.awaited, on.hub.snapshot.is_whole) == ({}, True)
        [dropped] = on.told(BreakersDropped)
        assert dropped == BreakersDropped(platforms=(gone,))


async def test_a_reset_of_a_closed_breaker_lets_clients_begin_anew() -> None:
    async with stage() as on:
        clients = on.conductor.clients
        clients.come(BOT)
        clients.report(BOT.id, [holding(state=BreakerState.OPEN, streak=3)])
        await on.pass_time(1)
        assert on.hub.snapshot.stopped_alone(API) == 1
        answer = await on.reset()
        assert answer.granted
        assert answer.words == "it was CLOSED; 1 client begins anew"
        breaker = on.view().breaker
        assert (breaker.state, breaker.epoch) == (BreakerState.CLOSED, 1)


async def test_where_no_client_stopped_there_is_nothing_to_reset() -> None:
    async with stage() as on:
        on.conductor.clients.come(BOT)
        on.conductor.clients.report(BOT.id, [holding()])
        await on.pass_time(1)
        assert not (await on.reset()).granted
