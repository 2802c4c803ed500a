"""The log channel: one JSON line per notice, in a file or to the system's log."""

import asyncio
import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from conductor_tui.adapters.channels.document import document, json_line
from conductor_tui.adapters.channels.syslog import SyslogChannel
from conductor_tui.domain.alert import Notice
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.errors import DeliveryFailed
from conductor_tui.domain.text import one_line, visible
from conductor_tui.ports import Channel

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
_LONGEST_PATH = 4000
_WORDS = {
    errno.ENOENT: "its folder is not there: make it",
    errno.ENOTDIR: "its folder is not one",
    errno.EACCES: "not allowed: it must be writable for the user that runs this",
    errno.EISDIR: "it is a folder: name a file in it",
    errno.ENXIO: "it is a pipe that nobody reads: name a file",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota is used up",
    errno.EROFS: "the file system is read-only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`path` is a file, made with mode 0600 where it is not there; empty: the lines
    go to the system's log, at the unix `socket`.
    """

    path: str = ""
    socket: str = "/dev/log"

    def __post_init__(self) -> None:
        for key, value in (("path", self.path), ("socket", self.socket)):
            shown = visible(value)
            if value and not value.startswith("/"):
                raise ValueError(f"{key} must begin with /, unlike {shown!r}")
            if "\0" in value or len(value) > _LONGEST_PATH:
                raise ValueError(f"{key} is no path: {shown!r}")
        if not self.path and not self.socket:
            raise ValueError('path is missing: write one, such as "/var/log/alerts"')


class FileChannel:
    """Satisfies ports.Channel. The file is opened for each notice: notices are rare,
    and one that was rotated away, truncated or lost its disk needs no further care.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    async def deliver(self, notice: Notice) -> None:
        line = f"{json_line(document(notice))}\n".encode(errors="backslashreplace")
        try:
            await asyncio.to_thread(append, self._path, line)
        except OSError as error:
            why = _WORDS.get(error.errno or 0) or (error.strerror or str(error)).lower()
            shown = visible(self._path)
            raise DeliveryFailed(one_line(f"cannot write {shown}: {why}")) from error

    async def close(self) -> None:
        """There is nothing to let go of: the file is closed after each line."""


def append(path: str, line: bytes) -> None:
    """Append a line and bring it to the disk. Blocks. Raises OSError.

    Where an earlier line was cut off (a full disk), this one begins below it.
    """
    file = os.open(path, _FLAGS, 0o600)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file: name one")
        if found.st_size and os.pread(file, 1, found.st_size - 1) != b"\n":
            line = b"\n" + line
        while line:
            line = line[os.write(file, line) :]
        os.fsync(file)
    finally:
        os.close(file)


def open_channel(
    settings: ChannelSettings, attend: Callable[[AttentionCalled], object]
) -> Channel:
    options = cast(Options, settings.options)
    if options.path:
        return FileChannel(options.path)
    return SyslogChannel(options.socket)


def shown_target(options: Options) -> str:
    return visible(options.path or f"syslog at {options.socket}")
