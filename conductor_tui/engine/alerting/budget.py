"""How often a recovery action may be tried: N times in a while, ever more slowly.

Counted on the monotonic clock. What was kept from before a restart has wall times:
it is put where its age says, and what seems to come from the future counts as of just
now. So a clock that was wrong neither frees a budget early nor locks it for ever.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from conductor_tui.domain.alert import RecoveryState, RecoveryView
from conductor_tui.domain.alert_settings import RecoverySettings

MOST_KEPT = 1000
_MOST_BACKOFF = 32  # a higher power waits for years, and overflows at last


class Budget:
    """The attempts made for one subject. Every `now` is monotonic seconds."""

    def __init__(self) -> None:
        self._starts: list[float] = []
        self._ended: float | None = None

    def restore(
        self, attempts: Iterable[RecoveryView], at: datetime, now: float
    ) -> None:
        """Count attempts of before, oldest first; `at` is the wall clock's `now`.
        Giving up is none. Only the newest are kept: how many there were says the last.
        """
        made = [one for one in attempts if one.state is not RecoveryState.GAVE_UP]
        if not made:
            return
        starts = sorted(now - _age_s(one.at, at) for one in made)
        missing = min(made[-1].number, MOST_KEPT) - len(starts)
        self._starts = [*starts[:1] * missing, *starts]
        self._ended = max(now - _age_s(one.ended_at or one.at, at) for one in made)

    def begin(self, now: float) -> None:
        self._starts = [*self._starts, now][-MOST_KEPT:]

    def end(self, now: float) -> None:
        self._ended = now

    def spent(self, settings: RecoverySettings, now: float) -> int:
        """Return how many attempts the window holds."""
        return len(self._starts) - bisect_right(self._starts, now - settings.within_s)

    def free_in_s(self, settings: RecoverySettings, now: float) -> float:
        """Return the seconds until the window has room for one more; 0.0: it has."""
        if self.spent(settings, now) < settings.budget:
            return 0.0
        return self._starts[-settings.budget] + settings.within_s - now

    def is_cooling(self, settings: RecoverySettings, now: float) -> bool:
        """True while the newest attempt ended too short a time ago for another."""
        spent = self.spent(settings, now)
        if not spent or self._ended is None:
            return False
        power = min(spent - 1, _MOST_BACKOFF)
        return now < self._ended + settings.cooldown_s * settings.backoff**power


def _age_s(at: datetime, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds())
