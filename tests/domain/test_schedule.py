import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.schedule import (
    first_due,
    fixed_phase,
    hash_phase,
    next_due,
    spacing_problem,
)

intervals = st.floats(min_value=0.1, max_value=3600)


@given(st.text(min_size=1), intervals)
def test_a_phase_is_inside_the_interval_and_depends_on_the_name_alone(
    name: str, interval_s: float
) -> None:
    phase = hash_phase(PlatformName(name), interval_s)
    assert 0 <= phase < interval_s
    assert phase == hash_phase(PlatformName(name), interval_s)


def test_a_thousand_names_fill_every_tenth_of_the_interval_about_evenly() -> None:
    phases = [hash_phase(PlatformName(f"p-{n}"), 5.0) for n in range(1000)]
    tenths = [sum(int(p * 2) == tenth for p in phases) for tenth in range(10)]
    assert 60 < min(tenths) <= max(tenths) < 140


def test_fixed_spacing_counts_places_from_the_start() -> None:
    phases = [fixed_phase(n, spacing_s=0.1, interval_s=5) for n in range(3)]
    assert phases == pytest.approx([0, 0.1, 0.2])


def test_fixed_spacing_that_does_not_fit_is_told_in_words() -> None:
    assert spacing_problem([5.0] * 50, 0.1) is None
    assert spacing_problem([5.0] * 51, 0.1) == (
        "51 platforms x 0.1 s do not fit the interval of 5 s"
    )


@given(
    phase=st.floats(min_value=0, max_value=4.99),
    wall_s=st.integers(min_value=0, max_value=2_000_000_000),
)
def test_a_restart_goes_on_at_the_same_places_of_the_wall_clock(
    phase: float, wall_s: int
) -> None:
    due = first_due(phase, 5.0, wall_s=wall_s, now=100.0)
    assert 100 <= due <= 105
    off = (wall_s + due - 100 - phase) % 5
    assert min(off, 5 - off) < 1e-6


@given(
    due=st.floats(min_value=0, max_value=1e6),
    late_s=st.floats(min_value=0, max_value=1e4),
    interval_s=intervals,
)
def test_the_next_beat_is_later_than_now_and_on_the_grid(
    due: float, late_s: float, interval_s: float
) -> None:
    after = next_due(due, interval_s=interval_s, now=due + late_s)
    assert after > due + late_s - 1e-6
    beats = (after - due) / interval_s
    assert beats == pytest.approx(round(beats), abs=1e-6)
