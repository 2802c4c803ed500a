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
MOST_MISSED = 3  # steps: after a longer gap, such as a suspended host, it begins anew


class ModelName(StrEnum):
    ENSEMBLE = "ensemble"  # the median of the 3 recently best of 8
    LAST = "last"
    HOLT = "holt"
    AR = "ar"  # mean-reverting
    SKLEARN = "sklearn"  # least squares on CPU, RAM and disk; needs the extra [ml]


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
        """Return in how many seconds `limit` is reached, by the steady growth of now or
        by the upper edge of the 80 % band; 0: it is; None: nothing says that it will
        be within `within_s`.
        """
        if self.now >= limit:
            return 0.0
        found = [one.in_s for one in self.ahead if (one.high or one.value) >= limit]
        if self.trend > 0:
            found.append((limit - self.now) / self.trend)
        soonest = min(found, default=math.inf)
        return soonest if soonest <= within_s and math.isfinite(soonest) else None


class Forecaster:
    """Forecasts one series whose values lie between `least` and `most`. Not shared
    between threads. A step takes less than 100 us.
    """

    def __init__(
        self,
        name: ModelName = ModelName.ENSEMBLE,
        *,
        make: MakeModel | None = None,
        least: float = -math.inf,
        most: float = math.inf,
        step_s: float = STEP_S,
        horizons: Sequence[int] = HORIZONS,
    ) -> None:
        """`make` builds the model where MODELS has none of that name."""
        self.name = name
        self._make = make or MODELS[name]
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
        self._recent: deque[float] = deque(maxlen=_RISING)
        self._value = 0.0

    def observe(self, at: float, value: float) -> None:
        """Take the value of the step that ends at `at` (seconds, of a clock that is not
        set). What is no number is left out.
        """
        if not math.isfinite(value):
            return
        gap_s = 0.0 if self._at is None else at - self._at
        if gap_s < 0 or gap_s > MOST_MISSED * self._step_s:
            self._begin()
        self._at, self._value = at, value
        for steps, waiting in self._waiting.items():
            if len(waiting) >= steps:
                self._residuals[steps].add(value - waiting.popleft())
        self._model.update(value)
        self._recent.append(value)
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
            trend=rise(self._recent) / self._step_s,
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


def rise(values: Sequence[float]) -> float:
    """Return the growth per step of values that rise along a straight line; 0 for any
    others, and for fewer than six.
    """
    count = len(values)
    if count < _RISING // 2:
        return 0.0
    middle, mean = (count - 1) / 2, sum(values) / count
    spread = count * (count * count - 1) / 12
    slope = sum((x - middle) * y for x, y in enumerate(values)) / spread
    variance = sum((y - mean) ** 2 for y in values)
    if slope <= _LEAST_RISE or slope * slope * spread < _STEADY * variance:
        return 0.0
    return slope
