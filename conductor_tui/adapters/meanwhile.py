"""What became of this process since the last look, when a thread of it was late."""

import os
import time
from dataclasses import dataclass

from conductor_tui.domain.duration import format_duration

LATE_S = 0.2
_READ_EVERY = 20
_ASLEEP_S = 1.0  # less is the clocks' own difference


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` in words, "" when nothing was odd, or when a call of ours is to blame;
    `asleep_s` is how long the host was suspended.
    """

    why: str = ""
    was_late: bool = False
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
            return Verdict(why, was_late=True, asleep_s=asleep_s)
        if gap_s < expected_s + LATE_S:
            return _NOTHING_ODD
        return Verdict(_why(gap_s, busy_s, waited_s), was_late=True)

    def _waited_s(self, gap_s: float) -> float:
        """Return how long this thread waited for a CPU since it was last read: now
        and then, because reading a file lets go of the interpreter.
        """
        self._looks += 1
        if gap_s < LATE_S and self._looks % _READ_EVERY:
            return 0.0
        before, self._queued_s = self._queued_s, _queued_s()
        return self._queued_s - before


def _why(gap_s: float, busy_s: float, waited_s: float) -> str:
    words = format_duration(round(gap_s, 1))
    if waited_s > gap_s / 2:
        return f"this process waited {words} for a CPU: the machine was too busy"
    if busy_s > gap_s / 2:
        return ""
    return f"this process was stopped for {words}"


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
