"""When a disk is full: growth, and what only looks like it."""

import random
from collections.abc import Callable

import pytest

from conductor_tui.domain.forecasting.filling import Filling

DAY_S = 86_400.0
_DICE = random.Random(7)


def days_left(percent: Callable[[float], float], days: float = 7.0) -> float | None:
    """Return it after so many days, looked at each ten minutes."""
    filling = Filling()
    for number in range(int(days * 144)):
        filling.observe(number * 600.0, percent(number / 144))
    left_s = filling.full_in_s()
    return None if left_s is None else left_s / DAY_S


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_steady_growth_is_full_when_it_is(noise: float) -> None:
    left = days_left(lambda day: 40 + 2 * day + noise * _DICE.gauss(0, 1))
    assert left == pytest.approx(23, abs=0.7)


@pytest.mark.parametrize(
    "percent",
    [
        pytest.param(lambda day: 60.0, id="nothing moves"),
        pytest.param(lambda day: 60 + _DICE.gauss(0, 0.3), id="noise"),
        pytest.param(lambda day: 80 - day, id="it shrinks"),
        pytest.param(lambda day: 60 + 5 * (day % 1), id="rotated each day"),
    ],
)
def test_what_does_not_grow_is_never_full(percent: Callable[[float], float]) -> None:
    assert days_left(percent) is None


@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize("at_day", [2.1, 2.8, 3.15, 3.5, 3.85, 4.2, 4.9])
def test_one_file_that_stays_is_no_growth(at_day: float, noise: float) -> None:
    def percent(day: float) -> float:
        return (40 if day < at_day else 60) + noise * _DICE.gauss(0, 1)

    assert days_left(percent) is None


def test_a_few_minutes_say_nothing_of_days() -> None:
    assert days_left(lambda day: 40 + 2 * day, days=0.1) is None
