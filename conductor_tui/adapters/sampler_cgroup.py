"""The limits of cgroup v2 on this process: how much RAM, swap and CPU is really ours.

Theory (docs.kernel.org/admin-guide/cgroup-v2.html): a limit may stand at any level
between our own cgroup and the top that we can see, and the lowest one binds. What has
been used is read at the level whose limit it is, because a level's account has all
that is below it: of a container, not of this process alone.

One limit is passed over: that of our own unit, where a service manager runs us as
`conductor-tui.service`. It says what conductor may take, and nothing of the host.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limit:
    """What stands at one level: bytes, or a number of CPUs."""

    level: Path
    most: float


def levels_of(root: Path = CGROUPS, own: Path = OWN_CGROUP) -> tuple[Path, ...]:
    """Return our cgroup and those above it that may say something of the host, from
    the inside out. Only `root` where our own is not to be found below it: in many a
    container that is mounted there itself.
    """
    parts = PurePosixPath(_own_path(own)).parts[1:]
    if ".." in parts or not root.joinpath(*parts).is_dir():
        parts = ()
    depths = range(len(parts), -1, -1)
    levels = tuple(root.joinpath(*parts[:depth]) for depth in depths)
    return levels[1:] if levels[0].name.endswith(".service") else levels


def ram_limit(levels: tuple[Path, ...], total: int) -> Limit | None:
    """Return the lowest limit on RAM below `total` bytes; None without one.

    `memory.high` counts like `memory.max`: above it every allocation is slowed down.
    """
    found = [
        Limit(level, most)
        for level in levels
        for name in ("memory.max", "memory.high")
        if (most := _number(level / name)) is not None
        and (level / "memory.current").exists()
    ]
    return _lowest(found, total)


def swap_limit(levels: tuple[Path, ...], total: int) -> Limit | None:
    """Return the lowest limit on swap below `total` bytes, perhaps 0; None without."""
    found = [
        Limit(level, most)
        for level in levels
        if (most := _number(level / "memory.swap.max")) is not None
    ]
    return _lowest(found, total)


def cpu_limit(levels: tuple[Path, ...], cores: int) -> Limit | None:
    """Return the lowest quota below `cores`, in CPUs; None without one."""
    found = [
        Limit(level, most)
        for level in levels
        if (most := _quota(level / "cpu.max")) is not None
    ]
    return _lowest(found, cores)


def ram_used(level: Path) -> int | None:
    """Return the bytes in use, without the file cache that is given back first; None
    where it cannot be read.
    """
    current = _number(level / "memory.current")
    if current is None:
        return None
    return max(0, current - (_field(level / "memory.stat", "inactive_file") or 0))


def swap_used(level: Path) -> int:
    return _number(level / "memory.swap.current") or 0


def cpu_used_s(level: Path) -> float | None:
    """Return the seconds of CPU used since the level was made; None if not told."""
    used_us = _field(level / "cpu.stat", "usage_usec")
    return None if used_us is None else used_us / 1_000_000


def limit_words(cpu: Limit | None, ram: Limit | None, swap: Limit | None) -> str:
    """Return "2 CPUs, 512 MiB RAM, no swap by cgroup"; "" without a limit."""
    words = [f"{cpu.most:.3g} CPU{'s' * (cpu.most != 1)}"] if cpu else []
    words += [f"{_size(ram.most)} RAM"] if ram else []
    words += [f"{_size(swap.most)} swap" if swap.most else "no swap"] if swap else []
    return f"{', '.join(words)} by cgroup" if words else ""


@dataclass(slots=True)
class QuotaMeter:
    """Turns the CPU time of one level into percent of its quota."""

    read: Callable[[Path], float | None] = cpu_used_s
    level: Path | None = None
    used_s: float = 0.0
    read_at: float = 0.0
    last: float | None = None

    def percent(self, limit: Limit | None, now: float) -> float | None:
        """Return 0..100 since the last call; None where there is no limit, nothing
        can be read, or no call before this one.
        """
        used_s = self.read(limit.level) if limit else None
        if limit is None or used_s is None:
            self.level = self.last = None
            return None
        elapsed_s = now - self.read_at
        if self.level != limit.level:
            self.last = None
        elif elapsed_s > 0:
            percent = 100 * (used_s - self.used_s) / (elapsed_s * limit.most)
            self.last = min(100.0, max(0.0, percent))
        self.level, self.used_s, self.read_at = limit.level, used_s, now
        return self.last


def _own_path(own: Path) -> str:
    """Return the path in the line of cgroup v2, "0::/user.slice/..."; "/" without."""
    with suppress(OSError, ValueError):
        for line in own.read_text("utf-8").splitlines():
            if line.startswith("0::/"):
                return line.removeprefix("0::")
    return "/"


def _lowest(found: list[Limit], below: float) -> Limit | None:
    lowest = min(found, key=lambda limit: limit.most, default=None)
    return lowest if lowest and lowest.most < below else None


def _quota(path: Path) -> float | None:
    """Return CPUs from "200000 100000" (microseconds, of each so many); None: "max"."""
    with suppress(OSError, ValueError):
        quota, period = map(int, path.read_text("ascii").split())
        return quota / period if quota > 0 and period > 0 else None
    return None


def _field(path: Path, key: str) -> int | None:
    with suppress(OSError, ValueError):
        for line in path.read_text("ascii").splitlines():
            name, _, value = line.partition(" ")
            if name == key:
                return int(value)
    return None


def _number(path: Path) -> int | None:
    """Return the number in a file; None for "max", or where there is no file."""
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _size(count: float) -> str:
    mib = count / _MIB
    number, unit = (mib / 1024, "GiB") if mib >= 999.5 else (mib, "MiB")
    return f"{number:.0f} {unit}" if number >= 100 else f"{number:.3g} {unit}"
