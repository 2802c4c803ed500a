"""The host's resources, and what they say about its load."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from conductor_tui.domain.forecasting.forecast import Forecast, ModelName
from conductor_tui.domain.window import Window

SAMPLE_INTERVAL_S = 2.0
KEPT_SAMPLES = int(1800 / SAMPLE_INTERVAL_S)
_AT, _CPU, _RAM, _DISK, _SWAP, _LOAD, _RX, _TX = range(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUse:
    """One mounted file system. `percent` is of what an ordinary user may fill."""

    mount: str
    percent: float
    used_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSample:
    """The host at one moment. Percentages are 0..100, `cpu` over all cores.

    `load` is the 1, 5 and 15 minute load average; `rx`/`tx` are bytes per second
    since the sample before (0 in the first). `limits` says in words what RAM, swap
    and CPU are percent of where that is less than the machine has ("2 CPUs, 512 MiB
    RAM by cgroup"); the cores are always those of the machine.
    """

    at: datetime
    cpu_percent: float
    cores_percent: tuple[float, ...] = ()
    ram_percent: float
    ram_used_bytes: int
    ram_total_bytes: int
    swap_percent: float = 0.0
    swap_used_bytes: int = 0
    swap_total_bytes: int = 0
    disks: tuple[DiskUse, ...] = ()
    load: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rx_bytes_per_s: float = 0.0
    tx_bytes_per_s: float = 0.0
    limits: str = ""

    @property
    def fullest_disk(self) -> DiskUse | None:
        return max(self.disks, key=lambda disk: disk.percent, default=None)


class LoadState(StrEnum):
    NORMAL = "NORMAL"
    DEGRADED = "DEGRADED"
    EMERGENCY = "EMERGENCY"

    @property
    def is_well(self) -> bool:
        return self is LoadState.NORMAL


class ShedMode(StrEnum):
    """What load does to platforms of low priority."""

    OFF = "off"
    ADVISE = "advise"  # it is said who should go; a person does it
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadLimits:
    """Percentages of RAM, CPU or disk; `emergency_at` is of RAM. `forecast` is the
    model that looks ahead; `shed` what load does to platforms.
    """

    degraded_at: float = 80.0
    recovered_at: float = 65.0
    emergency_at: float = 95.0
    forecast: ModelName = ModelName.ENSEMBLE
    shed: ShedMode = ShedMode.ADVISE


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSpell:
    """From `at` on the load was `state`; `why` names resources and percentages."""

    at: datetime
    state: LoadState
    why: str = ""


KEPT_SPELLS = 50


@dataclass(frozen=True, slots=True)
class Load:
    """The load state and the resources that are hot: at 80 % hot, at 65 % cool again.

    Each resource has its own hysteresis, so that a disk that rests at 70 % neither
    causes a DEGRADED nor keeps one that RAM caused.
    """

    state: LoadState = LoadState.NORMAL
    hot: frozenset[str] = frozenset()


def next_load(load: Load, used: Mapping[str, float], limits: LoadLimits) -> Load:
    """Fold one reading in. `used` maps "cpu", "ram", "disk" to percent.

    EMERGENCY begins at `emergency_at` of RAM and ends below `degraded_at` of RAM.
    """
    hot = frozenset(
        name
        for name, percent in used.items()
        if percent >= limits.degraded_at
        or (name in load.hot and percent > limits.recovered_at)
    )
    ram = used.get("ram", 0.0)
    was_emergency = load.state is LoadState.EMERGENCY
    if ram >= limits.emergency_at or (was_emergency and ram >= limits.degraded_at):
        return Load(LoadState.EMERGENCY, hot)
    return Load(LoadState.DEGRADED if hot else LoadState.NORMAL, hot)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcesView:
    """The newest sample and 30 minutes of history. `trouble` says why there is no
    newer one; "" while there is none.

    `cores` has a column per core; it starts afresh when their number changes. `mounts`
    has a window for each mount point of the newest sample. `limits` are those that the
    newest sample was judged by. `forecasts` are of "ram", "cpu", "disk" (percent) and
    "queue" (requests that wait); `full_in_s` tells of mounts that grow for long when
    they are full, in seconds from the newest forecast. `spells` are the newest load
    states, oldest first, at most KEPT_SPELLS.
    """

    sample: ResourceSample | None = None
    trouble: str = ""
    load: Load = field(default_factory=Load)
    limits: LoadLimits = field(default_factory=LoadLimits)
    window: Window = field(default_factory=lambda: Window("dfffffff", KEPT_SAMPLES))
    cores: Window = field(default_factory=lambda: Window("f", KEPT_SAMPLES))
    mounts: Mapping[str, Window] = field(default_factory=dict)
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)
    full_in_s: Mapping[str, float] = field(default_factory=dict)
    spells: tuple[LoadSpell, ...] = ()

    def times(self, last: int | None = None) -> tuple[float, ...]:
        """Unix seconds of the samples, oldest first: all else here goes by them."""
        return tuple(self.window.column(_AT, last))

    def cpu(self, last: int | None = None) -> tuple[float, ...]:
        """Percent, oldest first, one value each SAMPLE_INTERVAL_S."""
        return tuple(self.window.column(_CPU, last))

    def ram(self, last: int | None = None) -> tuple[float, ...]:
        return tuple(self.window.column(_RAM, last))

    def disk(self, last: int | None = None) -> tuple[float, ...]:
        """Percent of the fullest disk."""
        return tuple(self.window.column(_DISK, last))

    def swap(self, last: int | None = None) -> tuple[float, ...]:
        return tuple(self.window.column(_SWAP, last))

    def load_average(self, last: int | None = None) -> tuple[float, ...]:
        """The load average of one minute."""
        return tuple(self.window.column(_LOAD, last))

    def network(self, last: int | None = None) -> tuple[tuple[float, float], ...]:
        """Bytes per second in and out."""
        received = self.window.column(_RX, last)
        return tuple(zip(received, self.window.column(_TX, last), strict=True))

    def core(self, index: int, last: int | None = None) -> tuple[float, ...]:
        """Percent of one core, oldest first."""
        return tuple(self.cores.column(index, last))

    def mount(self, mount: str, last: int | None = None) -> tuple[float, ...]:
        """Percent of one mounted file system, oldest first."""
        known = self.mounts.get(mount)
        return tuple(known.column(0, last)) if known else ()

    def with_load(self, load: Load, at: datetime, why: str) -> "ResourcesView":
        """Return the view after the load moved; a spell begins with another state."""
        spells = self.spells
        if load.state is not self.load.state:
            spell = LoadSpell(at=at, state=load.state, why=why)
            spells = (*spells, spell)[-KEPT_SPELLS:]
        return replace(self, load=load, spells=spells)

    def used(self, cpu_samples: int = 5) -> dict[str, float]:
        """What `next_load` judges. CPU is a mean of the newest samples (10 s), and is
        left out until there are so many: one busy second is not a loaded host.
        """
        if self.sample is None:
            return {}
        cpu, disk = self.cpu(cpu_samples), self.sample.fullest_disk
        used = {
            "ram": self.sample.ram_percent,
            "disk": disk.percent if disk else 0.0,
        }
        if len(cpu) == cpu_samples:
            used["cpu"] = sum(cpu) / cpu_samples
        return used

    def with_sample(self, sample: ResourceSample) -> "ResourcesView":
        disk = sample.fullest_disk
        window = self.window.push(
            sample.at.timestamp(),
            sample.cpu_percent,
            sample.ram_percent,
            disk.percent if disk else 0.0,
            sample.swap_percent,
            sample.load[0],
            sample.rx_bytes_per_s,
            sample.tx_bytes_per_s,
        )
        return replace(
            self,
            sample=sample,
            trouble="",
            window=window,
            cores=_with_cores(self.cores, sample.cores_percent),
            mounts={
                disk.mount: _window(self.mounts.get(disk.mount)).push(disk.percent)
                for disk in sample.disks
            },
        )


def _with_cores(known: Window, percent: tuple[float, ...]) -> Window:
    if not percent:
        return known
    same = known.width == len(percent)
    window = known if same else Window("f" * len(percent), KEPT_SAMPLES)
    return window.push(*percent)


def _window(known: Window | None) -> Window:
    return Window("f", KEPT_SAMPLES) if known is None else known
