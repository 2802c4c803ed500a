from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.domain.window import Window


@given(st.lists(st.integers(0, 100)), st.integers(1, 7))
def test_a_window_keeps_the_newest_rows(values: list[int], capacity: int) -> None:
    window = Window("db", capacity)
    for value in values:
        window = window.push(value, value)
    assert list(window.column(0)) == values[-capacity:]
    assert list(window.column(1)) == values[-capacity:]
    assert len(window) == min(len(values), capacity)


@given(st.lists(st.integers(0, 100), max_size=50), st.integers(1, 7))
def test_a_window_once_seen_never_changes(values: list[int], capacity: int) -> None:
    window, seen = Window("d", capacity), []
    for value in values:
        window = window.push(value)
        seen.append((window, list(window.column(0))))
    assert all(list(old.column(0)) == what for old, what in seen)


def test_two_futures_of_one_window_do_not_meet() -> None:
    root = Window("d", 3).push(1)
    left, right = root.push(2), root.push(9)
    assert (list(left.column(0)), list(right.column(0))) == ([1, 2], [1, 9])


def test_the_newest_few_can_be_asked_for() -> None:
    window = Window("d", 5).push(1).push(2).push(3)
    assert list(window.column(0, 2)) == [2, 3]


def test_memory_stays_within_twice_the_capacity() -> None:
    window = Window("d", 10)
    for value in range(1000):
        window = window.push(value)
        assert len(window._columns[0]) <= 20
