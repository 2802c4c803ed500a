"""A real daemon in a process of its own, with folders of its own."""

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from conductor_tui.adapters.api.client import Client

PROGRAM = [sys.executable, "-m", "conductor_tui"]
DEADLINE_S = 30.0


class Serving:
    """`said` is what systemd would have been told, `log` what stands on stderr."""

    def __init__(self, folder: Path, ear: socket.socket) -> None:
        self.folder, self._ear = folder, ear
        self.settings, self.log = folder / "conductor.toml", folder / "log"
        self.said: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "conductor-tui" / "conductor.sock"

    @property
    def journal(self) -> Path:
        return self.folder / "conductor-tui" / "journal.db"

    @property
    def client(self) -> Client:
        return Client(f"unix:{self.socket}")

    @property
    def environ(self) -> dict[str, str]:
        there = {key: str(self.folder) for key in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME")}
        return {**os.environ, **there, "NOTIFY_SOCKET": str(self.folder / "notify")}

    def start(self, *argv: str, environ: Mapping[str, str] | None = None) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, "serve", "--config", str(self.settings), *argv],
                env={**self.environ, **(environ or {})},
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def serve(self, *argv: str, environ: Mapping[str, str] | None = None) -> None:
        """Start it, and wait until it is ready."""
        self.start(*argv, environ=environ)
        self.until("READY=1")

    def start_in(self, folder: Path, settings: str) -> None:
        """Start it in a folder, on settings that are named from there; it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, "serve", "--config", settings],
                env=self.environ,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self.until("READY=1")

    def until(self, words: str) -> str:
        """Return what it says to systemd that has these words, from now on."""
        while True:
            ready, _, _ = select.select([self._ear], [], [], DEADLINE_S)
            assert ready, f"{words} was never said:\n{self.log.read_text()}"
            self.said.append(self._ear.recv(4096).decode())
            if words in self.said[-1]:
                return self.said[-1]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)

    def ends(self) -> int:
        """Return the exit code of one that ends by itself."""
        assert self.process is not None
        return self.process.wait(DEADLINE_S)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@contextmanager
def daemon(text: str) -> Iterator[Serving]:
    """Give a daemon that is not started yet; it goes by these settings. "{here}" in
    them is the path of the settings.
    """
    with (
        tempfile.TemporaryDirectory(prefix="c-") as name,  # a socket's name is short
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear,
    ):
        ear.bind(f"{name}/notify")
        serving = Serving(Path(name), ear)
        serving.settings.write_text(text.replace("{here}", str(serving.settings)))
        serving.settings.chmod(0o600)
        try:
            yield serving
        finally:
            serving.close()
