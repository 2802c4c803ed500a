"""Marks: set one by one or as a range; they go with their platform."""

from conductor_tui.domain.ids import PlatformName
from conductor_tui.tui.present.chips import chips
from conductor_tui.tui.present.filter import parse
from conductor_tui.tui.present.marks import Marks
from conductor_tui.tui.present.order import PLAIN, Sort, Taste

A, B, C, D = (PlatformName(name) for name in "abcd")
NONE: Marks[PlatformName] = Marks()


def test_a_mark_is_set_and_taken_away() -> None:
    assert NONE.toggled(A).names == {A}
    assert NONE.toggled(A).toggled(A).names == frozenset()


def test_a_range_goes_from_the_last_mark_to_here_either_way() -> None:
    assert NONE.toggled(B).up_to(D, (A, B, C, D)).names == {B, C, D}
    assert NONE.toggled(C).up_to(A, (A, B, C, D)).names == {A, B, C}


def test_without_a_mark_in_sight_the_range_is_here_alone() -> None:
    assert NONE.up_to(B, (A, B)).names == {B}
    assert NONE.toggled(D).up_to(B, (A, B)).names == {B, D}
    assert NONE.up_to(D, (A, B)).names == frozenset()


def test_marks_go_with_their_platform() -> None:
    assert NONE.toggled(A).toggled(B).kept([B]).names == {B}


def test_the_header_counts_marks_that_the_filter_hides() -> None:
    marks = NONE.toggled(A).toggled(B)
    taste = Taste(Sort.NAME, True, parse("b"))
    words = "2 marked (1 hidden)  by name, inverted  filter 1 of 4: b"
    assert chips(taste, marks, {B}, "1 of 4") == words
    assert chips(PLAIN, NONE, {A, B}, "2 of 2") == ""
