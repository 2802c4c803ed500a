"""Worst first, but never under a person's fingers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.filter import parse
from conductor_tui.tui.present.order import (
    Arranger,
    Order,
    Sort,
    Taste,
    follow,
    worst_first,
)
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


def test_who_is_unwell_behind_another_stands_below_it() -> None:
    platforms = named(
        view(Health.FAILED, name="a"),
        view(Health.FAILED, name="b"),
        view(Health.FAILED, name="c"),
        view(Health.CRITICAL, name="d"),
    )
    assert worst_first(platforms, EPOCH, {A: C}) == ("b", "c", "a", "d")


def grouped(name: str, group: str) -> PlatformView:
    seen = view(name=name, next_s=None)
    return replace(seen, spec=replace(seen.spec, group=group))


SOME = named(
    grouped("b", "web"),
    grouped("a", ""),
    replace(view(Health.FAILED, name="c"), since=EPOCH),
)


@pytest.mark.parametrize(
    ("taste", "names"),
    [
        pytest.param(Taste(), ("c", "b", "a"), id="need"),
        pytest.param(Taste(inverse=True), ("a", "b", "c"), id="need, inverted"),
        pytest.param(Taste(Sort.NAME), ("a", "b", "c"), id="name"),
        pytest.param(Taste(Sort.GROUP), ("b", "c", "a"), id="none at all goes last"),
        pytest.param(Taste(Sort.CHANGE), ("c", "b", "a"), id="newest change first"),
        pytest.param(Taste(Sort.NEXT), ("c", "b", "a"), id="next check, then none"),
        pytest.param(Taste(filter=parse("!c")), ("b", "a"), id="filtered"),
    ],
)
def test_sorting(taste: Taste, names: tuple[str, ...]) -> None:
    assert Arranger().arrange(SOME, EPOCH, taste) == names


def test_the_slowest_come_first_and_the_unmeasured_last() -> None:
    def took(name: str, *seconds: float) -> PlatformView:
        seen = view(name=name)
        window = seen.window
        for at, second in enumerate(seconds):
            window = window.push(float(at), second, 0)
        return replace(seen, window=window)

    platforms = named(took("a", 0.1, 0.2), took("b"), took("c", 0.3))
    arranged = Arranger().arrange(platforms, EPOCH, Taste(Sort.LATENCY))
    assert arranged == ("c", "a", "b")


def test_another_taste_counts_at_once_and_then_stands_still() -> None:
    order, taste = Order(), Taste(filter=parse("state:failed"))
    well = named(view(name=A), view(Health.FAILED, name=B))
    order.update(well, EPOCH)
    order.touch()
    assert order.update(well, EPOCH, taste=taste) == (B,)
    both = named(view(Health.FAILED, name=A), view(name=B))
    assert order.update(both, EPOCH + timedelta(seconds=4), taste=taste) == (B,)
    assert order.update(both, EPOCH + timedelta(seconds=6), taste=taste) == (A,)


def test_sort_steps_go_round() -> None:
    assert Sort.NEED.step(-1) is Sort.NEXT
    assert Sort.NEXT.step(1) is Sort.NEED
