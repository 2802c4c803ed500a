"""Time without our own stalls: what silence is counted in.

Theory: monotonic time minus all the seconds for which we stood still. A look finds what
came since the look before it; they come about once a second, so that the watchdog, who
forgets old pauses, is asked about the newest only. A stall that the watchdog
did not see shows in a look that comes late. A suspend stops the monotonic clock itself:
no more is subtracted than passed.
"""

import math

from conductor_tui.ports import Clock, Watchdog

LOOK_S = 1.0
STOOD_STILL_S = 0.25  # less is the noise of a busy machine: the grace has room for it


class AwakeTime:
    """`stood_s` is what has been subtracted until now."""

    def __init__(self, clock: Clock, watchdog: Watchdog) -> None:
        self._clock, self._watchdog = clock, watchdog
        self.stood_s = 0.0
        self._looked = clock.monotonic()
        self._due = math.inf

    def now(self) -> float:
        return self._clock.monotonic() - self.stood_s

    async def wait(self) -> None:
        """Sleep until the next look is due; one that comes late was stalled."""
        self._due = self._clock.monotonic() + LOOK_S
        await self._clock.sleep(LOOK_S)

    def rest(self) -> None:
        """Expect no look: for a while there is nobody whose silence counts."""
        self._due = math.inf

    def look(self) -> float:
        """Subtract what we stood still since the last look; return it, in seconds."""
        now = self._clock.monotonic()
        passed_s, late_s = now - self._looked, now - self._due
        stood_s = min(self._watchdog.stalled_s(self._looked), passed_s)
        if stood_s < STOOD_STILL_S:
            stood_s = passed_s if late_s >= STOOD_STILL_S else 0.0
        self._looked, self._due = now, max(self._due, now)
        self.stood_s += stood_s
        return stood_s
