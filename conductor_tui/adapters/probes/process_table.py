"""The processes of this machine, through psutil. Everything here blocks.

Names are read for the whole table (45 us each), at most once a second for all the
probes; command lines likewise; the rest only of the processes that are meant.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import psutil

_FRESH_S = 1.0
_PID_FILE_LIMIT = 100
_GONE = frozenset({psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which processes are meant; exactly one is not empty."""

    name: str = ""
    pid_file: str = ""
    cmdline: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One running process. `identity` is not used again when its pid is."""

    identity: tuple[int, float]
    rss_bytes: int
    cpu_s: float


class Table:
    """One text per process, read again when it is older than `fresh_s`."""

    def __init__(
        self,
        text_of: Callable[[psutil.Process], str],
        *,
        fresh_s: float = _FRESH_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._text_of = text_of
        self._fresh_s = fresh_s
        self._now = now
        self._lock = Lock()
        self._read_at = float("-inf")
        self._rows: tuple[tuple[psutil.Process, str], ...] = ()

    def rows(self) -> tuple[tuple[psutil.Process, str], ...]:
        with self._lock:  # the others wait here, and find it read
            if self._now() - self._read_at >= self._fresh_s:
                began = self._now()
                self._rows = tuple(self._read())
                self._read_at = began
            return self._rows

    def _read(self) -> Iterable[tuple[psutil.Process, str]]:
        for process in psutil.process_iter():
            try:
                yield process, self._text_of(process)
            except psutil.Error:  # it ended, or is none of our business
                continue


def measure(wanted: Wanted) -> tuple[Measured, ...]:
    """Return the running processes that are meant, zombies left out.

    Raises OSError or ValueError, in words, for a pid file that cannot be used, and
    where the rights to look at a process are missing.
    """
    try:
        found = [_measured(process) for process in _processes(wanted)]
    except psutil.AccessDenied as error:
        raise PermissionError(
            f"may not look at process {error.pid}: run as its user, or as root"
        ) from error
    except psutil.Error as error:
        raise OSError(f"cannot read the process table: {error}") from error
    return tuple(one for one in found if one is not None)


def sees_others(first: Path = Path("/proc/1")) -> bool:
    """False where /proc shows each user no processes but their own (hidepid)."""
    return not sys.platform.startswith("linux") or first.exists()


def read_pid_file(path: str) -> int:
    """Return the pid in the first line. Raises OSError or ValueError in words."""
    try:
        with Path(path).open("rb") as file:
            line = file.read(_PID_FILE_LIMIT).partition(b"\n")[0].strip()
    except FileNotFoundError as error:
        raise FileNotFoundError(f"there is no pid file {path!r}") from error
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise OSError(f"cannot read pid file {path!r}: {why}") from error
    if not line.isdigit() or int(line) < 1:
        text = line.decode(errors="replace")
        raise ValueError(f"pid file {path!r} does not begin with a pid: {text!r}")
    return int(line)


def _processes(wanted: Wanted) -> Iterable[psutil.Process]:
    if wanted.pid_file:
        try:
            return [psutil.Process(read_pid_file(wanted.pid_file))]
        except psutil.NoSuchProcess:
            return []
    if wanted.name:
        return [one for one, name in _names.rows() if name == wanted.name]
    me = os.getpid()  # our own command line may well name what we are to watch
    rows = _cmdlines.rows()
    return [one for one, line in rows if wanted.cmdline in line and one.pid != me]


def _measured(process: psutil.Process) -> Measured | None:
    """Return None for a zombie, or a process that has ended since it was listed."""
    try:
        with process.oneshot():
            if process.status() in _GONE:
                return None
            cpu = process.cpu_times()
            return Measured(
                identity=(process.pid, process.create_time()),
                rss_bytes=process.memory_info().rss,
                cpu_s=cpu.user + cpu.system,
            )
    except psutil.NoSuchProcess:
        return None


def _cmdline(process: psutil.Process) -> str:
    return " ".join(process.cmdline())


_names = Table(psutil.Process.name)
_cmdlines = Table(_cmdline)
