"""An engine that minds signals and systemd, and says in a log what happens."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from conductor_tui import __version__
from conductor_tui.adapters.service.log import Log
from conductor_tui.adapters.service.notify import Notifier
from conductor_tui.cli.daemon_words import line_of, plugin_lines, status_words
from conductor_tui.cli.local_engine import LocalEngine
from conductor_tui.domain.commands import ReloadSettings
from conductor_tui.domain.events import CommandAnswered, Envelope, IngestCounted
from conductor_tui.domain.ids import CommandId
from conductor_tui.domain.plugin_events import PluginLogged
from conductor_tui.domain.settings import Settings

if TYPE_CHECKING:
    from conductor_tui.adapters.settings.reload import SettingsFile
    from conductor_tui.engine.conductor import Conductor

STATUS_S = 1.0
NEEDED = "http"  # the way in that a daemon is nothing without


class Daemon(LocalEngine):
    """`refusal` says why it did not serve, "" when it did."""

    def __init__(
        self,
        settings: Settings,
        *,
        source: "SettingsFile",
        read_only: bool,
        log: Log,
    ) -> None:
        super().__init__(
            settings,
            source=source,
            read_only=read_only,
            is_daemon=True,
            settings_path=source.path,
        )
        self.refusal = ""
        self._log, self._drain_s = log, settings.engine.drain_s
        self._notifier = Notifier(os.environ)
        self._reload: CommandId | None = None
        self._signals = 0
        self._is_listening = asyncio.Event()
        self._hub.listen(self._hear)

    @asynccontextmanager
    async def around(self, conductor: "Conductor") -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, number)
        loop.add_signal_handler(signal.SIGHUP, self._read_again)
        self._log.say("info", f"conductor-tui {__version__} begins", pid=os.getpid())
        async with asyncio.TaskGroup() as group:
            works = [
                group.create_task(self._announce(), name="announcing"),
                group.create_task(self._beat(), name="watchdog"),
            ]
            try:
                yield
            finally:
                for work in works:
                    work.cancel()
        self._log.say("info", "conductor-tui has ended")
        self._notifier.close()

    def _end(self, number: int) -> None:
        self._signals += 1
        if self._signals > 1:  # asked twice: at once
            os._exit(128 + number)
        name = signal.Signals(number).name
        self._log.say("info", f"{name}: stopping", within_s=self._drain_s)
        self._notifier.stopping(self._drain_s)
        self.stop()

    def _read_again(self) -> None:
        self._reload = CommandId(uuid4().hex)
        self._notifier.reloading()
        self.session.send(
            ReloadSettings(id=self._reload, by="SIGHUP", origin=f"pid {os.getpid()}")
        )

    async def _announce(self) -> None:
        """Be ready once all listeners are open, or refuse; then say how things are."""
        if self._listens:
            await self._is_listening.wait()
        snapshot = self._hub.snapshot
        ways = snapshot.ingest.ways
        failed = [way for way in ways if way.trouble and way.name == NEEDED]
        if failed:
            self.refusal = f"cannot listen: {failed[0].trouble}"
            self._log.say("error", self.refusal)
            self.stop()
            return
        snapshot = self._hub.snapshot
        where = ", ".join(way.address for way in ways) or "nowhere"
        self._log.say(
            "info", f"ready, listens at {where}", source=snapshot.settings.source
        )
        self._notifier.ready()
        while True:
            self._notifier.status(status_words(self._hub.snapshot))
            await asyncio.sleep(STATUS_S)

    async def _beat(self) -> None:
        """From the loop itself: while it stands still nobody says that it lives."""
        every_s = self._notifier.beat_every_s
        while every_s is not None:
            self._notifier.alive()
            await asyncio.sleep(every_s)

    def _hear(self, envelope: Envelope) -> None:
        event = envelope.event
        if isinstance(event, CommandAnswered) and event.command == self._reload:
            self._reload = None
            self._notifier.ready()
        if isinstance(event, IngestCounted) and event.ingest.ways:
            self._is_listening.set()
        line = line_of(envelope, is_verbose=self._log.is_verbose)
        if line is not None:
            level, words, fields = line
            self._log.say(level, words, **fields)
        if isinstance(event, PluginLogged):
            for level, words, fields in plugin_lines(event):
                self._log.say(level, words, **fields)
