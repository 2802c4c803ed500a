"""Trees of processes, as /proc has them. Linux; proc(5)."""

import os
from dataclasses import dataclass

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
_LISTS_CHILDREN = os.path.exists(f"/proc/self/task/{os.getpid()}/children")
_MOST = 4096  # processes that are looked at: more are killed by the next look


@dataclass(frozen=True, slots=True)
class Use:
    """What a tree takes. `cpu_s`: so far, of those that live and those they reaped."""

    rss_bytes: int = 0
    cpu_s: float = 0.0
    processes: int = 0


def children_of(pid: int) -> list[int]:
    """Return the children of all its threads; none of one that is gone."""
    if not _LISTS_CHILDREN:  # a kernel without CONFIG_PROC_CHILDREN
        return [one for one in _every_pid() if _parent_of(one) == pid]
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += [int(one) for one in file.read().split()]
        except OSError:
            continue
    return found


def descendants_of(pid: int) -> list[int]:
    """Return all that is below a process, parents before their children."""
    found = children_of(pid)
    for one in found:
        found += children_of(one)
        if len(found) > _MOST:
            break
    return found


def use_of(pid: int) -> Use:
    """Return what a process and all below it take."""
    family = [pid, *descendants_of(pid)]
    parts = [part for one in family if (part := _use_of_one(one)) is not None]
    return Use(
        rss_bytes=sum(rss for rss, _ in parts),
        cpu_s=sum(cpu for _, cpu in parts),
        processes=len(parts),
    )


def shared_out(pid: int) -> int:
    """Return the memory of a process and all below it in bytes, what they share counted
    once (PSS). Slow: only for who may take too much.
    """
    return sum(_share_of(one) for one in (pid, *descendants_of(pid)))


def _share_of(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:  # it made itself unreadable: then all that it has counts
        use = _use_of_one(pid)
        return use[0] if use else 0
    return 0


def _every_pid() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _parent_of(pid: int) -> int:
    parts = _stat(pid)
    return int(parts[1]) if parts else 0


def _stat(pid: int) -> list[bytes]:
    """Return what stands behind the name, which may hold anything; [] of one that is
    gone.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return []


def _use_of_one(pid: int) -> tuple[int, float] | None:
    parts = _stat(pid)
    if not parts:
        return None
    ticks = sum(int(one) for one in parts[11:15])  # utime stime cutime cstime
    return int(parts[21]) * _PAGE, ticks / _TICK
