"""Groups, types, and who of several platforms is asked first."""

import asyncio
from dataclasses import replace

import pytest

from conductor_tui.domain.dispatch import (
    Choice,
    DispatchOutcome,
    DispatchSettings,
    DispatchSpec,
    Route,
)
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.plugin_calls import PluginError, RequestRefused
from conductor_tui.testing import settle
from tests.engine.dispatch.fakes import Sender, sender

D = DispatchOutcome
ONCE = DispatchSpec(retry=replace(DispatchSpec().retry, attempts=1))
NAMES = ("echo", "db")
CHAT = DispatchSettings(
    usual=ONCE,
    groups={"chat": (PlatformName("db"), PlatformName("echo"))},
    routes=(
        Route(pattern="alert.*", to=("echo",)),
        Route(pattern="*", to=("chat",), choose=Choice.LEAST_LOADED),
    ),
)


def counts(here: Sender) -> dict[str, int]:
    return {name: len(here.asked(name)) for name in NAMES}


async def test_a_group_is_asked_in_the_order_of_the_file() -> None:
    async with sender(*NAMES, requests=CHAT, group="chat") as here:
        done = await here.send(to="chat")
        assert (done.outcome, done.platform) == (D.DELIVERED, "db")
        assert counts(here) == {"echo": 0, "db": 1}


@pytest.mark.parametrize("error", [PluginError("gone"), RequestRefused("too long")])
async def test_where_one_fails_the_next_one_is_asked(error: PluginError) -> None:
    async with sender(*NAMES, requests=CHAT, group="chat") as here:
        here.worker("db").replies = [error]
        done = await here.send(to="chat")
        assert (done.outcome, done.platform, done.attempts) == (D.DELIVERED, "echo", 2)
        [trouble] = done.troubles
        assert (trouble.platform, trouble.words) == ("db", str(error))


async def test_one_whose_breaker_is_held_is_passed_over() -> None:
    async with sender(*NAMES, requests=CHAT, group="chat") as here:
        await here.trip("db")
        assert (await here.send(to="chat")).platform == "echo"
        assert counts(here) == {"echo": 1, "db": 0}


async def test_where_all_fail_it_waits_and_goes_to_who_can_take_it_first() -> None:
    async with sender(*NAMES, requests=CHAT, group="chat") as here:
        await here.trip("db")
        await here.trip("echo")
        done = await here.send(to="chat")
        assert (done.outcome, len(done.troubles)) == (D.KEPT, 2)
        [view] = here.letters
        assert (view.to, view.error) == ("chat", "echo: breaker HELD")
        await here.clock.advance(30)
        assert counts(here) == {"echo": 0, "db": 0}
        await here.reset("echo")
        await here.clock.advance(2)
        assert counts(here) == {"echo": 1, "db": 0}
        assert not here.letters


async def test_what_all_refuse_is_not_kept() -> None:
    async with sender(*NAMES, requests=CHAT, group="chat") as here:
        for name in NAMES:
            here.worker(name).replies = [RequestRefused("too long")]
        done = await here.send(to="chat")
        assert (done.outcome, here.letters) == (D.REFUSED, [])


async def test_the_first_route_that_takes_a_type_has_it() -> None:
    async with sender(*NAMES, requests=CHAT, group="chat") as here:
        done = await here.send(to="", type="alert.disk")
        assert done.platform == "echo"
        [asked] = here.worker("echo").asked
        assert asked.metadata["type"] == "alert.disk"
        assert (await here.send(to="", type="news")).outcome is D.DELIVERED


async def test_of_several_the_one_with_the_least_to_do_is_asked_first() -> None:
    async with sender(*NAMES, requests=CHAT, group="chat") as here:
        until = asyncio.Event()
        for name in NAMES:
            here.worker(name).replies = [until] * 3
        sent = [here.begin(to="", type="news") for _ in range(6)]
        await settle(100)
        assert counts(here) == {"echo": 3, "db": 3}
        until.set()
        await asyncio.gather(*sent)
        here.worker("db").replies = [until := asyncio.Event()]
        one = here.begin(to="db")
        await settle()
        last = await here.send(to="chat", choose=Choice.LEAST_LOADED)
        assert last.platform == "echo"
        until.set()
        await one


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"to": "nope"}, "no platform is called 'nope'"),
        ({"to": ""}, "say `to`"),
        ({"to": "", "type": "news"}, "no .* takes requests of type 'news'"),
        ({"to": "api"}, "api is only watched"),
    ],
)
async def test_where_nobody_takes_it_it_is_said(
    said: dict[str, object], words: str
) -> None:
    async with sender(spec_=ONCE) as here:
        with pytest.raises(LookupError, match=words):
            await here.send(**said)


async def test_a_deadline_is_for_all_of_them_together() -> None:
    async with sender(*NAMES, requests=CHAT, group="chat") as here:
        for name in NAMES:
            here.worker(name).replies = [asyncio.Event()]
        done = await here.send(to="chat", deadline_s=1.0, keep=False)
        assert done.outcome is D.TIMED_OUT
        assert done.took_s == pytest.approx(1.0)
        assert counts(here) == {"echo": 0, "db": 1}


async def test_a_letter_whose_platform_went_waits_and_says_so() -> None:
    async with sender(spec_=ONCE) as here:
        here.worker().replies = [PluginError("gone")]
        await here.send()
        settings = here.staged.conductor.in_force.settings
        others = replace(settings, platforms=settings.platforms[:1], plugins=())
        await here.staged.reload(others)
        await here.clock.advance(60)
        [view] = here.letters
        answer = await here.redrive(view.id)
        assert answer.words == "1 is redriven later: no platform is called 'echo'"
        await here.staged.reload(settings)
        await here.made.rest()
        await here.clock.advance(5)
        assert not here.letters
