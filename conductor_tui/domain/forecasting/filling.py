"""When a disk is full, by its growth over hours and days.

Theil and Sen: the median of the slopes between its points, which one big file that
comes and goes does not turn. One that came and stayed is a step, no growth: that is
seen in both halves of what is known.
"""

from collections import deque
from itertools import combinations
from statistics import median

POINT_S = 600.0  # one point is kept for each ten minutes
KEPT = 1008  # of them: a week
_FROM = 18  # points: three hours say something of days
_LOOKED_AT = 48  # points, evenly spread: a thousand slopes
_LEAST_RISE = 0.5  # percent from the first third to the last: less is no growth
_IN_EACH_HALF = 0.25  # of the whole slope
_FARTHEST_S = 90 * 86_400.0
FULL = 100.0


class Filling:
    """Watches one mount. Not shared between threads."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def observe(self, at: float, percent: float) -> None:
        """Take how full it is (0 to 100) at `at` (seconds, of a clock that is not set);
        as often as wished.
        """
        points = self._points
        if points and at < points[-1][0]:
            points.clear()
        if not points or at - points[-1][0] >= POINT_S:
            points.append((at, percent))

    def full_in_s(self) -> float | None:
        """Return in how many seconds after its newest point it is full; None: it does
        not grow, that is too far away, or it was not watched for long enough.
        """
        if len(self._points) < _FROM:
            return None
        points = list(self._points)
        third = len(points) // 3
        first, last = points[:third], points[-third:]
        if median(p for _, p in last) - median(p for _, p in first) < _LEAST_RISE:
            return None
        every = max(1, len(points) // _LOOKED_AT)
        seen = points[::-1][::every]
        slope, middle = _slope(seen), len(seen) // 2
        halves = min(_slope(seen[:middle]), _slope(seen[middle:]))
        if slope <= 0 or halves < _IN_EACH_HALF * slope:
            return None
        left_s = (FULL - points[-1][1]) / slope
        return max(0.0, left_s) if left_s <= _FARTHEST_S else None


def _slope(points: list[tuple[float, float]]) -> float:
    """Return the growth per second of (seconds, percent), the newest first."""
    return median((b - a) / (s - t) for (s, b), (t, a) in combinations(points, 2))
