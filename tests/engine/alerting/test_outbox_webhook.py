"""The outbox and a real webhook that is down for ten minutes of a fake clock."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from conductor_tui.adapters.channels.kinds import open_channel
from conductor_tui.adapters.channels.webhook import Options
from conductor_tui.domain.alert import Notice
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.secret import Secret
from conductor_tui.ports import Channel
from conductor_tui.testing import EPOCH, settle
from tests.adapters.channels.receiver import Receiver, http, receiving
from tests.engine.alerting.outboxes import OPS, Post, notice


class Watched:
    """A channel, and whether it is at work: its answers come by real time, so the fake
    clock stands still meanwhile.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel, self.idle = channel, asyncio.Event()
        self.idle.set()
        self.attempts = 0

    async def deliver(self, notice: Notice) -> None:
        self.idle.clear()
        self.attempts += 1
        try:
            await self._channel.deliver(notice)
        finally:
            self.idle.set()

    async def close(self) -> None:
        await self._channel.close()


class WebhookPost(Post):
    """The outbox with the real channel."""

    watched: Watched | None = None

    def open_channel(
        self, settings: ChannelSettings, attend: Callable[[AttentionCalled], object]
    ) -> Channel:
        self.watched = Watched(open_channel(settings, attend))
        return self.watched

    async def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            await self.clock.advance(1.0)
            while self.watched is not None and not self.watched.idle.is_set():
                await self.watched.idle.wait()
                await settle()


async def goes_down_and_comes_back(post: WebhookPost, receiver: Receiver) -> None:
    receiver.answers = [http(503, "down for maintenance")]
    for minute in range(10):
        at = post.clock.now()
        await post.put(notice(2 * minute, at=at), notice(2 * minute + 1, at=at))
        await post.passes(60)
    assert post.watched is not None
    assert len(receiver.requests) == post.watched.attempts > 3
    receiver.requests.clear()
    receiver.answers = [http(200)]
    await post.passes(1024)  # the longest wait that may be under way


async def test_after_ten_minutes_down_every_notice_arrives_in_order_and_dated() -> None:
    async with receiving() as receiver:
        options = Options(url=Secret(receiver.url(), "${HOOK}"))
        settings = ChannelSettings(name=OPS, kind="webhook", options=options)
        post = WebhookPost(settings)
        async with post.open():
            await goes_down_and_comes_back(post, receiver)

    names = [request.headers["Idempotency-Key"] for request in receiver.requests]
    times = [request.content["at"] for request in receiver.requests]
    put_at = [EPOCH + timedelta(minutes=number // 2) for number in range(20)]
    assert names == [f"n{number}" for number in range(20)]
    assert times == [at.isoformat() for at in put_at]
