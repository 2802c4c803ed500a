"""The limits of cgroup v2, on trees of files as the kernel lays them out."""

from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from conductor_tui.adapters import sampler as sampler_module
from conductor_tui.adapters.sampler import HostSampler
from conductor_tui.adapters.sampler_cgroup import (
    Limit,
    QuotaMeter,
    cpu_limit,
    levels_of,
    limit_words,
    ram_limit,
    swap_limit,
)
from conductor_tui.domain.resources import ResourceSample
from conductor_tui.testing import FakeClock

MIB = 1024 * 1024
ROOM = 10**12


def tree(root: Path, files: Mapping[str, object]) -> Path:
    for name, value in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{value}\n", "utf-8")
    return root


def own(folder: Path, text: str) -> Path:
    path = folder / "own"
    path.write_text(text, "utf-8")
    return path


def sampled(root: Path, own_cgroup: Path) -> ResourceSample:
    return HostSampler(FakeClock(), root, own_cgroup).sample()


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        pytest.param("0::/\n", [""], id="a container with a namespace of its own"),
        pytest.param("0::/a/b\n", ["a/b", "a", ""], id="nested"),
        pytest.param("4:memory:/x\n0::/a\n", ["a", ""], id="beside cgroup v1"),
        pytest.param("4:memory:/x\n", [""], id="cgroup v1 alone"),
        pytest.param("0::/gone/since\n", [""], id="mounted otherwise"),
        pytest.param("0::/../../a\n", [""], id="outside of our namespace"),
        pytest.param("0::/a/b (deleted)\n", [""], id="deleted"),
        pytest.param("", [""], id="nothing told"),
        pytest.param("0::/s/us.service\n", ["s", ""], id="a unit's own limit is ours"),
        pytest.param(
            "0::/s/us.service/payload\n",
            ["s/us.service/payload", "s/us.service", "s", ""],
            id="a container in a unit",
        ),
    ],
)
def test_the_levels_are_ours_and_those_above_it(
    tmp_path: Path, text: str, levels: list[str]
) -> None:
    root = tmp_path / "cgroup"
    for folder in ("a/b", "s/us.service/payload"):
        (root / folder).mkdir(parents=True)

    found = levels_of(root, own(tmp_path, text))

    assert found == tuple(root / level for level in levels)


def test_a_file_that_cannot_be_read_leaves_the_top(tmp_path: Path) -> None:
    assert levels_of(tmp_path, tmp_path / "missing") == (tmp_path,)


def test_a_container_s_limit_is_what_its_ram_is_measured_by(tmp_path: Path) -> None:
    root = tree(
        tmp_path / "cgroup",
        {
            "memory.max": 1000 * MIB,
            "memory.high": "max",
            "memory.current": 700 * MIB,
            "memory.stat": f"anon 5\ninactive_file {200 * MIB}",
        },
    )

    sample = sampled(root, own(tmp_path, "0::/\n"))

    assert sample.ram_used_bytes == 500 * MIB
    assert sample.ram_total_bytes == 1000 * MIB
    assert sample.ram_percent == 50
    assert sample.limits == "0.977 GiB RAM by cgroup"


def test_the_lowest_limit_on_the_way_up_binds(tmp_path: Path) -> None:
    root = tree(
        tmp_path / "cgroup",
        {
            "pod/box/memory.max": 800 * MIB,
            "pod/box/memory.current": 1,
            "pod/memory.max": 512 * MIB,
            "pod/memory.high": 500 * MIB,
            "pod/memory.current": 250 * MIB,
            "memory.max": "max",
            "memory.current": 3,
        },
    )

    sample = sampled(root, own(tmp_path, "0::/pod/box\n"))

    assert (sample.ram_percent, sample.limits) == (50, "500 MiB RAM by cgroup")


def test_more_in_use_than_the_soft_limit_is_full_and_not_fuller(tmp_path: Path) -> None:
    files = {"memory.high": 5 * MIB, "memory.current": 9 * MIB}
    root = tree(tmp_path / "cgroup", files)

    assert sampled(root, own(tmp_path, "0::/\n")).ram_percent == 100


@pytest.mark.parametrize(
    "limit",
    [
        pytest.param("max", id="no limit"),
        pytest.param("9223372036854771712", id="a limit above what there is"),
        pytest.param("", id="an unreadable limit"),
    ],
)
def test_without_a_limit_the_host_s_ram_counts(tmp_path: Path, limit: str) -> None:
    files = {"memory.max": limit, "memory.current": 700_000}
    root = tree(tmp_path / "cgroup", files)

    sample = sampled(root, own(tmp_path, "0::/\n"))

    assert sample.ram_total_bytes == psutil.virtual_memory().total
    assert sample.limits == ""


def test_a_limit_whose_use_is_not_told_is_no_measure(tmp_path: Path) -> None:
    root = tree(tmp_path, {"memory.max": MIB})

    assert ram_limit((root,), ROOM) is None


def test_a_limit_that_changes_counts_from_the_next_sample_on(tmp_path: Path) -> None:
    root = tree(tmp_path / "cgroup", {"memory.max": "max", "memory.current": MIB})
    sampler = HostSampler(FakeClock(), root, own(tmp_path, "0::/\n"))
    before = sampler.sample()

    tree(root, {"memory.max": 4 * MIB})

    assert before.ram_total_bytes == psutil.virtual_memory().total
    assert sampler.sample().ram_percent == 25


async def test_the_quick_reading_of_ram_goes_by_the_same_limit(tmp_path: Path) -> None:
    root = tree(tmp_path / "cgroup", {"memory.max": 4 * MIB, "memory.current": MIB})
    sampler = HostSampler(clock := FakeClock(), root, own(tmp_path, "0::/\n"))
    before = sampler.ram_percent()

    tree(root, {"memory.current": 3 * MIB})
    await clock.advance(1)

    assert (before, sampler.ram_percent()) == (25, 75)


def test_swap_is_of_its_own_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"memory.swap.max": 100 * MIB, "memory.swap.current": 25 * MIB}
    root = tree(tmp_path / "cgroup", files)
    monkeypatch.setattr(sampler_module, "_swap", lambda: (MIB, 4096 * MIB))

    sample = sampled(root, own(tmp_path, "0::/\n"))

    assert (sample.swap_percent, sample.swap_total_bytes) == (25, 100 * MIB)
    assert sample.limits == "100 MiB swap by cgroup"


def test_swap_that_is_forbidden_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree(tmp_path / "cgroup", {"memory.swap.max": 0})
    monkeypatch.setattr(sampler_module, "_swap", lambda: (MIB, 4096 * MIB))

    sample = sampled(root, own(tmp_path, "0::/\n"))

    assert (sample.swap_percent, sample.swap_total_bytes) == (0, 0)
    assert sample.limits == "no swap by cgroup"


def test_a_host_without_swap_needs_no_word_about_it(tmp_path: Path) -> None:
    assert swap_limit((tree(tmp_path, {"memory.swap.max": 0}),), 0) is None


@pytest.mark.parametrize(
    ("quota", "cpus"),
    [
        pytest.param("200000 100000", 2, id="two"),
        pytest.param("50000 100000", 0.5, id="half of one"),
        pytest.param("max 100000", None, id="no quota"),
        pytest.param("800000 100000", None, id="more than there are"),
        pytest.param("0 0", None, id="nonsense"),
        pytest.param("words", None, id="words"),
    ],
)
def test_a_quota_below_the_cores_is_the_measure(
    tmp_path: Path, quota: str, cpus: float | None
) -> None:
    limit = cpu_limit((tree(tmp_path, {"cpu.max": quota}),), cores=4)

    assert (limit.most if limit else None) == cpus


async def test_cpu_is_percent_of_the_quota(tmp_path: Path) -> None:
    files = {"cpu.max": "50000 100000", "cpu.stat": "usage_usec 5000000\nuser_usec 1"}
    root = tree(tmp_path / "cgroup", files)
    sampler = HostSampler(clock := FakeClock(), root, own(tmp_path, "0::/\n"))

    await clock.advance(10)
    tree(root, {"cpu.stat": "usage_usec 6250000\nuser_usec 1"})  # 1.25 s of 5
    sample = sampler.sample()

    assert sample.cpu_percent == 25
    assert sample.limits == "0.5 CPUs by cgroup"


def test_cpu_stays_what_it_was_when_no_time_has_passed() -> None:
    used = iter([0.0, 1.0, 1.0])
    meter = QuotaMeter(read=lambda _: next(used))
    limit = Limit(Path("a"), 1)

    assert [meter.percent(limit, now) for now in (0, 2, 2)] == [None, 50, 50]


def test_a_level_that_becomes_the_measure_starts_afresh() -> None:
    meter = QuotaMeter(read=lambda level: 5.0 if level.name == "a" else 9.0)
    meter.percent(Limit(Path("a"), 1), 0)

    assert meter.percent(Limit(Path("b"), 1), 2) is None
    assert meter.percent(None, 4) is None
    assert meter.percent(Limit(Path("b"), 1), 6) is None


def test_use_that_is_not_told_is_no_zero(tmp_path: Path) -> None:
    limit = Limit(tree(tmp_path, {"cpu.stat": "nothing 1"}), 1)
    meter = QuotaMeter()

    assert [meter.percent(limit, now) for now in (0, 2)] == [None, None]


@pytest.mark.parametrize(
    ("cpus", "ram", "swap", "words"),
    [
        pytest.param(2.0, 512 * MIB, 0, "2 CPUs, 512 MiB RAM, no swap by cgroup"),
        pytest.param(1.0, None, None, "1 CPU by cgroup"),
        pytest.param(0.25, 1024 * MIB, None, "0.25 CPUs, 1 GiB RAM by cgroup"),
        pytest.param(None, 2 * 1024**4, None, "2048 GiB RAM by cgroup"),
        pytest.param(None, None, 1.5 * 1024 * MIB, "1.5 GiB swap by cgroup"),
        pytest.param(None, None, None, ""),
    ],
)
def test_limits_are_said_as_a_person_would(
    cpus: float | None, ram: float | None, swap: float | None, words: str
) -> None:
    limits = [None if n is None else Limit(Path("a"), n) for n in (cpus, ram, swap)]

    assert limit_words(*limits) == words
