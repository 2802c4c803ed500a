import math

import pytest

from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import (
    PHI_FROM,
    PHI_LEARNS,
    due_ladder,
    fixed_ladder,
    health_after,
    next_boundary,
    phi_ladder,
)

H = Health


@pytest.mark.parametrize(
    ("silent_s", "health"),
    [
        (0.0, H.HEALTHY),
        (4.999, H.HEALTHY),
        (5.0, H.DEGRADED),
        (9.999, H.DEGRADED),
        (10.0, H.CRITICAL),
        (14.999, H.CRITICAL),
        (15.0, H.FAILED),
        (1e9, H.FAILED),
        (-3600.0, H.HEALTHY),
    ],
)
def test_a_boundary_belongs_to_what_comes_after_it(
    silent_s: float, health: Health
) -> None:
    assert health_after(fixed_ladder(5.0, 3), silent_s) is health


@pytest.mark.parametrize(
    ("threshold", "steps"),
    [
        pytest.param(1, [(5.0, H.FAILED)], id="one missed beat is a failure"),
        pytest.param(2, [(5.0, H.DEGRADED), (10.0, H.FAILED)], id="never critical"),
        pytest.param(
            5, [(5.0, H.DEGRADED), (10.0, H.CRITICAL), (25.0, H.FAILED)], id="patient"
        ),
    ],
)
def test_failed_comes_in_place_of_what_would_come_with_it_or_after_it(
    threshold: int, steps: list[tuple[float, Health]]
) -> None:
    assert list(fixed_ladder(5.0, threshold)) == steps


def test_grace_is_added_to_every_boundary() -> None:
    assert fixed_ladder(4.0, 3, grace_s=2.0) == (
        (6.0, H.DEGRADED),
        (10.0, H.CRITICAL),
        (14.0, H.FAILED),
    )


def test_the_next_boundary_is_the_first_that_lies_ahead() -> None:
    ladder = fixed_ladder(5.0, 3)
    silences = (0.0, 5.0, 12.0, 15.0)
    boundaries = [next_boundary(ladder, silent_s) for silent_s in silences]
    assert boundaries == [5.0, 10.0, 15.0, math.inf]


def test_what_is_expected_at_a_time_fails_after_its_grace() -> None:
    assert due_ladder(60.0, 30.0) == ((90.0, H.FAILED),)
    assert due_ladder(60.0, 0.0) == ((60.0, H.FAILED),)


def test_phi_says_nothing_before_it_has_learned() -> None:
    assert phi_ladder([5.0] * (PHI_FROM - 1), 5.0) is None


def test_phi_allows_a_regular_agent_a_pause_of_one_interval() -> None:
    ladder = phi_ladder([5.0] * 50, 5.0)
    assert ladder is not None
    assert [round(boundary / 5.0, 3) for boundary, _ in ladder] == [2.128, 2.309, 2.561]
    assert [health for _, health in ladder] == [H.DEGRADED, H.CRITICAL, H.FAILED]


@pytest.mark.parametrize(
    ("intervals", "lowest", "highest"),
    [
        pytest.param([0.01] * 200, 2.0, 2.0, id="a fast one is not hurried"),
        pytest.param([60.0] * 200, 4.0, 8.0, id="a slow one is still caught"),
        pytest.param([1.0] * 199 + [60.0], 2.5, 4.0, id="one suspend is forgiven"),
    ],
)
def test_phi_stays_within_its_bounds(
    intervals: list[float], lowest: float, highest: float
) -> None:
    ladder = phi_ladder(intervals, 1.0)
    assert ladder is not None
    assert lowest <= ladder[-1][0] <= highest


def test_phi_learns_from_the_newest_intervals_only() -> None:
    steady = [1.0] * PHI_LEARNS
    assert phi_ladder([3.5] * 500 + steady, 1.0) == phi_ladder(steady, 1.0)
