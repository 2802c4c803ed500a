"""A real PostgreSQL: one cluster per session, a server on it per block."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.daemon import binary, free_port, running


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server. `log` is complete once its block has ended."""

    port: int
    log: Path


@contextmanager
def postgres_cluster() -> Iterator[Path]:
    """Make a data directory, with a certificate, for the time of a block.

    Not below pytest's own folder: as root we must hand it to an ordinary user, who
    may not pass through there.
    """
    folder = Path(tempfile.mkdtemp(prefix="conductor-pg-"))
    try:
        data = folder / "data"
        data.mkdir(mode=0o700)
        _make_certificate(folder)
        for path in (folder, *folder.iterdir()):
            _give_away(path)
        _run(binary("initdb"), "-D", str(data), "-A", "trust", "-U", "probe", "-N")
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def postgres_server(cluster: Path, *settings: str) -> Iterator[Postgres]:
    """Run a server; `settings` are such as "ssl=on". One at a time per cluster."""
    port, log = free_port(), cluster / "server.log"
    fixed = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off")
    files = (f"ssl_cert_file={cluster}/tls.crt", f"ssl_key_file={cluster}/tls.key")
    argv = [binary("postgres"), "-D", str(cluster / "data"), "-p", str(port)]
    for setting in (*fixed, *files, *settings):
        argv += ["-c", setting]
    with running(argv, port=port, log=log, user=_user()):
        _wait_until_ready(log)
        yield Postgres(port, log)


def _wait_until_ready(log: Path) -> None:
    """It listens before it has recovered, and says when it has."""
    deadline = time.monotonic() + 20
    while "ready to accept connections" not in (text := log.read_text("utf-8")):
        if time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL does not get ready:\n{text}")
        time.sleep(0.01)


def _make_certificate(folder: Path) -> None:
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    files = ("-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt"))
    argv = [binary("openssl"), *words.split(), *files]
    subprocess.run(argv, check=True, capture_output=True)
    (folder / "tls.key").chmod(0o600)


def _user() -> str | None:
    """PostgreSQL refuses to run as root: the user it shall run as, None for ours."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("as root, PostgreSQL needs a user postgres")


def _give_away(path: Path) -> None:
    if user := _user():
        shutil.chown(path, user)


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True, user=_user(), cwd="/")
