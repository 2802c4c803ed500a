"""Beats are where the name or the place says, and move only when they must."""

import pytest

from conductor_tui.domain.ids import PlatformName
from conductor_tui.engine.beats import Beats
from conductor_tui.engine.scheduler import Scheduler
from conductor_tui.testing import FakeClock
from tests.build import spec


async def no_check(name: PlatformName) -> None:
    """Beats alone: nothing runs them here."""


def seconds(beats: Beats, clock: FakeClock, name: str) -> float:
    at = beats.next_at(PlatformName(name))
    assert at is not None
    return (at - clock.now()).total_seconds()


def made(spacing_s: float | None) -> tuple[Beats, Scheduler, FakeClock]:
    clock = FakeClock()
    scheduler = Scheduler(no_check, lambda _: None, clock)
    return Beats(scheduler, clock, spacing_s), scheduler, clock


def test_with_a_spacing_beats_follow_the_order_of_the_list() -> None:
    beats, _, clock = made(0.5)
    for name in ("a", "b"):
        beats.give(spec(name))
    apart = seconds(beats, clock, "b") - seconds(beats, clock, "a")
    assert apart % 5 == pytest.approx(0.5)
    beats.line_up([PlatformName("b"), PlatformName("a")], 0.5)
    for name in ("a", "b"):
        beats.give(spec(name))
    apart = seconds(beats, clock, "a") - seconds(beats, clock, "b")
    assert apart % 5 == pytest.approx(0.5)


def test_by_hash_a_beat_depends_on_the_name_alone() -> None:
    first, _, clock = made(None)
    first.give(spec("a"))
    second, _, _ = made(None)
    for name in ("c", "b", "a"):
        second.give(spec(name))
    assert seconds(first, clock, "a") == pytest.approx(seconds(second, clock, "a"))


def test_a_beat_that_was_taken_is_due_no_more_until_it_is_given_again() -> None:
    beats, _, clock = made(0.5)
    beats.give(spec("a"))
    before = seconds(beats, clock, "a")
    beats.take(PlatformName("a"))
    assert beats.next_at(PlatformName("a")) is None
    beats.give(spec("a"))
    assert seconds(beats, clock, "a") == pytest.approx(before)


def test_beats_that_move_for_ever_do_not_pile_up() -> None:
    beats, scheduler, _ = made(None)
    for n in range(5000):
        beats.give(spec("a", interval_s=3600.0 + n % 2))
    assert scheduler.kept_beats < 100


def test_silent_beats_are_none() -> None:
    beats, scheduler, _ = made(None)
    beats.is_silent = True
    beats.give(spec("a"))
    assert beats.next_at(PlatformName("a")) is None
    assert scheduler.kept_beats == 0
