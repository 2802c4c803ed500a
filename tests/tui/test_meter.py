"""What the screen costs, counted on the way to the terminal."""

from typing import Any

import pytest
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver

from conductor_tui.tui.meter import KEPT_S, Meter, metered


async def test_bytes_are_counted_as_they_go_out_and_frames_as_they_are_flushed() -> (
    None
):
    meter = Meter()
    driver: Any = metered(HeadlessDriver, meter)(App())
    driver.write("abc")
    driver.write("▁é")
    driver.flush()
    assert (meter.written_bytes, meter.frames) == (3 + 3 + 2, 1)


def test_rates_are_of_the_last_ten_seconds() -> None:
    meter = Meter()
    for second in range(30):
        meter.wrote("x" * (1000 if second < 15 else 100))
        meter.drew()
        meter.beat(float(second))
    assert meter.rates() == pytest.approx((1.0, 100.0))
    assert meter.traffic()[:2] == (1000.0, 1000.0)


def test_looks_within_one_second_are_one_mark() -> None:
    meter = Meter()
    for look in range(9):
        meter.beat(look / 4)
    assert len(meter.traffic()) == 2


def test_before_a_second_has_passed_there_is_no_rate() -> None:
    meter = Meter()
    assert meter.rates() == (0.0, 0.0)
    assert meter.traffic() == ()


def test_a_day_takes_no_more_room_than_a_minute() -> None:
    meter = Meter()
    for second in range(86_400):
        meter.beat(float(second))
    assert len(meter.traffic()) == KEPT_S
