"""Alerts, from what happens to who is told.

    event -> AlertBook -> notices -> Outbox: deliveries -> journal -> told and tried

What the book says is kept before anybody hears of it: the stream tells nothing of
alerts that a crash could take back, and no channel is asked for a notice that is not
kept. `hear` is called within each publication and only notes; `run` does the rest.
"""

import asyncio
from collections.abc import Callable
from uuid import uuid4

from conductor_tui.domain.alert import AlertView, Delivery
from conductor_tui.domain.alert_events import (
    AlertChanged,
    AlertsRestored,
    SilenceChanged,
)
from conductor_tui.domain.commands import AlertCommand
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.ids import CommandId
from conductor_tui.domain.settings import Settings
from conductor_tui.engine.alerting.book import AlertBook
from conductor_tui.engine.alerting.keeping import Keeping
from conductor_tui.engine.alerting.ledger import Changes
from conductor_tui.engine.alerting.outbox import Outbox
from conductor_tui.engine.alerting.people import People
from conductor_tui.engine.alerting.recovering import Recovering
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.refusal import Refused
from conductor_tui.ports import (
    AlertJournal,
    AlertRecord,
    Backoff,
    Clock,
    Kept,
    OpenChannel,
    OpenMender,
    Watchdog,
)

LOOK_INTERVAL_S = 1.0
TAKE_OVER_S = 5.0
STRANGERS_AFTER_S = 60.0  # by then everything in the settings is watched

Answer = Callable[[AlertCommand, bool, str], None]


class Alerting:
    """Hears everything, keeps the book, and has people told. While `is_off` it does
    nothing at all.
    """

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        watchdog: Watchdog,
        *,
        journal: AlertJournal | None,
        open_channel: OpenChannel,
        open_mender: OpenMender,
        backoff: Backoff,
    ) -> None:
        self._hub, self._clock = hub, clock
        self._keeping = Keeping(journal, hub, clock)
        self._book = AlertBook(lambda: hub.snapshot, clock, lambda: uuid4().hex)
        self._outbox = Outbox(hub, clock, self._keeping, open_channel, backoff)
        self._recovering = Recovering(
            hub, clock, watchdog, open_mender, lambda one: self._keeping.keep([one])
        )
        self._people = People(self._book, self._outbox, hub, clock)
        self._asked: list[tuple[AlertCommand, Answer]] = []
        self._news = asyncio.Event()
        self.is_off = False

    def begin(self) -> None:
        """Hear what happens from now on. On the engine's loop, before anything does."""
        if not self.is_off:
            self._hub.listen(self._hear)

    def keep_to(self, settings: Settings) -> None:
        """Go by other settings. Before the first ones nothing is told."""
        if self.is_off:
            return
        self._book.keep_to(settings.alerts)
        self._outbox.keep_to(settings.alerts)
        self._recovering.keep_to(settings)
        self._news.set()

    def ask(self, command: AlertCommand, answer: Answer) -> None:
        """Carry a command out; `answer` is called once what it did is kept."""
        if self.is_off:
            raise Refused("this conductor looks once: it keeps no alerts")
        if self._keeping.is_taken:
            raise Refused(f"ask there: {self._keeping.trouble}")
        self._asked.append((command, answer))
        self._news.set()

    async def run(self) -> None:
        """Go on with what was kept; then tell, deliver and mend, for ever."""
        if self.is_off:
            return
        await self._restore()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keeping.run(), name="journal")
                group.create_task(self._outbox.run(), name="outbox")
                group.create_task(self._act(), name="recovery")
                await self._work()
        finally:
            for command, answer in self._asked:
                answer(command, False, "this conductor is stopping: nothing changes")
            await self._keeping.close()

    def _hear(self, envelope: Envelope) -> None:
        self._book.hear(envelope)
        self._recovering.hear(envelope)
        if self._book.has_news:
            self._news.set()

    async def _restore(self) -> None:
        kept = await self._keeping.open()
        if self._keeping.is_taken:
            self._book.mute("another conductor-tui tells people")
        elif self._keeping.is_shut:  # no kept delivery has the number of a moment
            self._outbox.number_from(int(self._clock.now().timestamp()))
        self._take_up(kept)

    def _take_up(self, kept: Kept) -> None:
        self._book.restore(kept.alerts, kept.silences)
        self._outbox.restore(kept)
        self._recovering.restore(kept.recoveries)
        self._hub.publish(
            AlertsRestored(
                alerts=kept.alerts,
                silences=kept.silences,
                deliveries=kept.deliveries,
                recoveries=kept.recoveries,
                trouble=self._keeping.trouble,
            )
        )

    async def _work(self) -> None:
        while True:
            await self._wait()
            asked, self._asked = self._asked, []
            for command, answer in asked:
                await self._carry_out(command, answer)
            self._book.tick()
            await self._tell(self._book.take())

    async def _wait(self) -> None:
        """Wait for news; a second at the most while time alone may bring some."""
        if not self._book.is_waiting:
            await self._news.wait()
        else:
            try:
                async with self._clock.timeout(LOOK_INTERVAL_S):
                    await self._news.wait()
            except TimeoutError:
                pass
        self._news.clear()

    async def _carry_out(self, command: AlertCommand, answer: Answer) -> None:
        try:
            words, granted = await self._people.carry_out(command), True
        except Refused as refusal:
            words, granted = str(refusal), False
        await self._tell(self._book.take(), command.id)
        answer(command, granted, words)

    async def _tell(self, changes: Changes, command: CommandId | None = None) -> None:
        """Keep what changed, then tell it and have it delivered."""
        if not changes:
            return
        deliveries: list[Delivery] = []
        for notice, only in changes.notices:
            deliveries += self._outbox.route([notice], only)
        alerts: list[tuple[AlertView, str]] = [
            *changes.closed,
            *changes.alerts.values(),
        ]
        begun = [silence for silence, ended in changes.silences if not ended]
        ended = [silence for silence, why in changes.silences if why]
        records: list[AlertRecord] = [view for view, _ in alerts]
        records += [*begun, *deliveries]
        await self._keeping.keep(records, ended)
        for silence, why in changes.silences:
            self._hub.publish(
                SilenceChanged(silence=silence, ended=why, command=command)
            )
        for view, what in alerts:
            self._hub.publish(AlertChanged(alert=view, what=what, command=command))
        self._outbox.begin(deliveries)

    async def _act(self) -> None:
        """Mend, once no other conductor does so in our place; it may end any time."""
        while self._keeping.is_taken:
            await self._open_again()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._recovering.run(), name="mending")
            group.create_task(self._reopen(), name="opening the journal")
            await self._clock.sleep(STRANGERS_AFTER_S)
            self._book.drop_strangers()
            self._news.set()

    async def _reopen(self) -> None:
        """Open a journal that could not be opened, once it can be."""
        while self._keeping.is_shut:
            await self._open_again()

    async def _open_again(self) -> None:
        await self._clock.sleep(TAKE_OVER_S)
        kept = await self._keeping.open()
        if self._keeping.is_taken:
            return
        if not self._keeping.is_shut:
            self._take_up(kept)
            self._book.keep_all()
        self._book.mute("")
        self._news.set()
