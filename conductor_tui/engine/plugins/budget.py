"""How often a plug-in may begin again, and how long it waits until then."""

from collections import deque

from conductor_tui.domain.plugin import PluginLimits

LONGEST_S = 30.0


class Budget:
    """The first restart is at once, the next ones after 1, 2, 4 ... seconds."""

    def __init__(self, limits: PluginLimits) -> None:
        self._limits = limits
        self._failed: deque[float] = deque()

    def failed(self, now: float) -> float | None:
        """Count a failure at `now` (monotonic seconds). Returns the seconds to wait
        until it may begin again; None: never by itself.
        """
        while self._failed and self._failed[0] <= now - self._limits.within_s:
            self._failed.popleft()
        self._failed.append(now)
        count = len(self._failed)
        if count > self._limits.restarts:
            return None
        return 0.0 if count == 1 else min(LONGEST_S, 2.0 ** (count - 2))
