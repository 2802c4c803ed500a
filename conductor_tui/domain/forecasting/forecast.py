"""A series and what it will be: at some horizons, each with a band of its own."""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conductor_tui.domain.forecasting.ensemble import best_of_eight
from conductor_tui.domain.forecasting.models import Holt, Last, MeanReverting, Model
from conductor_tui.domain.forecasting.residuals import Residuals

STEP_S = 10.0
HORIZONS = (1, 3, 6, 12, 30)  # steps: 10 s to 5 minutes
LARGEST = 1e15  # beyond it is no figure: its square would not stay finite
MOST_MISSED = 3  # steps: after a longer gap, such as a suspended host, it begins anew


class ModelName(StrEnum):
    ENSEMBLE = "ensemble"  # the median of the 3 recently best of 8
    LAST = "last"
    HOLT = "holt"
    AR = "ar"  # mean-reverting


MakeModel = Callable[[Sequence[int]], Model]
MODELS: Mapping[ModelName, MakeModel] = {
    ModelName.ENSEMBLE: best_of_eight,
    ModelName.LAST: lambda _: Last(),
    ModelName.HOLT: lambda _: Holt(),
    ModelName.AR: MeanReverting,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What is predicted `in_s` seconds from the newest value. 80 of 100 values came
    between `low` and `high`, 95 of 100 between `lowest` and `highest`; all None until
    enough errors are known.
    """

    in_s: float
    value: float
    low: float | None = None
    high: float | None = None
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Of one series, from the moment of its newest value (Unix seconds), the nearest
    horizon first. `trend` is the steady growth per second of the newest values; 0
    where there is none.
    """

    model: ModelName
    at: float
    now: float
    ahead: tuple[Ahead, ...] = ()
    trend: float = 0.0

    def reaches_s(self, limit: float, within_s: float = math.inf) -> float | None:
        """Return in how many seconds the steady growth of now reaches `limit`; 0: it is
        there; None: not within `within_s`, or there is no such growth.
        """
        if self.now >= limit:
            return 0.0
        left_s = (limit - self.now) / self.trend if self.trend > 0 else math.inf
        return left_s if math.isfinite(left_s) and left_s <= within_s else None

    def may_reach_s(self, limit: float) -> float | None:
        """Return how soon the upper edge of the 80 % band is at `limit`; None: it is
        not, as far as it goes.
        """
        if self.now >= limit:
            return 0.0
        found = (
            one.in_s
            for one in self.ahead
            if (one.value if one.high is None else one.high) >= limit
        )
        return next(found, None)


class Forecaster:
    """Forecasts one series whose values lie between `least` and `most`. Not shared
    between threads. A step takes less than 100 us.
    """

    def __init__(
        self,
        name: ModelName = ModelName.ENSEMBLE,
        *,
        least: float = -math.inf,
        most: float = math.inf,
        step_s: float = STEP_S,
        horizons: Sequence[int] = HORIZONS,
    ) -> None:
        self.name = name
        self._make = MODELS[name]
        self._least, self._most = least, most
        self._step_s, self._horizons = step_s, tuple(horizons)
        self._residuals = {steps: Residuals() for steps in self._horizons}
        self._at: float | None = None
        self._begin()

    def _begin(self) -> None:
        """Forget the values; the errors are still those of this series."""
        self._model = self._make(self._horizons)
        self._waiting: dict[int, deque[float]]
        self._waiting = {steps: deque() for steps in self._horizons}
        self._recent: deque[tuple[float, float]] = deque(maxlen=_RISING)
        self._value = 0.0

    def observe(self, at: float, value: float) -> None:
        """Take the value of the step that ends at `at` (seconds, of a clock that is not
        set). What is no number, or none that can be (beyond LARGEST), is left out.
        """
        if not -LARGEST <= value <= LARGEST:
            return
        gap_s = 0.0 if self._at is None else at - self._at
        if gap_s < 0 or gap_s > MOST_MISSED * self._step_s:
            self._begin()
        self._at, self._value = at, value
        for steps, waiting in self._waiting.items():
            if len(waiting) >= steps:
                self._residuals[steps].add(value - waiting.popleft())
        self._model.update(value)
        self._recent.append((at, value))
        for steps, waiting in self._waiting.items():
            waiting.append(self._bounded(self._model.predict(steps)))

    def forecast(self) -> Forecast | None:
        """Return what is ahead; None before the first value."""
        if self._at is None:
            return None
        return Forecast(
            model=self.name,
            at=self._at,
            now=self._value,
            ahead=tuple(self._ahead(steps) for steps in self._horizons),
            trend=rise(self._recent),
        )

    def _ahead(self, steps: int) -> Ahead:
        value, residuals = self._waiting[steps][-1], self._residuals[steps]
        in_s = steps * self._step_s
        if not residuals.are_enough:
            return Ahead(in_s=in_s, value=value)
        (low, high), (lowest, highest) = residuals.band(0.80), residuals.band(0.95)
        return Ahead(
            in_s=in_s,
            value=value,
            low=self._bounded(value + low),
            high=self._bounded(value + high),
            lowest=self._bounded(value + lowest),
            highest=self._bounded(value + highest),
        )

    def _bounded(self, value: float) -> float:
        return min(self._most, max(self._least, value))


_RISING = 12  # steps: so long a growth must have been steady
_STEADY = 0.9  # share of the variance that a straight line explains
_LEAST_RISE = 1e-9


def rise(points: Sequence[tuple[float, float]]) -> float:
    """Return the growth per second of (seconds, value) that rise along a straight line;
    0 for any others, and for fewer than six.
    """
    count = len(points)
    if count < _RISING // 2:
        return 0.0
    middle = sum(at for at, _ in points) / count
    mean = sum(value for _, value in points) / count
    spread = sum((at - middle) ** 2 for at, _ in points)
    together = sum((at - middle) * (value - mean) for at, value in points)
    variance = sum((value - mean) ** 2 for _, value in points)
    if spread <= 0 or together <= _LEAST_RISE * spread:
        return 0.0
    explained = together * together / spread
    return together / spread if explained >= _STEADY * variance else 0.0
