"""Models that predict one series, one value at a time. Steps are those of the series.

Each forgets what it need not remember: an update takes about a microsecond. A linear
trend is not among them: beyond one step it loses to the last value (measured on 60
real traces; so does least squares on several series).
"""

from collections import deque
from collections.abc import Sequence
from typing import Protocol


class Model(Protocol):
    def update(self, value: float) -> None:
        """Take the next value."""

    def predict(self, steps: int) -> float:
        """Return the value so many steps (1 or more) after the newest one. Only after
        the first update.
        """


class Last:
    """What is, stays: what every other model is compared with."""

    def __init__(self) -> None:
        self._last = 0.0

    def update(self, value: float) -> None:
        self._last = value

    def predict(self, steps: int) -> float:
        return self._last


class Mean:
    """The mean of the newest `size` values."""

    def __init__(self, size: int = 50) -> None:
        self._values: deque[float] = deque(maxlen=size)

    def update(self, value: float) -> None:
        self._values.append(value)

    def predict(self, steps: int) -> float:
        return sum(self._values) / len(self._values)


class Smoothed:
    """Exponential smoothing (Brown 1959): `alpha` is the weight of the newest value."""

    def __init__(self, alpha: float = 0.3) -> None:
        self._alpha = alpha
        self._level: float | None = None

    def update(self, value: float) -> None:
        level = value if self._level is None else self._level
        self._level = level + self._alpha * (value - level)

    def predict(self, steps: int) -> float:
        return self._level or 0.0


class Holt:
    """Level and trend (Holt 1957); the trend is damped by `phi` a step (Gardner and
    McKenzie 1985), so that it does not run away.
    """

    def __init__(self, alpha: float = 0.5, beta: float = 0.1, phi: float = 0.9) -> None:
        self._alpha, self._beta, self._phi = alpha, beta, phi
        self._level: float | None = None
        self._trend = 0.0

    def update(self, value: float) -> None:
        before = self._level
        if before is None:
            self._level = value
            return
        trend = self._phi * self._trend
        self._level = before + trend + self._alpha * (value - before - trend)
        self._trend = trend + self._beta * (self._level - before - trend)

    def predict(self, steps: int) -> float:
        damped = self._phi * (1 - self._phi**steps) / (1 - self._phi)
        return (self._level or 0.0) + self._trend * damped


class MeanReverting:
    """A slow mean, and how much of today's distance from it is left after each of
    `horizons` steps: learned for each, between nothing and all.
    """

    def __init__(
        self, horizons: Sequence[int], mean_rate: float = 0.03, rate: float = 0.01
    ) -> None:
        self._mean_rate, self._rate = mean_rate, rate
        self._mean: float | None = None
        self._value = 0.0
        self._distances: deque[float] = deque(maxlen=max(horizons) + 1)
        self._sums = dict.fromkeys(horizons, (0.9, 1.0))

    def update(self, value: float) -> None:
        mean = value if self._mean is None else self._mean
        self._mean = mean = mean + self._mean_rate * (value - mean)
        self._value, distance = value, value - mean
        distances, rate = self._distances, self._rate
        distances.append(distance)
        for steps, (product, square) in self._sums.items():
            if len(distances) > steps:
                then = distances[-1 - steps]
                self._sums[steps] = (
                    product + rate * (then * distance - product),
                    square + rate * (then * then - square),
                )

    def predict(self, steps: int) -> float:
        """Only for one of its horizons. Raises KeyError."""
        product, square = self._sums[steps]
        left = 0.0 if square < 1e-12 else min(1.0, max(0.0, product / square))
        mean = self._mean or 0.0
        return mean + left * (self._value - mean)
