"""An engine in this process, in a thread of its own, with everything wired in."""

import asyncio
import gc
import os
import resource
import socket
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.tokens import TokenFile
from conductor_tui.adapters.metrics.counting import Counts
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.ids import AgentId, CommandId, LetterId, NodeName, PluginName
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.text import visible
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.local_session import LocalSession

if TYPE_CHECKING:
    from conductor_tui.adapters.metrics.rendering import Metrics
    from conductor_tui.adapters.probes.heartbeat import ViewOf
    from conductor_tui.adapters.probes.plugin import CheckOf
    from conductor_tui.domain.alert_settings import JournalSettings
    from conductor_tui.domain.dead_letter import DeadLetter
    from conductor_tui.domain.settings import AgentSettings, ListenSettings
    from conductor_tui.engine.conductor import Conductor, World
    from conductor_tui.ports import (
        AlertJournal,
        Archive,
        LetterJournal,
        Plugins,
        SettingsSource,
        StateJournal,
        Way,
    )

OPEN_FILES = 65_536
# What a check makes is freed by counting; the search for cycles among histories that
# stay took a twentieth of the CPU at Python's 700 new objects.
GARBAGE_AT = (20_000, 10, 20)


class LocalEngine:
    """Satisfies ports.EngineHost. `session` may be used before and after `run`.

    `source` is where `settings` were read from: it is followed while the engine runs.
    `viewer` is who looks at it from the inside, and from where; `settings_path` is
    where the file is.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        source: "SettingsSource | None" = None,
        read_only: bool = False,
        is_daemon: bool = False,
        viewer: tuple[str, str] | None = None,
        settings_path: Path | None = None,
    ) -> None:
        self._settings, self._source = settings, source
        self._is_daemon, self._viewer, self._inside = is_daemon, viewer, Inside()
        self._settings_path = settings_path
        host = NodeName(visible(socket.gethostname(), limit=64))
        self._hub = Hub(host, SystemClock(), read_only=read_only)
        self.session = LocalSession(self._hub)
        self._counts = Counts()
        self._hub.listen(self._counts.hear)
        self._plugins: Plugins | None = None
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: Callable[[], None] | None = None
        self._is_stopped = False

    def run(self) -> None:
        """See ports.EngineHost. The heavy imports happen here, off the first paint."""
        allow_open_files()
        gc.set_threshold(*GARBAGE_AT)
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(self._run())

    def stop(self) -> None:
        with self._lock:
            self._is_stopped = True
            if self._loop is not None and self._stop is not None:
                self._loop.call_soon_threadsafe(self._stop)

    async def _run(self) -> None:
        from conductor_tui.engine.conductor import Conductor

        journals = open_journals(self._settings.journal)
        world = real_world(
            self._source, self._agent, journals, lambda: self._inside, self._check_of
        )
        conductor = Conductor(
            self._settings, world, self._hub, by_daemon=self._is_daemon
        )
        self._plugins = conductor.plugins
        if self._viewer is not None:
            conductor.show_to(*self._viewer)
        self._inside = Inside(
            session=self.session,
            lobby=conductor.lobby,
            clients=conductor.clients,
            requests=conductor.requests,
            archive=self.archive,
            metrics=self._metrics(conductor).render,
            kept=conductor.recording.synced,
            asked=self._counts.ask,
            audit=partial(_turned_away, conductor),
            tokens=TokenFile(tokens_path(self._settings)),
            is_daemon=self._is_daemon,
            settings=str(self._settings_path or ""),
        )
        if not self._attach(conductor):
            return
        try:
            async with self.around(conductor):
                await conductor.run()
        finally:
            self._detach()

    @asynccontextmanager
    async def around(self, conductor: "Conductor") -> AsyncIterator[None]:
        """What goes on beside the engine, on its loop: nothing, in a dashboard."""
        yield

    @property
    def _listens(self) -> bool:
        listen = self._settings.listen
        is_local = listen.socket != "" or listen.datagrams != ""
        return bool(is_local or listen.http or listen.udp)

    def _metrics(self, conductor: "Conductor") -> "Metrics":
        from conductor_tui.adapters.metrics.rendering import Metrics

        recording = conductor.recording

        def gauges() -> dict[str, float]:
            return {
                "conductor_journal_up": float(recording.is_well),
                "conductor_journal_waiting_records": float(recording.waiting),
            }

        return Metrics(self._counts, self._hub.latest, SystemClock(), gauges)

    @property
    def archive(self) -> "Archive":
        """The past, as its journal has it."""
        from conductor_tui.adapters.journal.archive import SqliteArchive

        return SqliteArchive(journal_path(self._settings.journal))

    def letter(self, letter: LetterId) -> "DeadLetter | None":
        """Return a dead letter whole; None: it was delivered or discarded."""
        requests = self._inside.requests
        return None if requests is None else requests.letter(letter)

    def _agent(self, agent: AgentId) -> AgentView | None:
        return self._hub.snapshot.agents.get(agent)

    async def _check_of(self, plugin: PluginName) -> Finding:
        if self._plugins is None:
            return Finding(Outcome.INCONCLUSIVE, "plug-ins do not run yet")
        return await self._plugins.check(plugin)

    def _attach(self, conductor: "Conductor") -> bool:
        """False when `stop` came before the engine was up."""
        loop = asyncio.get_running_loop()
        with self._lock:
            self._loop, self._stop = loop, conductor.stop
            self.session.attach(loop, conductor.control.handle)
            return not self._is_stopped

    def _detach(self) -> None:
        with self._lock:
            self._loop = self._stop = None
            self.session.detach()


def real_world(
    source: "SettingsSource | None" = None,
    view_of: "ViewOf | None" = None,
    journals: "Journals | None" = None,
    inside: Callable[[], Inside] = Inside,
    check_of: "CheckOf | None" = None,
) -> "World":
    """Everything the engine reaches the outside through, for real. `view_of` gives what
    is known of an agent, for platforms that are as well as theirs. What is asked for
    by HTTP goes to what is `inside` then. `check_of` asks a plug-in.
    """
    from conductor_tui.adapters.backoff import backoff
    from conductor_tui.adapters.breaker import PlatformBreaker
    from conductor_tui.adapters.calendar import CronCalendar
    from conductor_tui.adapters.canary import LoopbackCanary
    from conductor_tui.adapters.channels.kinds import open_channel
    from conductor_tui.adapters.discovery.listeners import ListenerDiscovery
    from conductor_tui.adapters.menders.kinds import open_mender
    from conductor_tui.adapters.own_meter import ProcessMeter
    from conductor_tui.adapters.plugins.host import WorkerHost
    from conductor_tui.adapters.plugins.registry import InstalledPlugins
    from conductor_tui.adapters.probes.kinds import open_probe, plugin_platform
    from conductor_tui.adapters.request_retry import TenacityRequestRetry
    from conductor_tui.adapters.retry import TenacityRetry
    from conductor_tui.adapters.sampler import HostSampler
    from conductor_tui.adapters.watchdog import LoopWatchdog
    from conductor_tui.engine.conductor import World

    clock, calendar = SystemClock(), CronCalendar()
    return World(
        clock=clock,
        sampler=HostSampler(clock),
        discovery=ListenerDiscovery(),
        open_probe=lambda platform: open_probe(platform, view_of, check_of),
        open_gate=lambda platform: PlatformBreaker(
            platform.spec.platform, platform.spec.breaker, clock
        ),
        retry=TenacityRetry(clock),
        watchdog=LoopWatchdog(),
        canary=LoopbackCanary(),
        own_meter=ProcessMeter(),
        calendar=calendar,
        timetable=calendar,
        open_ways=lambda listen, agents: open_ways(listen, agents, inside()),
        journal=journals.alerts if journals else None,
        state=journals.state if journals else None,
        letters=journals.letters if journals else None,
        open_channel=open_channel,
        open_mender=open_mender,
        backoff=backoff(),
        settings_source=source,
        plugin_registry=InstalledPlugins(),
        plugin_host=WorkerHost(clock),
        plugin_platform=plugin_platform,
        request_retry=TenacityRequestRetry(clock),
    )


def tokens_path(settings: Settings) -> Path:
    """Return the file of the tokens: beside the journal, if nobody says otherwise."""
    if settings.listen.tokens is not None:
        return Path(settings.listen.tokens)
    return journal_path(settings.journal).with_name("tokens.json")


def _turned_away(
    conductor: "Conductor", by: str, origin: str, about: str, why: str
) -> None:
    """Put into the audit who was not even let in."""
    from conductor_tui.domain.events import CommandAnswered
    from conductor_tui.ports import KeptCommand

    answer = CommandAnswered(
        command=CommandId(""),
        verb="enter",
        platform=None,
        granted=False,
        words=why,
        by=by,
        origin=origin,
        about=visible(about, 80),
    )
    record = KeptCommand(
        at=SystemClock().now(), about=answer.about, why="", answer=answer
    )
    conductor.recording.put(record)


class Journals(NamedTuple):
    """Three views of one file."""

    alerts: "AlertJournal"
    state: "StateJournal"
    letters: "LetterJournal"


def open_journals(settings: "JournalSettings") -> Journals:
    """Return the journals, not opened yet."""
    from conductor_tui.adapters.journal.alerts import SqliteAlertJournal
    from conductor_tui.adapters.journal.database import Database
    from conductor_tui.adapters.journal.letters import SqliteLetterJournal
    from conductor_tui.adapters.journal.state import SqliteStateJournal

    path, clock = journal_path(settings), SystemClock()
    database = Database(path, clock)
    return Journals(
        SqliteAlertJournal(path, clock, database),
        SqliteStateJournal(database, clock, settings),
        SqliteLetterJournal(database, clock),
    )


def journal_path(settings: "JournalSettings") -> Path:
    from conductor_tui.adapters.journal.places import usual_path

    return usual_path(os.environ) if settings.path is None else Path(settings.path)


def open_ways(
    listen: "ListenSettings",
    agents: Sequence["AgentSettings"],
    inside: "Inside | None" = None,
) -> Sequence["Way"]:
    """Return every way in that the settings ask for. Imported here: the first picture
    is there by then.
    """
    from conductor_tui.adapters.ingest import ways

    return ways.open_ways(listen, agents, inside)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it exists; None lets asyncio choose."""
    try:
        import uvloop
    except ImportError:  # no wheel for this machine: the standard loop does it too
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def allow_open_files() -> None:
    """Take as many open files as the system grants, up to OPEN_FILES: a connection
    per platform is more than the usual 1,024 where a thousand are watched.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # refused: then it is as it was
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
