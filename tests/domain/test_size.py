import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.domain.size import format_size, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("256MB", 256_000_000), ("1.5 GB", 1_500_000_000), ("64MiB", 64 * 2**20)],
)
def test_a_size_is_a_number_and_a_unit(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "256", "MB", "-1MB", "1e3MB", "256mb!", "1MB\n"])
def test_anything_else_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(ValueError, match='such as "256MB"'):
        parse_size(text)


@given(st.integers(min_value=0, max_value=10**12))
def test_what_is_written_is_read_back(size: int) -> None:
    assert parse_size(format_size(size)) == size
