"""The pure parts: the budget of restarts, who there is, who waits for whom."""

from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import PluginLimits, PluginState
from conductor_tui.engine.plugins.budget import LONGEST_S, Budget
from conductor_tui.engine.plugins.candidates import candidates
from conductor_tui.engine.plugins.order import Order
from tests.engine.plugins.fakes import plugin, source

A, B, C = PluginName("a"), PluginName("b"), PluginName("c")


def test_the_first_restart_is_at_once_and_the_next_ones_later_and_later() -> None:
    budget = Budget(PluginLimits(restarts=4))
    assert [budget.failed(0) for _ in range(5)] == [0, 1, 2, 4, None]


def test_no_wait_is_longer_than_half_a_minute() -> None:
    budget = Budget(PluginLimits(restarts=100))
    assert max(budget.failed(0) or 0 for _ in range(50)) == LONGEST_S


def test_failures_that_are_long_ago_do_not_count() -> None:
    budget = Budget(PluginLimits(restarts=1, within_s=60))
    assert budget.failed(0) == 0
    assert budget.failed(61) == 0
    assert budget.failed(62) is None


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=30),
    st.integers(0, 5),
    st.floats(1, 1000),
)
def test_within_its_time_a_budget_allows_no_more_than_it_says(
    steps: list[float], restarts: int, within_s: float
) -> None:
    budget, now, granted = (
        Budget(PluginLimits(restarts=restarts, within_s=within_s)),
        0.0,
        [],
    )
    for step in steps:
        now += step
        if budget.failed(now) is not None:
            granted.append(now)
        recent = [one for one in granted if one > now - within_s]
        assert len(recent) <= restarts


def test_what_is_installed_and_in_no_settings_is_there_but_not_wanted() -> None:
    found = candidates([source("echo")], [], {})
    assert not found[PluginName("echo")].is_wanted
    assert found[PluginName("echo")].at_rest[0] is PluginState.DISCOVERED


def test_what_stands_in_the_settings_is_wanted_unless_they_say_otherwise() -> None:
    tables = [plugin("echo"), plugin("db", enabled=False)]
    found = candidates([source("echo"), source("db")], tables, {})
    assert [one.is_wanted for one in found.values()] == [True, False]
    assert found[PluginName("db")].at_rest[0] is PluginState.DISABLED


def test_a_persons_word_goes_before_the_settings() -> None:
    words = {PluginName("echo"): False, PluginName("db"): True}
    found = candidates([source("echo"), source("db")], [plugin("echo")], words)
    assert not found[PluginName("echo")].is_wanted
    assert found[PluginName("db")].is_wanted


def test_a_plug_in_that_is_not_installed_says_which_one_was_meant() -> None:
    found = candidates([source("matrix")], [plugin("matrx")], {})
    words = found[PluginName("matrx")].trouble
    assert words == "no plug-in 'matrx' is installed: did you mean 'matrix'?"


def test_one_entry_point_may_be_used_twice_and_is_not_listed_once_more() -> None:
    tables = [plugin("x"), plugin("y")]
    both = [type(one)(name=one.name, use="echo", limits=one.limits) for one in tables]
    assert list(candidates([source("echo")], both, {})) == ["x", "y"]


def test_what_is_required_and_not_active_is_lacking() -> None:
    order = Order()
    order.requires(A, (B, C))
    order.put(B, PluginState.ACTIVE)
    order.put(C, PluginState.FAILED)
    assert order.lacking(A) == [C]
    assert order.lacks(A) == "c, which is FAILED"
    assert order.dependents(B) == [A]


def test_a_circle_is_found_from_everywhere_on_it() -> None:
    order = Order()
    order.requires(A, (B,))
    order.requires(B, (C,))
    order.requires(C, (A,))
    assert order.circle(A) == [A, B, C, A]
    assert order.circle(C) == [C, A, B, C]
    order.ended(B)
    assert order.circle(A) == []
