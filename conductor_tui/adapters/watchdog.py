"""Sees from a thread of its own when the engine's loop stands still, and why.

Theory. The loop runs a tick every TICK_S; the thread looks whether it came. When it did
not, the loop's thread is inside a call: the thread reads which, again and again, and
what it saw most often is to blame. When the thread itself was late, the
whole process stood still. A C call that holds the interpreter burns CPU meanwhile, and
when it ends its thread must let go of the interpreter right there: we are next, and
see it. A machine that is too busy lets us wait for a CPU, which Linux counts. Where
neither is so we were stopped. The host's sleep is what CLOCK_BOOTTIME has more than
CLOCK_MONOTONIC.

`faulthandler.dump_traceback_later` would name a C call while it lasts, when nobody can
read it; and it walks frames without the interpreter's lock, which may crash a process
that goes on after a stop. It is not used.
"""

import asyncio
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import CodeType

from conductor_tui.adapters.meanwhile import Meanwhile, Verdict
from conductor_tui.adapters.stacks import Place, codes_above, place_of
from conductor_tui.domain.own import Stall

TICK_S = 0.1  # each wakes the process: more often would cost a small host more
LATE_S = 0.03  # a tick this late stood still: below is the noise of a busy machine
TOLD_S = 0.25  # a stall this long is worth a person's while

_TOO_BUSY = "the machine was too busy to run it"


@dataclass(frozen=True, slots=True)
class _Pause:
    """The loop ran nothing from `began`, when a tick was due, to `ended`."""

    began: float
    ended: float


@dataclass(slots=True)
class _Sightings:
    """What a stall that goes on since `began` was seen to be busy with."""

    began: float
    at: datetime
    why: str = ""
    places: dict[tuple[str, str, str], Place] = field(default_factory=dict)
    seen: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, place: Place) -> None:
        key = (place.task, place.file, place.function)
        self.places[key] = place
        self.seen[key] += 1

    def stall(self, lasted_s: float) -> Stall:
        if not self.seen:
            why = self.why or _TOO_BUSY
            return Stall(at=self.at, lasted_s=lasted_s, why=why)
        [(key, times)] = self.seen.most_common(1)
        place = self.places[key]
        if len(self.seen) > 2 and times * 2 < self.seen.total():
            example = f"{place.task}: {place.where}" if place.task else place.where
            why = f"many calls without a break, such as {example}"
            return Stall(at=self.at, lasted_s=lasted_s, why=why)
        return Stall(
            at=self.at,
            lasted_s=lasted_s,
            task=place.task,
            where=place.where,
            why=self.why,
        )


class LoopWatchdog:
    """Satisfies ports.Watchdog. For one loop, once."""

    def __init__(self) -> None:
        self._lags: deque[float] = deque(maxlen=256)
        self._pauses: deque[_Pause] = deque(maxlen=64)
        self._sleeps: deque[tuple[float, float]] = deque(maxlen=16)
        self._current: Stall | None = None
        self._sightings: _Sightings | None = None
        self._idle: frozenset[CodeType] | None = None
        self._due = 0.0
        self._told_until = 0.0
        self._timer: asyncio.Handle | None = None
        self._thread: threading.Thread | None = None
        self._going = threading.Lock()  # held until `close`: cheaper than an Event
        self._going.acquire()
        self._meanwhile = Meanwhile()

    # On the loop

    def watch(self, told: Callable[[Stall], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._told, self._loop_thread = told, threading.get_ident()
        self._due = self._told_until = time.monotonic()
        self._timer = self._loop.call_soon(self._tick)
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        self._thread.start()

    def stalled_s(self, since: float) -> float:
        """See ports.Watchdog. The tick that ends a stall may be about to run only."""
        now = time.monotonic()
        pauses = [*self._pauses, _Pause(self._due, now)]
        stood = (p.ended - max(p.began, since) for p in pauses if p.ended > since)
        stalled_s = sum(long for long in stood if long >= LATE_S)
        # a copy: the thread may add to them at any moment
        slept_s = sum(long for ended, long in tuple(self._sleeps) if ended >= since)
        return stalled_s + slept_s + self._meanwhile.asleep_s()

    def take_lags(self) -> tuple[float, ...]:
        lags = tuple(self._lags)
        self._lags.clear()
        return lags

    def close(self) -> None:
        if self._going.locked():
            self._going.release()
        if self._timer is not None:
            self._timer.cancel()
        if self._thread is not None:
            self._thread.join(1.0)
        self._current = None

    def _tick(self) -> None:
        now = time.monotonic()
        if self._idle is None:  # what called us is the loop
            self._idle = codes_above(sys._getframe(1)) | {sys._getframe().f_code}
        else:
            self._lags.append(max(0.0, now - self._due))
        if now - self._due >= LATE_S:
            self._pauses.append(_Pause(self._due, now))
        self._due = now + TICK_S
        self._timer = self._loop.call_later(TICK_S, self._tick)

    # In the thread

    @property
    def current(self) -> Stall | None:
        return self._current

    def _run(self) -> None:
        """Look when the tick to come would be TOLD_S late; in a stall again and again.
        A thread that wakes up rarely costs a quiet host next to nothing.
        """
        wait_s = TICK_S
        while not self._going.acquire(timeout=wait_s):
            self._look(wait_s)
            wait_s = max(TICK_S, self._due + TOLD_S - time.monotonic())

    def _look(self, waited_s: float) -> None:
        # First where the loop stands: a system call would let it go on from there.
        began, glance = time.monotonic(), self._glance()
        verdict = self._meanwhile.look(expected_s=waited_s)
        glance = glance or self._glance()
        if verdict.asleep_s:
            self._sleeps.append((began, verdict.asleep_s))
            self._tell(_stall_before(verdict.asleep_s, verdict.why))
        if glance is not None:
            self._note(*glance, verdict)
        for pause in tuple(self._pauses):
            if pause.began > self._told_until and pause.ended < began:
                self._told_until = pause.began
                self._end(pause, verdict)

    def _glance(self) -> tuple[_Pause, Place | None] | None:
        """Return the stall so far and what the loop is busy with; None: it runs."""
        due, now = self._due, time.monotonic()
        if now - due < TOLD_S:
            return None
        idle = self._idle or frozenset()
        return _Pause(due, now), place_of(self._loop, self._loop_thread, idle)

    def _note(self, so_far: _Pause, place: Place | None, verdict: Verdict) -> None:
        """Note what the loop was busy with at this moment."""
        lasted_s = so_far.ended - so_far.began
        sightings = self._sightings
        if sightings is None or sightings.began != so_far.began:
            at = datetime.now(UTC) - timedelta(seconds=lasted_s)
            sightings = self._sightings = _Sightings(so_far.began, at)
        sightings.why = sightings.why or verdict.why
        if place is not None and not verdict.why:
            sightings.add(place)
        if not (place and place.file):  # we came too late to see where
            sightings.why = sightings.why or verdict.else_why
        self._current = sightings.stall(lasted_s)

    def _end(self, pause: _Pause, verdict: Verdict) -> None:
        sightings, lasted_s = self._sightings, pause.ended - pause.began
        self._current = None
        if lasted_s < TOLD_S:
            return
        if sightings is None or sightings.began != pause.began:
            why = verdict.why or verdict.else_why or _TOO_BUSY
            self._tell(_stall_before(lasted_s, why))
        else:
            self._tell(sightings.stall(lasted_s))

    def _tell(self, stall: Stall) -> None:
        with suppress(RuntimeError):  # the loop was closed meanwhile
            self._loop.call_soon_threadsafe(self._told, stall)


def _stall_before(lasted_s: float, why: str) -> Stall:
    at = datetime.now(UTC) - timedelta(seconds=lasted_s)
    return Stall(at=at, lasted_s=lasted_s, why=why)
