"""How many workers: up in time, down when it is sure, and never to and fro."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conductor_tui.domain.scaling import Advice, Direction, ScalePolicy, Scaler


def followed(loads: list[float], policy: ScalePolicy, wanted: int = 1) -> list[Advice]:
    """Return the advice of each step to somebody who follows it at once."""
    scaler, told = Scaler(policy), []
    for demand in loads:
        told.append(scaler.decide(demand, wanted, wanted))
        wanted = told[-1].to
    return told


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 30), min_size=30, max_size=150), st.integers(0, 6))
def test_it_stays_in_bounds_and_never_goes_up_and_then_down(
    loads: list[float], delay: int
) -> None:
    policy = ScalePolicy(least=2, most=12, delay=delay)
    up_at = -math.inf
    for step, advice in enumerate(followed(loads, policy, wanted=2)):
        assert 2 <= advice.to <= 12
        assert min(advice.upper, advice.predicted) >= advice.demand
        assert advice.why
        if advice.direction is Direction.UP:
            up_at = step
        if advice.direction is Direction.DOWN:
            assert step - up_at > 12


def test_noise_moves_nothing() -> None:
    dice = random.Random(3)
    loads = [7 * (1 + 0.05 * dice.gauss(0, 1)) for _ in range(1000)]
    told = followed(loads, ScalePolicy(most=40), wanted=10)
    assert all(one.direction is Direction.STAY for one in told)


def test_what_is_asked_for_now_is_served_even_before_anything_is_known() -> None:
    advice = Scaler(ScalePolicy(most=40)).decide(8.0, wanted=2, ready=2)
    assert (advice.to, advice.direction) == (10, Direction.UP)
    assert advice.why == "up to 8 more are needed soon"


def test_it_goes_down_to_what_was_needed_at_most_of_late() -> None:
    told = followed([8.0] * 40 + [2.0] * 60, ScalePolicy(most=40), wanted=10)
    downs = [step for step, one in enumerate(told) if one.direction is Direction.DOWN]
    assert downs
    assert downs[0] >= 40 + 19
    assert told[-1].to in (3, 4)


def test_who_is_outside_of_the_bounds_comes_back_into_them() -> None:
    advice = Scaler(ScalePolicy(least=2, most=4)).decide(0.0, wanted=9, ready=9)
    assert (advice.to, advice.why) == (4, "2 to 4 are allowed")


@pytest.mark.parametrize(
    "wrong", [{"least": 0}, {"least": 5, "most": 4}, {"target": 0.0}, {"target": 1.1}]
)
def test_what_cannot_be_is_said(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"^(min|target) "):
        ScalePolicy(**wrong)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(st.floats(0, 30), st.floats(allow_nan=True), st.none()),
        min_size=30,
        max_size=150,
    )
)
def test_gaps_and_odd_figures_turn_nothing_around(loads: list[float | None]) -> None:
    """None is a gap."""
    scaler, wanted, up_at = Scaler(ScalePolicy(least=2, most=12)), 2, -math.inf
    for step, demand in enumerate(loads):
        if demand is None:
            scaler.begin_anew()
            continue
        advice = scaler.decide(demand, wanted, wanted)
        assert 2 <= advice.to <= 12
        if advice.direction is Direction.UP:
            up_at = step
        if advice.direction is Direction.DOWN:
            assert step - up_at > 12
        wanted = advice.to


@pytest.mark.parametrize("odd", [math.nan, math.inf, -1.0, 1e300])
def test_a_demand_that_cannot_be_is_as_if_it_was_not_asked(odd: float) -> None:
    loads = [5 + 3 * math.sin(number / 9) for number in range(120)]
    clean = followed(loads, ScalePolicy(most=40), wanted=5)
    scaler, wanted, told = Scaler(ScalePolicy(most=40)), 5, []
    for demand in loads:
        assert scaler.decide(odd, wanted, wanted).to == wanted
        told.append(scaler.decide(demand, wanted, wanted))
        wanted = told[-1].to
    assert told == clean
