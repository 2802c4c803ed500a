"""Who but root could change what root is about to obey, in words.

A settings file names commands to run, a plug-in's file is code: to root both are what
another user must not be able to write.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from conductor_tui.domain.text import visible

ROOTS_OWN = "/etc/conductor-tui"  # a place that only root can write


def trust_problems(
    path: Path,
    file: str,
    status: os.stat_result,
    *,
    harm: str = "make root run any command",
    place: str = ROOTS_OWN,
) -> Iterator[str]:
    """Yield who but root could change what is at `path`, and so do `harm`.

    `file` is what the words begin with, `place` where it could be moved instead.
    """
    what = visible(str(path), 200)
    move = f"move it to a directory of root's own, such as {place}"
    if status.st_uid != 0:
        # somebody's home must stay theirs: there the file must move
        is_directory = stat.S_ISDIR(status.st_mode)
        way_out = move if is_directory else f"`chown root {_quoted(path)}`"
        yield (
            f"{file}: {what} belongs to user {status.st_uid}, who could {harm}: "
            f"{way_out}"
        )
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        # /tmp must stay as it is
        is_sticky = status.st_mode & stat.S_ISVTX
        way_out = move if is_sticky else f"`chmod go-w {_quoted(path)}`"
        yield (
            f"{file}: users other than root can write {what}, and so {harm}: {way_out}"
        )


def _quoted(path: Path) -> str:
    return visible(quote(str(path)), 200)
