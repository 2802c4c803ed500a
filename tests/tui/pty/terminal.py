"""A terminal emulator around a program on a real pty: it reads, answers and waits."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType

import pyte

DEADLINE_S = 30.0
# What Textual asks of a terminal, and what a modern one answers.
_ANSWERS = ((b"\x1b[?2026$p", b"\x1b[?2026;2$y"), (b"\x1b[?2048$p", b"\x1b[?2048;0$y"))
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=?][0-9;]*u|\x1b\[\?[0-9;]*\$p")


class Terminal:
    """Runs `argv` in a session of its own, with this terminal as the controlling one.

    Nothing here sleeps: every wait ends when the program writes or ends, and fails
    with the screen as its message after DEADLINE_S.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        ignore: Sequence[int] = (),
        pass_fd: int | None = None,
    ) -> None:
        """`size` is columns, rows; `ignore` are signals the program is to ignore;
        `pass_fd` becomes the program's descriptor 3.
        """
        self.output = bytearray()
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(slave)

        def become_session() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if pass_fd is not None:
                os.dup2(pass_fd, 3)
            for number in ignore:
                signal.signal(number, signal.SIG_IGN)

        environ = {"TERM": "xterm-256color", "LANG": "C.UTF-8", **(env or {})}
        kept = ("PATH", "HOME", "PYTHONPATH", "XDG_RUNTIME_DIR", "XDG_STATE_HOME")
        self.program = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={k: os.environ[k] for k in kept if k in os.environ} | environ,
            preexec_fn=become_session,
            pass_fds=() if pass_fd is None else (3,),
        )
        self._slave = slave

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hang_up()
        if self.program.poll() is None:
            self.program.kill()
        self.program.wait()

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def modes(self) -> list[object]:
        """The line discipline as it is now, in the form of `before`."""
        return termios.tcgetattr(self._slave)

    def send(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)
        self._screen.resize(rows, columns)

    def hang_up(self) -> None:
        """Close the terminal, as a lost ssh connection does."""
        for fd in (self._slave, self._master):
            if fd >= 0:
                os.close(fd)
        self._slave = self._master = -1

    def until_shown(self, words: str) -> None:
        """Read until the screen shows `words`."""
        self.until(lambda: words in self.text, f"{words!r} on the screen")

    def until_written(self, output: bytes, start: int = 0) -> None:
        """Read until `output` came, as raw bytes, at or after `start`."""
        self.until(lambda: self.output.find(output, start) >= 0, repr(output))

    def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not holds():
            if not self._read(deadline):
                raise AssertionError(f"waited for {what}, but saw:\n{self.text}")

    def until_ended(self, *, stalled: bool = False) -> int:
        """Read to the end of the program and return its exit code. A `stalled`
        terminal takes nothing in before that.
        """
        deadline = time.monotonic() + DEADLINE_S
        watch = os.pidfd_open(self.program.pid)
        try:
            if stalled:
                select.select([watch], [], [], DEADLINE_S)
            while not select.select([watch], [], [], 0)[0]:
                if not self._read(deadline, watch):
                    raise AssertionError(f"it did not end:\n{self.text}")
        finally:
            os.close(watch)
        while self._master >= 0 and select.select([self._master], [], [], 0)[0]:
            if not self._read(deadline):
                break
        return self.program.wait()

    def _read(self, deadline: float, *also: int) -> bool:
        """Take in what the program wrote; False at the deadline or its end."""
        ours = [self._master] if self._master >= 0 else []
        left = max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([*ours, *also], [], [], left)
        if self._master not in ready:
            return bool(ready)
        data = b""
        with suppress(OSError):  # EIO: nobody holds the other side
            data = os.read(self._master, 65536)
        self.output += data
        for asked, answer in _ANSWERS:
            if asked in data:
                os.write(self._master, answer)
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))
        return bool(data)
