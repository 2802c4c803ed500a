"""How large demand will be at most, until what is ordered now is there."""

from collections import deque

from conductor_tui.domain.forecasting.ensemble import median_of_five
from conductor_tui.domain.forecasting.residuals import KEPT, Residuals

SHARE = 0.80  # of the errors that the upper edge covers
_BEYOND = 1.25  # times the highest demand of late: beyond that an error says nothing


class Peak:
    """Forecasts the maximum of the next `lead` steps. Its errors are those of that same
    maximum: of an order that comes too late the worst moment counts.
    """

    def __init__(self, lead: int) -> None:
        self.lead = max(1, lead)
        self._horizons = tuple(sorted({max(1, self.lead // 2), self.lead}))
        self._residuals = Residuals()
        self._begin()

    def _begin(self) -> None:
        self._model = median_of_five(self._horizons)
        self._waiting: deque[float] = deque()
        self._newest: deque[float] = deque(maxlen=self.lead)
        self._seen: deque[float] = deque(maxlen=KEPT)

    def begin_anew(self) -> None:
        """After a gap: the values before it say nothing, the errors still do."""
        self._begin()

    def observe(self, demand: float) -> tuple[float, float]:
        """Take the newest demand (0 or more). Returns the predicted maximum, and what
        it stays below in SHARE of all cases; the two are one until enough errors are
        known. Neither is less than what is asked for now.
        """
        self._model.update(demand)
        self._newest.append(demand)
        self._seen.append(demand)
        if len(self._waiting) >= self.lead:
            self._residuals.add(max(self._newest) - self._waiting.popleft())
        predicted = max(0.0, self._model.predict(self.lead))
        self._waiting.append(predicted)
        upper = predicted
        if self._residuals.are_enough:
            upper += self._residuals.quantile(SHARE)
            upper = min(upper, _BEYOND * max(self._seen))
        return max(predicted, demand), max(upper, demand)
