"""What the benches of the client stand on: a Redis, a daemon, folders of their own."""

import multiprocessing
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from conductor_tui.client import Client

SPAWN = multiprocessing.get_context("spawn")


class Redis:
    """A connection that knows two commands."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._sock: socket.socket | None = None

    def ask(self, command: bytes) -> bytes:
        try:
            if self._sock is None:
                self._sock = socket.create_connection(("127.0.0.1", self._port), 1.0)
            self._sock.sendall(command + b"\r\n")
            answer = self._sock.recv(65_536)
            if not answer:
                raise ConnectionResetError("it hung up")
        except OSError:
            self.close()
            raise
        return answer

    def close(self) -> None:
        if self._sock is not None:
            self._sock.close()
        self._sock = None

    def pings(self) -> int:
        """Return how many PING it has answered, as it says itself."""
        found = re.search(rb"cmdstat_ping:calls=(\d+)", self.ask(b"INFO commandstats"))
        return int(found[1]) if found else 0


@contextmanager
def redis_server(folder: Path, port: int) -> Iterator[None]:
    argv = ["redis-server", "--port", str(port), "--bind", "127.0.0.1"]
    argv += ["--save", "", "--dir", str(folder), "--logfile", str(folder / "redis.log")]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: is_there(port))
            yield
        finally:
            process.terminate()
            process.wait()


def is_there(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 0.2).close()
        return True
    return False


@contextmanager
def daemon(path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    argv = [sys.executable, "-m", "conductor_tui", "serve", "--config", str(path)]
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as process:
        try:
            with Client("bench", first_word_s=0) as client:
                until(lambda: bool(status(client, "platforms")))
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            process.wait()


def status(client: Client, key: str) -> list[dict[str, Any]]:
    with suppress(Exception):
        found: list[dict[str, Any]] = client.snapshot()[key]
        return found
    return []


def until(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("it never came to that")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def prepare(folder: Path, port: int, breaker: str = "") -> Path:
    folder.chmod(0o700)
    (folder / "run").mkdir(mode=0o700)
    path = folder / "c.toml"
    path.write_text(
        f'[[platform]]\nname = "redis"\nprobe = "redis"\ntarget = "127.0.0.1:{port}"\n'
        f"interval = '1m'\n{breaker}"
    )
    os.environ |= {
        "XDG_RUNTIME_DIR": f"{folder}/run",
        "XDG_STATE_HOME": f"{folder}/state",
    }
    return path


def spread(seconds: list[float]) -> str:
    found = sorted(one * 1000 for one in seconds)

    def at(share: float) -> float:
        return found[min(len(found) - 1, int(len(found) * share))]

    return (
        f"p50 {at(0.5):6.1f}  p95 {at(0.95):6.1f}  p99 {at(0.99):6.1f}  "
        f"max {found[-1]:6.1f} ms  ({len(found)} of them)"
    )
