"""Real workers for tests, with limits of a second or so."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from conductor_tui.adapters.plugins.host import WorkerHost
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.domain.check import Finding
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import (
    MIB,
    PluginLimits,
    PluginOrigin,
    PluginSettings,
    PluginSource,
)
from conductor_tui.ports import Worker
from tests.adapters.plugins.hostile.bad import MARK

LIMITS = PluginLimits(
    memory_bytes=200 * MIB,
    cpu_s=20.0,
    open_files=64,
    processes=16,
    output_bytes=256 * 1024,
    request_s=1.0,
    start_s=3.0,
    stop_s=0.5,
    hang_s=0.5,
)
BAD = "tests.adapters.plugins.hostile.bad"
PATIENCE_S = 20.0  # on a machine that has other things to do


@dataclass
class Hosting:
    host: WorkerHost

    def open(
        self,
        name: str = "Good",
        *,
        module: str = BAD,
        config: dict[str, object] | None = None,
        isolate: bool = True,
        limits: PluginLimits = LIMITS,
        **changes: object,
    ) -> Worker:
        settings = PluginSettings(
            name=PluginName(name.lower()),
            use=name,
            isolate=isolate,
            limits=limits,
            config=config or {},
        )
        source = PluginSource(
            name=name, origin=PluginOrigin.PACKAGE, reference=f"{module}:{name}"
        )
        return self.host.open(replace(settings, **changes), source)  # type: ignore[arg-type]

    async def begun(self, name: str = "Good", **changes: object) -> Worker:
        """Return a worker that is at work."""
        worker = self.open(name, **changes)  # type: ignore[arg-type]
        await begin(worker)
        return worker


async def begin(worker: Worker) -> None:
    await worker.load()
    await worker.initialize()


@asynccontextmanager
async def hosting() -> AsyncIterator[Hosting]:
    host = WorkerHost(SystemClock())
    try:
        yield Hosting(host)
    finally:
        await host.close()


async def checked(worker: Worker, within_s: float = 1.0) -> Finding | None:
    """Return what a check finds, as the engine would make it; None: too late."""
    try:
        async with asyncio.timeout(within_s):
            return await worker.check()
    except TimeoutError:
        return None


async def end_of(worker: Worker) -> str:
    """Return why it died; it has to, in a while."""
    async with asyncio.timeout(PATIENCE_S):
        return await worker.ended()


def is_alive(pid: int | None) -> bool:
    """True while a process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def marked() -> list[int]:
    """Return the processes that hostile plug-ins started, wherever they are now."""
    return [
        pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _is(pid)
    ]


def _is(pid: int) -> bool:
    for what in ("environ", "cmdline"):
        try:
            with open(f"/proc/{pid}/{what}", "rb") as file:
                if MARK.encode() in file.read():
                    return is_alive(pid)
        except OSError:
            continue
    return False


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until a condition holds; it has to, in a while."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - what is in /proc tells nobody
            await asyncio.sleep(0.02)
