"""The command probe: exit codes, output, perfdata, and that nothing is left behind."""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

import psutil
import pytest

from conductor_tui.adapters.probes.child import OUTPUT_LIMIT, Child, Ended
from conductor_tui.adapters.probes.command import (
    Options,
    judge,
    open_probe,
    shown_target,
)
from conductor_tui.adapters.probes.perfdata import Measure, parse_perfdata, split_output
from conductor_tui.domain.check import Finding, Outcome
from tests.adapters.probes.loops import FACTORIES, on_both_loops, open_files, until


async def run(*argv: str, directory: str = "") -> Finding:
    return await open_probe(Options(command=argv, directory=directory))()


async def shell(script: str, directory: str = "") -> Finding:
    return await run("/bin/sh", "-c", script, directory=directory)


def family() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@on_both_loops
@pytest.mark.parametrize(
    ("script", "outcome", "detail"),
    [
        pytest.param("echo OK; echo more", "passed", "OK", id="0, first line only"),
        pytest.param("exit 0", "passed", "exit code 0", id="0 and silent"),
        pytest.param("echo slow; exit 1", "failed", "warning: slow", id="1"),
        pytest.param("echo down; exit 2", "failed", "critical: down", id="2"),
        pytest.param("echo eh; exit 3", "failed", "unknown: eh", id="3"),
        pytest.param("exit 77", "failed", "unknown (exit code 77)", id="77"),
        pytest.param("echo why >&2; exit 2", "failed", "critical: why", id="stderr"),
        pytest.param("echo why >&2; echo A", "passed", "A", id="stdout before stderr"),
        pytest.param("kill -9 $$", "failed", "killed by SIGKILL", id="a signal"),
        pytest.param("cat; echo read", "passed", "read", id="stdin is empty"),
        pytest.param("echo $LC_ALL", "passed", "C.UTF-8", id="one language"),
        pytest.param(r"printf '\377\033[2J'", "passed", "�\\x1b[2J", id="no text"),
        pytest.param(
            "echo 'OK - fine|time=0.012s;1;2 size=42B'",
            "passed",
            "OK - fine (time 0.012 s, size 42 B)",
            id="perfdata",
        ),
    ],
)
async def test_exit_code_and_first_line_are_the_finding(
    script: str, outcome: str, detail: str
) -> None:
    assert await shell(script) == Finding(Outcome(outcome), detail)


@on_both_loops
async def test_a_plug_in_that_warns_passes_and_needs_a_look() -> None:
    found = await shell("echo 'DISK WARNING - 15% left|used=85%'; exit 1")
    words = "warning: DISK WARNING - 15% left (used 85%)"
    assert found == Finding(Outcome.PASSED, words, warns=True)


@on_both_loops
async def test_a_command_runs_where_it_is_told_to(tmp_path: Path) -> None:
    assert (await shell("pwd", directory=str(tmp_path))).detail == str(tmp_path)


@on_both_loops
async def test_a_command_that_cannot_run_is_told_in_words(tmp_path: Path) -> None:
    plain, text = tmp_path / "plain", tmp_path / "text"
    plain.write_text("#!/bin/sh\n")
    text.write_text("not a script")
    text.chmod(0o755)
    lost = str(tmp_path / "lost")
    assert "no such program" in (await run(lost)).detail
    assert "not executable" in (await run(str(plain))).detail
    assert "neither a program nor a script" in (await run(str(text))).detail
    assert "no such directory" in (await run("true", directory=lost)).detail
    assert (await run(lost)).outcome is Outcome.FAILED


@on_both_loops
async def test_output_beyond_the_bound_is_thrown_away_and_blocks_nobody() -> None:
    before = open_files()
    script = "print('x' * 5_000_000); import sys; sys.exit(1)"
    argv = (sys.executable, "-c", script)
    ended = await Child(argv, directory=None, env=os.environ).run()
    assert ended == Ended(1, b"x" * OUTPUT_LIMIT, b"")
    assert open_files() <= before


@on_both_loops
async def test_a_grandchild_that_holds_the_pipe_is_killed_and_not_waited_for() -> None:
    finding = await shell("sleep 600 & echo $!")
    grandchild = int(finding.detail)
    assert finding.outcome is Outcome.PASSED
    await until(lambda: not runs(grandchild))


@on_both_loops
async def test_a_grandchild_that_escaped_with_the_pipe_is_not_waited_for() -> None:
    finding = await shell("setsid sleep 600 & echo $!")
    escaped = int(finding.detail)
    assert finding.outcome is Outcome.PASSED
    if runs(escaped):  # it is killed where it had no time to call setsid
        os.kill(escaped, signal.SIGKILL)


@on_both_loops
async def test_fifty_cancelled_commands_leave_no_process_behind() -> None:
    before = open_files()
    script = "sleep 600 & trap '' TERM INT HUP; sleep 600 & wait"
    tasks = [asyncio.create_task(shell(script)) for _ in range(50)]
    await until(lambda: len(family()) == 150)
    left = family()
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    await until(lambda: not family())  # zombies are children too
    await until(lambda: not any(runs(process.pid) for process in left))
    assert open_files() <= before


@on_both_loops
async def test_a_command_cancelled_before_it_started_leaves_nothing() -> None:
    before = open_files()
    task = asyncio.create_task(shell("sleep 600"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not family()
    assert open_files() <= before


@on_both_loops
async def test_a_probe_runs_again_after_a_cancellation() -> None:
    probe = open_probe(Options(command=("/bin/sh", "-c", "echo $$; exec sleep 600")))
    for _ in range(3):
        task = asyncio.ensure_future(probe())
        await until(lambda: len(family()) == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    probe.close()
    await until(lambda: not family())


@on_both_loops
async def test_while_a_killed_run_does_not_die_no_other_is_started() -> None:
    stuck = threading.Event()
    runner = Child(("true",), directory=None, env={})
    runner._dying = threading.Thread(target=stuck.wait, daemon=True)
    runner._dying.start()
    with pytest.raises(ChildProcessError, match="killed and does not die"):
        await runner.run()
    stuck.set()
    runner._dying.join()
    assert (await runner.run()).code == 0


@on_both_loops
async def test_without_pidfds_an_exit_is_noticed_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("os.pidfd_open")
    assert await shell("echo still here; exit 1") == Finding(
        Outcome.FAILED, "warning: still here"
    )


@pytest.mark.parametrize("loop_name", FACTORIES)
def test_commands_run_on_a_loop_outside_the_main_thread(loop_name: str) -> None:
    findings: list[Finding] = []

    def engine() -> None:
        with asyncio.Runner(loop_factory=FACTORIES[loop_name]) as runner:
            findings.append(runner.run(shell("sleep 0; echo from a thread")))

    thread = threading.Thread(target=engine)
    thread.start()
    thread.join()
    assert findings == [Finding(Outcome.PASSED, "from a thread")]


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param("time=0.5s", (Measure("time", 0.5, "s"),), id="a unit"),
        pytest.param("load1=1;2;3;0;9", (Measure("load1", 1, ""),), id="limits"),
        pytest.param(
            "/=26% b=.5", (Measure("/", 26, "%"), Measure("b", 0.5, "")), id="2"
        ),
        pytest.param(
            "'C: it''s'=-1e3KB", (Measure("C: it's", -1000, "KB"),), id="quoted"
        ),
        pytest.param("a=U b=1c", (Measure("b", 1, "c"),), id="an unknown value"),
        pytest.param("a= =1 a b=x1 c=1,5", (), id="what is no measure"),
        pytest.param("'a=1 b=2", (Measure("b", 2, ""),), id="an open quote"),
    ],
)
def test_perfdata_becomes_label_value_unit(
    text: str, measures: tuple[Measure, ...]
) -> None:
    assert parse_perfdata(text) == measures


def test_perfdata_is_kept_apart_from_the_line_and_gathered_from_all_lines() -> None:
    output = "DISK OK | a=1\nlong text\nmore | b=2MB\nc=3\n"
    measures = (Measure("a", 1, ""), Measure("b", 2, "MB"), Measure("c", 3, ""))
    assert split_output(output) == ("DISK OK", measures)


def test_numbers_without_a_line_are_told_too() -> None:
    assert judge(Ended(0, b"|x=1%\n", b"")) == Finding(Outcome.PASSED, "x 1%")


def test_a_signal_without_a_name_is_told_by_number() -> None:
    assert judge(Ended(-40, b"", b"")).detail == "killed by signal 40"


def test_the_target_is_the_command_line_on_one_short_line() -> None:
    assert shown_target(Options(command=("a b", "c\n"))) == r"'a b' 'c\n'"
    assert len(shown_target(Options(command=("x" * 500,)))) == 60


@pytest.mark.parametrize("argv", [(), ("",), ("a\0b",)])
def test_a_command_that_can_never_run_is_refused(argv: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="command"):
        Options(command=argv)
