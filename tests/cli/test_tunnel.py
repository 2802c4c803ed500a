"""Through a real sshd to a conductor on "another" host: this one."""

import getpass
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.tunnel import Tunnel
from conductor_tui.domain.errors import NobodyListens
from tests.cli.serving import Serving, daemon
from tests.servers.daemon import binary, free_port, running

ONE = '[[platform]]\nname = "api"\nprobe = "file"\ntarget = "{here}"\n'
_SERVER = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/id.pub
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
"""
_CLIENT = """\
Host there
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {folder}/id
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known
  StrictHostKeyChecking accept-new
"""


@contextmanager
def sshd(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a server that lets us in as "there"."""
    server, client = binary("sshd"), binary("ssh")
    for name in ("host", "id"):
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{name}"]
        subprocess.run(argv, check=True)
    port, user = free_port(), getpass.getuser()
    for name, text in (("server", _SERVER), ("client", _CLIENT)):
        filled = text.format(port=port, user=user, folder=folder)
        (folder / name).write_text(filled)
    programs = folder / "bin"
    programs.mkdir()
    ours = programs / "ssh"
    ours.write_text(f'#!/bin/sh\nexec {client} -F {folder}/client "$@"\n')
    ours.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    argv = [server, "-D", "-e", "-f", f"{folder}/server"]
    with running(argv, port=port, log=folder / "sshd.log"):
        yield


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """A daemon, behind a server that lets us in as "there"."""
    with sshd(tmp_path, monkeypatch), daemon(ONE) as here:
        here.serve()
        yield here


@contextmanager
def opened(url: str) -> Iterator[Tunnel]:
    tunnel = Tunnel(url)
    try:
        tunnel.open(may_ask=False)
        yield tunnel
    finally:
        tunnel.close()


def host(tunnel: Tunnel) -> str:
    client = Client(f"unix:{tunnel.socket}")
    return str(client.ask("GET", "/v1/hello", key="pid")["pid"])


@pytest.mark.server
def test_the_conductor_there_is_as_near_as_one_here(there: Serving) -> None:
    assert there.process is not None
    with opened(f"ssh://there{there.socket}") as tunnel:
        assert host(tunnel) == str(there.process.pid)
        assert tunnel._master is not None
        tunnel._master.kill()  # the line is cut
        tunnel._master.wait()
        tunnel.reopen()
        assert host(tunnel) == str(there.process.pid)
        tunnel.reopen()  # nothing to do
        master = tunnel._master
    assert master is not None
    assert master.returncode is not None
    assert not tunnel.socket.parent.exists()


@pytest.mark.server
def test_when_we_are_killed_the_connection_ends_too(
    there: Serving, tmp_path: Path
) -> None:
    code = (
        "import sys, time; from conductor_tui.cli.tunnel import Tunnel;"
        f"t = Tunnel('ssh://there{there.socket}'); t.open(may_ask=False);"
        "print(t._master.pid, t.socket.parent, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as ours:
        assert ours.stdout is not None
        pid, folder = ours.stdout.readline().split()
        ours.kill()
    until = time.monotonic() + 20
    while Path(f"/proc/{pid}/cmdline").exists() and time.monotonic() < until:
        if not Path(f"/proc/{pid}/cmdline").read_bytes():  # it waits to be reaped
            break
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{pid}").exists()
    for one in Path(folder).iterdir():
        one.unlink()
    Path(folder).rmdir()


@pytest.mark.server
def test_a_socket_that_is_not_there_is_said(there: Serving) -> None:
    with opened(f"ssh://there{there.socket}x") as tunnel:
        client = Client(f"unix:{tunnel.socket}")
        with pytest.raises(NobodyListens):
            client.ask("GET", "/v1/hello", key="pid")


@pytest.mark.server
def test_a_host_that_nobody_knows_is_told_in_the_words_of_ssh() -> None:
    binary("ssh")
    with (
        pytest.raises(NobodyListens, match=r"nowhere\.invalid: .*resolve"),
        opened("ssh://nowhere.invalid"),
    ):
        pass


@pytest.mark.parametrize("url", ["ssh://", "ssh:///x", "ssh://-oProxyCommand=x"])
def test_what_is_no_host_is_refused(url: str) -> None:
    with pytest.raises(click.UsageError, match=r"write ssh://"):
        Tunnel(url)
