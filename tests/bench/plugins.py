"""What isolation costs, and what it is worth: python -m tests.bench.plugins [PART ...]

hostile   each bad plug-in beside 50 platforms: how late their checks begin, how soon it
          is dead, what is left of it
calls     a health check and a request through a worker, against a bare process that
          answers JSON over a pipe, in the same run
restart   a hung worker, from the moment it is killed to the next one at work
orphans   kill -9 of a daemon with ten plug-ins: what is left after 100 ms
memory    ten workers against ten bare processes with asyncio
find      100 installed entry points, against listing every distribution
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import distributions
from pathlib import Path

from conductor_tui.adapters.plugins.registry import InstalledPlugins
from conductor_tui.adapters.probes.canary import Options
from conductor_tui.cli.local_engine import LocalEngine
from conductor_tui.domain.alert_settings import JournalSettings
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.ids import PlatformName, PluginName
from conductor_tui.domain.plugin import MIB, PluginLimits, PluginSettings, PluginState
from conductor_tui.domain.plugin_calls import Request
from conductor_tui.domain.settings import ListenSettings, PlatformSettings, Settings
from conductor_tui.ports import Worker
from tests.adapters.plugins.hosting import hosting, is_alive, marked

PLATFORMS, CALLS = 50, 2000
HOSTILE = (
    "LoopsInCheck",
    "SleepsBlocking",
    "Allocates",
    "AllocatesInChildren",
    "FloodsStdout",
    "FloodsStderrWithoutLines",
    "PrintsBinary",
    "ForksChildren",
    "ForksAndExits",
    "ForksWithoutEnd",
    "Exits",
    "RaisesEverywhere",
    "HangsInShutdown",
    "WillNotDie",
    "ClosesItsPipes",
    "WritesGarbage",
    "AnswersWithGarbage",
    "Crashes",
    "ImportsForEver",
)
LIMITS = PluginLimits(
    memory_bytes=256 * MIB,
    output_bytes=256 * 1024,
    start_s=3.0,
    hang_s=1.0,
    restarts=0,
)
WATCHED_S = 10.0  # each of them
_BARE = (
    "import sys, json\n"
    "for line in sys.stdin:\n"
    "    print(json.dumps(json.loads(line)), flush=True)\n"
)


def main(parts: Sequence[str]) -> None:
    known: dict[str, Callable[[], None]] = {
        "calls": lambda: asyncio.run(_calls()),
        "restart": lambda: asyncio.run(_restart()),
        "memory": lambda: asyncio.run(_memory()),
        "find": _find,
        "orphans": _orphans,
        "hostile": _hostile,
    }
    for part in parts or known:
        print(f"\n# {part}")
        known[part]()


# What it costs


async def _calls() -> None:
    async with hosting() as here:
        worker = await here.begun("Good", limits=PluginLimits())
        request = Request(id="1", payload={"n": 1})
        check = await _timed(worker.check)
        ask = await _timed(lambda: worker.ask(request))
        await worker.stop()
    bare = _bare_round_trip()
    print(f"bare process, JSON over a pipe   p50 {bare * 1e6:6.0f} us")
    for name, took in (("health check", check), ("request", ask)):
        p99 = statistics.quantiles(took, n=100)[98]
        p50 = statistics.median(took)
        ratio = f"{p50 / bare:.1f} x"
        print(f"{name:<32} p50 {p50 * 1e6:6.0f} us  p99 {p99 * 1e6:6.0f} us  {ratio}")


async def _timed(call: Callable[[], object]) -> list[float]:
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        await call()  # type: ignore[misc]
        took.append(time.perf_counter() - began)
    return took


def _bare_round_trip() -> float:
    """Return the median in seconds."""
    with subprocess.Popen(
        [sys.executable, "-c", _BARE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        took = []
        for _ in range(CALLS):
            began = time.perf_counter()
            process.stdin.write(json.dumps({"n": 1}) + "\n")
            process.stdin.flush()
            json.loads(process.stdout.readline())
            took.append(time.perf_counter() - began)
        process.stdin.close()
    return statistics.median(took)


async def _restart() -> None:
    took = []
    async with hosting() as here:
        for _ in range(10):
            hung = await here.begun("LoopsInRequest")
            asked = asyncio.create_task(_ask_quietly(hung))
            await hung.ended()
            began = time.perf_counter()
            await hung.stop()
            fresh = await here.begun("LoopsInRequest")
            took.append(time.perf_counter() - began)
            await asked
            await fresh.stop()
    median, most = statistics.median(took) * 1000, max(took) * 1000
    print(f"killed to the next one at work: median {median:.0f} ms, most {most:.0f} ms")


async def _ask_quietly(worker: Worker) -> None:
    with suppress(Exception):
        await worker.ask(Request(id="1", deadline_s=5))


async def _memory() -> None:
    async with hosting() as here:
        limits = PluginLimits()
        workers = [await here.begun("Good", limits=limits) for _ in range(10)]
        pids = [worker.figures.pid for worker in workers]
        ours = sum(_pss(pid) for pid in (*pids, _parent(pids[0])))
        for worker in workers:
            await worker.stop()
    theirs = _bare_memory()
    print(f"ten workers and their warden {ours / MIB:.0f} MiB (PSS)")
    print(
        f"ten bare processes with asyncio {theirs / MIB:.0f} MiB: {ours / theirs:.1f} x"
    )


def _bare_memory() -> int:
    code = "import asyncio, sys; sys.stdin.read()"
    bare = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
        for _ in range(10)
    ]
    time.sleep(1)
    sum_of = sum(_pss(one.pid) for one in bare)
    for one in bare:
        one.communicate()
    return sum_of


def _parent(pid: int | None) -> int:
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def _pss(pid: int | None) -> int:
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return (
            next(int(one.split()[1]) for one in file if one.startswith("Pss:")) * 1024
        )


def _find() -> None:
    with _packages(100) as place:
        sys.path.insert(0, place)
        took = [_seconds(lambda: InstalledPlugins().look(None)) for _ in range(5)]
        found = InstalledPlugins().look(None)
        every = [
            _seconds(lambda: [one.name for one in distributions()]) for _ in range(5)
        ]
        sys.path.remove(place)
    ours, theirs = min(took), min(every)
    imported = [name for name in sys.modules if name.startswith("bench_plugin_")]
    print(
        f"{len(found)} found in {ours * 1000:.0f} ms, {len(imported)} imported; "
        f"{ours / theirs:.1f} x a list of the names of every distribution"
    )


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


@contextmanager
def _packages(count: int) -> Iterator[str]:
    """Make distributions with an entry point each, as an installer leaves them."""
    with tempfile.TemporaryDirectory() as place:
        for n in range(count):
            name = f"bench_plugin_{n}"
            info = Path(place, f"{name}-1.0.dist-info")
            info.mkdir()
            (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
            points = f"[conductor_tui.platforms]\nbench-{n} = {name}:Plugin\n"
            (info / "entry_points.txt").write_text(points)
            Path(place, f"{name}.py").write_text("raise SystemExit('imported')\n")
        yield place


# What it is worth


def _orphans() -> None:
    with tempfile.TemporaryDirectory(dir=Path.home()) as place:
        command = [sys.executable, "-m", "tests.bench.plugins", "--daemon", place]
        daemon = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert daemon.stdout is not None
        pids = json.loads(daemon.stdout.readline())
        children = marked()
        daemon.kill()
        began = time.perf_counter()
        time.sleep(0.1)
        left, orphans = [pid for pid in pids if is_alive(pid)], marked()
        while marked() or any(is_alive(pid) for pid in pids):
            time.sleep(0.001)
        gone_s = time.perf_counter() - began
        daemon.communicate()
    print(
        f"{len(pids)} workers and {len(children)} children of theirs before; after "
        f"100 ms {len(left)} and {len(orphans)}; all gone within {gone_s * 1000:.0f} ms"
    )


def _daemon(place: str) -> None:
    """Run ten plug-ins and say their pids, until somebody kills us."""
    names = [*["Good"] * 9, "ForksChildren"]
    engine = LocalEngine(_settings(names, Path(place), PluginLimits()))
    running = _Running(engine)
    while True:
        views = list(engine.session.latest().plugins.in_order())
        watched = engine.session.latest().platforms.get(PlatformName("bad9"))
        views = [one for one in views if one.state is not PluginState.DISCOVERED]
        is_up = all(view.state is PluginState.ACTIVE for view in views)
        if len(views) == len(names) and is_up and watched and watched.word:
            break
        time.sleep(0.05)
    print(json.dumps([view.figures.pid for view in views]), flush=True)
    running.join()


def _hostile() -> None:
    print(f"{'':<26}{'late p50':>9}{'late p99':>10}{'dead after':>12}  left  why")
    for name in ("", *HOSTILE):
        with tempfile.TemporaryDirectory(dir=Path.home()) as place:
            _one_hostile(name, Path(place))


def _one_hostile(name: str, place: Path) -> None:
    engine = LocalEngine(_settings([name] if name else [], place, LIMITS))
    running = _Running(engine)
    began, dead_s, words, late = time.perf_counter(), "-", "", list[float]()
    while (now := time.perf_counter() - began) < WATCHED_S:
        time.sleep(0.05)
        snapshot = engine.session.latest()
        view = snapshot.plugins.get(PluginName("bad0"))
        if view is not None:
            words = view.error or words
            if view.state is PluginState.FAILED and dead_s == "-":
                dead_s = f"{now:.1f} s"
        if snapshot.own.sample is not None:
            late.append(snapshot.own.sample.late_p99_s)
    sample = engine.session.latest().own.sample
    running.stop()
    assert sample is not None
    print(
        f"{name or 'nobody':<26}{sample.late_p50_s * 1000:>6.1f} ms"
        f"{max(late) * 1000:>7.1f} ms{dead_s:>12}{len(marked()):>6}  {words[:70]}",
        flush=True,
    )


class _Running:
    def __init__(self, engine: LocalEngine) -> None:
        self._engine = engine
        self._thread = threading.Thread(target=engine.run, daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def stop(self) -> None:
        self._engine.stop()
        self._thread.join(30)


def _settings(names: Sequence[str], place: Path, limits: PluginLimits) -> Settings:
    """Return PLATFORMS without a network, and plug-ins bad0, bad1 ... of `names`."""
    platforms = tuple(
        PlatformSettings(
            spec=CheckSpec(
                platform=PlatformName(f"p{n}"),
                probe="canary",
                target="",
                interval_s=1.0,
            ),
            options=Options(),
        )
        for n in range(PLATFORMS)
    )
    folder = place / "plugins"
    folder.mkdir(mode=0o700)
    for n, name in enumerate(names):
        (folder / f"bad{n}.py").write_text(_file_of(name))
    plugins = [
        PluginSettings(name=PluginName(f"bad{n}"), use=f"bad{n}", limits=limits)
        for n, _ in enumerate(names)
    ]
    return Settings(
        platforms=platforms,
        plugins=tuple(plugins),
        plugin_folder=str(folder),
        listen=ListenSettings(socket="", datagrams=""),
        journal=JournalSettings(path=str(place / "journal.db")),
    )


def _file_of(name: str) -> str:
    if name == "ImportsForEver":
        return "import tests.adapters.plugins.hostile.imports_for_ever\n"
    return f"from tests.adapters.plugins.hostile.bad import {name} as Plugin\n"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--daemon"]:
        _daemon(sys.argv[2])
    else:
        main(sys.argv[1:])
