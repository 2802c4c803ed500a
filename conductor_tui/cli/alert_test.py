"""`conductor-tui alerts test`: does a notice arrive, and how long does it take?"""

import asyncio
import socket
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import uuid4

import click

from conductor_tui.cli.asking import did_you_mean
from conductor_tui.cli.attention import call_person
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, read_settings
from conductor_tui.domain.alert import (
    Delivery,
    DeliveryState,
    Notice,
    NoticeKind,
    Severity,
    Subject,
    SubjectKind,
)
from conductor_tui.domain.alert_events import AttentionCalled, DeliveryChanged
from conductor_tui.domain.alert_settings import AlertSettings, ChannelSettings
from conductor_tui.domain.events import Envelope, Event
from conductor_tui.domain.ids import ChannelName, NodeName
from conductor_tui.domain.text import visible

if TYPE_CHECKING:
    from conductor_tui.engine.alerting.keeping import Keeping
    from conductor_tui.engine.alerting.outbox import Outbox
    from conductor_tui.engine.hub import Hub
    from conductor_tui.ports import Frame

SPARE_S = 5.0  # on top of the channel's own deadline: for the journal, and to close
AGAIN_S = 3600.0  # one attempt is what is asked for


@click.command(name="test")
@click.argument("channel", default="")
@config_option
def test(channel: str, config: str | None) -> int:
    """Send a notice, labelled as a test, through one CHANNEL, or through all of them.

    It is sent from here, whether a conductor-tui runs or not, by the settings that are
    read now; one attempt each. How long it took is from the event to its arrival.

    \b
    Exit status: 0 all were delivered, 2 one was not, 64 no channel is called so,
    78 the settings cannot be used.

    \b
    Examples:
      conductor-tui alerts test
      conductor-tui alerts test ops
    """
    from conductor_tui.cli.local_engine import loop_factory

    channels = _chosen(read_settings(config).alerts.channels, channel)
    with (
        tempfile.TemporaryDirectory(prefix="conductor-tui-") as folder,
        asyncio.Runner(loop_factory=loop_factory()) as runner,
    ):
        deliveries = runner.run(_deliver(channels, Path(folder)))
    by_name = {one.channel: one for one in deliveries}
    for settings in channels:
        click.echo(line_of(settings, by_name[settings.name]))
    was_sent = all(one.state is DeliveryState.SENT for one in deliveries)
    return ExitCode.OK if was_sent else ExitCode.FAILED


test.__test__ = False  # type: ignore[attr-defined]  # a command, whatever pytest thinks


def line_of(settings: ChannelSettings, delivery: Delivery) -> str:
    """Return what became of a test in one line, without secrets."""
    words = [settings.name, settings.kind, settings.target]
    head = " ".join(filter(None, words))
    if delivery.latency_s is not None:
        return f"{head}: delivered in {delivery.latency_s * 1000:,.0f} ms"
    return f"{head}: failed: {delivery.error or 'nothing was heard of it'}"


def _chosen(
    channels: tuple[ChannelSettings, ...], name: str
) -> tuple[ChannelSettings, ...]:
    if not channels:
        words = "no channel is set up: add a [[channel]] to conductor.toml"
        raise click.UsageError(words)
    chosen = tuple(one for one in channels if name in ("", one.name))
    if not chosen:
        names = [one.name for one in channels]
        hint = did_you_mean(name, names) or f"; there are: {', '.join(names)}"
        raise click.UsageError(f"no channel is called {visible(name)!r}{hint}")
    return chosen


async def _deliver(
    channels: tuple[ChannelSettings, ...], folder: Path
) -> tuple[Delivery, ...]:
    """Put tests through a real outbox; return each delivery after its first attempt."""
    from conductor_tui.adapters.channels.kinds import open_channel
    from conductor_tui.adapters.journal.alerts import SqliteAlertJournal
    from conductor_tui.adapters.system_clock import SystemClock
    from conductor_tui.engine.alerting.keeping import Keeping
    from conductor_tui.engine.alerting.outbox import Outbox
    from conductor_tui.engine.hub import Hub

    clock = SystemClock()
    hub = Hub(NodeName(visible(socket.gethostname(), limit=64)), clock)
    keeping = Keeping(SqliteAlertJournal(folder / "journal.db", clock), hub, clock)
    await keeping.open()
    outbox = Outbox(hub, clock, keeping, open_channel, lambda _: AGAIN_S)
    outbox.keep_to(AlertSettings(channels=channels))
    within_s = max(one.timeout_s for one in channels) + SPARE_S
    async with asyncio.TaskGroup() as group:
        working = group.create_task(outbox.run(), name="outbox")
        test = _Test(hub, keeping, outbox, clock.now())
        with suppress(TimeoutError):  # then it shows which of them is still waiting
            async with clock.timeout(within_s):
                await test.run()
        working.cancel()
    await keeping.close()
    return tuple(test.deliveries.values())


class _Test:
    """One notice through each channel of an outbox. `deliveries` are as of now."""

    def __init__(
        self, hub: "Hub", keeping: "Keeping", outbox: "Outbox", at: datetime
    ) -> None:
        self._hub, self._keeping, self._outbox = hub, keeping, outbox
        begun = [
            one
            for name in outbox.channels
            for one in outbox.route([_notice(hub.snapshot.host, name, at)], name)
        ]
        self.deliveries = {one.id: one for one in begun}

    async def run(self) -> None:
        """Return once every delivery was tried."""
        frames = cast("AsyncGenerator[Frame]", self._hub.follow())
        async with aclosing(frames):
            await anext(frames)
            begun = list(self.deliveries.values())
            await self._keeping.keep(begun)
            self._outbox.begin(begun)
            async for frame in frames:
                if isinstance(frame, Envelope):
                    self._hear(frame.event)
                if all(map(_is_tried, self.deliveries.values())):
                    return

    def _hear(self, event: Event) -> None:
        if isinstance(event, AttentionCalled):
            call_person(event)
        elif isinstance(event, DeliveryChanged):
            self.deliveries[event.delivery.id] = event.delivery


def _is_tried(delivery: Delivery) -> bool:
    return delivery.attempts > 0 or delivery.state is not DeliveryState.WAITING


def _notice(host: NodeName, name: ChannelName, at: datetime) -> Notice:
    return Notice(
        id=uuid4().hex,
        kind=NoticeKind.TEST,
        subject=Subject(kind=SubjectKind.TEST, name=name),
        state="TEST",
        severity=Severity.INFO,
        text=f"[TEST] channel {name}: a test by `conductor-tui alerts test`",
        at=at,
        opened_at=at,
        host=host,
        is_drill=True,
    )
