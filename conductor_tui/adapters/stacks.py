"""Where a thread stands, as seen from another: which call, in words."""

import asyncio
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import PurePath
from types import CodeType, FrameType

from conductor_tui.domain.text import one_line

_STDLIB = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib")})
_INSTALLED = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class Place:
    """What a loop is busy with: the task's name ("" in a plain callback), and the
    innermost call that is not Python's own; without one, `file` is empty.
    """

    task: str
    file: str
    function: str
    line: int

    @property
    def where(self) -> str:
        if not self.file:
            return ""
        name = PurePath(self.file).name
        return one_line(f"{name}:{self.line} in {self.function}", 120)


def codes_above(frame: FrameType | None) -> frozenset[CodeType]:
    """Return the code of `frame` and of all that called it."""
    codes = set()
    while frame is not None:
        codes.add(frame.f_code)
        frame = frame.f_back
    return frozenset(codes)


def place_of(
    loop: asyncio.AbstractEventLoop, thread_id: int, idle: frozenset[CodeType]
) -> Place | None:
    """Return what the loop in `thread_id` is busy with; None when it is with nothing.

    `idle` is the code of the loop itself, below every callback of it. From any thread.
    """
    frame: FrameType | None = sys._current_frames().get(thread_id)
    is_busy = False
    while frame is not None and frame.f_code not in idle:
        is_busy, code = True, frame.f_code
        if not _is_pythons_own(code.co_filename):
            name, line = code.co_name, frame.f_lineno or 0
            return Place(_task_name(loop), code.co_filename, name, line)
        frame = frame.f_back
    return Place(_task_name(loop), "", "", 0) if is_busy else None


def _task_name(loop: asyncio.AbstractEventLoop) -> str:
    task = asyncio.current_task(loop)
    return "" if task is None else one_line(task.get_name(), 80)


def _is_pythons_own(file: str) -> bool:
    if file.startswith("<frozen"):
        return True
    return file.startswith(_STDLIB) and not any(part in file for part in _INSTALLED)
