"""Whose a socket is: the kernel's table, and a /proc made of files and links."""

import os
import socket
from pathlib import Path

import psutil
import pytest

from conductor_tui.adapters.discovery import sockets as discovery_sockets
from conductor_tui.adapters.discovery.services import Listener
from conductor_tui.adapters.discovery.sockets import ListeningSockets
from tests.adapters.test_socket_table import HEADER, line


class Proc:
    """A /proc of our own. Its processes are real ones only to psutil: pid 1 and us."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "net").mkdir()
        self.table()

    def table(self, *lines: str) -> None:
        (self.root / "net/tcp").write_text("\n".join([HEADER, *lines, ""]))

    def holds(self, pid: int, *inodes: int) -> None:
        folder = self.root / str(pid) / "fd"
        folder.mkdir(parents=True, exist_ok=True)
        for link in folder.iterdir():
            link.unlink()
        (folder / "0").symlink_to("/dev/null")
        for inode in inodes:
            (folder / str(inode)).symlink_to(f"socket:[{inode}]")


@pytest.fixture
def proc(tmp_path: Path) -> Proc:
    return Proc(tmp_path)


def test_a_socket_is_known_by_the_process_that_holds_it(proc: Proc) -> None:
    proc.table(line(6379, 77))
    proc.holds(os.getpid(), 77)

    (found,) = ListeningSockets(proc.root).look()

    us = psutil.Process()
    assert found == Listener("127.0.0.1", 6379, us.pid, us.name(), tuple(us.cmdline()))


def test_of_several_holders_the_lowest_pid_is_the_parent(proc: Proc) -> None:
    parent = min(os.getpid(), os.getppid())
    proc.table(line(80, 77))
    proc.holds(os.getpid(), 77)
    proc.holds(os.getppid(), 77)

    (found,) = ListeningSockets(proc.root).look()

    assert found.pid == parent


def test_a_socket_that_nobody_seems_to_hold_is_told_without_a_process(
    proc: Proc,
) -> None:
    proc.table(line(6379, 77))
    sockets = ListeningSockets(proc.root)

    assert sockets.look() == (Listener("127.0.0.1", 6379),)
    assert sockets.is_complete  # nothing was refused: the kernel itself listens


def test_what_may_not_be_read_makes_the_look_incomplete_until_it_is_gone(
    proc: Proc, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: ListeningSockets, pid: int) -> frozenset[str]:
        raise PermissionError(f"/proc/{pid}/fd")

    proc.table(line(6379, 77))
    proc.holds(os.getpid(), 77)
    monkeypatch.setattr(ListeningSockets, "_sockets_of", refuse)
    sockets = ListeningSockets(proc.root)

    assert sockets.look() == (Listener("127.0.0.1", 6379),)
    assert not sockets.is_complete

    proc.table()
    assert sockets.look() == ()
    assert sockets.is_complete


def test_processes_are_searched_only_for_sockets_not_seen_before(
    proc: Proc, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches = []
    real = ListeningSockets._pids

    def counted(self: ListeningSockets) -> list[int]:
        searches.append(1)
        return real(self)

    monkeypatch.setattr(ListeningSockets, "_pids", counted)
    proc.holds(os.getpid(), 77)
    proc.table(line(6379, 77))
    sockets = ListeningSockets(proc.root)
    for _ in range(5):
        sockets.look()
    assert len(searches) == 1

    proc.table(line(6379, 77), line(80, 78))  # which nobody holds
    for _ in range(9):
        sockets.look()
    assert len(searches) == 1 + discovery_sockets._SEARCHES


def test_a_holder_found_late_is_believed(proc: Proc) -> None:
    proc.table(line(6379, 77))
    sockets = ListeningSockets(proc.root)
    assert sockets.look()[0].pid is None

    proc.holds(os.getpid(), 77)

    assert sockets.look()[0].pid == os.getpid()
    assert sockets.is_complete


def test_a_port_that_is_bound_anew_is_searched_for_anew(proc: Proc) -> None:
    proc.table(line(6379, 77))
    proc.holds(os.getpid(), 77)
    sockets = ListeningSockets(proc.root)
    assert sockets.look()[0].pid == os.getpid()

    proc.table(line(6379, 78))
    proc.holds(os.getpid())
    proc.holds(os.getppid(), 78)

    assert sockets.look()[0].pid == os.getppid()


def test_a_process_that_ended_while_we_looked_is_no_error(proc: Proc) -> None:
    proc.table(line(6379, 77))
    proc.holds(40_000_000, 77)  # psutil knows of none

    assert ListeningSockets(proc.root).look() == (Listener("127.0.0.1", 6379),)


def test_without_the_table_psutil_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(kind: str) -> None:
        raise psutil.AccessDenied

    sockets = ListeningSockets(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (ours,) = [one for one in sockets.look() if one.port == port]
    assert (ours.address, ours.pid) == ("127.0.0.1", os.getpid())
    assert ours.process == psutil.Process().name()

    monkeypatch.setattr(psutil, "net_connections", refuse)
    assert sockets.look() == ()
    assert not sockets.is_complete


@pytest.mark.parametrize(
    ("text", "has"),
    [
        pytest.param(f"{1:032x} 01 80 10 80       lo\n", True, id="::1 is there"),
        pytest.param("", False, id="no address"),
        pytest.param(None, False, id="no IPv6 in the kernel"),
    ],
)
def test_ipv6_is_there_where_the_loopback_has_it(
    proc: Proc, text: str | None, has: bool
) -> None:
    if text is not None:
        (proc.root / "net/if_inet6").write_text(text)

    assert ListeningSockets(proc.root).has_ipv6_loopback() is has
