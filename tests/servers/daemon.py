"""Start a server in the foreground, wait until it listens, stop it by its pid."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from glob import glob
from pathlib import Path

import pytest

_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/lib/postgresql/*/bin")


def binary(name: str) -> str:
    """Return the path of a server's binary, or skip the test where it is missing."""
    found = shutil.which(name)
    if found is None:
        hits = [hit for place in _PLACES for hit in sorted(glob(f"{place}/{name}"))]
        found = hits[-1] if hits else None
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 that nothing uses at this moment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    argv: Sequence[str], *, port: int, log: Path, user: str | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `argv` until the block ends. It must stay in the foreground.

    Raises RuntimeError with the server's own words when it does not listen on
    `port` within 20 s.
    """
    with log.open("wb") as out:
        server = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, user=user
        )
    try:
        _wait_until_listening(server, port, log)
        yield server
    finally:
        stop(server)


def stop(server: "subprocess.Popen[bytes]") -> None:
    """End the server; by force if it does not go by itself."""
    if server.poll() is not None:
        return
    server.terminate()
    try:
        server.wait(timeout=5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _wait_until_listening(
    server: "subprocess.Popen[bytes]", port: int, log: Path
) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and server.poll() is None:
        with closing(socket.socket()) as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"{server.args!r} does not listen:\n{log.read_text('utf-8')}")
