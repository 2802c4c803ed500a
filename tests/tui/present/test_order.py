"""Worst first, but never under a person's fingers."""

from datetime import timedelta

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.order import Order, follow, worst_first
from tests.tui.present.views import breaker, view

A, B, C = PlatformName("a"), PlatformName("b"), PlatformName("c")


def named(*views: PlatformView) -> dict[PlatformName, PlatformView]:
    return {seen.name: seen for seen in views}


def test_worst_comes_first_and_equals_stay_as_they_came() -> None:
    platforms = named(
        view(name="well"),
        view(Health.UNKNOWN, name="new"),
        view(name="stale", word_s=60),
        view(Health.DEGRADED, name="degraded"),
        view(name="open", breaker=breaker(BreakerState.OPEN)),
        view(Health.CRITICAL, name="critical"),
        view(name="held", breaker=breaker(BreakerState.HELD)),
        view(Health.FAILED, name="failed"),
        view(name="well too"),
    )
    assert worst_first(platforms, EPOCH) == (
        *("failed", "held", "critical", "degraded", "open", "stale", "new"),
        *("well", "well too"),
    )


def test_a_clock_that_is_set_back_does_not_hold_the_order_for_hours() -> None:
    order = Order()
    order.update(named(view(name="a"), view(name="b")), EPOCH)
    order.touch()
    worse = named(view(name="a"), view(Health.FAILED, name="b"))
    assert order.update(worse, EPOCH) == (A, B)
    assert order.update(worse, EPOCH - timedelta(hours=1)) == (B, A)


def test_a_key_press_holds_the_order_for_five_seconds() -> None:
    order, well = Order(), named(view(name=A), view(name=B))
    sick = named(view(name=A), view(Health.FAILED, name=B))
    order.update(well, EPOCH)
    order.touch()

    assert order.update(sick, EPOCH) == (A, B)
    assert order.update(sick, EPOCH + timedelta(seconds=4.9)) == (A, B)
    assert order.update(sick, EPOCH + timedelta(seconds=5)) == (B, A)


def test_an_open_dialog_holds_the_order() -> None:
    order = Order()
    order.update(named(view(name=A), view(name=B)), EPOCH)
    changed = named(view(name=C), view(Health.FAILED, name=B))

    assert order.update(changed, EPOCH, frozen=True) == (B, C)
    assert order.update(changed, EPOCH) == (B, C)


@pytest.mark.parametrize(
    ("cursor", "before", "names", "there"),
    [
        pytest.param(B, (A, B), (B, A), B, id="it follows its platform"),
        pytest.param(None, (), (A, B), A, id="it starts at the top"),
        pytest.param(B, (A, B, C), (C, A), C, id="its platform gone: the next one"),
        pytest.param(C, (A, B, C), (A, B), B, id="the last one gone: the new last"),
        pytest.param(A, (A,), (), None, id="nothing left"),
    ],
)
def test_cursor(
    cursor: PlatformName | None,
    before: tuple[PlatformName, ...],
    names: tuple[PlatformName, ...],
    there: PlatformName | None,
) -> None:
    assert follow(cursor, before, names) == there
