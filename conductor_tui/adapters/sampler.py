"""The host's resources through psutil. Everything here may block for milliseconds.

psutil's own "CPU since the last call" is kept per thread, and samples are taken from
a pool of threads: so the counters are kept here, and only read through psutil. Inside
a container psutil shows the whole machine (psutil issue 2100), so the limits of cgroup
v2 are read beside it: RAM, swap and CPU are percent of what may be used. The single
cores stay those of the machine.
"""

import os
import warnings
from contextlib import suppress
from pathlib import Path

import psutil

from conductor_tui.adapters.sampler_cgroup import (
    CGROUPS,
    OWN_CGROUP,
    Limit,
    QuotaMeter,
    cpu_limit,
    levels_of,
    limit_words,
    ram_limit,
    ram_used,
    swap_limit,
    swap_used,
)
from conductor_tui.adapters.sampler_meters import (
    CoreTimes,
    CpuMeter,
    Mount,
    NetMeter,
    can_hang,
    mounts_worth_showing,
)
from conductor_tui.adapters.sampler_uplinks import uplinks
from conductor_tui.domain.resources import DiskUse, ResourceSample
from conductor_tui.domain.text import visible
from conductor_tui.ports import Clock

RAM_FRESH_S = 0.2  # a twentieth of the RAM is not filled in less
MAX_DISKS = 32  # of more, the fullest are kept
_FIRST_CPU_S = 0.1  # a tick is 10 ms: less time says nothing


class HostSampler:
    """Satisfies ports.Sampler. `sample` from one thread at a time."""

    def __init__(
        self, clock: Clock, cgroups: Path = CGROUPS, own_cgroup: Path = OWN_CGROUP
    ) -> None:
        # it would be printed into the screen; in containers it comes every time
        warnings.filterwarnings("ignore", "'sin' and 'sout' swap", RuntimeWarning)
        self._clock = clock
        self._levels = levels_of(cgroups, own_cgroup)
        now = clock.monotonic()
        self._cpu, self._net = CpuMeter((), now), NetMeter({}, now)
        self._quota = QuotaMeter()
        self._ram_limit: Limit | None = None
        self._ram = (float("-inf"), 0.0)
        with suppress(Exception):  # as without /proc: `sample` raises it again
            self._begin(now)

    def sample(self) -> ResourceSample:
        cores = self._cores()
        quota = self._cpu_limit()
        cpu = self._quota.percent(quota, self._clock.monotonic())
        if cpu is None:
            cpu = sum(cores) / len(cores) if cores else 0.0
        self._ram_limit = ram_limit(self._levels, _ram_total())
        used, total = read_ram(self._ram_limit)
        swap_used, swap_total, swap_limited = self._swap()
        rx, tx = self._net.rates(_net_bytes(), self._clock.monotonic())
        return ResourceSample(
            at=self._clock.now(),
            cpu_percent=cpu,
            cores_percent=cores,
            ram_percent=_percent(used, total),
            ram_used_bytes=used,
            ram_total_bytes=total,
            swap_percent=_percent(swap_used, swap_total),
            swap_used_bytes=swap_used,
            swap_total_bytes=swap_total,
            disks=_disks(),
            load=_load(),
            rx_bytes_per_s=rx,
            tx_bytes_per_s=tx,
            limits=limit_words(quota, self._ram_limit, swap_limited),
        )

    def ram_percent(self) -> float:
        now = self._clock.monotonic()
        read_at, percent = self._ram
        if now - read_at > RAM_FRESH_S:
            with suppress(Exception):  # whatever psutil meets: the last word stands
                percent = _percent(*read_ram(self._ram_limit))
            self._ram = (now, percent)
        return percent

    def _begin(self, now: float) -> None:
        """Read what the first sample is compared with."""
        self._cpu = CpuMeter(_cpu_times(), now)
        self._quota.percent(self._cpu_limit(), now)
        self._net = NetMeter(_net_bytes(), now)
        self._ram_limit = ram_limit(self._levels, _ram_total())
        self._ram = (now, _percent(*read_ram(self._ram_limit)))

    def _cores(self) -> tuple[float, ...]:
        """Return percent per core since the last sample.

        The first one may come a moment after the start: then psutil waits 0.1 s.
        """
        now = self._clock.monotonic()
        if self._cpu.is_first and now - self._cpu.read_at < _FIRST_CPU_S:
            psutil.cpu_percent(interval=_FIRST_CPU_S)
        return self._cpu.percent(_cpu_times(), now)

    def _cpu_limit(self) -> Limit | None:
        return cpu_limit(self._levels, len(self._cpu.times))

    def _swap(self) -> tuple[int, int, Limit | None]:
        """Return bytes of swap in use and in all, and the limit that these are of."""
        used, total = _swap()
        limit = swap_limit(self._levels, total)
        if limit is None:
            return used, total, None
        return min(swap_used(limit.level), int(limit.most)), int(limit.most), limit


def read_ram(limit: Limit | None) -> tuple[int, int]:
    """Return bytes of RAM in use and in all: of the limit, where there is one.

    In use is what programs could not have: caches that can be dropped do not count.
    """
    used = ram_used(limit.level) if limit else None
    if limit is None or used is None:
        memory = psutil.virtual_memory()
        return memory.total - memory.available, memory.total
    return min(used, int(limit.most)), int(limit.most)


def _ram_total() -> int:
    return int(psutil.virtual_memory().total)


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
    """Return (received, sent) per interface, of those that count."""
    try:
        counters = psutil.net_io_counters(pernic=True, nowrap=False)
    except (OSError, RuntimeError):  # no /proc/net/dev, as in some sandboxes
        return {}
    return {
        name: (counters[name].bytes_recv, counters[name].bytes_sent)
        for name in uplinks(counters)
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


def _percent(used: int, total: int) -> float:
    return 100 * used / total if total else 0.0
