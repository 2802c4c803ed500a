"""A program on a pty, timed from outside: what it writes is noted with its moment."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_QUIET_S = 0.08  # a frame is over when nothing followed for so long
# What Textual asks of a terminal, and what a modern one answers.
_ANSWERS = ((b"\x1b[?2026$p", b"\x1b[?2026;2$y"), (b"\x1b[?2048$p", b"\x1b[?2048;0$y"))


class PtyRun:
    """Runs `argv` on a terminal of `size` (columns, rows) until the block ends."""

    def __init__(self, argv: Sequence[str], size: tuple[int, int]) -> None:
        self.written = bytearray()
        self._master, slave = pty.openpty()
        self._resize(size)
        environ = dict(os.environ, TERM="xterm-256color", LANG="C.UTF-8")
        environ.pop("TMUX", None)
        self.started = time.monotonic()
        self._program = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environ,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def __enter__(self) -> "PtyRun":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._master)
        with suppress(ProcessLookupError):
            self._program.send_signal(signal.SIGTERM)
        try:
            self._program.wait(10)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()

    @property
    def cpu_s(self) -> float:
        """What its process has used, by the clock of it that Linux keeps in ns."""
        return time.clock_gettime(~self._program.pid << 3 | 2)

    @property
    def rss_mib(self) -> float:
        pages = int(Path(f"/proc/{self._program.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def send(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def until(self, holds: Callable[[], bool], within_s: float) -> float | None:
        """Read until it holds; return the moment (monotonic), None if it never did."""
        end = time.monotonic() + within_s
        while not holds():
            if not self._read(end):
                return None
        return time.monotonic()

    def listen(self, seconds: float) -> int:
        """Read for so long, and return how many bytes came."""
        before, end = len(self.written), time.monotonic() + seconds
        while time.monotonic() < end:
            self._read(end)
        return len(self.written) - before

    def answer_s(self, keys: bytes) -> float | None:
        """Send keys; return seconds to the first byte after them, None: none in 2 s."""
        while self._read(time.monotonic() + 0.03):
            pass  # what was on its way is no answer
        before, asked = len(self.written), time.monotonic()
        self.send(keys)
        answered = self.until(lambda: len(self.written) > before, 2.0)
        return answered - asked if answered else None

    def repaint_s(self, size: tuple[int, int]) -> float | None:
        """Resize the terminal; return seconds to the last byte of what is then
        painted, None: nothing came in 2 s.
        """
        self._be_quiet()
        before, asked = len(self.written), time.monotonic()
        self._resize(size)
        painted = self.until(lambda: len(self.written) > before, 2.0)
        if painted is None:
            return None
        while self._read(time.monotonic() + _QUIET_S):
            painted = time.monotonic()
        return painted - asked

    def _resize(self, size: tuple[int, int]) -> None:
        where = struct.pack("HHHH", size[1], size[0], 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, where)

    def _be_quiet(self) -> None:
        """Wait until a frame is over: what is on its way is no answer."""
        while self._read(time.monotonic() + _QUIET_S):
            pass

    def _read(self, until: float) -> bool:
        """Take in what comes; False when nothing came until then."""
        left_s = max(0.0, until - time.monotonic())
        if not select.select([self._master], [], [], left_s)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # EIO: the program has ended
            return False
        self.written += data
        for asked, answer in _ANSWERS:
            if asked in data:
                os.write(self._master, answer)
        return bool(data)
