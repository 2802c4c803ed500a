"""Many processes of many threads, a server that was ill, and one call that tries it."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic

import pytest

from tests.cli.serving import DEADLINE_S, daemon
from tests.client.test_processes import program

SETTINGS = """
[[platform]]
name = "redis"
probe = "file"
target = "{here}"
interval = "10m"
breaker = { failures = 1, reset_after = "300ms", trial = "any", quorum = 2 }
"""
PROCESSES = 3


class Backend:
    """Hangs up on everybody; or keeps everybody waiting until it says that it is well.
    `trials` are those that wait: each is a call that was let through after `keep`.
    """

    def __init__(self, ear: socket.socket) -> None:
        self._ear, self._lock = ear, threading.Lock()
        self._kept_since = float("inf")
        self.trials: list[socket.socket] = []
        self.has_trial, self.is_well = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def keep(self) -> None:
        with self._lock:
            self._kept_since = monotonic()

    def say_well(self) -> None:
        with self._lock:
            self.is_well.set()
            for one in self.trials:
                with one:
                    one.sendall(b"well")

    def _serve(self) -> None:
        with suppress(OSError):  # the ear is shut: it is over
            while True:
                self._answer(self._ear.accept()[0])

    def _answer(self, one: socket.socket) -> None:
        began = float(one.recv(64) or "0")
        with self._lock:
            if self.is_well.is_set():
                one.sendall(b"well")
            elif began >= self._kept_since:
                self.trials.append(one)
                self.has_trial.set()
                return
        one.close()

    def __enter__(self) -> "Backend":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ear.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for one in self.trials:
            one.close()


@contextmanager
def backend() -> Iterator[tuple[Backend, int]]:
    with socket.create_server(("127.0.0.1", 0)) as ear, Backend(ear) as one:
        yield one, ear.getsockname()[1]


@pytest.mark.parametrize("reports", ["no", "yes"])
def test_of_many_callers_one_is_the_trial(reports: str) -> None:
    """Where they do not report, each process opened its own breaker."""
    with daemon(SETTINGS) as serving, backend() as (ill, port), ExitStack() as stack:
        serving.serve()
        at, argv = f"unix:{serving.socket}", ("crowd", str(port))
        crowds = [
            stack.enter_context(program(at, *argv, REPORTS=reports))
            for _ in range(PROCESSES)
        ]
        rejected(crowds, 1)
        ill.keep()
        assert ill.has_trial.wait(DEADLINE_S)
        rejected(crowds, 3)
        assert len(ill.trials) == 1
        ill.say_well()
        for crowd in crowds:
            out, errors = crowd.communicate(timeout=DEADLINE_S)
            assert out.endswith("well\n"), errors


def rejected(crowds: list["subprocess.Popen[str]"], times: int) -> None:
    """Wait until each of them was rejected so often, times 200."""
    for crowd in crowds:
        for _ in range(times):
            assert crowd.stdout is not None
            assert crowd.stdout.readline() == "rejected\n"
