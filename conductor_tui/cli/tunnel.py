"""To a conductor on another machine, through the user's own ssh client.

One connection of theirs does it all, with their keys, agent, jump hosts, known hosts.
It is a master (ssh_config(5), ControlMaster) with a forwarded unix socket; who may open
the socket there is whom ssh has let in.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from conductor_tui.domain.errors import NobodyListens
from conductor_tui.domain.text import one_line

WITHIN_S, CONNECT_WITHIN_S = 15.0, 10
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

    def open(self, *, may_ask: bool) -> None:
        """Connect; ssh may ask for a password only while there is no screen.

        Raises NobodyListens, in ssh's words.
        """
        if shutil.which("ssh") is None:
            raise NobodyListens("there is no ssh here: install an ssh client")
        batch = [] if may_ask else ["-o", "BatchMode=yes"]
        options = [
            *("-M", "-f", "-N", *self._port, *batch),
            *("-o", f"ConnectTimeout={CONNECT_WITHIN_S}"),
            *("-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=2"),
        ]
        self._ssh(options, within_s=None if may_ask else WITHIN_S, is_quiet=not may_ask)
        remote = self._remote or self._find()
        forward = f"{self.socket}:{remote}"
        self.socket.unlink(missing_ok=True)
        self._ssh(["-O", "forward", "-L", forward], within_s=WITHIN_S)

    def reopen(self) -> None:
        """Connect again, if the connection is gone."""
        alive = self._run(["-O", "check"], WITHIN_S)
        if alive.returncode:
            self.open(may_ask=False)

    def close(self) -> None:
        if self._control.exists():
            self._run(["-O", "exit"], WITHIN_S)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _find(self) -> str:
        found = self._run([], WITHIN_S, _FIND)
        if found.returncode == 0 and found.stdout.strip():
            return found.stdout.strip()
        raise NobodyListens(
            f"{self._where}: no conductor-tui of that user listens there: start one "
            "with `conductor-tui serve`, or name its socket: "
            f"ssh://{self._where}/path/of/conductor.sock"
        )

    def _ssh(
        self, options: list[str], *, within_s: float | None, is_quiet: bool = True
    ) -> None:
        done = self._run(options, within_s, is_quiet=is_quiet)
        if done.returncode:
            said = (
                one_line(done.stderr or "", 200) or f"ssh ended with {done.returncode}"
            )
            raise NobodyListens(f"{self._where}: {said}")

    def _run(
        self,
        options: list[str],
        within_s: float | None,
        command: str = "",
        *,
        is_quiet: bool = True,
    ) -> "subprocess.CompletedProcess[str]":
        argv = ["ssh", "-S", os.fspath(self._control), *options, self._where]
        try:
            return subprocess.run(
                [*argv, command] if command else argv,
                stdin=subprocess.DEVNULL if is_quiet else None,
                stdout=subprocess.PIPE if command else subprocess.DEVNULL,
                stderr=subprocess.PIPE if is_quiet else None,
                text=True,
                timeout=within_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            words = f"{self._where}: ssh did not answer within {WITHIN_S:g} s"
            raise NobodyListens(words) from None
