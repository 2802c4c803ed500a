"""What the screen costs, beside other terminal programs, in one run on a real pty.

    python -m tests.bench.screens [--platforms 20 200 1000]
        [--sizes 80x24 120x40 200x60] [--rounds 3] [--seconds 15] [--settle 6]

The dashboard checks so many pages of an nginx on loopback every 5 s. A minimal Textual
app is the reference for start-up; htop, btop and glances run where they are installed.
The minimum of the rounds counts for times (other programs only ever add to them), and
the median of all key presses. `first` is from the start of the process to the first
byte painted, `data` to the first screen with real data; `resize` is from a new size of
the terminal to the last byte of what is painted then.

In the first minute of a platform its age changes every second: `--settle 75` measures
how it is from then on.
"""

import argparse
import shutil
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
_RESIZES = 6


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
    resizes_ms: tuple[float, ...]
    cpu_percent: float
    bytes_per_s: float
    rss_mib: float


@dataclass(frozen=True, slots=True)
class Runs:
    """How each program is measured: at `size` (columns, rows), so often and so long."""

    size: tuple[int, int]
    rounds: int
    seconds: float
    settle_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platforms", type=int, nargs="+", default=[20, 200, 1000])
    parser.add_argument("--sizes", nargs="+", default=["80x24", "120x40", "200x60"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--settle", type=float, default=6.0)
    args = parser.parse_args()
    for text in args.sizes:
        columns, rows = (int(part) for part in text.split("x"))
        print(f"{text}, {args.rounds} rounds, idle over {args.seconds:g} s")
        with _programs(args.platforms) as programs:
            runs = Runs((columns, rows), args.rounds, args.seconds, args.settle)
            _table(programs, runs)


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
                *[one for one in _PEERS if shutil.which(one.name)],
            ]


_HERE = "tests.bench"
_PEERS = (
    Program("htop", ["htop"], b"F10"),
    Program("btop", ["btop"], b"select"),
    # an arrow as it is in the other mode is an Escape to it, and that ends it
    Program("glances", ["glances"], b"TASKS", (b"\x1bOB", b"\x1bOA")),
)


def _dashboard(here: Path, port: int, count: int) -> Program:
    folder = here / f"c{count}"
    folder.mkdir()
    conductor(Targets(port, count), folder)
    file = folder / "conductor.toml"
    argv = [sys.executable, "-m", "conductor_tui", "--config", str(file)]
    return Program(f"conductor {count}", argv, b"HEALTHY")


def _table(programs: Sequence[Program], runs: Runs) -> None:
    print(
        f"  {'':16} {'first':>8} {'data':>8} {'ratio':>6} {'key p50':>9} {'p95':>9}"
        f" {'resize':>9} {'CPU':>8} {'bytes/s':>8} {'RSS':>8}"
    )
    taken: dict[str, list[Figures]] = {one.name: [] for one in programs}
    for _ in range(runs.rounds):
        for program in programs:
            figures = _measured(program, runs)
            if figures:
                taken[program.name].append(figures)
    base = min(one.first_ms for one in taken["textual"])
    for name, all_of_it in taken.items():
        if all_of_it:
            print(f"  {name:16} {_line(all_of_it, base)}", flush=True)


def _line(taken: Sequence[Figures], base_ms: float) -> str:
    first, data = (min(getattr(f, k) for f in taken) for k in ("first_ms", "data_ms"))
    keys = sorted(ms for figures in taken for ms in figures.keys_ms)
    resizes = sorted(ms for figures in taken for ms in figures.resizes_ms)
    cpu, rate, rss = (
        min(getattr(f, k) for f in taken)
        for k in ("cpu_percent", "bytes_per_s", "rss_mib")
    )
    return (
        f"{first:5.0f} ms {data:5.0f} ms {data / base_ms:6.2f} {_at(keys, 0.5)}"
        f" {_at(keys, 0.95)} {_at(resizes, 0.5)}"
        f" {cpu:6.2f} % {rate:8.0f} {rss:4.0f} MiB"
    )


def _at(in_order: Sequence[float], share: float) -> str:
    """Return the figure behind that share of them."""
    return (
        f"{in_order[int(len(in_order) * share)]:6.1f} ms" if in_order else f"{'-':>9}"
    )


def _measured(program: Program, runs: Runs) -> Figures | None:
    """Run it once; None when it never showed what it should."""
    with PtyRun(program.argv, runs.size) as run:
        first = run.until(lambda: _PAINTED in run.written, 20)
        ready = run.until(lambda: program.ready in run.written, 20)
        if first is None or ready is None:
            print(f"  {program.name}: never showed {program.ready!r}")
            return None
        run.listen(runs.settle_s)
        cpu_s = run.cpu_s
        came = run.listen(runs.seconds)
        cpu_percent = (run.cpu_s - cpu_s) / runs.seconds * 100
        return Figures(
            first_ms=(first - run.started) * 1000,
            data_ms=(ready - run.started) * 1000,
            keys_ms=tuple(_key_latencies(run, program)),
            resizes_ms=tuple(_resizes(run, runs.size)),
            cpu_percent=cpu_percent,
            bytes_per_s=came / runs.seconds,
            rss_mib=run.rss_mib,
        )


def _key_latencies(run: PtyRun, program: Program) -> Iterator[float]:
    for number in range(_KEYS if program.name != "textual" else 0):
        answer_s = run.answer_s(program.keys[number % 2])
        if answer_s is not None:
            yield answer_s * 1000


def _resizes(run: PtyRun, size: tuple[int, int]) -> Iterator[float]:
    """Make the terminal wider and higher, and give it its size back, in turns."""
    columns, rows = size
    for number in range(_RESIZES):
        more = 1 - number % 2
        painted_s = run.repaint_s((columns + 10 * more, rows + 4 * more))
        if painted_s is not None:
            yield painted_s * 1000


if __name__ == "__main__":
    main()
