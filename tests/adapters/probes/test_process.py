"""The process probe, against real processes under names of their own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import psutil
import pytest

from conductor_tui.adapters.probes import process as process_probe
from conductor_tui.adapters.probes import process_table
from conductor_tui.adapters.probes.process import (
    CpuBaseline,
    Options,
    judge,
    open_probe,
    shown_target,
)
from conductor_tui.adapters.probes.process_table import (
    Measured,
    Table,
    Wanted,
    measure,
    read_pid_file,
)
from conductor_tui.domain.check import Finding, Outcome
from tests.adapters.probes.loops import on_both_loops

Nap = Callable[..., "subprocess.Popen[bytes]"]
NAME = f"nap-{os.getpid()}"
MONOTONIC = "conductor_tui.adapters.probes.process.monotonic"
LONG_NAME = f"a-name-beyond-fifteen-letters-{os.getpid()}"


@pytest.fixture(autouse=True)
def _tables_are_always_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_table, "_names", Table(psutil.Process.name, fresh_s=0))
    cmdlines = Table(process_table._cmdline, fresh_s=0)
    monkeypatch.setattr(process_table, "_cmdlines", cmdlines)


@pytest.fixture
def nap(tmp_path: Path) -> Iterator[Nap]:
    """Start processes that sleep, under any name; end them behind the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str = NAME, seconds: str = "600") -> "subprocess.Popen[bytes]":
        program = tmp_path / name
        if not program.exists():
            shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
        started.append(subprocess.Popen([str(program), seconds]))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


async def ask(**options: Any) -> Finding:
    return await open_probe(Options(**options))()


def measured(rss_mb: float = 40, cpu_s: float = 0, pid: int = 1) -> Measured:
    return Measured(identity=(pid, 0.0), rss_bytes=int(rss_mb * 1e6), cpu_s=cpu_s)


@on_both_loops
async def test_processes_are_counted_by_name(nap: Nap) -> None:
    nap(), nap(), nap("another")
    finding = await ask(process_name=NAME)
    assert finding.outcome is Outcome.PASSED
    assert finding.detail.startswith("2 processes, ")
    assert finding.detail.endswith(" MB")


@on_both_loops
async def test_a_name_longer_than_the_kernel_keeps_is_found_whole(nap: Nap) -> None:
    nap(LONG_NAME)
    assert (await ask(process_name=LONG_NAME)).outcome is Outcome.PASSED
    assert (await ask(process_name=LONG_NAME[:15])).outcome is Outcome.FAILED


@on_both_loops
async def test_processes_are_found_by_a_part_of_the_command_line(nap: Nap) -> None:
    nap(seconds="612.25")
    finding = await ask(cmdline=f"{NAME} 612.2")
    assert finding.outcome is Outcome.PASSED
    assert finding.detail.startswith("1 process, ")


def test_our_own_command_line_does_not_count() -> None:
    # in a process of its own: what started this one (`timeout`, a shell) names it too
    code = f"""
import asyncio
from conductor_tui.adapters.probes.process import Options, open_probe
print(asyncio.run(open_probe(Options(cmdline="{NAME} asks"))()).detail)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout == f"not running: no process with cmdline {NAME} asks\n"


@on_both_loops
async def test_a_process_is_found_by_its_pid_file(nap: Nap, tmp_path: Path) -> None:
    pid_file = tmp_path / "nap.pid"
    process = nap()
    pid_file.write_text(f" {process.pid}\n/var/lib/nap\n")
    assert (await ask(pid_file=str(pid_file))).outcome is Outcome.PASSED
    process.kill()
    process.wait()
    words = f"not running: no process with pid file {pid_file}"
    finding = await ask(pid_file=str(pid_file))
    assert finding.outcome is Outcome.FAILED
    assert finding.detail.startswith(words[:60])


@on_both_loops
async def test_a_process_that_is_not_there_fails() -> None:
    words = f"not running: no process with name {NAME}"
    assert await ask(process_name=NAME) == Finding(Outcome.FAILED, words)


async def test_where_proc_hides_what_others_run_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_probe, "sees_others", lambda: False)
    finding = await ask(process_name=NAME)
    assert finding.outcome is Outcome.FAILED
    assert ", or hidden: /proc shows this user only" in finding.detail


def test_a_zombie_does_not_run(nap: Nap) -> None:
    process = nap()
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, not reaped
    assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
    assert measure(Wanted(name=NAME)) == ()


@on_both_loops
async def test_the_cpu_use_is_told_once_there_is_something_to_compare_with(
    nap: Nap, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter((100.0, 100.1, 105.0))
    monkeypatch.setattr(MONOTONIC, lambda: next(now))
    nap()
    probe = open_probe(Options(process_name=NAME))
    assert (await probe()).detail.endswith(" MB")
    assert (await probe()).detail.endswith(" MB")  # too soon to divide by
    assert (await probe()).detail.endswith(" MB, 0 % CPU")
    probe.close()


def test_cpu_use_is_of_one_core_and_over_all_processes() -> None:
    before = CpuBaseline(100.0, {(1, 0.0): 5.0, (2, 0.0): 1.0})
    now = (measured(cpu_s=6, pid=1), measured(cpu_s=2, pid=2), measured(cpu_s=9, pid=3))
    assert before.percent(102.0, now) == 100.0


def test_a_process_under_a_pid_used_again_starts_from_nothing() -> None:
    before = CpuBaseline(100.0, {(1, 50.0): 5.0})
    assert before.percent(102.0, (measured(cpu_s=1, pid=1),)) == 0.0


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        pytest.param({"min_count": 3}, "fewer than 3: 2 proc", id="too few"),
        pytest.param({"max_count": 1}, "more than 1: 2 proc", id="too many"),
        pytest.param({"max_rss_mb": 79}, "more than 79 MB of memory", id="memory"),
        pytest.param({"max_cpu_percent": 49.5}, "more than 49.5 % CPU", id="CPU"),
        pytest.param(
            {"max_count": 1, "max_rss_mb": 1},
            "more than 1, more than 1 MB of memory: 2 processes, 80 MB, 50 % CPU",
            id="two at once",
        ),
    ],
)
def test_a_limit_that_is_broken_fails_in_words(
    limits: dict[str, Any], words: str
) -> None:
    options = Options(process_name="x", **limits)
    finding = judge(options, (measured(), measured(pid=2)), 50.0)
    assert finding.outcome is Outcome.FAILED
    assert words in finding.detail


@pytest.mark.parametrize(
    "limits",
    [{"min_count": 2, "max_count": 2}, {"max_rss_mb": 80}, {"max_cpu_percent": 50}],
)
def test_a_limit_that_is_reached_is_kept(limits: dict[str, Any]) -> None:
    options = Options(process_name="x", **limits)
    finding = judge(options, (measured(), measured(pid=2)), 50.0)
    assert finding == Finding(Outcome.PASSED, "2 processes, 80 MB, 50 % CPU")


def test_none_may_be_enough() -> None:
    finding = judge(Options(process_name="x", min_count=0), (), None)
    assert finding == Finding(Outcome.PASSED, "0 processes, 0 MB")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "does not begin with a pid: ''", id="empty"),
        pytest.param(b"nginx\n", "'nginx'", id="a name"),
        pytest.param(b"-1", "'-1'", id="a negative number"),
        pytest.param(b"0", "'0'", id="zero"),
        pytest.param(b"\xff\x00", "does not begin", id="bytes"),
    ],
)
@on_both_loops
async def test_a_pid_file_without_a_pid_is_told_in_words(
    content: bytes, words: str, tmp_path: Path
) -> None:
    pid_file = tmp_path / "bad.pid"
    pid_file.write_bytes(content)
    finding = await ask(pid_file=str(pid_file))
    assert finding.outcome is Outcome.FAILED
    assert words in finding.detail
    assert finding.detail.isprintable()


@on_both_loops
async def test_a_pid_file_that_is_missing_or_unreadable_is_told_in_words(
    tmp_path: Path,
) -> None:
    missing = await ask(pid_file=str(tmp_path / "no.pid"))
    assert missing.detail.startswith("there is no pid file ")
    folder = await ask(pid_file=str(tmp_path))
    assert folder.detail.endswith("is a directory")


def test_an_absurd_pid_is_nobody(tmp_path: Path) -> None:
    pid_file = tmp_path / "absurd.pid"
    pid_file.write_text("9" * 60)
    assert read_pid_file(str(pid_file)) > 2**64
    assert measure(Wanted(pid_file=str(pid_file))) == ()


def test_a_process_we_may_not_look_at_is_told_in_words(
    nap: Nap, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = nap().pid

    def deny(self: psutil.Process) -> None:
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "status", deny)
    with pytest.raises(PermissionError, match=f"may not look at process {pid}: run as"):
        measure(Wanted(name=NAME))


def test_a_table_is_read_once_per_second_for_all_probes() -> None:
    now, readings = [5.0], list[int]()

    def text_of(process: psutil.Process) -> str:
        readings.append(process.pid)
        return ""

    table = Table(text_of, fresh_s=1.0, now=lambda: now[0])
    table.rows(), table.rows()
    assert readings.count(1) == 1
    now[0] = 6.0
    table.rows()
    assert readings.count(1) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({}, "not none of them", id="nothing"),
        pytest.param(
            {"process_name": "a", "cmdline": "b"},
            "not process_name and cmdline",
            id="two",
        ),
        pytest.param(
            {"process_name": "a", "min_count": -1}, "min_count must be 0", id="minus"
        ),
        pytest.param(
            {"process_name": "a", "max_cpu_percent": float("nan")},
            "not nan",
            id="not a number",
        ),
        pytest.param(
            {"process_name": "a", "min_count": 3, "max_count": 2},
            "less than",
            id="min > max",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused_in_words(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Options(**options)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (Options(process_name="nginx"), "name nginx"),
        (Options(pid_file="/run/x.pid"), "pid file /run/x.pid"),
        (Options(cmdline="bot.py\n"), "cmdline bot.py"),
    ],
)
def test_the_target_says_which_processes_are_meant(
    options: Options, shown: str
) -> None:
    assert shown_target(options) == shown


def test_no_option_has_the_name_of_a_platforms_own_key() -> None:
    """A [[platform]] table is one: `name` there is the platform's."""
    own = {"name", "probe", "group", "interval", "timeout", "retry", "breaker"}
    assert own.isdisjoint(one.name for one in fields(Options))
