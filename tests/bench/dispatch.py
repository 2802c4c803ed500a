"""What a request costs on its way: python -m tests.bench.dispatch [PART ...]

overhead    an echo plug-in through breaker, bulkhead and retry, isolated and not,
            against a direct call of its method in the same process
sustained   500 requests a second over the unix socket for 10 s: how long they take, and
            which share of a core the conductor, its worker and its warden take
neighbours  one platform gets ten times its load: what it turns away, and how long the
            requests of another take meanwhile
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil

from conductor_tui.cli.local_engine import LocalEngine
from conductor_tui.domain.alert_settings import JournalSettings
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.dispatch import DispatchOutcome, DispatchRequest
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import PluginSettings
from conductor_tui.domain.plugin_calls import Reply, Request
from conductor_tui.domain.settings import ListenSettings, Settings
from conductor_tui.engine.conductor import Conductor

CALLS, RATE, LASTS_S = 3000, 500, 10
WORK_S = 0.02  # what the busy plug-in takes for one request
ECHO = """
import asyncio
from conductor_tui.plugin import PluginHealth, Reply

class Plugin:
    async def initialize(self, config):
        self.work_s = config.get("work_s", 0)
    async def health_check(self):
        return PluginHealth(is_healthy=True)
    async def handle_request(self, request):
        if self.work_s:
            await asyncio.sleep(self.work_s)
        return Reply(payload=request.payload)
    async def shutdown(self):
        pass
"""
Measure = Callable[[Conductor, Path], Awaitable[None]]
Send = Callable[[], Coroutine[None, None, None]]


class Measured(LocalEngine):
    """An engine that is measured on its own loop, and then stops."""

    measure: Measure
    folder: Path

    @asynccontextmanager
    async def around(self, conductor: Conductor) -> AsyncIterator[None]:
        async def work() -> None:
            try:
                await _until_active(conductor)
                await self.measure(conductor, self.folder)
            finally:
                conductor.stop()

        task = asyncio.create_task(work())
        yield
        await task


async def _until_active(conductor: Conductor) -> None:
    for name in ("own", "isolated", "busy"):
        while not await _is_active(conductor, name):  # noqa: ASYNC110 - tells nobody
            await asyncio.sleep(0.05)


async def _is_active(conductor: Conductor, name: str) -> bool:
    finding = await conductor.plugins.check(PluginName(name))
    return finding.outcome is Outcome.PASSED


def run(measure: Measure) -> None:
    home = Path.home() / ".cache"  # /tmp may be written by others: no place for code
    home.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as name:
        folder = Path(name)
        (folder / "plugins").mkdir(mode=0o700)
        (folder / "plugins" / "echo.py").write_text(ECHO)
        engine = Measured(_settings(folder), is_daemon=True)
        engine.measure, engine.folder = measure, folder
        engine.run()


def _settings(folder: Path) -> Settings:
    def plugin(name: str, *, isolate: bool, **config: object) -> PluginSettings:
        return PluginSettings(
            name=PluginName(name), use="echo", isolate=isolate, config=config
        )

    return Settings(
        plugins=(
            plugin("own", isolate=False),
            plugin("isolated", isolate=True),
            plugin("busy", isolate=True, work_s=WORK_S),
        ),
        plugin_folder=str(folder / "plugins"),
        listen=ListenSettings(socket=str(folder / "http.sock"), datagrams=""),
        journal=JournalSettings(path=str(folder / "journal.db")),
    )


async def overhead(conductor: Conductor, folder: Path) -> None:
    async def direct(request: Request) -> Reply:
        return Reply(payload=request.payload)

    async def bare() -> None:
        await direct(Request(id="1", payload={"n": 1}))

    def through(name: str) -> Send:
        async def send() -> None:
            request = DispatchRequest(id="1", to=name, payload={"n": 1})
            done = await conductor.requests.send(request)
            assert done.outcome is DispatchOutcome.DELIVERED

        return send

    base = await _timed(bare)
    print(f"direct call    p50 {_ms(base, 50)}  p99 {_ms(base, 99)}")
    for name in ("own", "isolated"):
        took = await _timed(through(name))
        print(f"{name:<13}  p50 {_ms(took, 50)}  p99 {_ms(took, 99)}")


async def sustained(conductor: Conductor, folder: Path) -> None:
    took: list[float] = []
    connector = aiohttp.UnixConnector(str(folder / "http.sock"), limit=64)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def send() -> None:
            began = time.perf_counter()
            url = "http://x/v1/platforms/isolated/requests"
            async with session.post(url, json={"payload": {"n": 1}}) as answer:
                assert answer.status == 200, await answer.text()
            took.append(time.perf_counter() - began)

        cpu, began = _cpu(), time.perf_counter()
        await _paced(send, RATE, LASTS_S)
        share = (_cpu() - cpu) / (time.perf_counter() - began)
    words = f"p50 {_ms(took, 50)}  p99 {_ms(took, 99)}"
    print(f"{len(took)} requests at {RATE}/s over the socket: {words}")
    print(f"CPU of conductor, client, warden and worker: {share:.0%} of one core")


async def neighbours(conductor: Conductor, folder: Path) -> None:
    """Its load is half of what the busy one can do: ten times that is five times it."""
    normal = 8 / WORK_S / 2
    outcomes: dict[DispatchOutcome, int] = {}

    async def to_busy() -> None:
        request = DispatchRequest(id="1", to="busy", keep=False)
        done = await conductor.requests.send(request)
        outcomes[done.outcome] = outcomes.get(done.outcome, 0) + 1

    async def other() -> list[float]:
        took: list[float] = []

        async def send() -> None:
            began = time.perf_counter()
            await conductor.requests.send(DispatchRequest(id="1", to="isolated"))
            took.append(time.perf_counter() - began)

        await _paced(send, 100, LASTS_S)
        return took

    for times in (1, 10, 1, 10):
        outcomes.clear()
        load = asyncio.create_task(_paced(to_busy, normal * times, LASTS_S))
        took = await other()
        await load
        away = outcomes.get(DispatchOutcome.TURNED_AWAY, 0)
        words = f"p50 {_ms(took, 50)}  p99 {_ms(took, 99)}"
        total = sum(outcomes.values())
        print(f"{times:>2} x load: turned away {away}/{total}; the other one {words}")


async def _timed(call: Send) -> list[float]:
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        await call()
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0)
    return took


async def _paced(send: Send, rate: float, lasts_s: float) -> None:
    """Begin so many a second, however long each takes."""
    async with asyncio.TaskGroup() as group:
        began = time.perf_counter()
        for nth in range(int(rate * lasts_s)):
            await asyncio.sleep(max(0.0, began + nth / rate - time.perf_counter()))
            group.create_task(send())


def _cpu() -> float:
    """Seconds of CPU of this process and all its children, now."""
    total = 0.0
    for one in (own := psutil.Process(os.getpid()), *own.children(recursive=True)):
        times = one.cpu_times()
        total += times.user + times.system
    return total


def _ms(took: Sequence[float], percent: int) -> str:
    return f"{sorted(took)[len(took) * percent // 100] * 1000:6.2f} ms"


PARTS: dict[str, Measure] = {
    "overhead": overhead,
    "sustained": sustained,
    "neighbours": neighbours,
}


def main(*parts: str) -> None:
    for part in parts or PARTS:
        print(f"\n# {part}", flush=True)
        run(PARTS[part])


if __name__ == "__main__":
    main(*sys.argv[1:])
