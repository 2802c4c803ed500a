"""Idempotency keys: the same key is the same request, and is delivered once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from conductor_tui.domain.dispatch import DispatchOutcome, DispatchSpec
from conductor_tui.domain.errors import KeyClashed
from conductor_tui.domain.plugin_calls import PluginError
from conductor_tui.testing import settle
from tests.engine.dispatch.fakes import sender

D = DispatchOutcome
ONCE = DispatchSpec(retry=replace(DispatchSpec().retry, attempts=1))


async def test_the_same_key_is_delivered_once_and_answered_twice() -> None:
    async with sender() as here:
        first = await here.send({"n": 1}, key="k-1")
        second = await here.send({"n": 1}, key="k-1")
        assert (first.is_repeated, second.is_repeated) == (False, True)
        assert second.reply == first.reply
        assert len(here.asked()) == 1
        [asked] = here.worker().asked
        assert asked.metadata["idempotency-key"] == "k-1"


async def test_while_the_first_is_under_way_the_others_wait_for_it() -> None:
    async with sender() as here:
        here.worker().replies = [until := asyncio.Event()]
        sent = [here.begin("x", key="k-1") for _ in range(5)]
        await settle(50)
        sent[0].cancel()  # whoever asked first has gone
        until.set()
        done = await asyncio.gather(*sent[1:])
        assert [one.outcome for one in done] == [D.DELIVERED] * 4
        assert all(one.is_repeated for one in done)
        assert len(here.asked()) == 1


async def test_a_key_of_another_request_is_refused() -> None:
    async with sender() as here:
        await here.send("x", key="k-1")
        with pytest.raises(KeyClashed, match="k-1"):
            await here.send("y", key="k-1")
        here.worker().replies = [until := asyncio.Event()]
        one = here.begin("x", key="k-2")
        await settle(50)
        with pytest.raises(KeyClashed):
            await here.send("y", key="k-2")
        until.set()
        assert (await one).outcome is D.DELIVERED


async def test_one_that_was_not_accepted_may_be_sent_again() -> None:
    async with sender(spec_=ONCE) as here:
        here.worker().replies = [PluginError("gone")]
        assert (await here.send(key="k-1", keep=False)).outcome is D.FAILED
        assert (await here.send(key="k-1", keep=False)).outcome is D.DELIVERED


async def test_one_that_waits_is_not_kept_twice_and_its_end_is_known() -> None:
    async with sender(spec_=ONCE) as here:
        here.worker().replies = [PluginError("gone")]
        first = await here.send(key="k-1")
        second = await here.send(key="k-1")
        assert (first.letter, second.letter) == (1, 1)
        assert (second.outcome, second.is_repeated) == (D.KEPT, True)
        await here.clock.advance(3)
        last = await here.send(key="k-1")
        assert (last.outcome, last.letter, last.is_repeated) == (D.DELIVERED, 1, True)
        assert len(here.asked()) == 2


async def test_after_a_day_a_key_is_forgotten() -> None:
    async with sender() as here:
        await here.send(key="k-1")
        kept = here.journal.keys["k-1"]
        here.journal.keys["k-1"] = replace(kept, at=kept.at - timedelta(days=1))
        assert not (await here.send(key="k-1")).is_repeated


async def test_a_reply_that_is_too_large_is_not_remembered_but_that_it_was_is() -> None:
    async with sender() as here:
        first = await here.send("x" * 100_000, key="k-1")
        assert first.reply is not None
        assert first.reply.payload == "x" * 100_000
        second = await here.send("x" * 100_000, key="k-1")
        assert second.reply is not None
        assert (second.is_repeated, second.reply.payload) == (True, None)
        assert second.reply.detail == "the reply was too large to be remembered"


async def test_without_a_journal_that_can_tell_a_key_is_not_promised() -> None:
    async with sender() as here:
        here.journal.trouble = "the disk is full"
        done = await here.send(key="k-1")
        assert done.outcome is D.NOT_KEPT
        assert not here.asked()
