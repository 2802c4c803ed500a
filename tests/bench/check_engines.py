"""CPU per HTTP check of whole check engines, in one run, and how punctual each is.

    python -m tests.bench.check_engines [--targets 100 1000 5000] [--seconds 20]
        [--only aiohttp conductor monit haproxy blackbox] [--rounds 1]

Every engine in turn checks the same targets of one nginx every 5 s. Checks are counted
in nginx's own log, CPU is that of the engine's processes, and lateness is how far the
time between two checks of a target was from 5 s. Times are this machine's: look at the
ratios to the bare uvloop + aiohttp loop. What is not installed is left out.
"""

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from _pytest.outcomes import Skipped

from tests.bench.engines import ENGINES, INTERVAL_S, Targets
from tests.servers.daemon import binary, free_port, running, stop

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_REFERENCE = "aiohttp"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one engine at one number of targets."""

    checks: int
    cpu_us: float
    off_p50_ms: float
    off_p99_ms: float
    rss_mib: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--targets", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    _allow_open_files()
    for count in args.targets:
        print(f"{count} targets, one check each {INTERVAL_S:g} s")
        rounds: dict[str, list[Figures]] = defaultdict(list)
        for _ in range(args.rounds):
            for name in args.only:
                figures = _measured(name, count, args.seconds)
                if figures:
                    rounds[name].append(figures)
        _print(rounds)


def _print(rounds: dict[str, list[Figures]]) -> None:
    known = {
        name: min(taken, key=lambda one: one.cpu_us) for name, taken in rounds.items()
    }
    base = known.get(_REFERENCE)
    print(f"  {'':10} {'checks':>7} {'us/check':>9} {'ratio':>6}", end="")
    print(f" {'off p50':>9} {'p99':>9} {'RSS':>8}")
    for name, one in known.items():
        ratio = f"{one.cpu_us / base.cpu_us:6.2f}" if base else "     -"
        print(
            f"  {name:10} {one.checks:7} {one.cpu_us:9.0f} {ratio} "
            f"{one.off_p50_ms:6.1f} ms {one.off_p99_ms:6.1f} ms {one.rss_mib:4.0f} MiB"
        )


def _measured(name: str, count: int, seconds: float) -> Figures | None:
    """Run one engine; None where it is not installed."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        here = Path(folder)
        try:
            targets = Targets(stack.enter_context(_nginx(here)), count)
            commands = ENGINES[name](targets, here)
        except Skipped as missing:
            print(f"  {name}: {missing}")
            return None
        pids = [stack.enter_context(_child(argv, here)).pid for argv in commands]
        if not _is_steady(here / "access.log", count):
            print(f"  {name}: it did not make three rounds in time")
            return None
        return _watch(pids, here / "access.log", seconds)


def _watch(pids: Sequence[int], log: Path, seconds: float) -> Figures:
    read_from, before = log.stat().st_size, _cpu_s(pids)
    time.sleep(seconds)
    cpu_s, rss_mib = _cpu_s(pids) - before, _rss_mib(pids)
    with log.open("rb") as opened:
        opened.seek(read_from)
        lines = opened.read().decode().splitlines()[1:-1]
    off = sorted(_off_schedule_ms(lines))
    return Figures(
        checks=len(lines),
        cpu_us=cpu_s * 1e6 / max(1, len(lines)),
        off_p50_ms=statistics.median(off) if off else float("nan"),
        off_p99_ms=off[int(len(off) * 0.99)] if off else float("nan"),
        rss_mib=rss_mib,
    )


def _off_schedule_ms(lines: Sequence[str]) -> Iterator[float]:
    """Yield by how many milliseconds the time between two checks was not INTERVAL_S."""
    last: dict[str, float] = {}
    for line in lines:
        at, _, path = line.partition(" ")
        if path in last:
            yield abs(float(at) - last[path] - INTERVAL_S) * 1000
        last[path] = float(at)


def _is_steady(log: Path, count: int) -> bool:
    """Wait for three rounds: starting up is not what is measured."""
    end = time.monotonic() + 60 + count * 0.02
    while time.monotonic() < end:
        time.sleep(1)
        with log.open("rb") as opened:
            if sum(1 for _ in opened) >= 3 * count:
                return True
    return False


@contextmanager
def _child(argv: Sequence[str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / "engine.log").open("ab") as out:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield child
    finally:
        stop(child)


@contextmanager
def _nginx(folder: Path) -> Iterator[int]:
    port = free_port()
    (folder / "access.log").touch()
    conf = folder / "nginx.conf"
    conf.write_text(_CONF.format(folder=folder, port=port), "utf-8")
    argv = [binary("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(conf)]
    with running(argv, port=port, log=folder / "nginx.log"):
        yield port


_CONF = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr crit;
worker_rlimit_nofile 40000;
events {{ worker_connections 20000; }}
http {{
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
    fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    log_format timed '$msec $request_uri';
    access_log {folder}/access.log timed;
    keepalive_timeout 75s;
    keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{port} backlog=8192;
        location / {{ return 200 "here\\n"; }}
    }}
}}
"""


def _cpu_s(pids: Sequence[int]) -> float:
    """Seconds of CPU of these processes and all their threads so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks * _TICK_S


def _rss_mib(pids: Sequence[int]) -> float:
    pages = sum(int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _allow_open_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main()
