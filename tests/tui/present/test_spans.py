"""Widths in cells: every line is exactly as wide as it was asked to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from conductor_tui.domain.text import visible
from conductor_tui.tui.present.spans import (
    Span,
    cells,
    clip,
    ends,
    fit,
    fit_line,
    fit_right,
    merged,
    text_of,
)

TEXTS = st.text(max_size=60).map(visible)
WIDTHS = st.integers(min_value=0, max_value=250)


@given(TEXTS, WIDTHS)
def test_any_text_fits_exactly_into_any_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
    assert cell_len(fit_right(text, width)) == width
    assert cell_len(clip(text, width)) <= width


@given(st.lists(TEXTS, max_size=6), st.lists(TEXTS, max_size=3), WIDTHS)
def test_any_spans_make_a_line_of_exactly_the_width(
    start: list[str], end: list[str], width: int
) -> None:
    left, right = [Span(text) for text in start], [Span(text, "title") for text in end]
    assert cells(fit_line(left, width)) == width
    assert cells(ends(left, right, width)) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        pytest.param("redis", 5, "redis", id="what fits is left alone"),
        pytest.param("postgres", 5, "post…", id="a cut is marked"),
        pytest.param("日本語", 5, "日本…", id="a wide character counts two"),
        pytest.param("日本語", 4, "日…", id="a wide character is never halved"),
        pytest.param("ab   ", 2, "ab", id="cut blanks are not worth a mark"),
        pytest.param("redis", 0, "", id="no room, no text"),
    ],
)
def test_clipping(text: str, width: int, shown: str) -> None:
    assert clip(text, width) == shown


def test_blanks_join_what_stands_before_them_to_save_bytes() -> None:
    assert merged((Span("a", "muted"), Span("  "), Span("b", "muted"))) == (
        Span("a  b", "muted"),
    )


def test_the_blanks_behind_a_loud_word_are_quiet() -> None:
    """A theme may reverse or underline the word; its column must stay blank."""
    assert merged((Span("FAILED   ", "failed"), Span("x", "failed"))) == (
        Span("FAILED", "failed"),
        Span("   ", "muted"),
        Span("x", "failed"),
    )


def test_where_both_ends_do_not_fit_the_start_gives_way() -> None:
    line = ends((Span("a long start"),), (Span("end"),), 8)

    assert text_of(line) == "a lo…end"
