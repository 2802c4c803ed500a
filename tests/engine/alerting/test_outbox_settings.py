"""The outbox: what is kept from before, and channels that come, change and go."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conductor_tui.domain.alert import DeliveryState
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.engine.alerting import shelf as shelf_module
from conductor_tui.ports import Kept
from conductor_tui.testing import EPOCH, settle
from tests.engine.alerting.outboxes import (
    MAIL,
    OPS,
    Post,
    channel,
    later,
    notice,
    waiting,
)

SENT, GIVEN_UP, WAITING = (
    DeliveryState.SENT,
    DeliveryState.GIVEN_UP,
    DeliveryState.WAITING,
)
DOWN = DeliveryFailed("connection refused")


def kept(*deliveries: object, last: int = 0) -> Kept:
    return Kept(deliveries=tuple(deliveries), last_delivery=last)  # type: ignore[arg-type]


async def test_what_waited_is_delivered_in_order_after_a_restart() -> None:
    post = Post(kept=kept(*(waiting(number) for number in (1, 2, 3))))
    async with post.open():
        await post.put(notice(4))

    assert post.channel().ids == ["n1", "n2", "n3", "n4"]


async def test_the_backoff_goes_on_after_a_restart() -> None:
    tried = waiting(1, attempts=4, error="refused")
    post = Post(kept=kept(replace(tried, next_at=later(9))))
    post.channel().script = [DOWN]
    async with post.open():
        await post.clock.advance(60)

    assert post.channel().tries == [9, 9 + 2**5]


async def test_a_wall_clock_that_was_moved_meanwhile_delays_an_hour_at_most() -> None:
    post = Post(kept=kept(replace(waiting(1), next_at=later(9e6))))
    async with post.open():
        await post.clock.advance(3600)

    assert post.channel().tries == [3600]


async def test_what_got_too_old_while_we_were_away_is_given_up() -> None:
    before = EPOCH - timedelta(days=2)
    old = replace(waiting(1), next_at=before)
    tried = replace(
        waiting(2, attempts=3, error="refused"), notice=notice(2, at=before)
    )
    post = Post(kept=kept(old, tried, waiting(3)))
    async with post.open():
        await settle()

    assert post.newest(1).error == "older than 1d: nothing was taken in time"
    assert post.newest(2).error == "older than 1d: refused"
    assert post.channel().ids == ["n3"]


async def test_numbers_go_on_where_they_were() -> None:
    async with Post(kept=kept(last=41)).open() as post:
        assert [one.id for one in post.box.route([notice(1)])] == [42]


async def test_what_waited_for_a_channel_that_is_gone_is_given_up_in_words() -> None:
    post = Post(channel(MAIL), kept=kept(waiting(1)))
    async with post.open():
        await settle()

    assert post.state(1) is GIVEN_UP
    assert post.newest(1).error == "channel 'ops' is not in the settings any more"


async def test_a_channel_that_is_removed_gives_up_what_waits_and_says_so() -> None:
    async with Post(channel(OPS), channel(MAIL)).open() as post:
        post.channel(OPS).is_down = DOWN
        await post.put(notice(1), notice(2))
        post.keep_to(channel(MAIL))
        await settle()

        assert OPS not in post.hub.snapshot.alerts.channels
        assert [post.state(number) for number in (1, 2, 3, 4)] == [
            GIVEN_UP,
            SENT,
            GIVEN_UP,
            SENT,
        ]
        assert post.channel(OPS).closed == 1


async def test_what_is_under_way_through_a_removed_channel_has_a_moment() -> None:
    async with Post().open() as post:
        post.channel().script = [1.0]
        await post.put(notice(1), notice(2))
        post.keep_to()
        await post.clock.advance(3)

    assert (post.state(1), post.state(2)) == (SENT, GIVEN_UP)


async def test_one_begun_after_its_channel_went_is_given_up() -> None:
    async with Post().open() as post:
        deliveries = post.box.route([notice(1)])
        post.keep_to()
        post.box.begin(deliveries)
        await settle()

    assert post.state(1) is GIVEN_UP


async def test_a_channel_that_is_added_works_at_once() -> None:
    async with Post().open() as post:
        post.keep_to(channel(OPS), channel(MAIL))
        await post.put(notice(1))

    assert post.channel(MAIL).ids == ["n1"]
    assert post.view(MAIL).sent == 1


async def test_other_options_are_tried_at_once_by_a_channel_opened_anew() -> None:
    async with Post().open() as post:
        post.channel().is_down = DOWN
        await post.put(notice(1))
        await post.clock.advance(100)
        post.channel().is_down = None
        post.keep_to(channel(options="another url", target="elsewhere"))
        await settle()

        assert post.state(1) is SENT
        assert (post.channel().opened, post.channel().closed) == (2, 1)
        assert post.view().target == "elsewhere"


async def test_the_same_settings_change_nothing() -> None:
    async with Post().open() as post:
        post.channel().is_down = DOWN
        await post.put(notice(1))
        seq = post.hub.snapshot.seq
        post.keep_to(channel())
        await settle()

        assert post.hub.snapshot.seq == seq
        assert post.channel().tries == [0]


async def test_of_too_many_given_up_the_oldest_is_discarded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shelf_module, "MOST_GIVEN_UP", 2)
    async with Post().open() as post:
        post.channel().is_down = DeliveryFailed("410 gone", is_final=True)
        await post.put(*(notice(number) for number in range(1, 4)))

        assert post.state(1) is DeliveryState.DISCARDED
        assert list(post.hub.snapshot.alerts.outbox) == [2, 3]
