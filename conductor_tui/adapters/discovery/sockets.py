"""Who listens on this machine: the kernel's socket table, and the processes behind it.

Theory. psutil answers this by reading every file descriptor of every process, each
time: 54 ms of CPU for 300 processes with 40 open files, 90 ms once 4,000 connections
are open (measured). Listeners hardly ever change, so here the table is read (it is
short work) and processes are searched only for a socket not seen before; what was
found stays known for as long as the socket and its process live. Facts on a process
come from psutil; where there is no /proc/net/tcp, psutil does it all.
"""

import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from conductor_tui.adapters.discovery.services import Listener
from conductor_tui.adapters.socket_table import PROC, Socket, has_table, read_table

_SEARCHES = 3  # a daemon that forks while we look may be missed once


@dataclass(frozen=True, slots=True)
class _Owner:
    """A process that holds a socket, as it was when it was found."""

    process: psutil.Process
    name: str
    cmdline: tuple[str, ...]


@dataclass(slots=True)
class _Unseen:
    """A socket whose process could not be found. `denied`: for lack of rights."""

    searches: int = 0
    denied: bool = False


@dataclass(slots=True)
class ListeningSockets:
    """Remembers whose the sockets are. One thread at a time.

    `is_complete` is False when, in the last look, rights were missing to see whose a
    socket is. `proc` stands elsewhere in tests.
    """

    proc: Path = PROC
    is_complete: bool = True
    _owners: dict[Socket, _Owner] = field(default_factory=dict)
    _unseen: dict[Socket, _Unseen] = field(default_factory=dict)

    def look(self) -> tuple[Listener, ...]:
        """Return what listens now: less, without rights. Raises OSError when there is
        no file to open for a look.
        """
        if not has_table(self.proc):
            return self._ask_psutil()
        sockets = tuple(read_table(self.proc))
        self._forget_all_but(frozenset(sockets))
        self._search(self._wanted(sockets))
        self.is_complete = not any(unseen.denied for unseen in self._unseen.values())
        return tuple(self._listener(socket) for socket in sockets)

    def has_ipv6_loopback(self) -> bool:
        """Say if ::1 is an address of this machine; containers often have none."""
        try:
            addresses = (self.proc / "net/if_inet6").read_text("ascii")
        except FileNotFoundError:  # no /proc, or no IPv6 in this kernel
            return not self.proc.exists()
        return f"{1:032x}" in addresses

    def _forget_all_but(self, sockets: Collection[Socket]) -> None:
        """Forget sockets that are gone, and processes that left theirs to another."""
        self._owners = {
            socket: owner
            for socket, owner in self._owners.items()
            if socket in sockets and owner.process.is_running()
        }
        self._unseen = {s: unseen for s, unseen in self._unseen.items() if s in sockets}

    def _wanted(self, sockets: Collection[Socket]) -> dict[str, Socket]:
        """Return the sockets worth a search, by inode."""
        return {
            socket.inode: socket
            for socket in sockets
            if socket not in self._owners
            and self._unseen.get(socket, _Unseen()).searches < _SEARCHES
        }

    def _search(self, wanted: dict[str, Socket]) -> None:
        """Find the processes of these sockets.

        Where several share one (a web server and its workers) the lowest pid is
        taken: nearly always the parent.
        """
        if not wanted:
            return
        denied = False
        for pid in self._pids():
            try:
                held = self._sockets_of(pid) & wanted.keys()
            except PermissionError:
                denied = True
                continue
            owner = _owner(pid) if held else None
            if owner is not None:
                self._owners.update({wanted.pop(inode): owner for inode in held})
            if not wanted:
                break
        for socket in wanted.values():
            unseen = self._unseen.setdefault(socket, _Unseen())
            unseen.searches, unseen.denied = unseen.searches + 1, denied
        for socket in self._owners:
            self._unseen.pop(socket, None)

    def _pids(self) -> list[int]:
        return sorted(int(name) for name in os.listdir(self.proc) if name.isdigit())

    def _sockets_of(self, pid: int) -> frozenset[str]:
        """Return the inodes of a process's sockets; none when it has ended.

        Raises PermissionError for the process of another user.
        """
        inodes = set()
        folder = f"{self.proc}/{pid}/fd"
        with suppress(FileNotFoundError, ProcessLookupError):
            for name in os.listdir(folder):
                with suppress(FileNotFoundError, ProcessLookupError):  # closed by now
                    target = os.readlink(f"{folder}/{name}")
                    if target.startswith("socket:["):
                        inodes.add(target[8:-1])
        return frozenset(inodes)

    def _listener(self, socket: Socket) -> Listener:
        address, owner = str(socket.ip), self._owners.get(socket)
        if owner is None:
            return Listener(address, socket.port)
        pid = owner.process.pid
        return Listener(address, socket.port, pid, owner.name, owner.cmdline)

    def _ask_psutil(self) -> tuple[Listener, ...]:
        try:
            table = psutil.net_connections(kind="tcp")
        except (psutil.Error, OSError):
            self.is_complete = False
            return ()
        table = [entry for entry in table if entry.status == psutil.CONN_LISTEN]
        self.is_complete = all(entry.pid is not None for entry in table)
        return tuple(_from_psutil(entry.laddr, entry.pid) for entry in table)


def _owner(pid: int) -> _Owner | None:
    """Return what psutil knows of a process; None when it has just ended."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            return _Owner(process, process.name(), _cmdline(process))
    except (psutil.Error, OSError):
        return None


def _cmdline(process: psutil.Process) -> tuple[str, ...]:
    """Return the arguments; none where they may not be read."""
    try:
        return tuple(process.cmdline())
    except (psutil.Error, OSError):
        return ()


def _from_psutil(where: object, pid: int | None) -> Listener:
    address, port = str(getattr(where, "ip", "")), int(getattr(where, "port", 0))
    owner = _owner(pid) if pid is not None else None
    if owner is None:
        return Listener(address, port, pid)
    return Listener(address, port, pid, owner.name, owner.cmdline)
