"""Several models together: the median of those that were best of late."""

from collections import deque
from collections.abc import Sequence
from statistics import median

from conductor_tui.domain.forecasting.models import (
    Holt,
    Last,
    Mean,
    MeanReverting,
    Model,
    Smoothed,
)


class Ensemble:
    """The median of the `best` members with the smallest recent errors, for each of
    `horizons` apart. A Model, for those horizons.
    """

    def __init__(
        self,
        members: Sequence[Model],
        horizons: Sequence[int],
        best: int,
        memory: float = 0.98,
    ) -> None:
        """`memory` is how much of the errors is kept at each step."""
        self._members, self._best, self._memory = tuple(members), best, memory
        self._errors = {steps: [0.0] * len(members) for steps in horizons}
        self._waiting: dict[int, deque[list[float]]]
        self._waiting = {steps: deque() for steps in horizons}
        self._newest: dict[int, list[float]] = {}

    def update(self, value: float) -> None:
        for steps, waiting in self._waiting.items():
            if len(waiting) >= steps:
                self._score(steps, waiting.popleft(), value)
        for member in self._members:
            member.update(value)
        for steps, waiting in self._waiting.items():
            said = [member.predict(steps) for member in self._members]
            self._newest[steps] = said
            waiting.append(said)

    def predict(self, steps: int) -> float:
        """Only for one of its horizons. Raises KeyError."""
        said = self._newest[steps]
        if self._best >= len(said):
            return median(said)
        errors = self._errors[steps]
        order = sorted(range(len(said)), key=errors.__getitem__)
        return median([said[place] for place in order[: self._best]])

    def _score(self, steps: int, said: list[float], value: float) -> None:
        errors, memory = self._errors[steps], self._memory
        for place, one in enumerate(said):
            errors[place] = memory * errors[place] + (1 - memory) * abs(one - value)


def best_of_eight(horizons: Sequence[int]) -> Ensemble:
    """Return the default: the three recently best of eight."""
    return Ensemble(
        (
            Last(),
            *(Smoothed(alpha) for alpha in (0.1, 0.3, 0.5, 0.7)),
            Mean(),
            Holt(),
            MeanReverting(horizons),
        ),
        horizons,
        best=3,
    )


def median_of_five(horizons: Sequence[int]) -> Ensemble:
    """Return a calmer one, for what must not be moved by each of them."""
    members = Last(), Smoothed(), Mean(), Holt(), MeanReverting(horizons)
    return Ensemble(members, horizons, best=5)
