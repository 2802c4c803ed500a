"""Plots over time: columns that rest, gaps that stay gaps, limits that are drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.tui.present.plot import (
    Limit,
    Scale,
    Track,
    axis,
    columns,
    plot,
    round_top,
    sparks,
)
from conductor_tui.tui.present.quantity import bar, number, size
from conductor_tui.tui.present.spans import Line, cells, text_of

PERCENT = Scale(top=100.0, words=lambda value: f"{value:.0f} %")
START = 1_000_000.0


def track(*values: float, every_s: float = 2.0, start: float = START) -> Track:
    times = [start + at * every_s for at in range(len(values))]
    return Track(times=times, values=values, every_s=every_s)


def texts(lines: list[Line]) -> list[str]:
    return [text_of(line) for line in lines]


def test_a_column_shows_the_highest_of_its_samples() -> None:
    values = [1.0] * 30
    values[17] = 9.0
    assert max(c for c in columns(track(*values), 60.0, 3) if c) == 9.0


def test_a_new_sample_moves_no_column_but_the_newest() -> None:
    before = columns(track(*range(100)), 100.0, 10)
    after = columns(track(*range(101)), 100.0, 10)
    assert after[:-1] == before[:-1] or after[:-2] == before[1:-1]


def test_where_nothing_was_measured_there_is_a_gap() -> None:
    times = [START + 2 * at for at in range(50) if not 20 <= at < 30]
    holed = Track(times=times, values=[5.0] * 40, every_s=2.0)
    found = columns(holed, 100.0, 50)
    assert found.count(None) == pytest.approx(10, abs=1)
    assert found[0] == found[-1] == 5.0


@given(st.lists(st.floats(-0.4, 0.4), min_size=2, max_size=60), st.integers(1, 80))
def test_samples_that_come_a_little_early_or_late_leave_no_gap(
    jitter: list[float], width: int
) -> None:
    times = [START + 2 * at + late for at, late in enumerate(jitter)]
    found = columns(
        Track(times=times, values=[1.0] * len(times), every_s=2.0), 120.0, width
    )
    first = next(at for at, value in enumerate(found) if value is not None)
    assert None not in found[first:]


def test_what_is_older_than_the_window_is_not_shown() -> None:
    assert columns(track(99.0, *[1.0] * 30), 20.0, 10) == [1.0] * 10


def test_a_wide_plot_has_no_more_columns_than_samples() -> None:
    assert len(columns(track(*[1.0] * 200), 300.0, 190)) == 150


def test_nothing_to_show_is_no_columns() -> None:
    assert columns(track(), 300.0, 40) == []
    assert columns(track(1.0), 300.0, 0) == []


def test_the_height_is_the_value_and_the_scale_stands_beside_it() -> None:
    assert texts(plot([0.0, 50.0, 100.0], 9, 2, PERCENT)) == [
        "100 %   █",
        "    0 ▁██",
    ]


def test_a_limit_is_drawn_where_no_bar_is_and_named_at_the_right() -> None:
    limits = (Limit(at=75.0, label="75"),)
    assert texts(plot([10.0, 100.0, None], 13, 4, PERCENT, limits)) == [
        "100 % ─█─  75",
        "       █     ",
        "       █     ",
        "    0 ▄█     ",
    ]


def test_columns_that_reach_a_limit_wear_its_tone() -> None:
    limits = (Limit(at=80.0, label="80", tone="degraded"), Limit(at=60.0, label="60"))
    top = plot([70.0, 90.0], 12, 1, PERCENT, limits)[0]
    tones = {span.tone for span in top if "█" in span.text or "▆" in span.text}
    assert tones == {"spark", "bar-degraded"}


@pytest.mark.parametrize("width", [0, 1, 5, 7, 12, 40])
def test_a_plot_is_as_wide_as_it_was_asked_to_be(width: int) -> None:
    limits = (Limit(at=80.0, label="80"),)
    lines = plot([50.0] * 100, width, 3, PERCENT, limits)
    assert {cells(line) for line in lines} == {width}
    assert cells(axis(300.0, 20, width, 4)) == width


def test_an_axis_says_how_long_ago_its_first_column_was() -> None:
    assert text_of(axis(300.0, 20, 30)) == "          -5 min           now"


@pytest.mark.parametrize(
    ("value", "top"),
    [(0.0, 1.0), (1.0, 1.0), (1.2, 2.0), (3.0, 5.0), (7.0, 10.0), (272_000, 500_000)],
)
def test_a_scale_ends_at_a_round_number(value: float, top: float) -> None:
    assert round_top(value, 1.0) == pytest.approx(top)


@given(st.floats(0.001, 1e12))
def test_a_scale_has_room_for_what_it_shows(value: float) -> None:
    assert value * 0.998 <= round_top(value, 0.001) <= value * 10


def test_sparks_stand_at_the_right() -> None:
    assert sparks(track(0.0, 100.0), 8.0, 4, 100.0) == "  ▁█"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KiB"),
        (640 * 2**20, "640 MiB"),
        (12 * 2**30, "12.0 GiB"),
        (3.9 * 2**40, "3.9 TiB"),
        (2**60, "1024.0 PiB"),
    ],
)
def test_amounts_of_bytes(amount: float, words: str) -> None:
    assert size(amount) == words


def test_a_bar_marks_its_limit_while_that_is_free() -> None:
    assert text_of(bar(50.0, 10, 80.0)) == "■■■■■···|·"
    assert text_of(bar(90.0, 10, 80.0)) == "■■■■■■■■■·"
    assert text_of(bar(130.0, 10, 80.0)) == "■■■■■■■■■■"


def test_blanks_before_a_number_have_no_tone() -> None:
    assert number("7 %", 5, "degraded")[0].tone == "muted"
    assert text_of(number("7 %", 5)) == "  7 %"
