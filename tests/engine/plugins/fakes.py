"""Plug-ins that do what the test says, without a process."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.commands import (
    DisablePlugin,
    EnablePlugin,
    PluginCommand,
    ReloadPlugin,
)
from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.events import CommandAnswered
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import (
    LogLine,
    PluginFigures,
    PluginLimits,
    PluginOrigin,
    PluginSettings,
    PluginSource,
    PluginView,
)
from conductor_tui.domain.plugin_calls import Reply, Request
from conductor_tui.domain.settings import Settings
from conductor_tui.ports import LetterJournal, StateJournal
from conductor_tui.testing import settle
from tests.engine.stage import Stage, stage


def source(name: str, trouble: str = "") -> PluginSource:
    return PluginSource(
        name=name,
        origin=PluginOrigin.PACKAGE,
        reference=f"{name}:Plugin",
        package=f"{name}-plugin",
        version="1.0",
        trouble=trouble,
    )


def plugin(
    name: str,
    *,
    enabled: bool = True,
    requires: Sequence[str] = (),
    restarts: int = 5,
    config: dict[str, object] | None = None,
) -> PluginSettings:
    return PluginSettings(
        name=PluginName(name),
        use=name,
        enabled=enabled,
        requires=tuple(map(PluginName, requires)),
        limits=PluginLimits(restarts=restarts),
        config=config or {},
    )


class FakeRegistry:
    """Finds what the test says. Satisfies ports.PluginRegistry."""

    def __init__(self, *names: str) -> None:
        self.sources = [source(name) for name in names]
        self.looks = 0

    def look(self, folder: str | None) -> Sequence[PluginSource]:
        self.looks += 1
        return list(self.sources)


class FakeWorker:
    """Satisfies ports.Worker. `diary` is that of its host."""

    def __init__(self, host: "FakeHost", settings: PluginSettings, pid: int) -> None:
        self._host, self.settings, self.pid = host, settings, pid
        self.health = Finding(Outcome.PASSED, f"{settings.name} is well")
        self.is_stopped = False
        self.log: list[LogLine] = []
        self.errors: list[str] = []
        self.asked: list[Request] = []
        self.replies: list[Exception | asyncio.Event] = []  # then it echoes
        self._died: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def load(self) -> Sequence[PluginName]:
        self._host.note("load", self.settings)
        await self._host.failing(self.settings.name, "load")
        return self._host.requires.get(self.settings.name, ())

    async def initialize(self) -> None:
        self._host.note("initialize", self.settings)
        await self._host.failing(self.settings.name, "initialize")

    async def check(self) -> Finding:
        return self.health

    async def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        answer = self.replies.pop(0) if self.replies else None
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, asyncio.Event):
            await answer.wait()
        return Reply(payload=request.payload)

    async def stop(self) -> None:
        if not self.is_stopped:
            self.is_stopped = True
            self._host.note("stop", self.settings)

    async def ended(self) -> str:
        return await self._died

    def die(self, why: str) -> None:
        self._died.set_result(why)

    @property
    def figures(self) -> PluginFigures:
        return PluginFigures(pid=self.pid, rss_bytes=1000)

    def take_log(self) -> Sequence[LogLine]:
        lines, self.log = self.log, []
        return lines

    def take_errors(self) -> Sequence[str]:
        errors, self.errors = self.errors, []
        return errors


class FakeHost:
    """Opens fake workers. Satisfies ports.PluginHost.

    `troubles` is what loading or initializing a plug-in raises, one after the other;
    the last one repeats. `requires` is what they say of themselves once loaded.
    """

    def __init__(self) -> None:
        self.workers: list[FakeWorker] = []
        self.troubles: dict[tuple[str, str], list[PluginFailed]] = {}
        self.requires: dict[str, tuple[PluginName, ...]] = {}
        self.diary: list[str] = []
        self.is_closed = False

    def open(self, settings: PluginSettings, source: PluginSource) -> FakeWorker:
        worker = FakeWorker(self, settings, 100 + len(self.workers))
        self.workers.append(worker)
        return worker

    async def close(self) -> None:
        self.is_closed = True

    def note(self, what: str, settings: PluginSettings) -> None:
        self.diary.append(f"{what} {settings.name}")

    async def failing(self, name: str, stage_of: str) -> None:
        troubles = self.troubles.get((name, stage_of))
        if troubles:
            raise troubles.pop(0) if len(troubles) > 1 else troubles[0]

    def worker(self, name: str) -> FakeWorker:
        """Return the newest worker of a plug-in."""
        return [one for one in self.workers if one.settings.name == name][-1]


MOST_ROUNDS = 5000


@dataclass
class PluginStage:
    """An engine with plug-ins, on a fake clock."""

    staged: Stage
    host: FakeHost
    registry: FakeRegistry

    def view(self, name: str = "echo") -> PluginView:
        return self.staged.hub.snapshot.plugins[PluginName(name)]

    @property
    def names(self) -> list[str]:
        return list(self.staged.hub.snapshot.plugins)

    async def enable(self, name: str = "echo") -> CommandAnswered:
        return await self._ask(EnablePlugin, name)

    async def disable(self, name: str = "echo") -> CommandAnswered:
        return await self._ask(DisablePlugin, name)

    async def reload(self, name: str = "echo") -> CommandAnswered:
        return await self._ask(ReloadPlugin, name)

    async def _ask(self, kind: type[PluginCommand], name: str) -> CommandAnswered:
        command = kind(id=self.staged.new_id(), by="ann", plugin=PluginName(name))
        self.staged.conductor.control.handle(command)
        await self.rest()
        for _ in range(MOST_ROUNDS):  # on a busy machine a look may take longer
            if any(one.command == command.id for one in self.staged.answers):
                break
            await asyncio.to_thread(lambda: None)
            await settle()
        return self.staged.answer_to(command)

    async def rest(self) -> None:
        """Let what was begun come to its end: looks are made in a thread."""
        for _ in range(5):
            await asyncio.to_thread(lambda: None)
            await settle()
            await self.staged.clock.advance(0.05)


@asynccontextmanager
async def plugin_stage(
    *plugins: PluginSettings,
    installed: Sequence[str] = ("echo", "db"),
    host: FakeHost | None = None,
    settings: Settings | None = None,
    state: StateJournal | None = None,
    letters: LetterJournal | None = None,
) -> AsyncIterator[PluginStage]:
    """Run an engine with these tables in its settings, and these packages."""
    registry, host = FakeRegistry(*installed), host or FakeHost()
    settings = settings or Settings(discover=True)
    async with stage(
        settings=replace(settings, plugins=plugins),
        plugin_registry=registry,
        plugin_host=host,
        state=state,
        letters=letters,
    ) as staged:
        made = PluginStage(staged, host, registry)
        await staged.clock.advance(1)
        await made.rest()
        yield made
