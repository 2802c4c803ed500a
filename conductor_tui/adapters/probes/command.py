"""The command probe: a program that speaks by its exit code, as Nagios plug-ins do."""

import errno
import os
import re
import shlex
import signal
from dataclasses import dataclass
from pathlib import Path

from conductor_tui.adapters.probes.child import Child, Ended
from conductor_tui.adapters.probes.perfdata import split_output
from conductor_tui.adapters.probes.shortage import local_finding
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line, visible
from conductor_tui.ports import Probe

_SHOWN_TARGET = 60
_WARNING = re.compile(r"\bWARN(ING)?\b")
_WORDS = {1: "warning", 2: "critical", 3: "unknown"}


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
                '["/usr/lib/nagios/plugins/check_load", "-w", "4"]'
            )
        for word in (*self.command, self.directory):
            if "\0" in word:
                raise ValueError(f"command cannot contain a zero byte: {word!r}")


class CommandProbe:
    """Runs the command once per call. Satisfies ports.Probe."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._child = Child(
            options.command,
            directory=options.directory or None,
            env=os.environ | {"LC_ALL": "C.UTF-8"},  # one language, one decimal point
        )

    async def __call__(self) -> Finding:
        try:
            return judge(await self._child.run())
        except ChildProcessError as error:
            return Finding(Outcome.FAILED, f"{error} (a dead mount?)")
        except OSError as error:
            return local_finding(error, _cannot_run(self._options, error))

    def close(self) -> None:
        """There is nothing to let go of: a run ends with its call."""


def judge(ended: Ended) -> Finding:
    """Say what exit code and output mean: 0 passed, anything else failed.

    Nagios plug-ins exit with 1 for a WARNING and say that word, which is a pass that
    needs a look; any other program that exits with 1 failed.
    """
    text, measures = split_output(ended.out.decode(errors="replace"))
    if not text and ended.code != 0:
        text, _ = split_output(ended.err.decode(errors="replace"))
    perfdata = ", ".join(str(measure) for measure in measures)
    said = f"{text} ({perfdata})" if text and perfdata else text or perfdata
    if ended.code == 0:
        return Finding(Outcome.PASSED, one_line(said) or "exit code 0")
    words = _ended_words(ended.code)
    if ended.code == 1 and _WARNING.search(text):
        return Finding(Outcome.PASSED, one_line(f"{words}: {said}"), warns=True)
    return Finding(Outcome.FAILED, one_line(f"{words}: {said}" if said else words))


def open_probe(options: Options) -> Probe:
    return CommandProbe(options)


def shown_target(options: Options) -> str:
    return visible(shlex.join(options.command), _SHOWN_TARGET)


def _ended_words(code: int) -> str:
    if code in _WORDS:
        return _WORDS[code]
    if code > 0:
        return f"unknown (exit code {code})"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:  # a real-time signal
        return f"killed by signal {-code}"


def _cannot_run(options: Options, error: OSError) -> str:
    program, directory = options.command[0], options.directory
    if directory and not Path(directory).is_dir():
        return one_line(f"cannot run in {directory!r}: there is no such directory")
    match error.errno:
        case errno.ENOENT:
            why = "no such program (or its #! line names none)"
        case errno.EACCES:
            why = "not executable for this user"
        case errno.ENOEXEC:
            why = "neither a program nor a script with a #! line"
        case _:
            why = (error.strerror or str(error)).lower()
    return one_line(f"cannot run {program!r}: {why}")
