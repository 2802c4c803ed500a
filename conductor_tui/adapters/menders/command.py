"""A command that should make a subject well again, run once per attempt.

It finds in its environment what it is about: CONDUCTOR_SUBJECT (its name),
CONDUCTOR_SUBJECT_KIND (platform or agent), CONDUCTOR_GROUP, CONDUCTOR_TAGS (by commas)
and CONDUCTOR_WHY (what was wrong). Exit code 0: done. What it leaves running in its
process group is killed with its end; a daemon must be started by whoever keeps it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from conductor_tui.adapters.probes.child import Child, Ended
from conductor_tui.adapters.probes.shortage import local_finding
from conductor_tui.domain.alert import Subject
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line, visible
from conductor_tui.ports import Mender

_LONGEST_VALUE = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`command` is a list: program, then arguments; no shell reads it. `directory`
    is where it runs; empty: where conductor-tui was started.
    """

    command: tuple[str, ...]
    directory: str = ""

    def __post_init__(self) -> None:
        if not self.command or not self.command[0]:
            raise ValueError(
                "command must name a program, as a list of words: "
                '["/usr/local/bin/mend", "redis"]'
            )
        if any("\0" in word for word in (*self.command, self.directory)):
            raise ValueError("command cannot contain a zero byte")


def words_of(options: Options) -> str:
    return visible(" ".join(options.command), 100)


class CommandMender:
    """Runs the command. Satisfies ports.Mender: cancelled, it kills the group."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._child = Child(
            options.command, directory=options.directory or None, env={}
        )

    async def __call__(self, subject: Subject, why: str) -> Finding:
        try:
            env = os.environ | variables(subject, why)
            return judge(await self._child.run(env=env))
        except OSError as error:
            return local_finding(error, _cannot_run(self._options, error))


def open_mender(action: object) -> Mender:
    return CommandMender(cast(Options, action))


def variables(subject: Subject, why: str) -> Mapping[str, str]:
    """Return what the command is told, no zero byte in it."""
    values = {
        "SUBJECT": subject.name,
        "SUBJECT_KIND": subject.kind,
        "GROUP": subject.group,
        "TAGS": ",".join(subject.tags),
        "WHY": why,
    }
    return {
        f"CONDUCTOR_{name}": visible(value, _LONGEST_VALUE)
        for name, value in values.items()
    }


def judge(ended: Ended) -> Finding:
    """Say how it ended, and its last words: on stdout, or of a failure on stderr."""
    if ended.code == 0:
        return Finding(Outcome.PASSED, one_line(_last_line(ended.out)))
    said = _last_line(ended.err) or _last_line(ended.out)
    code = f"exit code {ended.code}"
    if ended.code < 0:
        code = f"killed by signal {-ended.code}"
    return Finding(Outcome.FAILED, one_line(f"{code}: {said}" if said else code))


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").split("\n")
    return next((one.strip() for one in reversed(lines) if one.strip()), "")


def _cannot_run(options: Options, error: OSError) -> str:
    directory = options.directory
    if directory and not Path(directory).is_dir():
        return one_line(f"cannot run in {directory!r}: there is no such directory")
    why = (error.strerror or str(error)).lower()
    return one_line(f"cannot run {options.command[0]!r}: {why}")
