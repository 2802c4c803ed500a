"""A real container engine: Podman, which speaks Docker's API on a unix socket.

Its containers need no image: their root is a folder into which this host's /usr is
mounted, read-only.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.daemon import binary, stop

_LOOSE = (  # what a test machine, itself a container perhaps, may not be asked for
    "--net=host",
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=1024:1024",
    "--security-opt=seccomp=unconfined",
    "--log-driver=k8s-file",
    "--volume=/usr:/usr:ro",
)


@dataclass(frozen=True, slots=True)
class Podman:
    argv: Sequence[str]
    socket: str
    root: Path

    def __call__(self, *words: str) -> None:
        """Run a command of Podman's, such as ("pause", "web")."""
        subprocess.run([*self.argv, *words], check=True, capture_output=True)

    def start(self, name: str, command: str, *options: str) -> None:
        """Start a container that runs a line of shell."""
        rooted = ("--rootfs", str(self.root), "/bin/sh", "-c", command)
        self("run", "--detach", "--name", name, *_LOOSE, *options, *rooted)


@contextmanager
def podman_engine() -> Iterator[Podman]:
    """Run an engine, with a storage of its own, for the time of a block.

    Skips where no container can be started: that takes root, runc and cgroups.
    """
    if os.geteuid() != 0:
        pytest.skip("containers as these need root")
    # what a container leaves behind may still be written when its folder goes
    with tempfile.TemporaryDirectory(
        prefix="conductor-podman-", ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)  # not below pytest's: the path of a socket is short
        engine = Podman(_argv(folder), f"{folder}/p.sock", _root(folder / "fs"))
        argv = [*engine.argv, "system", "service", "--time=0"]
        with (folder / "log").open("wb") as log:
            service = subprocess.Popen(
                [*argv, f"unix://{engine.socket}"], stdout=log, stderr=log
            )
        try:
            _wait_until_there(Path(engine.socket))
            _try_out(engine)
            yield engine
        finally:
            names = ("rm", "--all", "--force", "--time=0")
            subprocess.run([*engine.argv, *names], check=False, capture_output=True)
            stop(service)


def _argv(folder: Path) -> list[str]:
    places = [f"--root={folder / 'root'}", f"--runroot={folder / 'run'}"]
    kinds = ["--storage-driver=vfs", "--cgroup-manager=cgroupfs"]
    return [binary("podman"), *places, *kinds, f"--runtime={binary('runc')}"]


def _root(folder: Path) -> Path:
    for name in ("usr", "proc", "dev", "sys", "etc", "tmp", "run"):
        (folder / name).mkdir(parents=True)
    for name in ("bin", "lib", "lib64"):
        (folder / name).symlink_to(f"usr/{name}")
    return folder


def _wait_until_there(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        if time.monotonic() > deadline:
            raise RuntimeError(f"podman makes no socket: {path}")
        time.sleep(0.02)


def _try_out(engine: Podman) -> None:
    try:
        engine.start("first", "exit 7")
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode(errors="replace").strip()
        pytest.skip(f"no container can be started here: {words}")
