"""A conductor's outbox that is made to be killed: `python -m tests.servers.killed`.

Its parent process imports everything once and forks for each line on stdin, so that two
hundred lives take seconds. A line is a Life as JSON. Told on stdout, a line each:
`kept ID` once a notice is in the journal, `ended STATUS` when a life is over.
"""

import asyncio
import json
import os
import random
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from conductor_tui.adapters.journal.alerts import SqliteAlertJournal
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.domain.alert import (
    DeliveryState,
    Notice,
    NoticeKind,
    Severity,
    Subject,
    SubjectKind,
)
from conductor_tui.domain.alert_events import DeliveryChanged
from conductor_tui.domain.alert_settings import AlertSettings, ChannelSettings
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.ids import ChannelName, NodeName
from conductor_tui.engine.alerting.keeping import Keeping
from conductor_tui.engine.alerting.outbox import Outbox
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Kept

CHANNELS = (ChannelName("ops"), ChannelName("mail"))
LONGEST_S = 30.0  # nobody killed it: its test is gone
NODE = NodeName("web-7")


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """It puts so many notices, named NUMBER-001 and so on, and goes on delivering to
    `port`; `ends` once nothing waits.
    """

    path: str
    port: int
    number: int
    notices: int = 0
    ends: bool = False

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"


class LineChannel:
    """Sends `LIFE CHANNEL ID` to the test's server and waits for its answer."""

    def __init__(self, name: ChannelName, life: Life) -> None:
        self._name, self._life = name, life

    async def deliver(self, notice: Notice) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._life.port)
            writer.write(f"{self._life.number} {self._name} {notice.id}\n".encode())
            answer = await reader.readline()
            writer.close()
        except OSError as error:
            raise DeliveryFailed(str(error)) from error
        if answer != b"ok\n":
            raise DeliveryFailed("no answer")

    async def close(self) -> None: ...


async def live(life: Life) -> None:
    clock = SystemClock()
    hub = Hub(NODE, clock)
    keeping = Keeping(SqliteAlertJournal(Path(life.path), clock), hub, clock)
    outbox = Outbox(
        hub,
        clock,
        keeping,
        lambda settings, attend: LineChannel(settings.name, life),
        lambda failures: 0.05,
    )
    channels = [ChannelSettings(name=name, kind="", options=None) for name in CHANNELS]
    outbox.keep_to(AlertSettings(channels=tuple(channels)))
    kept = await keeping.open()
    assert not keeping.trouble, keeping.trouble
    outbox.restore(kept)
    left = Left(kept)
    hub.listen(left.hear)
    async with asyncio.timeout(LONGEST_S), asyncio.TaskGroup() as group:
        work = group.create_task(outbox.run())
        await put(life, keeping, outbox)
        if life.ends:
            await left.none.wait()
            work.cancel()
    await keeping.close()


class Left:
    """What waits for its delivery; the event is set when that is none."""

    def __init__(self, kept: Kept) -> None:
        self.none = asyncio.Event()
        waiting = DeliveryState.WAITING
        self._ids = {one.id for one in kept.deliveries if one.state is waiting}
        self._look()

    def hear(self, envelope: Envelope) -> None:
        if isinstance(envelope.event, DeliveryChanged):
            delivery = envelope.event.delivery
            if delivery.state is not DeliveryState.WAITING:
                self._ids.discard(delivery.id)
        self._look()

    def _look(self) -> None:
        if not self._ids:
            self.none.set()


async def put(life: Life, keeping: Keeping, outbox: Outbox) -> None:
    """Put notices as an engine does: routed, kept, begun."""
    chance = random.Random(life.number)
    for number in range(life.notices):
        notice = _notice(f"{life.number:03}-{number:03}")
        deliveries = outbox.route([notice])
        await keeping.keep(deliveries)
        os.write(1, f"kept {notice.id}\n".encode())
        outbox.begin(deliveries)
        await asyncio.sleep(chance.choice([0, 0, 0.001, 0.004]))


def _notice(name: str) -> Notice:
    now = SystemClock().now()
    return Notice(
        id=name,
        kind=NoticeKind.OPENED,
        subject=Subject(kind=SubjectKind.PLATFORM, name="redis"),
        state="FAILED",
        severity=Severity.CRITICAL,
        text="redis is FAILED",
        at=now,
        opened_at=now,
        host=NODE,
    )


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if not child:
            asyncio.run(live(Life(**json.loads(line))))
            os._exit(0)
        os.write(1, f"pid {child}\n".encode())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(1, f"ended {status}\n".encode())


if __name__ == "__main__":
    main()
