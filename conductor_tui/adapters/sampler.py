"""The host's resources through psutil. Everything here may block for milliseconds.

psutil's own "CPU since the last call" is kept per thread, and samples are taken from
a pool of threads: so the counters are kept here, and only read through psutil. Inside
a container psutil shows the machine's RAM (psutil issue 2100), so a limit of cgroup
v2 is read beside it.
"""

import os
import warnings
from contextlib import suppress
from pathlib import Path

import psutil

from conductor_tui.adapters.sampler_meters import (
    CoreTimes,
    CpuMeter,
    Mount,
    NetMeter,
    can_hang,
    mounts_worth_showing,
)
from conductor_tui.domain.resources import DiskUse, ResourceSample
from conductor_tui.domain.text import visible
from conductor_tui.ports import Clock

RAM_FRESH_S = 0.05
MAX_DISKS = 32  # of more, the fullest are kept
_FIRST_CPU_S = 0.1  # a tick is 10 ms: less time says nothing


class HostSampler:
    """Satisfies ports.Sampler. `sample` from one thread at a time."""

    def __init__(self, clock: Clock, cgroup: Path = Path("/sys/fs/cgroup")) -> None:
        # it would be printed into the screen; in containers it comes every time
        warnings.filterwarnings("ignore", "'sin' and 'sout' swap", RuntimeWarning)
        self._clock = clock
        self._cgroup = cgroup
        self._cpu = CpuMeter(_cpu_times(), clock.monotonic())
        self._net = NetMeter(_net_bytes(), clock.monotonic())
        self._ram = (clock.monotonic(), _percent(*read_ram(cgroup)))

    def sample(self) -> ResourceSample:
        cores = self._cores()
        used, total = read_ram(self._cgroup)
        swap = _swap()
        rx, tx = self._net.rates(_net_bytes(), self._clock.monotonic())
        return ResourceSample(
            at=self._clock.now(),
            cpu_percent=sum(cores) / len(cores) if cores else 0.0,
            cores_percent=cores,
            ram_percent=_percent(used, total),
            ram_used_bytes=used,
            ram_total_bytes=total,
            swap_percent=_percent(*swap),
            swap_used_bytes=swap[0],
            swap_total_bytes=swap[1],
            disks=_disks(),
            load=_load(),
            rx_bytes_per_s=rx,
            tx_bytes_per_s=tx,
        )

    def ram_percent(self) -> float:
        now = self._clock.monotonic()
        read_at, percent = self._ram
        if now - read_at > RAM_FRESH_S:
            with suppress(OSError):  # no file to open: the last word stands
                percent = _percent(*read_ram(self._cgroup))
            self._ram = (now, percent)
        return percent

    def _cores(self) -> tuple[float, ...]:
        """Return percent per core since the last sample.

        The first one may come a moment after the start: then psutil waits 0.1 s.
        """
        now = self._clock.monotonic()
        if self._cpu.is_first and now - self._cpu.read_at < _FIRST_CPU_S:
            psutil.cpu_percent(interval=_FIRST_CPU_S)
        return self._cpu.percent(_cpu_times(), now)


def read_ram(cgroup: Path) -> tuple[int, int]:
    """Return bytes of RAM in use and in all: the container's, where it has a limit.

    In use is what programs could not have: caches that can be dropped do not count.
    """
    memory = psutil.virtual_memory()
    limit = _number(cgroup / "memory.max")  # "max": none; no file: not a container
    current = _number(cgroup / "memory.current")
    if limit is None or current is None or limit >= memory.total:
        return memory.total - memory.available, memory.total
    return max(0, current - _inactive_file(cgroup)), limit


def _cpu_times() -> list[CoreTimes]:
    """Read the counters. Guest time is in user time already; waiting is not work."""
    cores = []
    for core in psutil.cpu_times(percpu=True):
        fields = core._asdict()
        guest_s = fields.get("guest", 0.0) + fields.get("guest_nice", 0.0)
        total_s = sum(fields.values()) - guest_s
        idle_s = fields["idle"] + fields.get("iowait", 0.0)
        cores.append(CoreTimes(busy_s=total_s - idle_s, total_s=total_s))
    return cores


def _net_bytes() -> dict[str, tuple[int, int]]:
    """Return (received, sent) per interface, loopback left out."""
    try:
        counters = psutil.net_io_counters(pernic=True, nowrap=False)
    except (OSError, RuntimeError):  # no /proc/net/dev, as in some sandboxes
        return {}
    return {
        name: (one.bytes_recv, one.bytes_sent)
        for name, one in counters.items()
        if name not in ("lo", "lo0")
    }


def _swap() -> tuple[int, int]:
    """Return bytes of swap in use and in all; zeros where the system does not say."""
    try:
        swap = psutil.swap_memory()
    except (OSError, RuntimeError):
        return 0, 0
    return swap.used, swap.total


def _load() -> tuple[float, float, float]:
    try:
        return psutil.getloadavg()
    except OSError:
        return 0.0, 0.0, 0.0


def _disks() -> tuple[DiskUse, ...]:
    """Return the file systems that can fill up, by mount point."""
    found = []
    for one in mounts_worth_showing(_mounts(every=False), _root()):
        with suppress(OSError):  # gone by now, or not ours to look at
            use = psutil.disk_usage(one.mount)
            disk = DiskUse(
                mount=visible(one.mount),
                percent=use.percent,
                used_bytes=use.used,
                total_bytes=use.total,
            )
            found.append(disk)
    fullest = sorted(found, key=lambda disk: -disk.percent)[:MAX_DISKS]
    return tuple(sorted(fullest, key=lambda disk: disk.mount))


def _mounts(*, every: bool) -> list[Mount]:
    """Return what is mounted; without `every` only what is on a block device, on a
    directory: containers have single files mounted, such as /etc/hosts.
    """
    try:
        partitions = psutil.disk_partitions(all=every)
    except OSError:
        return []
    mounts = [Mount(p.device, p.mountpoint, p.fstype, p.opts) for p in partitions]
    if every:
        return mounts
    safe = [one for one in mounts if not can_hang(one)]
    return [one for one in safe if os.path.isdir(one.mount)]


def _root() -> Mount | None:
    """Return what was mounted on "/" last: that is what is seen there."""
    found = [one for one in _mounts(every=True) if one.mount == "/"]
    return found[-1] if found else None


def _inactive_file(cgroup: Path) -> int:
    """Return the bytes of file cache that the kernel would give back first."""
    with suppress(OSError, ValueError):
        for line in (cgroup / "memory.stat").read_text("ascii").splitlines():
            key, _, value = line.partition(" ")
            if key == "inactive_file":
                return int(value)
    return 0


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _percent(used: int, total: int) -> float:
    return 100 * used / total if total else 0.0
