import os
from pathlib import Path

import psutil
import pytest

from conductor_tui.adapters.own_meter import ProcessMeter


def test_it_counts_our_open_files_and_threads(tmp_path: Path) -> None:
    meter = ProcessMeter()
    before = meter.use()
    with (tmp_path / "one").open("w"), (tmp_path / "two").open("w"):
        assert meter.use().open_files == before.open_files + 2
    assert before.threads >= 1
    assert before.rss_bytes > 2**20


def test_cpu_is_what_was_used_between_two_calls() -> None:
    meter = ProcessMeter()
    sum(range(3_000_000))
    assert meter.use().cpu_percent > 0.0


def test_a_host_without_proc_tells_the_cpu_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise psutil.NoSuchProcess(os.getpid())

    monkeypatch.setattr(psutil, "Process", refuse)
    use = ProcessMeter().use()
    assert (use.rss_bytes, use.threads, use.open_files) == (0, 0, 0)


def test_what_cannot_be_read_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = ProcessMeter()
    before = meter.use()

    def refuse(path: str) -> os.stat_result:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "stat", refuse)
    monkeypatch.setattr(meter._process, "num_fds", lambda: refuse(""))
    after = meter.use()
    assert after.open_files == before.open_files
    assert after.rss_bytes == before.rss_bytes
