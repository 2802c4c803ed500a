"""What became of this process since the last look, when a thread of it was late."""

import os
import time
from dataclasses import dataclass

from conductor_tui.domain.duration import format_duration

LATE_S = 0.2
_BUSY_S, _BUSY_SHARE = 0.05, 0.02
_HELD = "a call held Python's interpreter"
_READ_EVERY = 4
_ASLEEP_S = 1.0  # less is the clocks' own difference


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` in words, "" when nothing was odd, or when a call of ours may be to blame:
    `else_why` is for when none was seen. `asleep_s` is how long the host was suspended.
    """

    why: str = ""
    else_why: str = ""
    asleep_s: float = 0.0


_NOTHING_ODD = Verdict()


class Meanwhile:
    """Compares the clocks of one look with those of the last. For one thread, but
    for `asleep_s`.
    """

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._cpu_s = time.process_time()
        self._awake_since = _sleep_total_s()
        self._queued_s, self._looks = _queued_s(), 0

    def asleep_s(self) -> float:
        """Return how long the host was suspended since the last look. Any thread."""
        asleep_s = _sleep_total_s() - self._awake_since
        return asleep_s if asleep_s >= _ASLEEP_S else 0.0

    def look(self, *, expected_s: float) -> Verdict:
        """Return what went on since the last look, which was to be `expected_s` ago."""
        now, cpu_s = time.monotonic(), time.process_time()
        gap_s, asleep_s = now - self._at, self.asleep_s()
        busy_s, waited_s = cpu_s - self._cpu_s, self._waited_s(gap_s)
        self._at, self._cpu_s = now, cpu_s
        if asleep_s:
            self._awake_since += asleep_s
            why = f"the host was suspended for {format_duration(round(asleep_s))}"
            return Verdict(why=why, asleep_s=asleep_s)
        if gap_s < expected_s + LATE_S:
            return _NOTHING_ODD
        return _verdict(gap_s, busy_s, waited_s)

    def _waited_s(self, gap_s: float) -> float:
        """Return how long this thread waited for a CPU since it was last read: now
        and then, because reading a file lets go of the interpreter.
        """
        self._looks += 1
        if gap_s < LATE_S and self._looks % _READ_EVERY:
            return 0.0
        before, self._queued_s = self._queued_s, _queued_s()
        return self._queued_s - before


def _verdict(gap_s: float, busy_s: float, waited_s: float) -> Verdict:
    """Return what a gap was, in which the process used `busy_s` of CPU and its thread
    waited `waited_s` for one.

    A share of a CPU is enough for a call to be suspected: other processes may have
    had the rest. Waiting proves nothing then: a thread that waits for the interpreter
    looks for it every 5 ms, and waits for a CPU each time.
    """
    words = format_duration(round(gap_s, 1 if gap_s < 10 else 0))
    hungry = f"this process waited {words} for a CPU: the machine was too busy"
    is_hungry = waited_s > gap_s / 2
    if busy_s > _BUSY_S + _BUSY_SHARE * gap_s:
        return Verdict(else_why=hungry if is_hungry else _HELD)
    return Verdict(why=hungry if is_hungry else f"this process was stopped for {words}")


def _sleep_total_s() -> float:
    """Return how long the host has slept since it was booted, as the clocks have it."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


def _queued_s() -> float:
    """Return how long this thread has waited for a CPU; 0 where it is not counted.

    Source: Documentation/scheduler/sched-stats.rst, second field, nanoseconds.
    """
    try:
        file = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0.0
    try:
        return int(os.read(file, 100).split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
    finally:
        os.close(file)
