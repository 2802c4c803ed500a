"""The command that mends, with real programs."""

import asyncio
import sys
from pathlib import Path

import pytest

from conductor_tui.adapters.menders.command import Options
from conductor_tui.adapters.menders.kinds import open_mender
from conductor_tui.domain.alert import Subject, SubjectKind
from conductor_tui.domain.check import Finding, Outcome
from tests.adapters.probes.loops import until

DB = Subject(kind=SubjectKind.PLATFORM, name="db", group="core", tags=("a", "b"))
_TELL = """
import os
names = ("SUBJECT", "SUBJECT_KIND", "GROUP", "TAGS", "WHY")
print(*[os.environ[f"CONDUCTOR_{name}"] for name in names], sep="|")
"""


async def mend(*command: str, directory: str = "", why: str = "refused") -> Finding:
    options = Options(command=command, directory=directory)
    return await open_mender(options)(DB, why)


async def test_the_command_is_told_what_is_wrong() -> None:
    found = await mend(sys.executable, "-c", _TELL, why="no\0 answer")

    assert found == Finding(Outcome.PASSED, r"db|platform|core|a,b|no\x00 answer")


async def test_no_shell_reads_it() -> None:
    found = await mend("/bin/echo", "$HOME; $(id)")

    assert found.detail == "$HOME; $(id)"


async def test_an_exit_code_is_told_with_the_last_words() -> None:
    found = await mend("/bin/sh", "-c", "echo out; echo no such unit >&2; exit 3")

    assert found == Finding(Outcome.FAILED, "exit code 3: no such unit")


async def test_one_that_is_killed_has_failed() -> None:
    found = await mend("/bin/sh", "-c", "kill -9 $$")

    assert found == Finding(Outcome.FAILED, "killed by signal 9")


@pytest.mark.parametrize(
    ("directory", "words"),
    [
        pytest.param(
            "", "cannot run '/no/such': no such file or directory", id="program"
        ),
        pytest.param(
            "/nowhere", "cannot run in '/nowhere': there is no such directory", id="dir"
        ),
    ],
)
async def test_what_cannot_be_run_says_why(directory: str, words: str) -> None:
    assert await mend("/no/such", directory=directory) == Finding(Outcome.FAILED, words)


async def test_a_cancelled_one_leaves_no_process(tmp_path: Path) -> None:
    mark = tmp_path / "pids"
    line = f"sleep 600 & echo $! $$ > {mark}; wait"
    running = asyncio.create_task(mend("/bin/sh", "-c", line))
    await until(lambda: mark.exists() and len(mark.read_text().split()) == 2)
    pids = mark.read_text().split()

    running.cancel()
    await asyncio.wait([running])

    await until(lambda: not any(_is_alive(pid) for pid in pids))


def _is_alive(pid: str) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"  # a zombie waits for its parent
