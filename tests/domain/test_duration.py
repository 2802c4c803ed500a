import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.domain.duration import (
    format_duration,
    parse_duration,
    short_duration,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("200ms", 0.2), ("5s", 5), ("1.5s", 1.5), ("1h30m", 5400), ("2d", 172800)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "5 s", "s", "-5s", "5s!", "5sec", "1e3s"])
def test_anything_else_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(ValueError, match='such as "200ms"'):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=10_000_000))
def test_what_is_written_is_read_back(milliseconds: int) -> None:
    written = format_duration(milliseconds / 1000)
    assert round(parse_duration(written) * 1000) == milliseconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (41.9, "41 s"), (60, "1 m"), (7300, "2 h"), (200_000, "2 d")],
)
def test_an_age_is_one_number_and_one_unit(seconds: float, words: str) -> None:
    assert short_duration(seconds) == words
