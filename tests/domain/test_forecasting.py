"""Models, their errors as a band, and when a limit is reached."""

import math
import random
import subprocess
import sys
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conductor_tui.domain.forecasting.ensemble import best_of_eight, median_of_five
from conductor_tui.domain.forecasting.forecast import (
    HORIZONS,
    MODELS,
    Ahead,
    Forecast,
    Forecaster,
    ModelName,
    rise,
)
from conductor_tui.domain.forecasting.models import (
    Holt,
    Last,
    Mean,
    MeanReverting,
    Model,
    Smoothed,
)
from conductor_tui.domain.forecasting.peak import Peak
from conductor_tui.domain.forecasting.residuals import Residuals

FINITE = st.floats(0, 100)


def fed(model: Model, values: list[float]) -> Model:
    for value in values:
        model.update(value)
    return model


def told(forecaster: Forecaster, values: list[float], begin: int = 0) -> Forecast:
    for number, value in enumerate(values, start=begin):
        forecaster.observe(number * 10.0, value)
    found = forecaster.forecast()
    assert found is not None
    return found


def test_each_model_says_what_its_book_says() -> None:
    assert fed(Last(), [1, 2, 5]).predict(7) == 5
    assert fed(Mean(2), [1, 2, 5]).predict(7) == 3.5
    assert fed(Smoothed(0.5), [4, 8]).predict(1) == 6
    line = fed(Holt(), [float(n) for n in range(200)])
    # its trend is damped, so it lags a little and runs out
    assert 195 < line.predict(1) < line.predict(30) < 205
    assert line.predict(100) == pytest.approx(line.predict(1000), abs=0.01)
    wave = [50 + 10 * (-1) ** n for n in range(400)]
    reverting = fed(MeanReverting((1, 2)), [float(one) for one in wave])
    assert reverting.predict(1) == pytest.approx(50, abs=3)  # it never stays
    assert reverting.predict(2) == pytest.approx(40, abs=3)  # it always comes back


@pytest.mark.parametrize("name", MODELS)
@settings(deadline=None)
@given(value=FINITE)
def test_what_is_constant_stays(name: ModelName, value: float) -> None:
    found = told(Forecaster(name), [value] * 60)
    for one in found.ahead:
        assert one.value == pytest.approx(value)
        assert one.high == pytest.approx(value)
    assert found.trend == 0


@settings(deadline=None)
@given(st.lists(FINITE, min_size=1, max_size=120))
def test_the_band_is_in_order_and_within_the_bounds(values: list[float]) -> None:
    found = told(Forecaster(least=0.0, most=100.0), values)
    for one in found.ahead:
        assert 0 <= one.value <= 100
        if one.low is not None:
            edges = (one.lowest, one.low, one.high, one.highest)
            assert [*edges] == sorted(edge for edge in edges if edge is not None)
            assert 0 <= edges[0] <= edges[3] <= 100  # type: ignore[operator]


def test_there_is_no_band_until_twenty_errors_are_known() -> None:
    forecaster = Forecaster(horizons=(3,))
    assert told(forecaster, [1.0] * 22).ahead[0].high is None  # 3 have no prediction
    assert told(forecaster, [1.0], begin=22).ahead[0].high == 1.0


def test_the_band_covers_what_it_says() -> None:
    dice, inside, count = random.Random(7), 0, 0
    forecaster = Forecaster(horizons=(6,))
    bands: list[tuple[float, float]] = []
    for number in range(1500):
        value = 50 + dice.gauss(0, 5)
        if number >= 400:
            low, high = bands[number - 6]
            inside, count = inside + (low <= value <= high), count + 1
        forecaster.observe(number * 10.0, value)
        one = forecaster.forecast().ahead[0]  # type: ignore[union-attr]
        bands.append((one.low or 0, one.high or 0))
    assert 0.76 < inside / count < 0.84


@settings(deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=300))
def test_quantiles_are_those_of_the_newest_errors(errors: list[float]) -> None:
    residuals = Residuals(50)
    for one in errors:
        residuals.add(one)
    newest = sorted(errors[-50:])
    shares = [n / 20 for n in range(21)]
    found = [residuals.quantile(share) for share in shares]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (newest[0], newest[-1])
    assert len(residuals) == len(newest)


def test_of_the_members_those_count_that_were_right() -> None:
    wave = [100.0 if (n // 40) % 2 else 0.0 for n in range(400)]
    values = fed(best_of_eight((1,)), wave).predict(1)
    assert values == pytest.approx(wave[-1], abs=5)  # the last value, not a mean
    assert fed(median_of_five((1,)), [3.0] * 5).predict(1) == 3.0


def test_a_gap_is_no_step() -> None:
    forecaster = Forecaster(least=0.0, most=100.0)
    told(forecaster, [10.0] * 100)
    forecaster.observe(5_000.0, 90.0)  # the host slept
    found = forecaster.forecast()
    assert found is not None
    assert [one.value for one in found.ahead] == [90.0] * len(HORIZONS)
    forecaster.observe(4_000.0, 20.0)  # a clock that was set back
    found = forecaster.forecast()
    assert found is not None
    assert found.ahead[0].value == 20.0


def test_what_is_no_number_is_left_out() -> None:
    forecaster = Forecaster()
    assert forecaster.forecast() is None
    for odd in (math.nan, math.inf, -math.inf):
        forecaster.observe(0.0, odd)
    assert forecaster.forecast() is None
    assert told(forecaster, [1.0, math.nan, 1.0]).now == 1.0


@pytest.mark.parametrize("name", ModelName)
@pytest.mark.parametrize("huge", [1e16, -1e200, 1.7e308])
def test_one_impossible_figure_leaves_no_trace(name: ModelName, huge: float) -> None:
    clean, spoilt = Forecaster(name), Forecaster(name)
    values = [50.0 + number % 7 for number in range(100)]
    expected = told(clean, values)
    for number, value in enumerate(values):
        spoilt.observe(number * 10.0, huge)
        spoilt.observe(number * 10.0, value)
    assert spoilt.forecast() == expected


def test_an_upper_edge_of_zero_is_an_edge() -> None:
    ahead = (Ahead(in_s=10.0, value=5.0, low=-1.0, high=0.0),)
    forecast = Forecast(model=ModelName.LAST, at=0.0, now=-1.0, ahead=ahead)
    assert forecast.may_reach_s(4.0) is None


def test_when_a_limit_is_reached() -> None:
    rising = told(Forecaster(most=100.0), [40 + 0.5 * n for n in range(60)])
    assert rising.now == 69.5
    assert rising.trend == pytest.approx(0.05)
    assert rising.reaches_s(80) == pytest.approx(210)
    assert rising.reaches_s(60) == rising.may_reach_s(60) == 0.0
    assert rising.reaches_s(100, within_s=600) is None
    assert rising.may_reach_s(80) == 300.0  # it learned how much it lags behind
    assert rising.may_reach_s(99) is None
    calm = told(Forecaster(most=100.0), [40.0 + n % 2 for n in range(60)])
    assert calm.reaches_s(80) is calm.may_reach_s(80) is None
    falling = told(Forecaster(), [90 - 0.5 * n for n in range(60)])
    assert falling.trend == 0


def test_a_hog_is_told_before_there_is_a_band() -> None:
    few = told(Forecaster(most=100.0), [40 + 2.0 * n for n in range(12)])
    assert few.ahead[0].high is None
    assert few.reaches_s(80) == pytest.approx(90, rel=0.1)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), max_size=40))
def test_a_rise_is_a_line_that_goes_up(values: list[float]) -> None:
    assert rise([*enumerate(values)]) >= 0
    assert rise([*enumerate(sorted(values, reverse=True))]) == 0


def test_a_rise_is_by_the_clock_whatever_the_steps_are() -> None:
    at = (0.0, 10.0, 25.0, 37.0, 50.0, 66.0, 70.0)
    assert rise([(one, 40 + 0.15 * one) for one in at]) == pytest.approx(0.15)
    assert rise([(5.0, 1.0)] * 12) == 0


def test_the_peak_is_never_less_than_now_and_learns_what_it_missed() -> None:
    peak, uppers = Peak(lead=4), []
    for number in range(300):
        demand = 8.0 if (number // 5) % 2 else 3.0
        predicted, upper = peak.observe(demand)
        assert min(predicted, upper) >= demand
        uppers.append(upper)
    assert fmean(uppers[-100:]) > 7.5
    assert max(uppers[-100:]) <= 10.0
    peak.begin_anew()
    assert peak.observe(1.0)[0] == 1.0


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, conductor_tui.domain.forecasting.forecast, "
        "conductor_tui.domain.scaling\n"
        "heavy = {'numpy', 'sklearn', 'scipy', 'pandas', 'asyncio'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
