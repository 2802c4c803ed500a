"""How long it is waited after a failure."""

import pytest

from conductor_tui.adapters.backoff import backoff


@pytest.mark.parametrize(
    ("failures", "least", "most"),
    [(1, 0.5, 1), (2, 1, 2), (3, 2, 4), (7, 30, 60), (8, 30, 60), (10_000, 30, 60)],
)
def test_it_doubles_up_to_a_minute_and_varies_within_its_half(
    failures: int, least: float, most: float
) -> None:
    wait_s = backoff()
    waits = [wait_s(failures) for _ in range(200)]

    assert least <= min(waits) < max(waits) <= most
