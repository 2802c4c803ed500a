"""How many calls reach an ill server while a trial is due."""

import socket
import tempfile
import threading
import time
from contextlib import suppress
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from conductor_tui.client import Client, Rejected
from tests.bench.client_place import SPAWN, daemon, free_port, prepare, status, until

REST_S = 6.0


class Backend:
    """Counts the calls that reach it, by the moment at which they were begun: on a busy
    machine one may wait in its queue for longer than anybody would guess.
    """

    def __init__(self) -> None:
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port = self.sock.getsockname()[1]
        self.begun: list[float] = []
        self.is_well = True
        threading.Thread(target=self._serve, daemon=True).start()

    def since(self, moment: float) -> int:
        return sum(one >= moment for one in self.begun)

    def _serve(self) -> None:
        while True:
            try:
                one, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(one,), daemon=True).start()

    def _answer(self, one: socket.socket) -> None:
        with one, suppress(OSError):
            self.begun.append(float(one.recv(64)))
            time.sleep(0.02 if self.is_well else 0.2)
            one.sendall(b"well" if self.is_well else b"ill!")


def crowd(
    number: int, port: int, threads: int, reports: bool, ready: Any, stop: Event
) -> None:
    """So many threads call through one breaker; 20 times a second when it says no."""
    client = Client(f"bot-{number:02d}", report=reports)
    breaker = client.breaker("redis")

    @breaker
    def call() -> None:
        began = b"%.6f" % time.monotonic()
        with socket.create_connection(("127.0.0.1", port), 5) as sock:
            sock.sendall(began)
            if sock.recv(16) != b"well":
                raise OSError("ill")

    def run() -> None:
        while not stop.is_set():
            wait_s = 1.0  # a server of Python's threads serves no more
            try:
                call()
            except Rejected:
                wait_s = 0.05
            except OSError:
                pass
            time.sleep(wait_s)

    assert client.wait(20)
    ready.release()
    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    client.close()


def measure_trials(folder: Path, count: int, threads: int) -> None:
    """Once with breakers that each process opened alone, and whose trials the daemon
    lends out one by one; once with the daemon's own, opened by a quorum of reports.
    """
    backend = Backend()
    for reports in (False, True):
        with tempfile.TemporaryDirectory(dir=folder) as name:
            _measure_trial(Path(name), backend, count, threads, reports=reports)
    backend.sock.close()


def _measure_trial(
    folder: Path, backend: Backend, count: int, threads: int, *, reports: bool
) -> None:
    keys = f'failures = 3, reset_after = "{REST_S:g}s", trial = "any", quorum = 2'
    path = prepare(folder, free_port())
    path.write_text(  # the check itself never comes in time to be the trial
        f'[[platform]]\nname = "redis"\nprobe = "file"\ntarget = "{path}"\n'
        f'interval = "10m"\nbreaker = {{ {keys} }}\n'
    )
    ready, stop, backend.is_well = SPAWN.Semaphore(0), SPAWN.Event(), True
    with daemon(path), Client("bench", first_word_s=0) as client:
        processes = [
            SPAWN.Process(
                target=crowd,
                args=(number, backend.port, threads, reports, ready, stop),
            )
            for number in range(count)
        ]
        for process in processes:
            process.start()
        for _ in processes:
            ready.acquire()
        time.sleep(1.0)
        backend.is_well = False
        time.sleep(REST_S / 2)  # by now everybody's is open, or the daemon's is
        state = status(client, "platforms")[0]["breaker"]
        quiet = time.monotonic()
        time.sleep(REST_S)  # once in it a trial is due; it fails
        well = time.monotonic()
        trials = backend.since(quiet)
        backend.is_well = True
        until(lambda: backend.since(well) > 10 * count)
        whose = "the daemon's" if reports else "each process's own"
        print(
            f"  {count} x {threads} callers, {whose} breaker (the daemon's is {state}):"
            f" {trials} call was made in one rest; well again, all call after "
            f"{time.monotonic() - well:.1f} s"
        )
        stop.set()
        for process in processes:
            process.join(20)
