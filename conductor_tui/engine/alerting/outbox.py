"""The outbox: which notice goes through which channels, and that it arrives.

Each channel has a lane of its own. A delivery is kept as WAITING before it is told or
tried (`route`, then the caller keeps it, then `begin`), and as SENT before that is
told: a crash in between repeats the one that was under way, and loses none.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from conductor_tui.domain.alert import (
    Delivery,
    DeliveryState,
    Notice,
    NoticeKind,
    SubjectKind,
)
from conductor_tui.domain.alert_events import ChannelChanged, DeliveryChanged
from conductor_tui.domain.alert_settings import AlertSettings, ChannelSettings
from conductor_tui.domain.ids import ChannelName, DeliveryId
from conductor_tui.domain.text import one_line
from conductor_tui.engine.alerting.door import Door
from conductor_tui.engine.alerting.keeping import Keeping
from conductor_tui.engine.alerting.lane import LONGEST_WISH_S, Lane
from conductor_tui.engine.alerting.shelf import Shelf
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.refusal import Refused
from conductor_tui.ports import Backoff, Clock, Kept, OpenChannel

MOMENT_S = 2.0  # for an attempt under way when its worker has to end


class Outbox:
    """`keep_to` comes before `run`, and also while it runs; so may `restore`."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        keeping: Keeping,
        open_channel: OpenChannel,
        backoff: Backoff,
    ) -> None:
        self._hub, self._clock = hub, clock
        self._open_channel, self._backoff = open_channel, backoff
        self._shelf = Shelf(hub, clock, keeping)
        self._lanes: dict[ChannelName, Lane] = {}
        self._gone: list[Lane] = []
        self._homeless: list[Delivery] = []
        self._last = 0
        self._changed = asyncio.Event()
        self._workers: dict[Lane, asyncio.Task[None]] = {}

    # What there is

    @property
    def channels(self) -> tuple[ChannelName, ...]:
        return tuple(self._lanes)

    def number_from(self, number: int) -> None:
        """Give deliveries numbers beyond this one: the kept ones are not known."""
        self._last = max(self._last, number)

    def restore(self, kept: Kept) -> None:
        """Go on with the deliveries that were kept."""
        self._last = max(self._last, kept.last_delivery)
        for one in kept.deliveries:
            self._last = max(self._last, one.id)
            if one.state is DeliveryState.GIVEN_UP:
                self._shelf.given_up[one.id] = one
            elif one.state is DeliveryState.WAITING:
                self._place(one)
        self._changed.set()

    def keep_to(self, settings: AlertSettings) -> None:
        """Go by other settings: channels come, change and go."""
        wanted = {one.name: one for one in settings.channels}
        for name in [name for name in self._lanes if name not in wanted]:
            lane = self._lanes.pop(name)
            self._gone.append(lane)
            self._hub.publish(ChannelChanged(channel=lane.view, is_gone=True))
        for one in settings.channels:
            if one.name not in self._lanes:
                self._lanes[one.name] = self._lane(one)
            lane = self._lanes[one.name]
            lane.max_age_s = settings.max_age_s
            lane.go_by(one)
        homeless, self._homeless = self._homeless, []
        for delivery in homeless:
            self._place(delivery)
        self._lanes = {name: self._lanes[name] for name in wanted}
        self._changed.set()

    def _lane(self, settings: ChannelSettings) -> Lane:
        hub, clock = self._hub, self._clock
        door = Door(settings, clock, self._open_channel, hub.publish)
        return Lane(door, self._shelf, hub, clock, self._backoff)

    def _place(self, delivery: Delivery) -> None:
        """Put one that waited before into its lane. What the wall clock says of it is
        believed within bounds: it may have been moved meanwhile.
        """
        lane = self._lanes.get(delivery.channel)
        if lane is None:
            self._homeless.append(delivery)
            return
        in_s = -self._since(delivery.next_at)
        since = delivery.notice.at if delivery.attempts else delivery.next_at
        age_s = max(0.0, self._since(since))
        lane.put(delivery, in_s=min(max(0.0, in_s), LONGEST_WISH_S), age_s=age_s)

    def _since(self, at: datetime | None) -> float:
        return 0.0 if at is None else (self._clock.now() - at).total_seconds()

    # What is told

    def route(
        self, notices: Sequence[Notice], only: ChannelName | None = None
    ) -> tuple[Delivery, ...]:
        """Return the deliveries of these notices, numbered; nothing is told or begun.

        `only` names the one channel that they go through, whatever it is for.
        """
        return tuple(
            self._numbered(notice, settings.name)
            for notice in notices
            for settings in [lane.settings for lane in self._lanes.values()]
            if (_is_for(notice, settings) if only is None else settings.name == only)
        )

    def _numbered(self, notice: Notice, channel: ChannelName) -> Delivery:
        self._last += 1
        return Delivery(
            id=DeliveryId(self._last),
            channel=channel,
            notice=notice,
            next_at=self._clock.now(),
        )

    def begin(self, deliveries: Sequence[Delivery]) -> None:
        """Tell of deliveries that `route` gave and that are kept by now; try them."""
        for one in deliveries:
            self._hub.publish(DeliveryChanged(delivery=one))
            lane = self._lanes.get(one.channel)
            if lane is None:  # it went from the settings meanwhile
                self._homeless.append(one)
                self._changed.set()
            else:
                lane.put(one)

    # What people do

    async def redrive(self, number: DeliveryId | None) -> str:
        """Try one that waits or was given up, or all of them, at once; return the
        answer's words. Raises Refused.
        """
        if number is None:
            return await self._redrive_all()
        if number in self._shelf.given_up:
            lane = self._lane_of(self._shelf.given_up[number])
            await self._put_again([self._shelf.given_up.pop(number)])
        else:
            lane = self._lane_with(number)
            lane.hasten()
        ahead = lane.waiting.ahead_of(number) if number in lane.waiting else 0
        if ahead:
            before = "one before it is" if ahead == 1 else f"{ahead} before it are"
            return f"delivery {number} is tried once the {before} through"
        return f"delivery {number} is tried at once"

    async def _redrive_all(self) -> str:
        given_up = self._shelf.given_up
        again = [one for one in given_up.values() if one.channel in self._lanes]
        count = len(again) + sum(len(lane.waiting) for lane in self._lanes.values())
        if not count:
            raise Refused("nothing waits, and nothing was given up that has a channel")
        for one in again:
            del given_up[one.id]
        for lane in self._lanes.values():
            lane.hasten()
        await self._put_again(again)
        return f"{_deliveries(count)} tried at once, in order"

    async def _put_again(self, deliveries: Sequence[Delivery]) -> None:
        now, state = self._clock.now(), DeliveryState.WAITING
        waiting = [
            replace(one, state=state, attempts=0, next_at=now, ended_at=None)
            for one in deliveries
        ]
        await self._shelf.note(*waiting)
        for one in waiting:
            self._place(one)
        self._changed.set()

    async def discard(self, number: DeliveryId | None, why: str) -> str:
        """Try one no more, or forget all that were given up; return the answer's words.
        Raises Refused.
        """
        given_up = self._shelf.given_up
        if number is None:
            taken = list(given_up.values())
            if not taken:
                raise Refused("nothing was given up: there is nothing to discard")
            given_up.clear()
        elif number in given_up:
            taken = [given_up.pop(number)]
        else:
            taken = [self._lane_with(number).take(number)]
        why = one_line(why)
        await self._shelf.discard(taken, f"discarded: {why}" if why else "discarded")
        if number is None:
            return f"{_deliveries(len(taken))} discarded"
        return f"delivery {number} is discarded"

    def _lane_of(self, delivery: Delivery) -> Lane:
        lane = self._lanes.get(delivery.channel)
        if lane is None:
            words = f"channel {delivery.channel!r} is not in the settings any more"
            raise Refused(f"delivery {delivery.id} cannot be tried: {words}")
        return lane

    def _lane_with(self, number: DeliveryId) -> Lane:
        lanes = self._lanes.values()
        lane = next((one for one in lanes if number in one.waiting), None)
        if lane is None:
            raise Refused(f"delivery {number} neither waits nor was given up")
        return lane

    # Its workers

    async def run(self) -> None:
        """Deliver, for ever. When it is cancelled, what is under way has a moment."""
        try:
            async with asyncio.TaskGroup() as group:
                try:
                    await self._serve(group)
                except asyncio.CancelledError:
                    await self._finish(list(self._workers))
                    raise
        finally:
            for lane in (*self._workers, *self._lanes.values()):
                await lane.close()

    async def _serve(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._changed.clear()
            await self._give_up_homeless()
            gone, self._gone = self._gone, []
            for lane in gone:
                group.create_task(self._retire(lane), name=f"end of {lane.view.name}")
            for name, lane in self._lanes.items():
                if lane not in self._workers:
                    work = group.create_task(lane.run(), name=f"channel {name}")
                    self._workers[lane] = work
            await self._changed.wait()

    async def _give_up_homeless(self) -> None:
        homeless, self._homeless = self._homeless, []
        for name in dict.fromkeys(one.channel for one in homeless):
            some = [one for one in homeless if one.channel == name]
            await self._shelf.give_up(some, _no_channel(name))

    async def _retire(self, lane: Lane) -> None:
        """End the worker of a channel that is gone, and give up what waits for it."""
        await self._finish([lane])
        self._workers.pop(lane, None)
        await lane.close()
        why = _no_channel(lane.view.name)
        await self._shelf.give_up(lane.take_all(), why)

    async def _finish(self, lanes: Sequence[Lane]) -> None:
        """Have workers end: after the attempt under way, or in a moment."""
        workers = [self._workers[lane] for lane in lanes if lane in self._workers]
        for lane in lanes:
            lane.stop()
        if not workers:
            return
        with suppress(TimeoutError):
            async with self._clock.timeout(MOMENT_S):
                await asyncio.wait(workers)
        for worker in workers:
            worker.cancel()
        await asyncio.wait(workers)


def _is_for(notice: Notice, settings: ChannelSettings) -> bool:
    if notice.kind is NoticeKind.TEST:
        return True
    subject = notice.subject
    if subject.kind is SubjectKind.CHANNEL and subject.name == settings.name:
        return False  # it would wait behind what it tells of
    is_enough = notice.is_drill or notice.severity.rank >= settings.least.rank
    return is_enough and notice.is_for(settings.scope)


def _no_channel(name: ChannelName) -> str:
    return f"channel {name!r} is not in the settings any more"


def _deliveries(count: int) -> str:
    return "1 delivery is" if count == 1 else f"{count} deliveries are"
