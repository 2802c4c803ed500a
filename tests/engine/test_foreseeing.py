"""What the host will come to: forecasts at a steady beat, and a growth told once."""

from collections.abc import Mapping

import pytest

from conductor_tui.domain.events import (
    Event,
    ForecastMade,
    LimitForeseen,
    ResourcesSampled,
)
from conductor_tui.domain.forecasting.filling import POINT_S, Filling
from conductor_tui.domain.forecasting.forecast import Forecast, ModelName
from conductor_tui.domain.ids import NodeName
from conductor_tui.domain.resources import SAMPLE_INTERVAL_S, LoadLimits
from conductor_tui.engine.foreseeing import Foreseeing
from conductor_tui.engine.hub import Hub
from conductor_tui.testing import FakeClock, FakeSampler
from tests.engine.stage import stage


class Host:
    """A host that is measured each two seconds, with a hub and a clock of its own."""

    def __init__(self, limits: LoadLimits | None = None) -> None:
        self.clock, self.ram = FakeClock(), 40.0
        self.limits = limits or LoadLimits()
        self.hub = Hub(NodeName("web-7"), self.clock)
        self.told: list[Event] = []
        self.hub.listen(lambda envelope: self.told.append(envelope.event))
        self._foreseeing = Foreseeing(self.hub, self.clock)

    def measure(self, seconds: float, growth: float = 0.0) -> None:
        """Let time pass; RAM grows by so much a second."""
        for _ in range(int(seconds / SAMPLE_INTERVAL_S)):
            self.clock.freeze(SAMPLE_INTERVAL_S)
            self.ram += growth * SAMPLE_INTERVAL_S
            sample = FakeSampler(ram=self.ram).sample()
            self.hub.publish(ResourcesSampled(sample=sample, limits=self.limits))
            self._foreseeing.look(self.limits)

    @property
    def forecasts(self) -> Mapping[str, Forecast]:
        return self.hub.snapshot.resources.forecasts

    @property
    def foreseen(self) -> list[LimitForeseen]:
        return [one for one in self.told if isinstance(one, LimitForeseen)]


def test_each_ten_seconds_there_is_a_forecast_with_a_band_in_time() -> None:
    host = Host()
    host.measure(120)
    assert set(host.forecasts) == {"ram", "cpu", "disk", "queue"}
    ram = host.forecasts["ram"]
    assert (ram.now, ram.model) == (40.0, ModelName.ENSEMBLE)
    assert [one.in_s for one in ram.ahead] == [10, 30, 60, 120, 300]
    assert ram.ahead[-1].high is None
    host.measure(600)
    last = host.forecasts["ram"].ahead[-1]
    assert (last.low, last.high) == (40.0, 40.0)
    made = [one for one in host.told if isinstance(one, ForecastMade)]
    assert len(made) == 71
    assert not host.foreseen


def test_a_hog_is_told_before_the_limit_is_reached_and_only_once() -> None:
    host = Host()
    host.measure(120)
    while not host.foreseen:
        host.measure(2, growth=0.15)
    [told] = host.foreseen
    assert (told.resource, told.limit) == ("ram", 80.0)
    assert host.ram < 65
    assert told.in_s == pytest.approx((80 - host.ram) / 0.15, rel=0.35)
    host.measure(300, growth=0.15)
    assert host.ram > 80
    assert len(host.foreseen) == 1


def test_a_growth_that_ended_may_be_told_again() -> None:
    host = Host()
    for _ in range(2):
        host.ram = 40.0
        host.measure(200)
        host.measure(150, growth=0.15)
    assert len(host.foreseen) == 2


def test_another_model_is_taken_at_once() -> None:
    host = Host()
    host.measure(60)
    host.limits = LoadLimits(forecast=ModelName.HOLT)
    host.measure(20)
    assert host.forecasts["cpu"].model is ModelName.HOLT


async def test_the_engine_looks_ahead() -> None:
    async with stage() as staged:
        while not staged.hub.snapshot.resources.forecasts:
            await staged.clock.advance(1)
        assert staged.hub.snapshot.resources.forecasts["ram"].now == 40.0


def filled(percents: list[float]) -> float | None:
    filling = Filling()
    for number, percent in enumerate(percents):
        filling.observe(number * POINT_S, percent)
        filling.observe(number * POINT_S + 10, 99.0)  # not a point: too soon
    return filling.full_in_s()


def test_a_disk_that_grows_is_full_some_day() -> None:
    day = 86_400.0
    per_point = 2.0 * POINT_S / day  # 2 % a day
    grows = [40 + n * per_point for n in range(300)]
    assert filled(grows) == pytest.approx((100 - grows[-1]) / 2 * day, rel=0.01)
    dump = [one + (30 if 100 < n < 120 else 0) for n, one in enumerate(grows)]
    assert filled(dump) == pytest.approx((100 - grows[-1]) / 2 * day, rel=0.05)
    assert filled(grows[:10]) is None  # not watched for long enough
    assert filled([40.0] * 300) is None
    assert filled([40 + n % 3 for n in range(300)]) is None
    assert filled(grows[::-1]) is None
    assert filled([40 + 0.001 * n for n in range(600)]) is None  # years away
