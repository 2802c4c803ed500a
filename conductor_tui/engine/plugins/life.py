"""The life of one plug-in, from the word that it shall run to its end."""

from collections.abc import Callable
from datetime import timedelta

from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.ids import CommandId, PluginName
from conductor_tui.domain.plugin import PluginState
from conductor_tui.domain.plugin_events import PluginChanged
from conductor_tui.domain.text import one_line
from conductor_tui.engine.plugins.budget import Budget
from conductor_tui.engine.plugins.candidates import Candidate
from conductor_tui.engine.plugins.order import Order
from conductor_tui.ports import Clock, PluginHost, Worker

_LONGEST = 400  # characters of a why


class Life:
    """`tell` publishes what happens to it; `is_leaving` is True once it is ending."""

    def __init__(
        self,
        candidate: Candidate,
        host: PluginHost,
        order: Order,
        clock: Clock,
        tell: Callable[[PluginChanged], object],
    ) -> None:
        self.candidate = candidate
        self._host, self._order, self._clock, self._tell = host, order, clock, tell
        self._budget = Budget(candidate.settings.limits)
        self._command: CommandId | None = None
        self.worker: Worker | None = None
        self.state, self.restarts, self.why = PluginState.LOADING, 0, ""
        self.is_over = False

    @property
    def name(self) -> PluginName:
        return self.candidate.name

    async def run(self, why: str, command: CommandId | None) -> None:
        """Live until it is FAILED, or cancelled: then it is shut down first."""
        self._command = command
        try:
            self._move(PluginState.LOADING, why)
            while True:
                why, is_final = await self._once()
                if not await self._begins_again(why, is_final=is_final):
                    return
        finally:
            self._order.ended(self.name)
            self.is_over = True

    async def _once(self) -> tuple[str, bool]:
        """Live once. Returns why it ended, and whether it always would."""
        candidate = self.candidate
        if candidate.source is None or candidate.trouble:
            return candidate.trouble, True
        worker = self._host.open(candidate.settings, candidate.source)
        self.worker = worker
        has_died = False
        try:
            await self._begin(worker)
            why = await worker.ended()
            has_died = True
            return why, False
        except PluginFailed as error:
            has_died = True
            return str(error), error.is_final
        finally:
            if not has_died:  # told to end: who requires it goes first
                await self._order.alone(self.name)
            await worker.stop()

    async def _begin(self, worker: Worker) -> None:
        found = await worker.load()
        requires = dict.fromkeys((*self.candidate.settings.requires, *found))
        self._order.requires(self.name, tuple(requires))
        if self._order.lacking(self.name):
            lacks = self._order.lacks(self.name)
            self._move(PluginState.LOADING, f"waits for {lacks}")
            await self._order.ready(self.name)
        circle = self._order.circle(self.name)
        if circle:
            way = " -> ".join(circle)
            raise PluginFailed(f"it requires itself: {way}", is_final=True)
        await worker.initialize()
        self._move(PluginState.ACTIVE, pid=worker.figures.pid)

    async def _begins_again(self, why: str, *, is_final: bool) -> bool:
        """Tell what went wrong, and wait for the next time; False: there is none."""
        limits, wait_s = self.candidate.settings.limits, None
        if not is_final:
            wait_s = self._budget.failed(self._clock.monotonic())
        if wait_s is None:
            if not is_final:
                why = f"{why}; failed {_times(limits.restarts + 1)}: no more"
            self._move(PluginState.FAILED, why, is_failure=True)
            return False
        self.restarts += 1
        self._move(PluginState.LOADING, why, is_failure=True, wait_s=wait_s)
        if wait_s > 0:
            await self._clock.sleep(wait_s)
        return True

    def _move(
        self,
        now: PluginState,
        why: str = "",
        *,
        is_failure: bool = False,
        wait_s: float = 0.0,
        pid: int | None = None,
    ) -> None:
        was, self.state, self.why = self.state, now, one_line(why, _LONGEST)
        self._order.put(self.name, now)
        at = self._clock.now() + timedelta(seconds=wait_s) if wait_s else None
        self._tell(
            PluginChanged(
                plugin=self.name,
                was=was,
                now=now,
                why=self.why,
                is_failure=is_failure,
                restarts=self.restarts,
                retry_at=at,
                pid=pid,
                command=self._command,
            )
        )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
