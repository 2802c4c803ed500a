"""Requests through breaker, bulkhead and retry, in a whole engine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from conductor_tui.domain.commands import ResetBreaker, TripBreaker
from conductor_tui.domain.dispatch import (
    Dispatched,
    DispatchOutcome,
    DispatchRequest,
)
from conductor_tui.domain.events import DispatchSampled
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.plugin_calls import (
    PluginBusy,
    PluginError,
    RequestRefused,
)
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.testing import settle
from tests.build import spec
from tests.engine.plugins.fakes import FakeWorker, PluginStage, plugin, plugin_stage

D = DispatchOutcome
ECHO = PlatformName("echo")


@asynccontextmanager
async def echo() -> AsyncIterator[PluginStage]:
    settings = Settings(platforms=(PlatformSettings(spec=spec("api"), options=None),))
    async with plugin_stage(plugin("echo"), settings=settings) as made:
        yield made


async def send(
    made: PluginStage, payload: object = "hi", *, within_s: float = 30.0, **more: object
) -> Dispatched:
    """Send one request, and let time pass until it has ended."""
    request = DispatchRequest(id="r-1", to=ECHO, keep=False, payload=payload, **more)  # type: ignore[arg-type]
    sent = asyncio.create_task(made.staged.conductor.requests.send(request))
    await settle()
    for _ in range(int(within_s / 0.1)):
        if sent.done():
            break
        await made.staged.clock.advance(0.1)
    return await sent


def worker(made: PluginStage) -> FakeWorker:
    return made.host.worker("echo")


async def trip(made: PluginStage) -> None:
    await made.staged.ask(
        TripBreaker(
            id=made.staged.new_id(),
            platform=ECHO,
            by="ann",
            epoch=made.staged.view("echo").breaker.epoch,
            why="moving",
        )
    )


async def reset(made: PluginStage) -> None:
    await made.staged.ask(
        ResetBreaker(
            id=made.staged.new_id(),
            platform=ECHO,
            by="ann",
            epoch=made.staged.view("echo").breaker.epoch,
        )
    )


async def test_a_request_reaches_the_plug_in_and_its_reply_comes_back() -> None:
    async with echo() as made:
        done = await send(made, {"n": 1}, metadata={"from": "ann"})
        assert (done.outcome, done.attempts) == (D.DELIVERED, 1)
        assert done.reply is not None
        assert done.reply.payload == {"n": 1}
        [asked] = worker(made).asked
        assert (asked.id, asked.attempt) == ("r-1", 1)
        assert asked.metadata == {"from": "ann", "idempotency-key": "r-1"}
        assert asked.deadline_s == pytest.approx(5.0)


async def test_what_may_help_is_tried_again_and_the_breaker_hears_of_the_end() -> None:
    async with echo() as made:
        for _ in range(4):
            worker(made).replies = [PluginError("busy"), PluginError("busy")]
            done = await send(made)
            assert (done.outcome, done.attempts) == (D.DELIVERED, 3)
        assert [one.attempt for one in worker(made).asked] == [1, 2, 3] * 4
        assert made.staged.view("echo").breaker.state == "CLOSED"


async def test_nobody_tries_again_before_the_time_that_was_named() -> None:
    async with echo() as made:
        worker(made).replies = [PluginError("429", retry_after_s=2.0)]
        done = await send(made)
        assert done.outcome is D.DELIVERED
        assert done.took_s >= 2.0


async def test_what_was_refused_is_not_tried_again_and_is_no_failure() -> None:
    async with echo() as made:
        worker(made).replies = [RequestRefused("no such room")] * 3
        for _ in range(3):
            done = await send(made)
            assert (done.outcome, done.attempts) == (D.REFUSED, 1)
            assert done.words == "no such room"
        assert made.staged.view("echo").breaker.state == "CLOSED"


async def test_three_that_fail_open_the_breaker_and_the_next_one_is_not_sent() -> None:
    async with echo() as made:
        worker(made).replies = [PluginError("gone")] * 9
        for _ in range(3):
            assert (await send(made)).outcome is D.FAILED
        assert made.staged.view("echo").breaker.state == "OPEN"
        asked = len(worker(made).asked)
        done = await send(made)
        assert (done.outcome, done.attempts) == (D.REJECTED, 0)
        assert done.retry_in_s is not None
        assert len(worker(made).asked) == asked


async def test_while_a_person_holds_it_nothing_is_sent_then_it_is() -> None:
    async with echo() as made:
        await trip(made)
        done = await send(made)
        assert (done.outcome, done.words) == (D.REJECTED, "breaker HELD")
        assert worker(made).asked == []
        await reset(made)
        assert (await send(made)).outcome is D.DELIVERED


async def test_a_trip_reaches_those_that_wait_for_their_place() -> None:
    async with echo() as made:
        until = asyncio.Event()
        worker(made).replies = [until] * 8
        dispatch = made.staged.conductor.requests.send
        requests = [
            DispatchRequest(id=str(n), to=ECHO, keep=False, deadline_s=60.0)
            for n in range(12)
        ]
        sent = [asyncio.create_task(dispatch(one)) for one in requests]
        await settle()
        assert len(worker(made).asked) == 8
        await trip(made)
        until.set()
        done = await asyncio.gather(*sent)
        outcomes = [one.outcome for one in done]
        assert outcomes == [D.DELIVERED] * 8 + [D.REJECTED] * 4
        assert len(worker(made).asked) == 8


async def test_beyond_the_bulkhead_it_is_turned_away_at_once_without_blame() -> None:
    async with echo() as made:
        until = asyncio.Event()
        worker(made).replies = [until] * 8
        dispatch = made.staged.conductor.requests.send
        requests = [
            DispatchRequest(id=str(n), to=ECHO, keep=False, deadline_s=60.0)
            for n in range(73)
        ]
        sent = [asyncio.create_task(dispatch(one)) for one in requests]
        await settle(200)
        [away] = [one.result() for one in sent if one.done()]
        assert away.outcome is D.TURNED_AWAY
        assert away.words == "8 are under way and 64 wait already"
        assert away.retry_in_s == 1.0
        await made.staged.clock.advance(1)
        figures = made.staged.view("echo").requests
        assert (figures.under_way, figures.waiting) == (8, 64)
        until.set()
        await asyncio.gather(*sent)
        assert made.staged.view("echo").breaker.state == "CLOSED"


async def test_a_worker_that_is_busy_is_tried_again_and_not_blamed() -> None:
    async with echo() as made:
        worker(made).replies = [PluginBusy("full")] * 12
        for _ in range(4):
            done = await send(made)
            assert (done.outcome, done.attempts) == (D.TURNED_AWAY, 3)
        assert made.staged.view("echo").breaker.state == "CLOSED"


async def test_its_deadline_covers_waits_and_all_attempts() -> None:
    async with echo() as made:
        worker(made).replies = [asyncio.Event() for _ in range(3)]
        for _ in range(3):
            done = await send(made, deadline_s=0.5)
            assert (done.outcome, done.words) == (D.TIMED_OUT, "no reply within 500ms")
            assert done.took_s == pytest.approx(0.5)
        assert made.staged.view("echo").breaker.state == "OPEN"


async def test_no_wait_goes_beyond_the_deadline() -> None:
    async with echo() as made:
        worker(made).replies = [PluginError("429", retry_after_s=60.0)]
        done = await send(made)
        assert (done.outcome, done.attempts) == (D.FAILED, 1)
        assert (done.took_s, done.retry_in_s) == (0.0, 60.0)


async def test_only_a_platform_of_a_plug_in_takes_requests() -> None:
    async with echo() as made:
        requests = made.staged.conductor.requests
        for name, words in (
            ("nope", "no platform is called 'nope'"),
            ("api", "api is only watched: a plug-in takes requests"),
        ):
            request = DispatchRequest(id="1", to=name)
            with pytest.raises(LookupError, match=words):
                await requests.send(request)


async def test_a_plug_in_that_does_not_run_fails_in_words() -> None:
    async with echo() as made:
        worker(made).die("it hung")
        await made.rest()
        await made.disable()
        await made.staged.resume("echo")
        done = await send(made)
        assert done.outcome is D.FAILED
        assert "is not enabled" in done.words


async def test_the_figures_are_told_once_a_second_where_they_changed() -> None:
    async with echo() as made:
        for _ in range(3):
            await send(made)
        await made.staged.clock.advance(1)
        figures = made.staged.view("echo").requests
        assert figures.ended == {D.DELIVERED: 3}
        assert figures.p50_s is not None
        told = len(made.staged.told(DispatchSampled))
        await made.staged.clock.advance(5)
        assert len(made.staged.told(DispatchSampled)) == told


async def test_one_that_nobody_waits_for_any_more_leaves_its_place() -> None:
    async with echo() as made:
        worker(made).replies = [asyncio.Event()]
        request = DispatchRequest(id="1", to=ECHO, keep=False)
        dispatch = made.staged.conductor.requests.send
        sent = asyncio.create_task(dispatch(request))
        await settle()
        sent.cancel()
        await settle()
        assert (await send(made)).outcome is D.DELIVERED
        await made.staged.clock.advance(1)
        assert made.staged.view("echo").requests.under_way == 0
