"""Sparklines: bars, misses, gaps."""

import pytest

from conductor_tui.domain.check import Outcome
from conductor_tui.tui.present.chart import chart
from conductor_tui.tui.present.spans import cells, text_of
from conductor_tui.tui.present.spark import (
    Result,
    latencies,
    percents,
    sparkline,
    with_gaps,
)

PASSED, FAILED, REFUSED = Outcome.PASSED, Outcome.FAILED, Outcome.REFUSED


def checks(*found: "float | Outcome", every_s: float = 5.0) -> list[Result]:
    """One result per interval: a latency in seconds, or what it was instead."""
    return [
        (n * every_s, 0.001, item)
        if isinstance(item, Outcome)
        else (n * every_s, item, PASSED)
        for n, item in enumerate(found)
    ]


@pytest.mark.parametrize(
    ("results", "drawn"),
    [
        pytest.param(
            checks(0.1, 0.1, 0.1), "   ▄▄▄", id="p95 is half the height; newest right"
        ),
        pytest.param(checks(0.1, 0.2, 0.05), "   ▄█▂", id="an outlier stands up"),
        pytest.param(checks(0.1, FAILED, Outcome.TIMED_OUT), "   ▄××", id="misses"),
        pytest.param(checks(REFUSED, Outcome.INCONCLUSIVE), "    ‖·", id="not asked"),
        pytest.param([], "      ", id="nothing yet"),
        pytest.param(
            [(0.0, 0.1, PASSED), (15.0, 0.1, PASSED)],
            "  ▄  ▄",
            id="a beat without a result is a hole",
        ),
        pytest.param(
            [(0.0, 0.1, PASSED), (7.4, 0.1, PASSED)],
            "    ▄▄",
            id="a late result leaves no hole",
        ),
        pytest.param(
            [(0.0, 0.1, PASSED), (9999.0, 0.1, PASSED)],
            "     ▄",
            id="a long absence leaves only holes",
        ),
    ],
)
def test_sparkline(results: list[Result], drawn: str) -> None:
    assert text_of(sparkline(results, 5.0, 6, p95=0.1)) == drawn


def test_what_is_fast_is_drawn_low_whatever_its_p95() -> None:
    assert text_of(sparkline(checks(0.0004, 0.0008), 5.0, 2, p95=0.0008)) == "▁▁"


def test_percentiles_are_of_passed_checks_alone() -> None:
    found = latencies(checks(*[n / 100 for n in range(1, 101)], FAILED))

    assert (found.p50, found.p95, found.top) == (0.5, 0.95, 1.0)
    assert latencies(checks(FAILED)).p95 is None


def test_holes_never_outgrow_the_line() -> None:
    assert len(with_gaps([(0.0, 0.1, PASSED), (1e9, 0.1, PASSED)], 5.0, 40)) == 40


def test_percentages_are_on_the_scale_of_a_hundred() -> None:
    assert percents([0, 50, 100, 250], 6) == "  ▁▄██"


def test_a_chart_shows_the_worst_of_the_checks_that_share_a_column() -> None:
    results = checks(*[0.1] * 30, FAILED, *[0.1] * 29)
    lines = chart(results, width=29, height=2)

    assert text_of(lines[-1]).count("×") == 1
    assert {cells(line) for line in lines} == {29}


def test_a_chart_writes_its_scale_beside_it() -> None:
    top, bottom = chart(checks(0.1, 0.2), width=30, height=2)

    assert text_of(top) == "  200 ms  █"
    assert text_of(bottom) == "       0 ██"
