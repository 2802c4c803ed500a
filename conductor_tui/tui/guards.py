"""Leaving in good order, whatever ends us: a signal, a lost terminal, a stuck loop.

Textual restores the terminal only when its own loop ends the app. So every way out
is turned into that one: `leave(code)`, asked from a signal handler or a thread. A
timer stands behind it: when the loop does not get there in HARD_EXIT_S (a terminal
that takes no more output blocks it), the timer throws away what the terminal has not
taken, restores it and ends the process. A terminal that is gone is replaced by
/dev/null, so nothing blocks on it.
"""

import os
import select
import signal
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread
from threading import enumerate as enumerate_threads
from types import FrameType, TracebackType
from typing import Any, Protocol

HARD_EXIT_S = 2.0
TERMINAL_GONE = 128 + signal.SIGHUP
ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

# What Textual switched on, off: mouse, paste, focus, resize reports, kitty keys,
# alternate screen; line wrap and the cursor on.
RESTORE = (
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?2004l\x1b[?1004l"
    b"\x1b[?2048l\x1b[?2026l\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
)
_STANDARD = (0, 1, 2)
_STALL_TRIES, _STALL_WAIT_S = 200, 0.01
_WAKE = signal.SIGURG  # sent by nobody else; with a handler it interrupts a write


class Leave(Protocol):
    def __call__(self, code: int) -> None:
        """Ask the app to end with `code`. Must be safe in a signal handler."""


class Guards:
    """Watches over one run of an app. Use it as a context manager, in the main thread.

    Signals that were ignored before (nohup) stay ignored.
    """

    def __init__(self, leave: Leave, *, end: Callable[[int], None] = os._exit) -> None:
        self._leave = leave
        self._end = end
        self._over = Event()
        self._ending = Lock()
        self._before: dict[int, Any] = {}
        self._ttys = tuple(fd for fd in _STANDARD if _is_tty(fd))
        self._modes = _modes(self._ttys)
        self._wake = os.pipe()

    def __enter__(self) -> "Guards":
        for number in ENDINGS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._on_signal)
        self._before[_WAKE] = signal.signal(_WAKE, _only_wake)
        self._watch = Thread(target=self._watch_terminal, name="terminal-watch")
        self._watch.daemon = True
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._ending:  # a stall that the hard end has freed us from: it goes on
            self._over.set()
        self._sweep()
        os.write(self._wake[1], b".")
        self._watch.join()
        for fd in self._wake:
            os.close(fd)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _sweep(self) -> None:
        """Switch off what Textual leaves on: a mouse that is counted in pixels, and
        reports of size when the terminal offers them while we are going already.
        """
        for fd in self._ttys[-1:]:
            with suppress(OSError):
                os.write(fd, b"\x1b[?2048l\x1b[?1016l")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._depart(128 + number)

    def _depart(self, code: int) -> None:
        """Ask the loop to end the app, and do not trust it to."""
        self._leave(code)
        Thread(target=self._end_hard, args=(code,), daemon=True).start()

    def _end_hard(self, code: int) -> None:
        self._over.wait(HARD_EXIT_S)
        with self._ending:
            if not self._over.is_set():
                restore(self._ttys, self._modes)
                self._end(code)

    def _watch_terminal(self) -> None:
        """Wait for the hang-up; no SIGHUP tells of it under nohup."""
        waiting = select.poll()
        waiting.register(self._wake[0], select.POLLIN)
        for fd in self._ttys:
            waiting.register(fd, 0)  # POLLHUP is told without being asked for
        for fd, told in waiting.poll():
            if fd != self._wake[0] and told & (select.POLLHUP | select.POLLERR):
                let_go(self._ttys)
                self._depart(TERMINAL_GONE)
                return


def mind_continue(driver: object, repaint: Callable[[], object]) -> None:
    """Let a SIGCONT after a plain SIGSTOP (not after ctrl+z) only repaint.

    Textual's own handler takes every SIGCONT for the end of a suspend and starts a
    second thread that reads keys; the first one is then never joined, and the app
    cannot end. Call it once the driver runs, in the main thread.
    """
    resume = signal.getsignal(signal.SIGCONT)
    if not callable(resume):  # a driver without a terminal (tests) installs none
        return

    def on_continue(number: int, frame: FrameType | None) -> None:
        reader = getattr(driver, "_key_thread", None)
        if isinstance(reader, Thread) and reader.is_alive():
            repaint()
        else:
            resume(number, frame)

    signal.signal(signal.SIGCONT, on_continue)


def mind_resize(soon: Callable[..., object]) -> None:
    """Let a storm of SIGWINCH end with the size that the terminal has.

    Textual's handler reads the size and posts it; a next signal interrupts it between
    the two, so the older size is posted last and stays (measured: 1 storm in 4). Put
    off by `soon` to the event loop, the handlers run one after the other. Textual
    installs its handler at each start, so call this after a resume as well.
    """
    resized = signal.getsignal(signal.SIGWINCH)
    if callable(resized) and not isinstance(resized, _InTurn):
        signal.signal(signal.SIGWINCH, _InTurn(resized, soon))


@dataclass(frozen=True, slots=True)
class _InTurn:
    """A signal handler that has `handler` called by the loop."""

    handler: Callable[[int, FrameType | None], object]
    soon: Callable[..., object]

    def __call__(self, number: int, frame: FrameType | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nothing is drawn any more
            self.soon(self.handler, number, None)


def let_go(fds: tuple[int, ...]) -> None:
    """Put /dev/null in the place of a terminal that is gone.

    Reading it again and again would take a whole CPU, writing to it would fail, and
    a failed flush at the end would change our exit code.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in fds:
        os.dup2(nothing, fd)
    os.close(nothing)


def restore(fds: tuple[int, ...], modes: list[Any] | None) -> None:
    """Give the terminal back without Textual. The process ends behind this: what a
    thread still writes to the terminal goes nowhere.
    """
    for fd in fds[-1:]:
        with suppress(OSError, termios.error):
            if modes:
                termios.tcsetattr(fd, termios.TCSANOW, modes)
            termios.tcflow(fd, termios.TCOON)
            last_words = _reopen(fd)
            let_go((fd,))
            _write_past_stall(last_words, RESTORE)


def _only_wake(number: int, frame: FrameType | None) -> None:
    """A signal without a handler would not reach a thread that sleeps in a write."""


def _reopen(fd: int) -> int:
    """Open the terminal once more, for writes that do not block. The flag is not set
    on `fd` itself: the shell shares that one with us.
    """
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK
    with suppress(OSError):  # a container may not have it, or we may not open it
        return os.open(os.ttyname(fd), flags)
    return os.open("/dev/tty", flags)


def _write_past_stall(fd: int, data: bytes) -> None:
    """Write to a terminal that may be full: it drops frames that nobody has read.

    The write that filled it up still holds it, asleep in its thread: a flush does not
    wake that one, a signal does. A few turns, because it may have to be woken twice,
    and real pauses between them: a terminal that has room is still refused to us until
    that thread had its turn.
    """
    for _ in range(_STALL_TRIES):
        with suppress(BlockingIOError):
            if os.write(fd, data) == len(data):
                return
        termios.tcflush(fd, termios.TCOFLUSH)
        for thread in enumerate_threads():
            if thread.ident is not None:  # else it has not started yet
                with suppress(ProcessLookupError):
                    signal.pthread_kill(thread.ident, _WAKE)
        time.sleep(_STALL_WAIT_S)


def _modes(ttys: tuple[int, ...]) -> list[Any] | None:
    for fd in ttys:
        with suppress(termios.error):
            return termios.tcgetattr(fd)
    return None


def _is_tty(fd: int) -> bool:
    try:
        return os.isatty(fd)
    except OSError:
        return False
