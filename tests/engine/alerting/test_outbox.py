"""The outbox: in order, kept before it is told, tried again until it is through."""

import asyncio
from datetime import timedelta

import pytest

from conductor_tui.domain.alert import DeliveryState, NoticeKind
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.secret import Secret
from conductor_tui.engine.alerting import lane as lane_module
from conductor_tui.testing import EPOCH, settle
from tests.engine.alerting.outboxes import (
    MAIL,
    OPS,
    Post,
    channel,
    later,
    notice,
)

SENT, GIVEN_UP = DeliveryState.SENT, DeliveryState.GIVEN_UP
DOWN = DeliveryFailed("connection refused")


async def test_a_notice_is_told_as_waiting_and_then_as_sent() -> None:
    async with Post().open() as post:
        await post.put(notice(1))

    assert [one.state for one in post.seen] == [DeliveryState.WAITING, SENT]
    assert post.newest(1).attempts == 1
    assert post.channel().ids == ["n1"]


async def test_nothing_is_told_before_it_is_kept() -> None:
    async with Post().open() as post:
        post.channel().script = [DOWN, DeliveryFailed("400", is_final=True)]
        await post.put(notice(1), notice(2))
        await post.clock.advance(10)

    assert len(post.seen) == 5
    assert post.unkept == []


async def test_a_failure_is_tried_again_after_ever_longer_waits() -> None:
    async with Post().open() as post:
        post.channel().script = [DOWN, DOWN, DOWN]
        await post.put(notice(1))
        await post.clock.advance(60)

    assert post.channel().tries == [0, 2, 6, 14]
    assert post.newest(1).attempts == 4


async def test_a_failed_attempt_is_kept_with_its_words_and_its_next_time() -> None:
    async with Post().open() as post:
        post.channel().is_down = DOWN
        await post.put(notice(1))

    kept = post.journal.deliveries()[1]
    assert (kept.attempts, kept.error) == (1, "connection refused")
    assert kept.next_at == later(2)


async def test_a_channel_that_is_down_for_ten_minutes_gets_everything_in_order() -> (
    None
):
    async with Post().open() as post:
        post.channel().is_down = DOWN
        for minute in range(10):
            at = EPOCH + timedelta(minutes=minute)
            await post.put(notice(minute, at=at), notice(100 + minute, at=at))
            await post.clock.advance(60)
        post.channel().is_down = None
        await post.clock.advance(1024)

    order = [f"n{n}" for minute in range(10) for n in (minute, 100 + minute)]
    assert post.channel().ids == order
    assert post.channel().took[-1][1] == EPOCH + timedelta(minutes=9)


async def test_it_waits_as_long_as_the_other_side_asks() -> None:
    async with Post().open() as post:
        post.channel().script = [DeliveryFailed("429", retry_in_s=30)]
        await post.put(notice(1))
        await post.clock.advance(60)

    assert post.channel().tries == [0, 30]


async def test_nobody_can_ask_us_to_wait_for_a_year() -> None:
    async with Post().open() as post:
        post.channel().script = [DeliveryFailed("429", retry_in_s=3e7)]
        await post.put(notice(1))
        await post.clock.advance(3700)

    assert post.channel().tries == [0, 3600]


async def test_what_never_will_be_taken_makes_way_for_the_next() -> None:
    async with Post().open() as post:
        post.channel().script = [DeliveryFailed("400 bad request", is_final=True)]
        await post.put(notice(1), notice(2))

    assert (post.state(1), post.state(2)) == (GIVEN_UP, SENT)
    assert post.newest(1).error == "400 bad request"
    assert post.newest(1).next_at is None


async def test_one_channel_that_hangs_holds_up_no_other() -> None:
    async with Post(channel(OPS), channel(MAIL)).open() as post:
        post.channel(OPS).script = [3600.0]
        await post.put(notice(1), notice(2))

        assert post.channel(MAIL).ids == ["n1", "n2"]
        assert post.channel(OPS).ids == []


async def test_an_answer_that_does_not_come_is_a_failure() -> None:
    async with Post(channel(timeout_s=10)).open() as post:
        post.channel().script = [3600.0]
        await post.put(notice(1))
        await post.clock.advance(11)
        assert post.newest(1).error == "no answer within 10s"
        await post.clock.advance(2)

    assert post.state(1) is SENT


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(KeyError("url"), "KeyError: 'url'", id="an error of its own"),
        pytest.param(
            asyncio.CancelledError(), "the channel gave it up by itself", id="a cancel"
        ),
        pytest.param(
            DeliveryFailed("bad\x1b[2J token hunter22"),
            r"bad\x1b[2J token ***",
            id="a secret, and what a terminal obeys",
        ),
    ],
)
async def test_whatever_a_channel_raises_is_a_failure_in_words(
    error: BaseException, words: str
) -> None:
    async with Post(channel(secrets=(Secret("hunter22"),))).open() as post:
        post.channel().script = [error]
        await post.put(notice(1))
        assert post.newest(1).error == words
        await post.clock.advance(2)

    assert post.state(1) is SENT


async def test_what_waited_for_too_long_is_given_up_and_says_since_when() -> None:
    async with Post(max_age_s=3600.0).open() as post:
        post.channel().is_down = DOWN
        await post.put(notice(1))
        await post.clock.advance(1800)
        await post.put(notice(2))
        await post.clock.advance(1801)

        assert (post.state(1), post.state(2)) == (GIVEN_UP, DeliveryState.WAITING)
        assert post.newest(1).error == "older than 1h: connection refused"


async def test_old_news_told_only_now_are_not_too_old() -> None:
    async with Post(max_age_s=60.0).open() as post:
        await post.put(notice(1, at=EPOCH - timedelta(days=3)))

    assert post.state(1) is SENT


async def test_a_step_of_the_wall_clock_delays_and_ends_nothing() -> None:
    async with Post().open() as post:
        post.channel().script = [DOWN]
        await post.put(notice(1))
        post.clock.step_wall(-7 * 3600)
        await post.put(notice(2))
        post.clock.step_wall(72 * 3600)
        await post.clock.advance(2)

    assert post.channel().tries == [0, 2, 2]
    assert (post.state(1), post.state(2)) == (SENT, SENT)


async def test_of_too_many_that_wait_the_oldest_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lane_module, "MOST_WAITING", 3)
    async with Post().open() as post:
        post.channel().script = [5.0]
        await post.put(notice(1))
        await post.put(*(notice(number) for number in range(2, 6)))
        await post.clock.advance(6)

    assert post.channel().ids == ["n1", "n4", "n5"]
    assert post.newest(2).error == "more than 3 waited"
    assert (post.state(2), post.state(3)) == (GIVEN_UP, GIVEN_UP)


async def test_how_a_channel_does_is_told() -> None:
    async with Post().open() as post:
        assert (post.view().kind, post.view().target) == ("fake", "nowhere")
        post.channel().script = [DOWN, DOWN]
        await post.put(notice(1))
        await post.clock.advance(2)
        assert (post.view().failures, post.view().trouble) == (2, "connection refused")
        await post.clock.advance(4)

    view = post.view()
    assert (view.sent, view.failures, view.trouble) == (1, 0, "")
    assert (view.latency_s, view.drill_latency_s) == (6.0, None)


async def test_the_latency_of_a_drill_is_told_apart() -> None:
    async with Post().open() as post:
        post.channel().script = [3.0]
        await post.put(notice(1, is_drill=True))
        await post.clock.advance(5)
        await post.put(notice(2, at=post.clock.now()))

    assert (post.view().latency_s, post.view().drill_latency_s) == (0.0, 3.0)


async def test_a_failing_journal_keeps_no_notice_from_its_people() -> None:
    async with Post().open() as post:
        post.journal.failure = "the disk is full"
        await post.put(notice(1))

    assert post.channel().ids == ["n1"]
    assert post.state(1) is SENT


async def test_an_attempt_under_way_has_a_moment_when_we_stop() -> None:
    post = Post()
    async with post.open():
        post.channel().script = [1.5]
        await post.put(notice(1), notice(2))

    assert post.journal.deliveries()[1].state is SENT
    assert post.journal.deliveries()[2].state is DeliveryState.WAITING
    assert post.channel().closed == 1


async def test_an_attempt_that_takes_longer_is_cancelled_and_stays_waiting() -> None:
    post = Post()
    async with post.open():
        post.channel().script = [9.0]
        await post.put(notice(1))

    assert post.journal.deliveries()[1].state is DeliveryState.WAITING
    assert not post.channel().is_busy
    assert post.clock.monotonic() < 9.0


async def test_a_channel_is_opened_when_it_is_needed_and_closed_at_the_end() -> None:
    async with Post().open() as post:
        await settle()
        assert post.channel().opened == 0
        await post.put(notice(1), notice(2))

    assert (post.channel().opened, post.channel().closed) == (1, 1)


async def test_a_test_goes_through_the_one_channel_it_is_for() -> None:
    async with Post(channel(OPS), channel(MAIL)).open() as post:
        await post.put(notice(1, kind=NoticeKind.TEST), only=MAIL)

    assert (post.channel(OPS).ids, post.channel(MAIL).ids) == ([], ["n1"])
