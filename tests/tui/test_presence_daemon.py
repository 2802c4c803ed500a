"""A real daemon and real dashboards at it: what one does the others see, and who comes
back is told.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.tui.pty.terminal import DEADLINE_S, Terminal

PROGRAM = [sys.executable, "-m", "conductor_tui"]
PLATFORM = """
[[platform]]
name = "api"
probe = "file"
target = "{here}"
interval = "5s"
"""


class Place:
    """A folder of its own for sockets, journal and settings."""

    def __init__(self, folder: Path) -> None:
        self.settings = folder / "conductor.toml"
        self.settings.write_text(PLATFORM.format(here=self.settings))
        self.settings.chmod(0o600)
        self._folder, self._daemons = folder, count(1)
        self._env = {"XDG_RUNTIME_DIR": str(folder), "XDG_STATE_HOME": str(folder)}

    @contextmanager
    def daemon(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run `serve` until the block ends; it is ready by then."""
        told = str(self._folder / f"notify-{next(self._daemons)}")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(told)
            ear.settimeout(DEADLINE_S)
            env = {**os.environ, **self._env, "NOTIFY_SOCKET": told}
            argv = [*PROGRAM, "serve", "--config", str(self.settings)]
            quiet = subprocess.DEVNULL
            program = subprocess.Popen(argv, env=env, stdout=quiet, stderr=quiet)
            try:
                while b"READY=1" not in ear.recv(4096):
                    pass
                yield program
            finally:
                program.terminate()
                program.wait()

    def dashboard(self, who: str) -> Terminal:
        argv = [*PROGRAM, "--config", str(self.settings)]
        env = {**self._env, "SUDO_USER": who}
        return Terminal(argv, size=(100, 30), env=env)


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="c-") as folder:  # a socket's name is short
        yield Place(Path(folder))


def test_what_one_does_the_other_hears_at_once_and_later_in_a_digest(
    place: Place,
) -> None:
    with place.daemon(), place.dashboard("ann") as ann:
        ann.until_shown("HEALTHY")
        with place.dashboard("bob") as bob:
            bob.until_shown("2 attached")
            ann.until_shown("2 attached")
            ann.send("t")
            ann.until_shown("Reason")
            ann.send("maintenance\r")
            bob.until_shown("tripped api: maintenance")
            bob.until_shown("HELD by ann")
            bob.send("q")
            assert bob.until_ended() == 0
        ann.until(lambda: "2 attached" not in ann.text, "nobody else")
        ann.send("R")
        ann.until_shown("Cancel")
        ann.send("R")
        ann.until_shown("CLOSED by force")
        with place.dashboard("bob") as bob:
            bob.until_shown("Since you left at")
            bob.until_shown("closed it at")
            bob.send("\x1b")
            bob.until(lambda: "Since you left" not in bob.text, "the overview")


def test_a_daemon_that_dies_is_stale_and_back_when_another_runs(place: Place) -> None:
    with place.daemon() as first, place.dashboard("ann") as ann:
        ann.until_shown("HEALTHY")
        first.send_signal(signal.SIGKILL)
        ann.until_shown("~ STALE")
        ann.until_shown("not heard since")
        ann.send("c")
        ann.until_shown("check api was not sent")
        first.wait()
        with place.daemon():
            ann.until_shown("back: was away")
            ann.until(lambda: "STALE" not in ann.text, "no banner")
