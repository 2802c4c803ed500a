"""Fakes with the same shape as the real thing."""

import asyncio
import heapq
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.commands import Command
from conductor_tui.domain.fold import replay
from conductor_tui.domain.own import Stall
from conductor_tui.domain.resources import ResourceSample
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.plugin import Json, Plugin, PluginHealth, Reply, Request
from conductor_tui.ports import Frame, OwnUse
from conductor_tui.worker.hosted import Hosted

EPOCH = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """A clock that moves only when told to. Satisfies ports.Clock."""

    def __init__(self, now: datetime = EPOCH) -> None:
        self._start = now
        self._elapsed_s = 0.0
        self._order = count()
        self._alarms: list[tuple[float, int, Callable[[], None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        return self._elapsed_s

    async def sleep(self, seconds: float) -> None:
        awake = asyncio.Event()
        self._alarm(seconds, awake.set)
        await awake.wait()

    def timeout(self, seconds: float) -> asyncio.Timeout:
        scope = asyncio.timeout(None)

        def expire() -> None:
            with suppress(RuntimeError):  # the block is already over
                scope.reschedule(asyncio.get_running_loop().time())

        self._alarm(seconds, expire)
        return scope

    def alarm(self, seconds: float, ring: Callable[[], object]) -> Callable[[], None]:
        is_on = True

        def ring_if_on() -> None:
            if is_on:
                ring()

        def call_off() -> None:
            nonlocal is_on
            is_on = False

        self._alarm(seconds, ring_if_on)
        return call_off

    def step_wall(self, seconds: float) -> None:
        """Move the wall clock alone, as an administrator or NTP would."""
        self._start += timedelta(seconds=seconds)

    def freeze(self, seconds: float) -> None:
        """Let time pass without anything noticing, as a stopped process would.

        The next `advance` begins after the freeze; overdue alarms ring late, in it.
        """
        self._elapsed_s += seconds

    async def advance(self, seconds: float) -> None:
        """Move time forward, ringing due alarms one by one, in order."""
        until = self._elapsed_s + seconds
        await settle()
        while self._alarms and self._alarms[0][0] <= until + 1e-9:
            at, _, ring = heapq.heappop(self._alarms)
            self._elapsed_s = max(self._elapsed_s, at)
            ring()
            await settle()
        self._elapsed_s = until

    def _alarm(self, seconds: float, ring: Callable[[], None]) -> None:
        at = self._elapsed_s + max(0.0, seconds)
        heapq.heappush(self._alarms, (at, next(self._order), ring))


async def settle(turns: int = 20) -> None:
    """Let every ready task run until it waits again."""
    for _ in range(turns):
        await asyncio.sleep(0)


class ScriptedProbe:
    """Answers from a script; the last answer repeats. Counts its calls.

    An answer is a Finding, or a number of seconds to wait (by `clock`) before PASSED.
    """

    def __init__(
        self, *script: Finding | float, clock: FakeClock | None = None
    ) -> None:
        self.script: list[Finding | float] = list(script or [Finding(Outcome.PASSED)])
        self.calls = 0
        self.closed = False
        self.close_failure: Exception | None = None
        self._clock = clock

    async def __call__(self) -> Finding:
        self.calls += 1
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Finding):
            return answer
        assert self._clock is not None, "a waiting script needs a clock"
        await self._clock.sleep(answer)
        return Finding(Outcome.PASSED)

    def close(self) -> None:
        self.closed = True
        if self.close_failure is not None:
            raise self.close_failure


class FakeSampler:
    """A host whose RAM and CPU are what the test says; `failure` is raised instead.
    Satisfies ports.Sampler.
    """

    def __init__(self, ram: float = 40.0, cpu: float = 10.0) -> None:
        self.ram, self.cpu = ram, cpu
        self.failure: Exception | None = None

    def sample(self) -> ResourceSample:
        if self.failure is not None:
            raise self.failure
        return ResourceSample(
            at=EPOCH,
            cpu_percent=self.cpu,
            ram_percent=self.ram,
            ram_used_bytes=int(self.ram * 120_000_000),
            ram_total_bytes=12_000_000_000,
        )

    def ram_percent(self) -> float:
        return self.ram


class FakeWatchdog:
    """Stood still when the test says so. Satisfies ports.Watchdog."""

    def __init__(self) -> None:
        self.pauses: list[tuple[float, float]] = []
        self.current: Stall | None = None
        self.lags: list[float] = []
        self.told: Callable[[Stall], None] = lambda stall: None
        self.closed = False

    def watch(self, told: Callable[[Stall], None]) -> None:
        self.told = told

    def stalled_s(self, since: float) -> float:
        return sum(max(0.0, end - max(since, start)) for start, end in self.pauses)

    def take_lags(self) -> tuple[float, ...]:
        lags, self.lags = tuple(self.lags), []
        return lags

    def close(self) -> None:
        self.closed = True


class FakeCanary:
    """Sings what the test says; counts its songs. Satisfies ports.Canary."""

    def __init__(self) -> None:
        self.finding = Finding(Outcome.PASSED, "loopback answers")
        self.songs = 0

    async def sing(self) -> Finding:
        self.songs += 1
        return self.finding


class FakeOwnMeter:
    """Takes what the test says. Satisfies ports.OwnMeter."""

    def __init__(self) -> None:
        self.now = OwnUse(
            cpu_percent=1.5, rss_bytes=60_000_000, threads=3, open_files=24
        )

    def use(self) -> OwnUse:
        return self.now


class RunningPlugin:
    """A plug-in that was initialized, asked as conductor would ask it."""

    def __init__(self, hosted: Hosted) -> None:
        self._hosted, self._numbers = hosted, count(1)

    async def check(self) -> PluginHealth:
        """Return its health. What it raises, and an answer that is none, is an error
        of `conductor_tui.worker.hosted`: conductor would call the platform FAILED.
        """
        return await self._hosted.check()

    async def ask(
        self, payload: Json = None, *, deadline_s: float = 30.0, **metadata: str
    ) -> Reply:
        """Have it handle one request. Raises PluginError as it does. Both payloads go
        through JSON, as they do on their way to a worker and back.
        """
        number = f"test-{next(self._numbers)}"
        sent = json.loads(json.dumps(payload, allow_nan=False))
        reply = await self._hosted.ask(
            Request(id=number, payload=sent, metadata=metadata, deadline_s=deadline_s)
        )
        return replace(reply, payload=json.loads(json.dumps(reply.payload)))


@asynccontextmanager
async def running(
    plugin: type[Plugin], config: Mapping[str, object] | None = None
) -> AsyncIterator[RunningPlugin]:
    """Let a plug-in run in this process, as conductor would: its settings checked by
    its schema, initialized, and shut down at the end. Raises ConfigInvalid.
    """
    hosted = Hosted(plugin, config or {})
    await hosted.initialize()
    try:
        yield RunningPlugin(hosted)
    finally:
        await hosted.shutdown()


class RecordedSession:
    """Plays frames back and remembers commands. Satisfies ports.Session."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self.frames = list(frames)
        self.sent: list[Command] = []

    def latest(self) -> Snapshot:
        snapshot = Snapshot()
        for frame in self.frames:
            snapshot = (
                frame if isinstance(frame, Snapshot) else replay(snapshot, [frame])
            )
        return snapshot

    async def follow(self) -> AsyncIterator[Frame]:
        for frame in self.frames:
            yield frame

    def send(self, command: Command) -> None:
        self.sent.append(command)
