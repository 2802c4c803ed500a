"""The outbox: which channels a notice goes through, and what people ask of it."""

import pytest

from conductor_tui.domain.alert import (
    DeliveryState,
    Notice,
    NoticeKind,
    Scope,
    Severity,
    Subject,
    SubjectKind,
)
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.ids import DeliveryId
from conductor_tui.engine.refusal import Refused
from conductor_tui.ports import Kept
from conductor_tui.testing import settle
from tests.engine.alerting.outboxes import MAIL, OPS, Post, channel, notice, waiting

DOWN = DeliveryFailed("connection refused")
REFUSED = DeliveryFailed("400 bad request", is_final=True)
BOTS = Subject(kind=SubjectKind.AGENT, name="bot-1", group="bots")
ONE, TWO = DeliveryId(1), DeliveryId(2)


def subject(kind: SubjectKind, name: str) -> Subject:
    return Subject(kind=kind, name=name)


ROUTES = [
    pytest.param(channel(), notice(), True, id="everything goes where no scope is"),
    pytest.param(
        channel(least=Severity.CRITICAL),
        notice(severity=Severity.WARNING),
        False,
        id="not what is less than the least",
    ),
    pytest.param(
        channel(least=Severity.CRITICAL),
        notice(severity=Severity.WARNING, is_drill=True),
        True,
        id="a drill passes every least",
    ),
    pytest.param(
        channel(least=Severity.CRITICAL, scope=Scope(groups=frozenset({"bots"}))),
        notice(
            kind=NoticeKind.TEST,
            severity=Severity.INFO,
            subject=subject(SubjectKind.TEST, "test"),
        ),
        True,
        id="a test passes everywhere",
    ),
    pytest.param(
        channel(scope=Scope(groups=frozenset({"bots"}))),
        notice(),
        False,
        id="not what the channel is not for",
    ),
    pytest.param(
        channel(scope=Scope(groups=frozenset({"bots"}))),
        notice(subject=subject(SubjectKind.GROUP, "agents"), members=(BOTS,)),
        True,
        id="a group goes where one of its members does",
    ),
    pytest.param(
        channel(OPS),
        notice(subject=subject(SubjectKind.CHANNEL, "ops")),
        False,
        id="that a channel is broken does not go through itself",
    ),
    pytest.param(
        channel(OPS),
        notice(subject=subject(SubjectKind.CHANNEL, "mail")),
        True,
        id="but through another",
    ),
    pytest.param(
        channel(OPS),
        notice(subject=subject(SubjectKind.PLATFORM, "ops")),
        True,
        id="a platform of the same name is another thing",
    ),
    pytest.param(
        channel(least=Severity.CRITICAL),
        notice(kind=NoticeKind.RECOVERED, state="HEALTHY"),
        True,
        id="that it is over goes where its beginning went",
    ),
]


@pytest.mark.parametrize(("settings", "told", "is_routed"), ROUTES)
async def test_where_a_notice_goes(
    settings: ChannelSettings, told: Notice, is_routed: bool
) -> None:
    assert bool(Post(settings).box.route([told])) is is_routed


async def test_deliveries_are_numbered_by_notice_and_then_by_channel() -> None:
    post = Post(channel(OPS), channel(MAIL))
    routed = post.box.route([notice(1), notice(2)])

    assert [(one.id, one.notice.id, one.channel) for one in routed] == [
        (1, "n1", OPS),
        (2, "n1", MAIL),
        (3, "n2", OPS),
        (4, "n2", MAIL),
    ]
    assert post.seen == []


async def test_one_that_was_given_up_is_tried_again_when_asked() -> None:
    async with Post().open() as post:
        post.channel().script = [REFUSED]
        await post.put(notice(1))
        assert await post.box.redrive(ONE) == "delivery 1 is tried at once"
        await settle()

    assert post.state(1) is DeliveryState.SENT
    assert post.journal.deliveries()[1].state is DeliveryState.SENT
    assert post.unkept == []


async def test_one_that_waits_is_tried_at_once_and_those_before_it_first() -> None:
    async with Post().open() as post:
        post.channel().script = [DOWN]
        await post.put(notice(1), notice(2))
        words = await post.box.redrive(TWO)
        await settle()

    assert words == "delivery 2 is tried once the one before it is through"
    assert post.channel().tries == [0, 0, 0]
    assert post.channel().ids == ["n1", "n2"]


async def test_all_are_tried_again_in_their_order() -> None:
    async with Post().open() as post:
        post.channel().script = [REFUSED, REFUSED, DOWN]
        await post.put(notice(1), notice(2), notice(3))
        assert (
            await post.box.redrive(None) == "3 deliveries are tried at once, in order"
        )
        await settle()

    assert post.channel().ids == ["n1", "n2", "n3"]


async def test_there_may_be_nothing_to_redrive() -> None:
    async with Post().open() as post:
        with pytest.raises(Refused, match="nothing waits"):
            await post.box.redrive(None)
        with pytest.raises(Refused, match="delivery 1 neither waits nor was given up"):
            await post.box.redrive(ONE)


async def test_one_whose_channel_is_gone_cannot_be_redriven() -> None:
    async with Post(channel(MAIL), kept=Kept(deliveries=(waiting(1),))).open() as post:
        await settle()
        with pytest.raises(Refused, match="channel 'ops' is not in the settings"):
            await post.box.redrive(ONE)
        assert post.state(1) is DeliveryState.GIVEN_UP


async def test_one_that_waits_is_discarded_and_the_next_goes_on() -> None:
    async with Post().open() as post:
        post.channel().script = [DOWN]
        await post.put(notice(1), notice(2))
        words = await post.box.discard(ONE, "known\nby now")
        await settle()

    assert words == "delivery 1 is discarded"
    assert post.newest(1).error == "discarded: known by now"
    assert post.state(1) is DeliveryState.DISCARDED
    assert post.channel().ids == ["n2"]


async def test_all_that_were_given_up_are_discarded_and_none_that_waits() -> None:
    async with Post().open() as post:
        post.channel().script = [REFUSED, REFUSED, DOWN]
        await post.put(notice(1), notice(2), notice(3))
        assert await post.box.discard(None, "") == "2 deliveries are discarded"

        assert post.state(3) is DeliveryState.WAITING
        with pytest.raises(Refused, match="nothing was given up"):
            await post.box.discard(None, "")


async def test_one_that_is_just_being_tried_cannot_be_discarded() -> None:
    async with Post().open() as post:
        post.channel().script = [5.0]
        await post.put(notice(1))
        with pytest.raises(Refused, match="just being tried"):
            await post.box.discard(ONE, "")
        await post.clock.advance(5)

    assert post.state(1) is DeliveryState.SENT
