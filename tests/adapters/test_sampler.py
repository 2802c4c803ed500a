"""The sampler: rules by tables, and the real host within what can be true."""

from errno import EMFILE
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import psutil
import pytest

from conductor_tui.adapters import sampler as sampler_module
from conductor_tui.adapters.sampler import HostSampler
from conductor_tui.adapters.sampler_meters import (
    CoreTimes,
    CpuMeter,
    Mount,
    NetMeter,
    mounts_worth_showing,
)
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.domain.resources import ResourceSample
from conductor_tui.testing import EPOCH, FakeClock

NO_CGROUP = Path("/nonexistent")


def test_a_sample_agrees_with_the_host() -> None:
    sample = HostSampler(FakeClock(), NO_CGROUP).sample()

    assert sample.at == EPOCH
    assert 0 <= sample.cpu_percent <= 100
    assert len(sample.cores_percent) == psutil.cpu_count()
    assert sample.ram_total_bytes == psutil.virtual_memory().total
    assert 0 < sample.ram_used_bytes < sample.ram_total_bytes
    assert sample.ram_percent == pytest.approx(psutil.virtual_memory().percent, abs=10)
    assert 0 <= sample.swap_used_bytes <= sample.swap_total_bytes
    assert all(load >= 0 for load in sample.load)


def test_disks_are_there_once_each_and_none_is_more_than_full() -> None:
    disks = HostSampler(FakeClock()).sample().disks

    assert disks, "every machine has a / that is no network mount"
    assert len({disk.mount for disk in disks}) == len(disks)
    assert all(0 <= disk.percent <= 100 for disk in disks)
    assert all(0 < disk.total_bytes >= disk.used_bytes for disk in disks)


def test_the_first_sample_covers_a_real_stretch_of_time() -> None:
    sampler = HostSampler(SystemClock())
    before = psutil.cpu_times()

    sampler.sample()

    assert sum(psutil.cpu_times()) - sum(before) > 0


def test_samples_from_different_threads_are_about_the_time_between_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counters = iter([[CoreTimes(0, 0)], [CoreTimes(1, 2)], [CoreTimes(2, 6)]])
    monkeypatch.setattr(sampler_module, "_cpu_times", lambda: next(counters))
    sampler = HostSampler(FakeClock())
    taken: list[ResourceSample] = []

    for _ in range(2):
        thread = Thread(target=lambda: taken.append(sampler.sample()))
        thread.start()
        thread.join()

    assert [one.cpu_percent for one in taken] == [50, 25]


async def test_ram_is_read_again_after_a_fifth_of_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readings = iter([(10, 100), (20, 100), (30, 100)])
    monkeypatch.setattr(sampler_module, "read_ram", lambda _: next(readings))
    sampler = HostSampler(clock := FakeClock())
    said = [sampler.ram_percent()]

    for _ in range(3):
        await clock.advance(0.11)
        said.append(sampler.ram_percent())

    assert said == [10, 10, 20, 20]


async def test_ram_that_cannot_be_read_is_what_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sampler = HostSampler(clock := FakeClock(), NO_CGROUP)
    before = sampler.ram_percent()

    def refuse() -> None:
        raise OSError(EMFILE, "Too many open files")

    monkeypatch.setattr(psutil, "virtual_memory", refuse)
    await clock.advance(1)

    assert sampler.ram_percent() == before


def test_a_host_that_cannot_be_read_can_be_told_of_and_is_measured_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise psutil.AccessDenied(1)

    with monkeypatch.context() as odd:
        for name in ("cpu_times", "virtual_memory", "net_io_counters"):
            odd.setattr(psutil, name, refuse)
        sampler = HostSampler(FakeClock(), NO_CGROUP)
        assert sampler.ram_percent() == 0
        with pytest.raises(psutil.AccessDenied):
            sampler.sample()

    assert sampler.sample().ram_total_bytes == psutil.virtual_memory().total


def test_what_the_system_does_not_tell_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FileNotFoundError("no /proc here")

    sampler = HostSampler(FakeClock())
    for name in ("swap_memory", "net_io_counters", "getloadavg", "disk_partitions"):
        monkeypatch.setattr(psutil, name, refuse)

    sample = sampler.sample()

    assert (sample.swap_percent, sample.swap_total_bytes) == (0, 0)
    assert (sample.rx_bytes_per_s, sample.tx_bytes_per_s) == (0, 0)
    assert sample.load == (0, 0, 0)
    assert sample.disks == ()


def test_psutil_s_warning_about_swap_does_not_reach_the_screen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sampler = HostSampler(FakeClock())
    for name in ("meminfo", "stat"):  # and no vmstat, as in some containers
        (tmp_path / name).write_bytes(Path("/proc", name).read_bytes())
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))

    swap = sampler.sample().swap_total_bytes

    monkeypatch.undo()
    assert swap == psutil.swap_memory().total


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        pytest.param((0, 0), (1, 4), 25, id="busy for a quarter"),
        pytest.param((5, 9), (5, 9), 0, id="no time has passed"),
        pytest.param((5, 9), (4, 10), 0, id="a counter went back"),
        pytest.param((5, 9), (8, 10), 100, id="counters that disagree"),
    ],
)
def test_cpu_is_the_busy_part_of_the_time_between(
    before: tuple[float, float], after: tuple[float, float], percent: float
) -> None:
    meter = CpuMeter([CoreTimes(*before)], 0)

    assert sum(meter.percent([CoreTimes(*after)], 1)) == percent


def test_cpu_stays_what_it_was_until_the_counters_move() -> None:
    meter = CpuMeter([CoreTimes(0, 0)], 0)
    meter.percent([CoreTimes(1, 2)], 2)

    assert meter.percent([CoreTimes(1, 2)], 2.001) == (50,)


def test_a_core_that_comes_makes_the_meter_start_afresh() -> None:
    meter = CpuMeter([CoreTimes(0, 0)], 0)

    assert meter.percent([CoreTimes(1, 2), CoreTimes(9, 9)], 2) == (0, 0)
    assert meter.percent([CoreTimes(2, 4), CoreTimes(9, 11)], 4) == (50, 0)


def test_network_rates_are_per_second_and_need_two_readings() -> None:
    meter = NetMeter({"eth0": (1000, 100)}, 0)

    assert meter.rates({"eth0": (2000, 200)}, 1) == (0, 0)
    assert meter.rates({"eth0": (6000, 400)}, 3) == (2000, 100)


def test_an_interface_that_comes_or_starts_again_counts_for_nothing() -> None:
    meter = NetMeter({"eth0": (9000, 900)}, 0)
    meter.rates({"eth0": (9000, 900)}, 1)

    assert meter.rates({"eth0": (10, 10), "wg0": (10**9, 10**9)}, 2) == (0, 0)


def test_two_readings_at_the_same_moment_give_no_rate() -> None:
    meter = NetMeter({"eth0": (0, 0)}, 0)
    meter.rates({"eth0": (0, 0)}, 1)

    assert meter.rates({"eth0": (10, 10)}, 1) == (0, 0)


ROOT = Mount("/dev/sda1", "/", "ext4", "rw")
OVERLAY = Mount("overlay", "/", "overlay", "rw")


@pytest.mark.parametrize(
    ("local", "root", "shown"),
    [
        pytest.param([ROOT], ROOT, ["/"], id="one disk"),
        pytest.param(
            [Mount("/dev/sda1", "/var/lib/x", "ext4", "rw"), ROOT],
            ROOT,
            ["/"],
            id="a bind mount is the same file system",
        ),
        pytest.param(
            [ROOT, Mount("/dev/sdb1", "/data", "xfs", "rw")],
            ROOT,
            ["/", "/data"],
            id="two disks",
        ),
        pytest.param(
            [ROOT, Mount("/dev/loop0", "/snap/core/1", "squashfs", "ro")],
            ROOT,
            ["/"],
            id="an image is always full",
        ),
        pytest.param(
            [ROOT, Mount("/dev/sdb1", "/mnt/backup", "ext4", "ro,relatime")],
            ROOT,
            ["/"],
            id="what is read-only cannot fill",
        ),
        pytest.param(
            [ROOT, Mount("nas:/x", "/mnt/nas", "nfs4", "rw")],
            ROOT,
            ["/"],
            id="a dead server must not make us wait",
        ),
        pytest.param([], OVERLAY, ["/"], id="a container"),
        pytest.param(
            [], Mount("x", "/", "fuse.fuse-overlayfs"), ["/"], id="a rootless one"
        ),
        pytest.param(
            [Mount("/dev/sdb1", "/data", "ext4", "rw")],
            OVERLAY,
            ["/", "/data"],
            id="a container with a volume",
        ),
        pytest.param([], Mount("nas:/r", "/", "nfs", "rw"), [], id="/ on a server"),
        pytest.param([], None, [], id="nothing is told"),
    ],
)
def test_each_file_system_that_can_fill_is_shown_once(
    local: list[Mount], root: Mount | None, shown: list[str]
) -> None:
    assert [one.mount for one in mounts_worth_showing(local, root)] == shown


def test_of_very_many_disks_the_fullest_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = [Mount(f"pool/{n}", f"/pool/{n:03}", "zfs", "rw") for n in range(100)]
    usage = {one.mount: float(n) for n, one in enumerate(many)}
    monkeypatch.setattr(sampler_module, "_mounts", lambda *, every: many)
    monkeypatch.setattr(
        psutil,
        "disk_usage",
        lambda mount: SimpleNamespace(total=100, used=50, percent=usage[mount]),
    )

    disks = HostSampler(FakeClock()).sample().disks

    assert [disk.mount for disk in disks] == [f"/pool/{n:03}" for n in range(68, 100)]


def test_a_mount_point_that_is_gone_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = Mount("/dev/sdz1", str(tmp_path / "gone"), "ext4", "rw")
    monkeypatch.setattr(sampler_module, "_mounts", lambda *, every: [gone])

    assert HostSampler(FakeClock()).sample().disks == ()


def test_a_file_mounted_by_a_container_is_no_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "hosts").touch()
    parts = [
        SimpleNamespace(
            device="/dev/sda1", mountpoint=f"{tmp_path}/{name}", fstype="ext4", opts=""
        )
        for name in ("hosts", "")
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: parts)

    disks = HostSampler(FakeClock()).sample().disks

    assert [disk.mount for disk in disks] == [f"{tmp_path}/"]
