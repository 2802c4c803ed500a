"""Where platforms sit, and where the cursor goes."""

import pytest

from conductor_tui.domain.ids import PlatformName
from conductor_tui.tui.present.grid import Grid, Place, Step, index_of

NAMES = tuple(PlatformName(name) for name in "abcdefgh")
#  a b c     5 lines, then a blank one
#  d e f     3 lines, then a blank one
#  g h       3 lines
GRID = Grid(
    names=NAMES,
    index=index_of(NAMES),
    columns=3,
    width=40,
    tops=(0, 6, 10),
    heights=(5, 3, 3),
)


def test_a_platform_has_its_place() -> None:
    assert GRID.place(PlatformName("e")) == Place(x=40, y=6, width=40, height=3)


@pytest.mark.parametrize(
    ("x", "y", "name"),
    [
        pytest.param(0, 0, "a", id="the first cell"),
        pytest.param(119, 8, "f", id="the last cell of a card"),
        pytest.param(0, 5, None, id="the blank line between rows"),
        pytest.param(80, 11, None, id="where the last row has no card"),
        pytest.param(120, 0, None, id="beside the board"),
        pytest.param(0, 13, None, id="below the board"),
    ],
)
def test_a_click_hits_what_is_there(x: int, y: int, name: str | None) -> None:
    assert GRID.at(x, y) == name


@pytest.mark.parametrize(
    ("here", "step", "count", "there"),
    [
        ("a", "right", 1, "b"),
        ("c", "right", 1, "d"),
        ("d", "left", 1, "c"),
        ("a", "left", 1, "a"),
        ("b", "down", 1, "e"),
        ("f", "down", 1, "h"),
        ("h", "up", 1, "e"),
        ("b", "up", 1, "b"),
        ("a", "down", 99, "g"),
        ("e", "first", 1, "a"),
        ("e", "last", 1, "h"),
        (None, "down", 1, "d"),
    ],
)
def test_the_cursor_goes_where_a_person_expects(
    here: PlatformName | None, step: Step, count: int, there: str
) -> None:
    assert GRID.step(here, step, count) == there


def test_an_empty_board_has_no_cursor() -> None:
    empty: Grid[PlatformName] = Grid(
        names=(), index={}, columns=3, width=40, tops=(), heights=()
    )

    assert empty.step(None, "down") is None
    assert empty.at(0, 0) is None
