"""Attached or with an engine inside: how soon is the first full screen there?

    python -m tests.bench.attach [PLATFORMS] [ROUNDS]

A daemon watches so many files of this host. A dashboard that attaches to it, and one
that brings its own engine, are started by turns on a real pty of 120x40; a screen is
full once the tally in its header has every platform. Then dashboards attach and detach
again and again, 50 slow and 5 stalled readers follow the stream, and the daemon says
itself how late its checks began, how much memory and how many descriptors it takes.
"""

import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from conductor_tui.adapters.api.client import Client
from conductor_tui.domain.errors import AskRefused, NobodyListens
from tests.bench.pty_run import PtyRun

SLOW, STALLED, CYCLES, WATCHED_S = 50, 5, 1000, 20.0
_TALLY = re.compile(rb"(\d+) (?:healthy|failed|unknown|degraded|critical)")


def settings(folder: Path, platforms: int) -> Path:
    folder.chmod(0o700)
    (folder / "run").mkdir(mode=0o700)
    path = folder / "c.toml"
    tables = (
        f'[[platform]]\nname = "p{number:04d}"\nprobe = "file"\ntarget = "{path}"\n'
        for number in range(platforms)
    )
    path.write_text("".join(tables))
    os.environ |= {
        "XDG_RUNTIME_DIR": f"{folder}/run",
        "XDG_STATE_HOME": f"{folder}/state",
    }
    return path


@contextmanager
def daemon(path: Path, client: Client) -> Iterator[int]:
    argv = [sys.executable, "-m", "conductor_tui", "serve", "--config", str(path)]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as process:
        try:
            while not _is_ready(client):
                time.sleep(0.05)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _is_ready(client: Client) -> bool:
    with suppress(NobodyListens, AskRefused):
        client.ask("GET", "/readyz", key="ready")
        return True
    return False


def first_screen(argv: list[str], platforms: int) -> float:
    """Return the seconds until the header has every platform."""
    with PtyRun([sys.executable, "-m", "conductor_tui", *argv], (120, 40)) as run:

        def is_full() -> bool:
            counts = [int(one) for one in _TALLY.findall(bytes(run.written))]
            return platforms in counts

        at = run.until(is_full, 60.0)
        run.send(b"q")
        assert at is not None, "the screen never was full"
        return at - run.started


def figures(client: Client, pid: int) -> dict[str, float]:
    """Return what the daemon says of itself, and what /proc says of it."""
    own = client.ask("GET", "/v1/status", key="own")["own"]
    return {
        "late_p99_ms": own["late_p99_ms"],
        "rss_mib": round(own["rss_bytes"] / 2**20, 1),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
    }


def watched(client: Client, pid: int, between: Callable[[], None]) -> dict[str, float]:
    """Return the median of what is seen for WATCHED_S; `between` is done meanwhile."""
    end, seen = time.monotonic() + WATCHED_S, []
    while time.monotonic() < end:
        between()
        seen.append(figures(client, pid))
    return {key: statistics.median(one[key] for one in seen) for key in seen[0]}


def reader(path: str) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect(path)
    made.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n")
    return made


def read_slowly(readers: list[socket.socket]) -> None:
    """A slow reader takes 4 kB a second: a stream of 1,000 platforms has 20 times so
    much.
    """
    for one in readers:
        one.recv(4096)
    time.sleep(1.0)


def main() -> None:
    platforms = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory(prefix=".attach-", dir=Path.home()) as name:
        path = settings(Path(name), platforms)
        sock = f"{name}/run/conductor-tui/conductor.sock"
        client = Client(f"unix:{sock}")
        # Its own engine takes no part of the daemon's: another socket, another journal.
        with daemon(path, client) as pid:
            attached, inside = [], []
            for _ in range(rounds):
                attached.append(first_screen([], platforms))
                inside.append(
                    first_screen(["--inside", "--config", str(path)], platforms)
                )
            _say("attach to full screen, s", attached, inside)
            alone = watched(client, pid, lambda: time.sleep(1.0))
            slow = [reader(sock) for _ in range(SLOW)]
            stalled = [reader(sock) for _ in range(STALLED)]
            time.sleep(5.0)
            busy = watched(client, pid, lambda: read_slowly(slow))
            for one in (*slow, *stalled):
                one.close()
            print(json.dumps({"alone": alone, "slow and stalled readers": busy}))
            before = figures(client, pid)
            for _ in range(CYCLES):
                with reader(sock) as one:
                    one.recv(4096)
            time.sleep(2.0)
            after = figures(client, pid)
            print(json.dumps({"before": before, f"after {CYCLES} readers": after}))


def _say(what: str, one: list[float], other: list[float]) -> None:
    ratio = statistics.median(one) / statistics.median(other)
    said = {
        what: round(statistics.median(one), 3),
        "engine inside, s": round(statistics.median(other), 3),
        "ratio": round(ratio, 2),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
