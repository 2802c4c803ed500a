"""Recorded results, judged by other rules."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conductor_tui.domain.check import BreakerSpec, CheckSpec, Outcome
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.what_if import Recorded, Rules, replay, suggestions

PASSED, FAILED, LATE = Outcome.PASSED, Outcome.FAILED, Outcome.TIMED_OUT
SPEC = CheckSpec(
    platform=PlatformName("api"),
    probe="http",
    target="x",
    interval_s=5.0,
    timeout_s=0.2,
    breaker=BreakerSpec(failures=3, reset_after_s=30.0, backoff=2.0, max_reset_s=100.0),
)
RULES = Rules.of(SPEC)


def recorded(signs: str, every_s: float = 5.0) -> list[Recorded]:
    """`.` passed in 10 ms, `s` in 150 ms, `x` failed, `t` timed out, `-` refused."""
    of = {
        ".": (0.01, PASSED),
        "s": (0.15, PASSED),
        "x": (0.01, FAILED),
        "t": (0.2, LATE),
        "-": (0.0, Outcome.REFUSED),
    }
    return [(n * every_s, *of[sign]) for n, sign in enumerate(signs)]


def changed(**rules: float) -> Rules:
    return replace(RULES, **rules)  # type: ignore[arg-type]


def test_by_the_rules_it_had_it_would_have_been_as_it_was() -> None:
    found = replay(recorded("...xxx-----..."), SPEC, RULES)
    assert (found.checks, found.bad, found.trips, found.failed) == (9, 3, 1, 1)
    assert found.open_s == 30.0
    assert found.unsure == 0


def test_more_failures_open_it_later_or_never() -> None:
    results = recorded("..xxx" + "." * 9 + "xxx..")
    assert replay(results, SPEC, RULES).trips == 2
    found = replay(results, SPEC, changed(failures=4))
    assert (found.trips, found.failed, found.bad) == (0, 0, 6)


def test_a_shorter_timeout_makes_slow_passes_bad() -> None:
    results = recorded("sss...")
    assert replay(results, SPEC, RULES).bad == 0
    found = replay(results, SPEC, changed(timeout_s=0.1))
    assert (found.bad, found.trips) == (3, 1)


def test_what_a_longer_timeout_would_have_made_of_a_timeout_nobody_knows() -> None:
    found = replay(recorded(".t.t."), SPEC, changed(timeout_s=1.0))
    assert (found.bad, found.unsure) == (2, 2)
    assert replay(recorded(".t."), SPEC, changed(timeout_s=0.1)).unsure == 0


def test_a_longer_interval_sees_only_a_part() -> None:
    results = recorded("." + "..x." * 10)
    assert replay(results, SPEC, changed(interval_s=20.0)).checks == 11
    assert replay(results, SPEC, changed(interval_s=1.0)).checks == 41


def test_a_failed_trial_opens_it_for_longer() -> None:
    found = replay(recorded("x" * 100), SPEC, RULES)
    # opened at 10 s for 30 s, trials at 40, 100, 200, 300, 400 s
    assert (found.trips, found.checks) == (1, 3 + 5)
    assert found.open_s == pytest.approx(495 - 10)


def test_while_it_would_have_been_open_nothing_is_asked() -> None:
    found = replay(recorded("xx......"), SPEC, changed(failures=1))
    assert (found.trips, found.checks) == (1, 3)


@settings(deadline=None)
@given(
    st.text("..xst-", max_size=200),
    st.integers(1, 6),
    st.floats(0.05, 0.5),
    st.floats(1, 60),
)
def test_the_figures_fit_together(
    signs: str, failures: int, timeout_s: float, interval_s: float
) -> None:
    rules = Rules(failures=failures, timeout_s=timeout_s, interval_s=interval_s)
    found = replay(recorded(signs), SPEC, rules)
    assert 0 <= found.trips <= found.bad <= found.checks <= len(signs)
    assert found.unsure <= found.bad
    assert 0 <= found.open_s <= max(0, 5 * len(signs))
    assert (found.trips == 0) is (found.open_s == 0 and found.trips == 0)


def test_what_is_suggested_has_a_reason() -> None:
    results = recorded("s" * 60 + "ttt" + "s" * 40)
    first, second = suggestions(results, SPEC)
    assert first.rules == changed(timeout_s=0.3)
    assert (
        first.why == "99 of 100 passes took up to 150ms, and 3 checks ran out of time"
    )
    assert second.rules == changed(failures=4)
    assert second.why == "3 bad ones in a row ended by themselves once"


@pytest.mark.parametrize("signs", ["", "." * 200, "x" * 200, ".." + "x" * 100])
def test_nothing_is_suggested_where_nothing_would_be_better(signs: str) -> None:
    assert list(suggestions(recorded(signs), SPEC)) == []
