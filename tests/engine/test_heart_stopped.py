"""A real engine that is stopped for a while accuses nobody who beats, and finds the
dead no later than it stood still.
"""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engine.heart_process import GRACE_S, INTERVAL_S

STOPPED_S = 3.0  # more than the whole ladder of an agent
FAILED_AFTER_S = 3 * INTERVAL_S + GRACE_S
LATE_S = 3.0  # of a machine that is busy with other tests


@contextmanager
def beating(port: int, name: str) -> Iterator[None]:
    """Beat three times per interval, from a thread, whatever becomes of the engine."""
    is_over = threading.Event()

    def beat() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while not is_over.wait(INTERVAL_S / 3):
                sender.sendto(name.encode(), ("127.0.0.1", port))

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def moves_after_a_stop() -> tuple[list[tuple[float, str, str]], float]:
    """Return what happened, and when the agent that dies beat for the last time."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.engine.heart_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with beating(port, "beating"):
            with beating(port, "dead"):
                time.sleep(1.0)
            died_at = time.time()
            process.send_signal(signal.SIGSTOP)
            _wait_until_stopped(process.pid)
            time.sleep(STOPPED_S)
            process.send_signal(signal.SIGCONT)
            time.sleep(FAILED_AFTER_S + LATE_S)
            out, _ = process.communicate("stop\n", timeout=20)
    return json.loads(out), died_at


def test_a_stop_of_ours_accuses_nobody_who_beats_and_the_dead_are_found() -> None:
    moves, died_at = moves_after_a_stop()
    assert [now for _, name, now in moves if name == "beating"] == ["HEALTHY"]
    dead = [(at, now) for at, name, now in moves if name == "dead"]
    assert [now for _, now in dead] == ["HEALTHY", "DEGRADED", "CRITICAL", "FAILED"]
    failed_after_s = dead[-1][0] - died_at
    assert failed_after_s >= STOPPED_S  # what we slept through counts for nobody


def _wait_until_stopped(pid: int) -> None:
    until = time.monotonic() + 10
    stat = Path(f"/proc/{pid}/stat")
    while ") T " not in stat.read_text() and time.monotonic() < until:
        time.sleep(0.01)
