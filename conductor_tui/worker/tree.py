"""Trees of processes, as /proc has them. Linux; proc(5)."""

import os
from dataclasses import dataclass

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
_MOST = 4096  # processes that are looked at: more are killed by the next look


@dataclass(frozen=True, slots=True)
class Use:
    """What a tree takes. `cpu_s`: so far, of those that live and those they reaped."""

    rss_bytes: int = 0
    cpu_s: float = 0.0
    processes: int = 0


def children_of(pid: int) -> list[int]:
    """Return the children of all its threads; none of one that is gone."""
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


def _use_of_one(pid: int) -> tuple[int, float] | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # the name may hold anything, also brackets and blanks
            parts = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    ticks = sum(int(one) for one in parts[11:15])  # utime stime cutime cstime
    return int(parts[21]) * _PAGE, ticks / _TICK
