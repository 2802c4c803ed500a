"""What the sampler makes of the counters it reads: percentages, rates, which disks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_IMAGES = frozenset({"squashfs", "erofs", "iso9660", "udf", "cramfs"})  # always full
_NETWORK = ("nfs", "cifs", "smb", "ceph", "glusterfs", "lustre", "afs", "9p", "fuse.")
_SHARED = frozenset({"gfs2", "ocfs2"})  # block devices, but another node may hang them


@dataclass(frozen=True, slots=True)
class CoreTimes:
    """Seconds since boot that one core was busy, and all in all."""

    busy_s: float
    total_s: float


@dataclass(slots=True)
class CpuMeter:
    """Turns counters into percentages. A core that came or went starts afresh."""

    times: Sequence[CoreTimes]
    read_at: float
    is_first: bool = True
    last: tuple[float, ...] = ()

    def percent(self, times: Sequence[CoreTimes], now: float) -> tuple[float, ...]:
        """Return percent per core since the last call; what it was then, where the
        counters have not moved.
        """
        if len(times) != len(self.times):
            self.last = (0.0,) * len(times)
        elif any(new.total_s > old.total_s for new, old in self._pairs(times)):
            self.last = tuple(_busy_percent(*pair) for pair in self._pairs(times))
        self.times, self.read_at, self.is_first = times, now, False
        return self.last

    def _pairs(
        self, times: Sequence[CoreTimes]
    ) -> Iterator[tuple[CoreTimes, CoreTimes]]:
        return zip(times, self.times, strict=True)


@dataclass(slots=True)
class NetMeter:
    """Turns byte counters per interface, (received, sent), into rates."""

    counters: dict[str, tuple[int, int]]
    read_at: float
    is_first: bool = True

    def rates(
        self, counters: dict[str, tuple[int, int]], now: float
    ) -> tuple[float, float]:
        """Return bytes per second in and out since the last call; 0 in the first.

        An interface that is new, or whose counter went back, counts for nothing.
        """
        elapsed_s = now - self.read_at
        pairs = [(new, self.counters.get(name, new)) for name, new in counters.items()]
        rx = sum(max(0, new[0] - old[0]) for new, old in pairs)
        tx = sum(max(0, new[1] - old[1]) for new, old in pairs)
        is_first, self.is_first = self.is_first, False
        self.counters, self.read_at = counters, now
        if is_first or elapsed_s <= 0:
            return 0.0, 0.0
        return rx / elapsed_s, tx / elapsed_s


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system, as the system's table has it."""

    device: str
    mount: str
    kind: str
    options: str = ""


def mounts_worth_showing(local: Iterable[Mount], root: Mount | None) -> list[Mount]:
    """Return one mount per file system: `local` has those on a block device, `root`
    what is mounted on "/" (an overlay, in a container).

    Left out: images, which are always full; what is mounted read-only, which cannot
    fill; what a server could make hang; and mounts of the same device elsewhere.
    """
    by_device: dict[str, Mount] = {}
    for mount in sorted(local, key=lambda one: (len(one.mount), one.mount)):
        if not can_hang(mount) and not _cannot_fill(mount):
            by_device.setdefault(mount.device, mount)
    shown = list(by_device.values())
    if root is None or can_hang(root) or root.kind in _IMAGES:
        return shown
    return shown if any(one.mount == "/" for one in shown) else [root, *shown]


def _busy_percent(new: CoreTimes, old: CoreTimes) -> float:
    total_s = new.total_s - old.total_s
    if total_s <= 0:
        return 0.0
    return min(100.0, max(0.0, 100 * (new.busy_s - old.busy_s) / total_s))


def can_hang(mount: Mount) -> bool:
    """True where a look at the mount may wait for another machine, perhaps for ever."""
    if "overlay" in mount.kind:  # fuse.fuse-overlayfs: "/" of a rootless container
        return False
    return mount.kind.startswith(_NETWORK) or mount.kind in _SHARED


def _cannot_fill(mount: Mount) -> bool:
    return mount.kind in _IMAGES or "ro" in mount.options.split(",")
