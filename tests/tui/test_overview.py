"""The overview as a picture: each kind of day, at each size. Look before you accept."""

from collections.abc import Callable
from typing import TypeAlias

import pytest
from textual.screen import ModalScreen

from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.widgets.board import Board
from tests.tui import host, worlds

SnapCompare: TypeAlias = Callable[..., bool]

WIDE, USUAL, SMALL = (200, 60), (120, 40), (80, 24)


@pytest.mark.parametrize("size", [WIDE, USUAL, SMALL], ids=["wide", "usual", "small"])
def test_a_normal_day(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host.overview(worlds.normal()), terminal_size=size)


@pytest.mark.parametrize("size", [WIDE, USUAL, SMALL], ids=["wide", "usual", "small"])
def test_the_worst_day(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(host.overview(worlds.worst()), terminal_size=size)


@pytest.mark.parametrize(
    "size",
    [WIDE, USUAL, SMALL, (60, 16)],
    ids=["wide", "usual", "small", "a list"],
)
def test_clients_on_the_worst_day(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    app = host.overview(worlds.busy_clients())
    assert snap_compare(app, terminal_size=size)


def test_clients_on_a_normal_day(snap_compare: SnapCompare) -> None:
    app = host.overview(worlds.calm_clients())
    assert snap_compare(app, terminal_size=USUAL)


def test_clients_in_a_table(snap_compare: SnapCompare) -> None:
    app = host.overview(worlds.many_clients())
    assert snap_compare(app, terminal_size=WIDE)


@pytest.mark.parametrize(
    "theme", ["conductor-light", "conductor-contrast", "conductor-monochrome"]
)
def test_the_worst_day_in_another_theme(snap_compare: SnapCompare, theme: str) -> None:
    app = host.overview(worlds.worst(), theme=theme)
    assert snap_compare(app, terminal_size=USUAL)


def test_the_worst_day_in_ascii(snap_compare: SnapCompare) -> None:
    app = host.overview(worlds.worst(), ascii=True)
    assert snap_compare(app, terminal_size=USUAL)


@pytest.mark.parametrize("world", [worlds.empty, worlds.starting])
def test_a_day_that_has_hardly_begun(
    snap_compare: SnapCompare, world: Callable[[], Snapshot]
) -> None:
    assert snap_compare(host.overview(world()), terminal_size=USUAL)


def test_many_platforms_are_a_table(snap_compare: SnapCompare) -> None:
    app = host.overview(worlds.many())
    assert snap_compare(app, terminal_size=USUAL, press=["G"])


@pytest.mark.parametrize("size", [(60, 16), (38, 5)], ids=["a list", "one line"])
def test_a_terminal_that_is_too_small(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    assert snap_compare(host.overview(worlds.worst()), terminal_size=size)


@pytest.mark.parametrize("height", [1, 2, 3])
async def test_no_scroll_bar_takes_the_place_of_the_words(height: int) -> None:
    app = host.overview(worlds.worst())
    async with app.run_test(size=(20, height)) as pilot:
        await pilot.pause()
        assert not app.screen.show_vertical_scrollbar


async def test_every_size_is_drawn_without_complaint() -> None:
    async with host.overview(worlds.worst()).run_test(size=USUAL) as pilot:
        for size in ((1, 1), (250, 70), (39, 9), (100, 30), (79, 23), (180, 30)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert pilot.app.screen.query_one(Board).cursor == "discord"


async def test_a_frame_like_the_last_one_repaints_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = host.overview(worlds.normal())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        board = app.screen.query_one(Board)
        for y in range(board.size.height):
            board.render_line(y)  # painted by now, whatever the machine is busy with
        asked: list[object] = []
        monkeypatch.setattr(Board, "refresh", lambda self, *a, **k: asked.append(a))
        app.tell(worlds.normal())
        await pilot.pause()

        assert asked == []


async def test_behind_a_dialog_the_order_stands_still() -> None:
    app = host.overview(worlds.normal())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        overview = app.screen
        await app.push_screen(ModalScreen())
        app.tell_to(overview, worlds.worst())
        await pilot.pause()

        assert "discord" in overview.query_one(Board).render_line(0).text
        assert "llm" in overview.query_one(Board).render_line(1).text


async def test_a_hostile_name_is_shown_literally() -> None:
    async with host.overview(worlds.normal()).run_test(size=WIDE) as pilot:
        await pilot.pause()
        board = pilot.app.screen.query_one(Board)
        shown = "".join(board.render_line(y).text for y in range(board.size.height))

        assert 'ev"il\\n[b]\\x1b[31m' in shown
        assert "\x1b" not in shown
