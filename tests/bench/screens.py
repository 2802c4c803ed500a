"""What the screen costs, beside other terminal programs, in one run on a real pty.

    python -m tests.bench.screens [--platforms 20 200 1000] [--sizes 80x24 200x60]
        [--rounds 3] [--seconds 15]

The dashboard checks so many pages of an nginx on loopback every 5 s. A minimal Textual
app is the reference for start-up; htop, btop and glances run where they are installed.
The minimum of the rounds counts for times (other programs only ever add to them), and
the median of all key presses. `first` is from the start of the process to the first
byte painted, `data` to the first screen with real data.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.engines import Targets, conductor
from tests.bench.pty_run import PtyRun
from tests.servers.nginx import nginx

_KEYS = 40
_PAINTED = b"\x1b["  # the first thing that a full-screen program writes
_SETTLE_S = 6.0


@dataclass(frozen=True, slots=True)
class Program:
    """`ready` is in what it writes once it shows real data."""

    name: str
    argv: Sequence[str]
    ready: bytes
    keys: tuple[bytes, bytes] = (b"\x1b[B", b"\x1b[A")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    first_ms: float
    data_ms: float
    keys_ms: tuple[float, ...]
    cpu_percent: float
    bytes_per_s: float
    rss_mib: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platforms", type=int, nargs="+", default=[20, 200, 1000])
    parser.add_argument("--sizes", nargs="+", default=["80x24", "200x60"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=15.0)
    args = parser.parse_args()
    for text in args.sizes:
        columns, rows = (int(part) for part in text.split("x"))
        print(f"{text}, {args.rounds} rounds, idle over {args.seconds:g} s")
        with _programs(args.platforms) as programs:
            _table(programs, (columns, rows), args.rounds, args.seconds)


@contextmanager
def _programs(platforms: Sequence[int]) -> Iterator[list[Program]]:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        with nginx(here / "nginx") as server:
            yield [
                Program(
                    "textual", [sys.executable, "-m", f"{_HERE}.minimal_app"], b"READY"
                ),
                *[_dashboard(here, server.port, count) for count in platforms],
                *[Program(n, [n], ready) for n, ready in _PEERS if shutil.which(n)],
            ]


_HERE = "tests.bench"
_PEERS = (("htop", b"F10"), ("btop", b"select"), ("glances", b"TASKS"))


def _dashboard(here: Path, port: int, count: int) -> Program:
    folder = here / f"c{count}"
    folder.mkdir()
    conductor(Targets(port, count), folder)
    file = folder / "conductor.toml"
    argv = [sys.executable, "-m", "conductor_tui", "--config", str(file)]
    return Program(f"conductor {count}", argv, b"HEALTHY")


def _table(
    programs: Sequence[Program], size: tuple[int, int], rounds: int, seconds: float
) -> None:
    print(
        f"  {'':16} {'first':>8} {'data':>8} {'ratio':>6} {'key p50':>9} {'p95':>9}",
        end="",
    )
    print(f" {'CPU':>8} {'bytes/s':>8} {'RSS':>8}")
    taken: dict[str, list[Figures]] = {one.name: [] for one in programs}
    for _ in range(rounds):
        for program in programs:
            figures = _measured(program, size, seconds)
            if figures:
                taken[program.name].append(figures)
    base = min(one.first_ms for one in taken["textual"])
    for name, all_of_it in taken.items():
        if all_of_it:
            print(f"  {name:16} {_line(all_of_it, base)}")


def _line(taken: Sequence[Figures], base_ms: float) -> str:
    first, data = (min(getattr(f, k) for f in taken) for k in ("first_ms", "data_ms"))
    keys = sorted(ms for figures in taken for ms in figures.keys_ms)
    p50 = f"{statistics.median(keys):6.1f} ms" if keys else "        -"
    p95 = f"{keys[int(len(keys) * 0.95)]:6.1f} ms" if keys else "        -"
    cpu, rate, rss = (
        min(getattr(f, k) for f in taken)
        for k in ("cpu_percent", "bytes_per_s", "rss_mib")
    )
    return (
        f"{first:5.0f} ms {data:5.0f} ms {data / base_ms:6.2f} {p50} {p95}"
        f" {cpu:6.2f} % {rate:8.0f} {rss:4.0f} MiB"
    )


def _measured(
    program: Program, size: tuple[int, int], seconds: float
) -> Figures | None:
    """Run it once; None when it never showed what it should."""
    with PtyRun(program.argv, size) as run:
        first = run.until(lambda: _PAINTED in run.written, 20)
        ready = run.until(lambda: program.ready in run.written, 20)
        if first is None or ready is None:
            print(f"  {program.name}: never showed {program.ready!r}")
            return None
        run.listen(_SETTLE_S)
        cpu_s = run.cpu_s
        came = run.listen(seconds)
        cpu_percent = (run.cpu_s - cpu_s) / seconds * 100
        return Figures(
            first_ms=(first - run.started) * 1000,
            data_ms=(ready - run.started) * 1000,
            keys_ms=tuple(_key_latencies(run, program)),
            cpu_percent=cpu_percent,
            bytes_per_s=came / seconds,
            rss_mib=run.rss_mib,
        )


def _key_latencies(run: PtyRun, program: Program) -> Iterator[float]:
    for number in range(_KEYS if program.name != "textual" else 0):
        answer_s = run.answer_s(program.keys[number % 2])
        if answer_s is not None:
            yield answer_s * 1000


if __name__ == "__main__":
    main()
