"""Nobody asks more often than their bucket gives."""

import pytest

from conductor_tui.adapters.api.limits import (
    COMMANDS,
    LOCAL,
    MOST_PEERS,
    READS,
    Limits,
)


def asked(limits: Limits, count: int, now: float, **kind: bool) -> int:
    """Return how many of so many were let through."""
    settings = {"is_command": True, "is_local": False, **kind}
    waits = [limits.wait_s("10.0.0.1", now=now, **settings) for _ in range(count)]
    return waits.count(0.0)


@pytest.mark.parametrize(
    ("kind", "burst"),
    [
        pytest.param({}, COMMANDS.burst, id="commands"),
        pytest.param({"is_command": False}, READS.burst, id="reads"),
        pytest.param({"is_local": True}, COMMANDS.burst * LOCAL, id="our own user"),
    ],
)
def test_a_burst_is_let_through_and_no_more(
    kind: dict[str, bool], burst: float
) -> None:
    assert asked(Limits(), int(burst) + 50, 7.0, **kind) == burst


def test_it_fills_again_at_its_rate_and_not_beyond() -> None:
    limits = Limits()
    asked(limits, 1000, 0.0)
    assert asked(limits, 1000, 1.0) == COMMANDS.per_s
    assert asked(limits, 1000, 10_000.0) == COMMANDS.burst


def test_who_waits_as_long_as_is_said_is_let_through() -> None:
    limits = Limits()
    asked(limits, 1000, 0.0)
    wait_s = limits.wait_s("10.0.0.1", is_command=True, is_local=False, now=0.0)
    assert 0 < wait_s <= 1 / COMMANDS.per_s
    now = wait_s + 1e-9
    assert not limits.wait_s("10.0.0.1", is_command=True, is_local=False, now=now)


def test_one_who_asks_too_often_takes_nothing_from_others() -> None:
    limits = Limits()
    asked(limits, 1000, 0.0)
    assert not limits.wait_s("10.0.0.2", is_command=True, is_local=False, now=0.0)


def test_however_many_come_the_memory_is_bounded() -> None:
    limits = Limits()
    for number in range(3 * MOST_PEERS):
        limits.wait_s(str(number), is_command=False, is_local=False, now=0.0)
    assert len(limits._buckets) == MOST_PEERS
