"""A whole engine without a screen in a process of its own, to stop and to block.

    python -m tests.engine.own_process PORT PLATFORMS BLOCK

It asks the server on PORT, over http and tcp, until a line comes on its stdin; "check
blocker" blocks the loop as BLOCK says ("" leaves it out). Then it prints what it knows
as one line of JSON: see `Report`.
"""

import asyncio
import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from conductor_tui.adapters.probes import http, kinds, tcp
from conductor_tui.adapters.probes.heartbeat import ViewOf
from conductor_tui.adapters.probes.plugin import CheckOf
from conductor_tui.cli.local_engine import LocalEngine
from conductor_tui.domain.check import CheckSpec, Finding, Outcome
from conductor_tui.domain.events import LoopStalled
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.ports import Probe

ANSWER_S = 0.4  # so that at any moment a third of the checks are under way
DEADLINE_S, INTERVAL_S = 1.0, 1.2
BLOCK_S = 1.2
BLOCKER = PlatformName("blocker")


@dataclass(frozen=True, slots=True)
class Report:
    """`outcomes` counts the results of all platforms but the blocker; `stalls` are
    those that were told; `named_after_s` is how far a stall had gone when a reader in
    another thread first saw a name for it, None when it never did.
    """

    outcomes: dict[str, int]
    stalls: list[dict[str, object]] = field(default_factory=list)
    named_after_s: float | None = None
    lost: dict[str, str] = field(default_factory=dict)


class Blocker:
    """A probe as a person may write it. Blocks on its second call, once."""

    def __init__(self, how: str) -> None:
        self._how, self._calls = how, 0

    async def __call__(self) -> Finding:
        self._calls += 1
        if self._calls == 2:
            _BLOCKS[self._how]()
        return Finding(Outcome.PASSED)

    def close(self) -> None:
        """Nothing is kept."""


def _sleep() -> None:
    time.sleep(BLOCK_S)


def _compute() -> None:
    until, number = time.monotonic() + BLOCK_S, 0
    while time.monotonic() < until:
        number += 1


def _match() -> None:
    for length in range(22, 40):  # until one call has held the interpreter for long
        began = time.monotonic()
        re.match("(a+)+$", "a" * length + "b")
        if time.monotonic() - began > BLOCK_S / 2:
            return


_BLOCKS = {"sleep": _sleep, "cpu": _compute, "c": _match}


def main(port: int, platforms: int, block: str) -> None:
    open_real = kinds.open_probe

    def open_probe(
        settings: PlatformSettings,
        view_of: ViewOf | None = None,
        check_of: CheckOf | None = None,
    ) -> Probe:
        if settings.spec.platform == BLOCKER:
            return Blocker(block)
        return open_real(settings, view_of, check_of)

    kinds.open_probe = open_probe
    engine = LocalEngine(_settings(port, platforms, block))
    watching = _Watching(engine)
    thread = threading.Thread(target=watching.run, daemon=True)
    thread.start()
    threading.Thread(target=_stop_when_asked, args=(engine,), daemon=True).start()
    _say("ready")
    engine.run()
    watching.is_over = True
    thread.join()
    _say(json.dumps(asdict(_report(engine, watching.named_after_s))))


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


class _Watching:
    """Reads the newest snapshot again and again, as a screen does."""

    def __init__(self, engine: LocalEngine) -> None:
        self._engine = engine
        self.named_after_s: float | None = None
        self.is_over = False

    def run(self) -> None:
        while not self.is_over:
            stall = self._engine.session.latest().own.stall
            if stall and stall.task == f"check {BLOCKER}" and not self.named_after_s:
                self.named_after_s = stall.lasted_s
            time.sleep(0.02)


def _stop_when_asked(engine: LocalEngine) -> None:
    sys.stdin.readline()
    engine.stop()


def _report(engine: LocalEngine, named_after_s: float | None) -> Report:
    snapshot = engine.session.latest()
    counts: Counter[str] = Counter()
    lost: dict[str, str] = {}
    for view in snapshot.platforms.in_order():
        if view.name == BLOCKER:
            continue
        counts.update(outcome.value for _, _, outcome in view.results())
        lost.update(
            (f"{view.name} {number}", result.detail)
            for number, result in enumerate(view.recent)
            if result.outcome.is_bad
        )
    stalls = [
        {"task": s.task, "where": s.where, "why": s.why, "lasted_s": s.lasted_s}
        for s in (
            envelope.event.stall
            for envelope in snapshot.events
            if isinstance(envelope.event, LoopStalled)
            # those of earlier runs come back from the journal
            and snapshot.started_at is not None
            and envelope.at >= snapshot.started_at
        )
    ]
    return Report(dict(counts), stalls, named_after_s, lost)


def _settings(port: int, platforms: int, block: str) -> Settings:
    asked: list[PlatformSettings] = []
    for number in range(platforms):
        if number % 2:
            target = f"http://127.0.0.1:{port}/"
            asked.append(_platform(f"h{number}", "http", http.Options(target=target)))
        else:
            target = f"127.0.0.1:{port}"
            options = tcp.Options(target=target, send="PING\r\n\r\n", expect="200 OK")
            asked.append(_platform(f"t{number}", "tcp", options))
    if block:
        asked.append(_platform(BLOCKER, "tcp", None))
    return Settings(platforms=tuple(asked))


def _platform(name: str, probe: str, options: object) -> PlatformSettings:
    spec = CheckSpec(
        platform=PlatformName(name),
        probe=probe,
        target="",
        interval_s=INTERVAL_S,
        timeout_s=DEADLINE_S,
    )
    return PlatformSettings(spec=spec, options=options)


@contextmanager
def slow_server() -> Iterator[int]:
    """Serve a port on which every request is answered after ANSWER_S."""
    ready, port = threading.Event(), list[int]()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(ANSWER_S)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()

    async def serve() -> None:
        async with await asyncio.start_server(
            answer, "127.0.0.1", 0, backlog=1024
        ) as server:
            port.append(server.sockets[0].getsockname()[1])
            ready.set()
            await over.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    try:
        yield port[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


@contextmanager
def engine_process(
    port: int, platforms: int, block: str = ""
) -> Iterator["subprocess.Popen[str]"]:
    argv = [sys.executable, "-m", "tests.engine.own_process"]
    process = subprocess.Popen(
        [*argv, str(port), str(platforms), block],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def report_of(process: "subprocess.Popen[str]") -> Report:
    """End the engine, and return what it had to say."""
    words, _ = process.communicate("stop\n", timeout=30)
    return Report(**json.loads(words))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
