"""The cursor on the board: keys, mouse, and what it does when platforms move."""

from dataclasses import replace
from datetime import timedelta

import pytest
from textual import events
from textual.pilot import Pilot

from conductor_tui.domain.events import Envelope
from conductor_tui.domain.fold import apply
from conductor_tui.domain.health import Health, HealthRun
from conductor_tui.domain.ids import PlatformName, Seq
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.screens.overview import OverviewScreen
from conductor_tui.tui.widgets.board import Board
from tests.build import NODE, turned
from tests.tui import host, worlds

NORMAL = worlds.normal()
NAMES = [str(name) for name in NORMAL.platforms]


def picked(pilot: "Pilot[None]") -> str | None:
    screen = pilot.app.screen
    assert isinstance(screen, OverviewScreen)
    return screen.picked


def failing(snapshot: Snapshot, name: str) -> Snapshot:
    view = snapshot.platforms[PlatformName(name)]
    sick = replace(view, run=HealthRun(Health.FAILED, 3))
    after = replace(snapshot, platforms=snapshot.platforms.put(view.name, sick))
    event = turned(name, Health.CRITICAL, Health.FAILED, "connection refused")
    seq = Seq(snapshot.seq + 1)
    return apply(after, Envelope(seq=seq, node=NODE, at=worlds.NOW, event=event))


def _wheel(board: Board[PlatformName]) -> events.MouseScrollDown:
    return events.MouseScrollDown(
        widget=board,
        x=1,
        y=1,
        delta_x=0,
        delta_y=1,
        button=0,
        shift=False,
        meta=False,
        ctrl=False,
    )


@pytest.mark.parametrize(
    ("size", "keys", "name"),
    [
        ((120, 40), ["right"], "llm"),
        ((120, 40), ["down"], "postgres"),
        ((120, 40), ["j", "l", "l", "k", "h"], "llm"),
        ((120, 40), ["G"], "queue"),
        ((120, 40), ["end", "g"], "discord"),
        ((80, 24), ["j", "j"], "android"),
        ((80, 24), ["pagedown"], "queue"),
        ((80, 24), ["end", "up"], NAMES[-2]),
        ((60, 16), ["down"], "llm"),
        ((30, 5), ["down"], "llm"),
    ],
)
async def test_keys_move_the_cursor(
    size: tuple[int, int], keys: list[str], name: str
) -> None:
    async with host.overview(NORMAL).run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press(*keys)

        assert picked(pilot) == name


async def test_before_the_first_snapshot_nothing_is_picked() -> None:
    async with host.overview(worlds.empty()).run_test() as pilot:
        await pilot.press("down", "enter")

        assert picked(pilot) is None


async def test_a_click_moves_the_cursor_and_a_double_click_opens() -> None:
    app = host.overview(NORMAL)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.click(Board, offset=(45, 1))
        assert (picked(pilot), app.opened) == ("llm", [])

        await pilot.click(Board, offset=(85, 5), times=2)
        assert (picked(pilot), app.opened) == ("nginx", ["nginx"])


async def test_the_cursor_stays_on_its_platform_when_the_order_changes() -> None:
    app = host.overview(NORMAL)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("down", "up")
        app.tell(failing(NORMAL, "queue"), worlds.NOW + timedelta(seconds=6))
        await pilot.pause()
        board = app.screen.query_one(Board)

        assert picked(pilot) == "discord"
        assert "queue" in board.render_line(0).text
        assert board.render_line(1).text.startswith("▸● HEALTHY    2 h  discord")


async def test_a_key_press_keeps_the_rows_where_they_are_for_a_while() -> None:
    app = host.overview(NORMAL)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        board = app.screen.query_one(Board)
        await pilot.press("down")
        app.tell(failing(NORMAL, "queue"), worlds.NOW + timedelta(seconds=4))
        await pilot.pause()
        assert "discord" in board.render_line(0).text

        app.tell(failing(NORMAL, "queue"), worlds.NOW + timedelta(seconds=6))
        await pilot.pause()
        assert "queue" in board.render_line(0).text


async def test_the_cursor_goes_on_when_its_platform_is_gone() -> None:
    app = host.overview(NORMAL)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("down")
        without = NORMAL.platforms.without(PlatformName("llm"))
        app.tell(replace(NORMAL, platforms=without))
        await pilot.pause()

        assert picked(pilot) == "android"


async def test_the_cursor_is_kept_in_sight() -> None:
    app = host.overview(worlds.many(60))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        board = app.screen.query_one(Board)
        await pilot.press("G")
        await pilot.pause()

        assert picked(pilot) == "worker-059"
        assert "worker-059" in board.render_line(board.size.height - 1).text


async def test_until_somebody_touches_it_the_cursor_is_on_the_worst() -> None:
    app = host.overview(worlds.many(60))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        sick = worlds.many(60)
        for number in range(4):
            sick = failing(sick, f"worker-{number:03}")
        app.tell(sick)
        await pilot.pause()
        board = app.screen.query_one(Board)

        assert "worker-000" in board.render_line(0).text
        assert picked(pilot) == "worker-000"


async def test_a_click_keeps_the_rows_where_they_are_for_a_while() -> None:
    app = host.overview(NORMAL)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        board = app.screen.query_one(Board)
        await pilot.click(Board, offset=(20, 1))
        app.tell(failing(NORMAL, "queue"), worlds.NOW + timedelta(seconds=4))
        await pilot.pause()

        assert "discord" in board.render_line(0).text
        assert picked(pilot) == "llm"


async def test_the_wheel_keeps_the_view_where_the_person_put_it() -> None:
    app = host.overview(worlds.many(60))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        board = app.screen.query_one(Board)
        board.post_message(_wheel(board))
        await pilot.pause()
        scrolled = board.scroll_offset.y
        app.tell(failing(worlds.many(60), "worker-040"))
        await pilot.pause()

        assert board.scroll_offset.y == scrolled > 0


async def test_a_smaller_terminal_keeps_the_cursor_in_sight() -> None:
    app = host.overview(worlds.many(60))
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        board = app.screen.query_one(Board)
        await pilot.press(*["down"] * 20)
        await pilot.resize_terminal(80, 16)
        await pilot.pause()
        lines = [board.render_line(y).text for y in range(board.size.height)]

        assert [line for line in lines if line.startswith("▸")]
