"""How the terminal is shared out, and that nothing is drawn twice."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.board import Painter
from conductor_tui.tui.present.clients import Reaches
from conductor_tui.tui.present.layout import Mode, plan
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.row import columns
from conductor_tui.tui.present.spans import cells, text_of
from tests.tui import worlds

LENS = Lens(worlds.NOW, UTC)
NORMAL = worlds.normal()
NAMES = tuple(NORMAL.platforms)


@pytest.mark.parametrize(
    ("width", "height", "platforms", "mode", "columns"),
    [
        pytest.param(120, 40, 12, "cards", 3, id="three columns"),
        pytest.param(200, 60, 12, "cards", 4, id="four columns and a rail"),
        pytest.param(200, 60, 2, "cards", 2, id="few of them take the room"),
        pytest.param(120, 40, 16, "table", 1, id="more than fit when all are sick"),
        pytest.param(99, 40, 3, "table", 1, id="too narrow for cards"),
        pytest.param(120, 29, 3, "table", 1, id="too low for cards"),
        pytest.param(79, 24, 3, "list", 1, id="below 80"),
        pytest.param(80, 23, 3, "list", 1, id="below 24"),
        pytest.param(39, 40, 3, "list", 1, id="narrow but high: a list"),
        pytest.param(200, 8, 3, "list", 1, id="low but wide: a list"),
        pytest.param(23, 24, 3, "line", 1, id="below 24"),
        pytest.param(40, 5, 3, "line", 1, id="below 6"),
        pytest.param(1, 1, 3, "line", 1, id="never refuses"),
    ],
)
def test_plan(
    width: int, height: int, platforms: int, mode: Mode, columns: int
) -> None:
    arranged = plan(width, height, platforms)

    assert (arranged.mode, arranged.columns) == (mode, columns)


@pytest.mark.parametrize("height", range(24, 80))
def test_board_and_events_never_outgrow_the_room(height: int) -> None:
    arranged = plan(100, height, 40)
    board = arranged.board_height(40)

    assert board > 0
    assert board + 1 + arranged.events_height(board) <= arranged.room


def test_a_line_is_made_only_when_it_is_looked_at() -> None:
    platforms = {name: NORMAL.platforms[name] for name in NAMES[:1]}
    names = (*NAMES[:1], PlatformName("never looked up"))

    picture = Painter().paint(names, platforms, LENS, plan(80, 24, 2), None)

    assert "discord" in text_of(picture.lines[0])
    with pytest.raises(KeyError):
        picture.lines[1]


def test_within_a_second_an_unchanged_card_is_not_drawn_again() -> None:
    painter, arranged = Painter(), plan(80, 24, len(NAMES))
    before = painter.paint(NAMES, NORMAL.platforms, LENS, arranged, None).lines[3]
    later = Lens(LENS.now + timedelta(milliseconds=250), UTC)
    after = painter.paint(NAMES, NORMAL.platforms, later, arranged, None).lines[3]

    assert after is before


@pytest.mark.parametrize("snapshot", [NORMAL, worlds.worst()], ids=["normal", "worst"])
@pytest.mark.parametrize("width", [80, 160])
def test_what_is_kept_of_rows_is_what_would_be_drawn(
    snapshot: Snapshot, width: int
) -> None:
    names, arranged = tuple(snapshot.platforms), plan(width, 24, 40)
    assert arranged.mode == "table"
    kept = Painter()
    for second in range(0, 120, 7):
        lens = Lens(LENS.now + timedelta(seconds=second), UTC)
        cursor = names[second % len(names)]
        pictures = [
            painter.paint(names, snapshot.platforms, lens, arranged, cursor)
            for painter in (kept, Painter())
        ]
        assert list(pictures[0].lines) == list(pictures[1].lines)


def test_the_cursor_marks_its_platform_alone() -> None:
    arranged = plan(120, 40, len(NAMES))
    lines = Painter().paint(NAMES, NORMAL.platforms, LENS, arranged, NAMES[1]).lines

    marked = [[span for span in line if span.selected] for line in lines]

    assert [sum(map(len, spans)) > 0 for spans in marked[:5]] == [True] * 3 + [
        False
    ] * 2
    assert {cells(spans) for spans in marked if spans} == {39}
    assert "llm" in text_of(marked[0])


def test_a_sick_card_is_taller_and_its_row_with_it() -> None:
    worst = worlds.worst()
    picture = Painter().paint(
        (PlatformName("redis"), PlatformName("discord")),
        worst.platforms,
        LENS,
        replace(plan(120, 40, 2), columns=2),
        None,
    )

    assert list(picture.grid.heights) == [5]
    assert len(picture.lines) == 5


def test_an_empty_board_says_the_way_out() -> None:
    lines = Painter().paint((), {}, LENS, plan(80, 24, 0), None).lines

    assert "conductor-tui init" in text_of(lines[1])


@pytest.mark.parametrize(
    ("width", "longest", "name"),
    [
        pytest.param(80, 14, 14, id="a name of 14 is whole at 80 cells"),
        pytest.param(80, 5, 8, id="short names leave their room to the cause"),
        pytest.param(80, 60, 16, id="a long one takes a fifth at the most"),
        pytest.param(200, 60, 28, id="and never more than 28"),
    ],
)
def test_names_take_the_room_that_the_longest_needs(
    width: int, longest: int, name: int
) -> None:
    assert columns(width, longest).name == name


def test_a_wide_table_has_calls_once_there_were_clients() -> None:
    painter, busy, arranged = Painter(), worlds.busy_clients(), plan(134, 24, 20)

    def titles(world: Snapshot) -> str:
        reaches = Reaches().of(world)
        names = tuple(world.platforms)
        picture = painter.paint(
            names, world.platforms, LENS, arranged, None, reaches=reaches
        )
        return text_of(picture.titles)

    assert "calls" not in titles(NORMAL)
    assert "calls latency" in titles(busy)
    assert "calls latency" in titles(NORMAL)


def test_a_card_tells_what_clients_call_and_who_does_not_obey() -> None:
    busy = worlds.busy_clients()
    picture = Painter().paint(
        (PlatformName("llm"), PlatformName("redis"), PlatformName("postgres")),
        busy.platforms,
        LENS,
        plan(120, 40, 3),
        None,
        reaches=Reaches().of(busy),
    )
    text = "\n".join(text_of(line) for line in picture.lines)
    assert "on 18/20" in text
    assert text.count("/s") == 2
