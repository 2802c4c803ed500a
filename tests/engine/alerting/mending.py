"""Recovery on a fake clock: the real Recovering, and actions that do what is said."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from conductor_tui.domain.alert import RecoveryView, Subject
from conductor_tui.domain.alert_events import RecoveryChanged
from conductor_tui.domain.alert_settings import RecoverySettings
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.events import Envelope, PlatformRemoved
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.engine.alerting.recovering import Recovering
from conductor_tui.ports import Mender
from conductor_tui.testing import FakeWatchdog, settle
from tests import build
from tests.engine.alerting.pages import Page

DONE = Finding(Outcome.PASSED, "done")
RULES = RecoverySettings(action=None, words="restart it")


class Mending:
    """`done` are the subjects that were mended, in order. An action takes `takes_s`
    and says `finding`.
    """

    def __init__(self, recovery: RecoverySettings, *names: str) -> None:
        self.page, self.watchdog = Page(), FakeWatchdog()
        self.finding, self.takes_s = DONE, 0.0
        self.failure: Exception | None = None
        self.done: list[str] = []
        self.running = self.most = self.cancelled = 0
        self.kept: list[RecoveryView] = []
        self.told: list[RecoveryView] = []
        self.page.watch(*names)
        self.names = names
        self.page.hub.listen(self._hear)
        self.recovering = self.open()
        self.keep_to(recovery)

    def open(self) -> Recovering:
        opened = Recovering(
            self.page.hub, self.page.clock, self.watchdog, self._open, self._keep
        )
        self.page.hub.listen(opened.hear)
        return opened

    def keep_to(self, recovery: RecoverySettings | None) -> None:
        platforms = [
            PlatformSettings(spec=build.spec(name), options=None, recovery=recovery)
            for name in self.names
        ]
        self.recovering.keep_to(Settings(platforms=tuple(platforms)))

    def fail(self, *names: str) -> None:
        for name in names or self.names:
            self.page.turns(name, Health.FAILED)

    def heal(self, name: str = "api") -> None:
        self.page.turns(name, Health.HEALTHY)

    def remove(self, name: str = "api") -> None:
        gone = PlatformRemoved(platform=PlatformName(name), why="not in the file")
        self.page.hub.publish(gone)

    async def passes(self, seconds: float) -> None:
        await self.page.clock.advance(seconds)
        await settle()

    @property
    def states(self) -> list[str]:
        return [one.state.value for one in self.told]

    def _hear(self, envelope: Envelope) -> None:
        if isinstance(envelope.event, RecoveryChanged):
            assert self.kept[-1] == envelope.event.recovery, "told before it was kept"
            self.told.append(envelope.event.recovery)

    async def _keep(self, view: RecoveryView) -> None:
        self.kept.append(view)

    def _open(self, action: object) -> Mender:
        return self._mend

    async def _mend(self, subject: Subject, why: str) -> Finding:
        self.done.append(subject.name)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if self.takes_s:
                await self.page.clock.sleep(self.takes_s)
            if self.failure is not None:
                raise self.failure
            return self.finding
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1


@asynccontextmanager
async def mending(
    *names: str, kept: Sequence[RecoveryView] = (), **rules: object
) -> AsyncIterator[Mending]:
    made = Mending(replace(RULES, **rules), *(names or ("api",)))  # type: ignore[arg-type]
    made.recovering.restore(kept)
    task = asyncio.create_task(made.recovering.run())
    await settle()
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            raise error
