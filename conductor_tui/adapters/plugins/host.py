"""Where workers come from: one warden for all that are isolated."""

from collections.abc import Sequence
from dataclasses import replace

from conductor_tui.adapters.plugins.isolated import IsolatedWorker
from conductor_tui.adapters.plugins.own import OwnWorker
from conductor_tui.adapters.plugins.warden import Warden
from conductor_tui.domain.check import Finding
from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import (
    LogLine,
    PluginFigures,
    PluginSettings,
    PluginSource,
)
from conductor_tui.domain.plugin_calls import (
    PluginBusy,
    PluginError,
    Reply,
    Request,
    RequestRefused,
)
from conductor_tui.domain.secret import Secret, without_secrets
from conductor_tui.ports import Clock, Worker


class WorkerHost:
    """Satisfies ports.PluginHost. Belongs to one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._warden = clock, Warden()

    def open(self, settings: PluginSettings, source: PluginSource) -> Worker:
        worker: Worker
        if settings.isolate:
            worker = IsolatedWorker(settings, source, self._warden, self._clock)
        else:
            worker = OwnWorker(settings, source, self._clock)
        return _Discreet(worker, settings.secrets) if settings.secrets else worker

    async def close(self) -> None:
        await self._warden.close()


class _Discreet:
    """A worker whose words hold no secret. Satisfies ports.Worker."""

    def __init__(self, worker: Worker, secrets: Sequence[Secret]) -> None:
        self._worker, self._secrets = worker, secrets

    async def load(self) -> Sequence[PluginName]:
        try:
            return await self._worker.load()
        except PluginFailed as error:
            raise self._failed(error) from None

    async def initialize(self) -> None:
        try:
            await self._worker.initialize()
        except PluginFailed as error:
            raise self._failed(error) from None

    async def check(self) -> Finding:
        finding = await self._worker.check()
        return replace(finding, detail=self._hidden(finding.detail))

    async def ask(self, request: Request) -> Reply:
        try:
            reply = await self._worker.ask(request)
        except PluginError as error:
            words, after = self._hidden(str(error)), error.retry_after_s
            if isinstance(error, RequestRefused):
                raise RequestRefused(words) from None
            kind = PluginBusy if isinstance(error, PluginBusy) else PluginError
            raise kind(words, retry_after_s=after) from None
        return replace(reply, detail=self._hidden(reply.detail))

    async def stop(self) -> None:
        await self._worker.stop()

    async def ended(self) -> str:
        return self._hidden(await self._worker.ended())

    @property
    def figures(self) -> PluginFigures:
        return self._worker.figures

    def take_log(self) -> Sequence[LogLine]:
        lines = self._worker.take_log()
        return [replace(line, text=self._hidden(line.text)) for line in lines]

    def take_errors(self) -> Sequence[str]:
        return [self._hidden(one) for one in self._worker.take_errors()]

    def _failed(self, error: PluginFailed) -> PluginFailed:
        return PluginFailed(self._hidden(str(error)), is_final=error.is_final)

    def _hidden(self, text: str) -> str:
        return without_secrets(text, self._secrets)
