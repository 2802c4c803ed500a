"""A trusted plug-in in our own process and on our own loop. Satisfies ports.Worker.

Nothing protects us from it: what it blocks, we are blocked by. What it raises hurts
nobody all the same.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from conductor_tui.adapters.plugins.answers import finding_of
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import (
    LogLine,
    PluginFigures,
    PluginOrigin,
    PluginSettings,
    PluginSource,
)
from conductor_tui.domain.plugin_calls import (
    ConfigInvalid,
    PluginBusy,
    PluginError,
    Reply,
    Request,
)
from conductor_tui.domain.text import one_line
from conductor_tui.ports import Clock
from conductor_tui.worker.hosted import Garbage, Hosted, Raised
from conductor_tui.worker.loading import LoadFailed

_ERRORS_KEPT = 20


class OwnWorker:
    """One plug-in's object."""

    def __init__(
        self, settings: PluginSettings, source: PluginSource, clock: Clock
    ) -> None:
        self._settings, self._source, self._clock = settings, source, clock
        self._limits = settings.limits
        self._hosted: Hosted | None = None
        self._slots = asyncio.Semaphore(settings.limits.at_once)
        self._errors: deque[str] = deque(maxlen=_ERRORS_KEPT)
        self._in_flight = self._waiting = self._asked = self._failed = 0

    async def load(self) -> Sequence[PluginName]:
        is_file = self._source.origin is PluginOrigin.FILE
        try:
            # in a thread: an import takes its time
            self._hosted = await asyncio.to_thread(
                Hosted.load,
                self._source.reference,
                self._settings.config,
                is_file=is_file,
            )
        except ConfigInvalid as error:
            raise PluginFailed(f"its settings: {error}", is_final=True) from error
        except LoadFailed as error:
            raise PluginFailed(one_line(str(error), 400), is_final=True) from error
        return [PluginName(one) for one in self._hosted.requires]

    async def initialize(self) -> None:
        limit_s = self._limits.start_s
        try:
            async with self._clock.timeout(limit_s):
                await self._loaded.initialize()
        except TimeoutError:
            words = f"it took longer than {format_duration(limit_s)} to initialize"
            raise PluginFailed(words) from None
        except ConfigInvalid as error:
            raise PluginFailed(f"its settings: {error}", is_final=True) from error
        except (Raised, Garbage, PluginError) as error:
            raise PluginFailed(one_line(str(error), 400)) from error

    async def check(self) -> Finding:
        self._asked, self._in_flight = self._asked + 1, self._in_flight + 1
        try:
            return finding_of(await self._loaded.check())
        except (Raised, Garbage, PluginError) as error:
            self._fail(error)
            return Finding(Outcome.FAILED, one_line(str(error)))
        finally:
            self._in_flight -= 1

    async def ask(self, request: Request) -> Reply:
        limit_s = min(request.deadline_s, self._limits.request_s)
        if self._slots.locked() and self._waiting >= self._limits.waiting:
            words = f"{self._limits.at_once} requests are under way and "
            raise PluginBusy(f"{words}{self._waiting} wait already")
        self._waiting += 1
        is_waiting = True
        try:
            async with self._clock.timeout(limit_s), self._slots:
                self._waiting, is_waiting = self._waiting - 1, False
                return await self._asked_for(request)
        except TimeoutError:
            self._failed += 1
            words = f"no reply within {format_duration(limit_s)}"
            raise PluginError(words) from None
        finally:
            self._waiting -= is_waiting

    async def stop(self) -> None:
        hosted, self._hosted = self._hosted, None
        if hosted is None:
            return
        limit_s = self._limits.stop_s
        try:
            async with self._clock.timeout(limit_s):
                await hosted.shutdown()
        except TimeoutError:
            held = format_duration(limit_s)
            self._errors.append(f"its shutdown took longer than {held}")
        except (Raised, Garbage, PluginError) as error:
            self._errors.append(one_line(f"at shutdown: {error}", 400))

    async def ended(self) -> str:
        await asyncio.Event().wait()
        raise AssertionError("it ends with us")

    @property
    def figures(self) -> PluginFigures:
        return PluginFigures(
            in_flight=self._in_flight,
            waiting=self._waiting,
            asked=self._asked,
            failed=self._failed,
        )

    def take_log(self) -> Sequence[LogLine]:
        return ()

    def take_errors(self) -> Sequence[str]:
        errors = tuple(self._errors)
        self._errors.clear()
        return errors

    async def _asked_for(self, request: Request) -> Reply:
        self._asked, self._in_flight = self._asked + 1, self._in_flight + 1
        try:
            return await self._loaded.ask(request)
        except PluginError:
            self._failed += 1
            raise
        except (Raised, Garbage) as error:
            self._fail(error)
            raise PluginError(one_line(str(error))) from error
        finally:
            self._in_flight -= 1

    @property
    def _loaded(self) -> Hosted:
        if self._hosted is None:
            raise PluginError("it does not run")
        return self._hosted

    def _fail(self, error: Exception) -> None:
        self._failed += 1
        self._errors.append(one_line(str(error), 400))
