"""To a conductor on another machine, through the user's own ssh client.

One connection of theirs does it all, with their keys, agent, jump hosts, known hosts.
It is a master (ssh_config(5), ControlMaster) with a forwarded unix socket; who may open
the socket there is whom ssh has let in. On the other side `cat` reads a pipe of ours:
however we end, the pipe does too, and the connection with it.
"""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from conductor_tui.domain.errors import NobodyListens
from conductor_tui.domain.text import one_line

WITHIN_S, CONNECT_WITHIN_S, POLL_S = 15.0, 10, 0.02
_FIND = (
    'for s in "$XDG_RUNTIME_DIR/conductor-tui/conductor.sock" '
    "/run/user/$(id -u)/conductor-tui/conductor.sock "
    "/run/conductor-tui/conductor.sock "
    "/tmp/conductor-tui-$(id -u)/conductor.sock; "
    'do if [ -S "$s" ]; then printf %s "$s"; exit 0; fi; done; exit 3'
)


class Tunnel:
    """`url` is ssh://[user@]host[:port][/path/of/the.sock]; `socket` is our end."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.hostname or parts.hostname.startswith("-"):
            words = f"{url!r} is no address: write ssh://[user@]host[:port][/socket]"
            raise click.UsageError(words)
        user = f"{unquote(parts.username)}@" if parts.username else ""
        self._where = user + parts.hostname
        self._port = ["-p", str(parts.port)] if parts.port else []
        self._remote = unquote(parts.path) if len(parts.path) > 1 else ""
        self._folder = Path(tempfile.mkdtemp(prefix="conductor-tui-ssh-"))
        self._control, self.socket = self._folder / "ctl", self._folder / "there.sock"
        self._master: subprocess.Popen[bytes] | None = None

    def open(self, *, may_ask: bool) -> None:
        """Connect; ssh may ask for a password only while there is no screen.

        Raises NobodyListens, in ssh's words.
        """
        if shutil.which("ssh") is None:
            raise NobodyListens("there is no ssh here: install an ssh client")
        self._hang_up()
        self._control.unlink(missing_ok=True)  # of a master that was killed
        self._connect(may_ask=may_ask)
        remote = self._remote or self._find()
        self.socket.unlink(missing_ok=True)
        done = self._run(["-O", "forward", "-L", f"{self.socket}:{remote}"])
        if done.returncode:
            raise NobodyListens(
                f"{self._where}: {_words(done.stderr, done.returncode)}"
            )

    def reopen(self) -> None:
        """Connect again, if the connection is gone."""
        if self._run(["-O", "check"]).returncode:
            self.open(may_ask=False)

    def close(self) -> None:
        self._hang_up()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _connect(self, *, may_ask: bool) -> None:
        """Begin the master, and wait until it has been let in."""
        options = [
            *(*self._port, "-o", "ControlPersist=no"),
            *("-o", f"ConnectTimeout={CONNECT_WITHIN_S}"),
            *("-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=2"),
            *([] if may_ask else ["-o", "BatchMode=yes"]),
        ]
        self._master = subprocess.Popen(
            ["ssh", "-M", "-S", os.fspath(self._control), *options, self._where, "cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,  # what it asks goes to the terminal itself
            start_new_session=not may_ask,  # else ctrl+c at our keys would end it
        )
        end = time.monotonic() + WITHIN_S
        while not self._control.exists():
            if self._master.poll() is not None:
                _, said = self._master.communicate()
                words = _words(said.decode(errors="replace"), self._master.returncode)
                raise NobodyListens(f"{self._where}: {words}")
            if not may_ask and time.monotonic() > end:
                self._hang_up()
                words = f"ssh did not get through within {WITHIN_S:g} s"
                raise NobodyListens(f"{self._where}: {words}")
            time.sleep(POLL_S)

    def _hang_up(self) -> None:
        master, self._master = self._master, None
        if master is None:
            return
        with master:  # its pipes are closed, and it is waited for
            master.terminate()

    def _find(self) -> str:
        found = self._run([], _FIND)
        if found.returncode == 0 and found.stdout.strip():
            return found.stdout.strip()
        raise NobodyListens(
            f"{self._where}: no conductor-tui of that user listens there: start one "
            "with `conductor-tui serve`, or name its socket: "
            f"ssh://{self._where}/path/of/conductor.sock"
        )

    def _run(
        self, options: list[str], command: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Ask the master, or have it run a command over there."""
        argv = ["ssh", "-S", os.fspath(self._control), *options, self._where]
        try:
            return subprocess.run(
                [*argv, command] if command else argv,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=WITHIN_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            words = f"{self._where}: ssh did not answer within {WITHIN_S:g} s"
            raise NobodyListens(words) from None


def _words(said: str, code: int) -> str:
    return one_line(said, 200) or f"ssh ended with {code}"
