"""While the conductor is not heard: the word, the banner, and a clock of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from textual.pilot import Pilot

from conductor_tui.domain.commands import Command
from conductor_tui.domain.errors import SessionLost
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.fold import apply
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import Seq
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.domain.viewer import Lost
from conductor_tui.testing import FakeClock, RecordedSession
from conductor_tui.tui.app import ConductorApp
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.lost import back, lost_line
from conductor_tui.tui.present.spans import cells, text_of
from conductor_tui.tui.widgets.banner import Banner
from conductor_tui.tui.widgets.status_line import StatusLine
from tests.build import turned
from tests.tui import worlds
from tests.tui.shell import OPERATOR

SnapCompare: TypeAlias = Callable[..., bool]

LOST = Lost(
    at=worlds.NOW,
    why="connection refused",
    retry_at=worlds.NOW + timedelta(seconds=16),
)


def after(seconds: float) -> Lens:
    return Lens(worlds.NOW + timedelta(seconds=seconds), UTC)


@pytest.mark.parametrize(
    ("lost", "seconds", "width", "line"),
    [
        pytest.param(
            LOST,
            12,
            100,
            " not heard since 14:02:31 (for 12 s): connection refused; "
            "asking again in 4 s",
            id="all of it",
        ),
        pytest.param(
            replace(LOST, why="no route to host " * 9),
            12,
            80,
            " not heard since 14:02:31 (for 12 s): no route to host no…; "
            "asking again in 4 s",
            id="a long reason is cut, not what one waits for",
        ),
        pytest.param(
            LOST,
            12,
            64,
            " not heard since 14:02:31 (for 12 s); asking again in 4 s",
            id="without the reason",
        ),
        pytest.param(
            LOST, 12, 40, " not heard since 14:02:31 (for 12 s)", id="short of room"
        ),
        pytest.param(
            LOST,
            16.5,
            100,
            " not heard since 14:02:31 (for 16 s): connection refused; "
            "asking again now",
            id="it is asked at this moment",
        ),
        pytest.param(
            replace(LOST, why="", retry_at=None),
            400,
            100,
            " not heard since 14:02:31 (for 6 m); asking again now",
            id="nobody knows why, or when",
        ),
    ],
)
def test_the_banner(lost: Lost, seconds: float, width: int, line: str) -> None:
    assert text_of(lost_line(lost, after(seconds), width)).rstrip() == line


@pytest.mark.parametrize("width", range(1, 130))
def test_the_banner_takes_exactly_its_width(width: int) -> None:
    assert cells(lost_line(LOST, after(12), width)) == width


def test_back_says_how_long_it_was() -> None:
    assert back(40) == "back: was away 40 s"


class Wire:
    """A session whose conductor goes and comes: `now()` stands still while it is gone.

    Satisfies ports.Session, and ports.Clock as far as an app reads clocks.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.live = snapshot
        self.lost: Lost | None = None
        self.real = FakeClock(worlds.NOW)
        self._recorded = RecordedSession([])
        self.follow = self._recorded.follow
        self.sleep, self.timeout = self.real.sleep, self.real.timeout
        self.alarm, self.monotonic = self.real.alarm, self.real.monotonic

    def now(self) -> datetime:
        return self.lost.at if self.lost else self.real.now()

    def latest(self) -> Snapshot:
        if self.lost is None:
            return self.live
        return replace(self.live, mode=Mode.STALE, lost=self.lost)

    def send(self, command: Command) -> None:
        raise SessionLost("the conductor is not heard: connection refused")

    def lose(self, why: str = "connection refused", retry_s: float = 16) -> None:
        at = self.lost.at if self.lost else self.real.now()
        retry_at = self.real.now() + timedelta(seconds=retry_s)
        self.lost = Lost(at=at, why=why, retry_at=retry_at)


def app_of(wire: Wire, *, ascii: bool = False) -> ConductorApp:
    return ConductorApp(wire, wire, operator=OPERATOR, ascii=ascii, hz=0, zone=UTC)


def banner_of(app: ConductorApp) -> str:
    found = app.screen.query_one_optional(Banner)
    if found is None:
        return ""
    row = found.region.y
    return app.screen._compositor.render_strips(app.size)[row].text.strip()


def said_in(app: ConductorApp) -> str:
    said = app.screen.query_one(StatusLine).said
    return said.text if said else ""


async def look(app: ConductorApp, pilot: Pilot[None]) -> None:
    app.pull()
    await pilot.pause()
    app.pull()  # what has come onto the screen is drawn now
    await pilot.pause()


def painted(app: ConductorApp) -> list[str]:
    strips = app.screen._compositor.render_strips(app.size)
    return [strip.text.rstrip() for strip in strips]


async def test_the_banner_counts_while_everything_else_stands_still() -> None:
    wire = Wire(worlds.normal())
    app = app_of(wire)
    async with app.run_test(size=(100, 30)) as pilot:
        await look(app, pilot)
        assert banner_of(app) == ""
        wire.lose()
        await look(app, pilot)
        before = painted(app)
        assert "~ STALE 14:02:31" in before[0]
        assert "(for 0 s): connection refused; asking again in 16 s" in before[1]

        await wire.real.advance(12)
        await look(app, pilot)
        later = painted(app)
        assert "(for 12 s): connection refused; asking again in 4 s" in later[1]
        assert [*later[:1], *later[2:]] == [*before[:1], *before[2:]]


async def test_a_further_attempt_changes_the_reason_and_counts_on() -> None:
    wire = Wire(worlds.normal())
    app = app_of(wire)
    async with app.run_test(size=(100, 30)) as pilot:
        wire.lose()
        await look(app, pilot)
        await wire.real.advance(20)
        wire.lose("no route to host", 8)
        await look(app, pilot)
        assert banner_of(app) == (
            "not heard since 14:02:31 (for 20 s): no route to host; asking again in 8 s"
        )


async def test_when_it_is_back_the_banner_goes_and_a_sentence_says_so() -> None:
    wire = Wire(worlds.normal())
    app = app_of(wire)
    async with app.run_test(size=(100, 30)) as pilot:
        wire.lose()
        await look(app, pilot)
        await wire.real.advance(40)
        wire.lost = None
        await look(app, pilot)
        assert app.screen.query_one_optional(Banner) is None
        assert "LIVE" in painted(app)[0]
        assert said_in(app) == "back: was away 40 s"


async def test_after_a_long_time_it_is_told_what_happened_meanwhile() -> None:
    wire = Wire(replace(worlds.normal(), started_at=worlds.ago(9000)))
    app = app_of(wire)
    async with app.run_test(size=(100, 30)) as pilot:
        await look(app, pilot)
        wire.lose()
        await look(app, pilot)
        await wire.real.advance(600)
        at = worlds.NOW + timedelta(seconds=300)
        event = turned("redis", Health.HEALTHY, Health.FAILED)
        seq = Seq(wire.live.seq + 1)
        envelope = Envelope(seq=seq, node=worlds.HOST, at=at, event=event)
        wire.live, wire.lost = apply(wire.live, envelope), None
        await look(app, pilot)
        await app.workers.wait_for_complete()
        await pilot.pause()
        text = "\n".join(painted(app))
        assert "Since it was last heard at 14:02 (10 m)" in text
        assert "FAILED since 14:07 (5 m)" in text


async def test_after_a_long_time_without_news_it_is_only_back() -> None:
    wire = Wire(replace(worlds.normal(), started_at=worlds.ago(9000)))
    app = app_of(wire)
    async with app.run_test(size=(100, 30)) as pilot:
        await look(app, pilot)
        wire.lose()
        await look(app, pilot)
        await wire.real.advance(600)
        wire.lost = None
        await look(app, pilot)
        await app.workers.wait_for_complete()
        await look(app, pilot)
        assert len(app.screen_stack) == 1
        assert said_in(app) == "back: was away 10 m"


@pytest.mark.parametrize(
    "key", ["1", "2", "3", "4", "5", "6", "enter", "question_mark"]
)
async def test_the_banner_is_on_every_screen(key: str) -> None:
    wire = Wire(worlds.worst())
    app = app_of(wire)
    async with app.run_test(size=(80, 24)) as pilot:
        wire.lose()
        await look(app, pilot)
        await pilot.press(key)
        await pilot.pause()
        await look(app, pilot)
        assert banner_of(app).startswith("not heard since 14:02:31")
        assert len(app.screen.query(Banner)) == 1


async def test_the_banner_goes_from_the_screens_below_too() -> None:
    wire = Wire(worlds.normal())
    app = app_of(wire)
    async with app.run_test(size=(80, 24)) as pilot:
        wire.lose()
        await look(app, pilot)
        await pilot.press("2")
        await look(app, pilot)
        wire.lost = None
        await look(app, pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen.query_one_optional(Banner) is None


async def test_a_key_that_writes_says_that_it_was_not_sent() -> None:
    wire = Wire(worlds.normal())
    app = app_of(wire)
    async with app.run_test(size=(100, 30)) as pilot:
        wire.lose()
        await look(app, pilot)
        await pilot.press("c")
        await pilot.pause()
        assert "was not sent: the conductor is not heard" in said_in(app)


async def test_in_a_small_terminal_the_banner_takes_no_platforms_line() -> None:
    wire = Wire(worlds.worst())
    app = app_of(wire)
    async with app.run_test(size=(60, 16)) as pilot:
        await look(app, pilot)
        before = painted(app)
        wire.lose()
        await look(app, pilot)
        assert painted(app)[1].startswith(" not heard since")
        assert painted(app)[2:] == before[2:]


async def test_a_terminal_of_one_line_says_stale_too() -> None:
    wire = Wire(worlds.normal())
    app = app_of(wire)
    async with app.run_test(size=(60, 3)) as pilot:
        wire.lose()
        await look(app, pilot)
        assert painted(app)[0].strip().startswith("~ STALE")


async def test_in_ascii_the_banner_is_ascii() -> None:
    wire = Wire(worlds.normal())
    app = app_of(wire, ascii=True)
    async with app.run_test(size=(70, 24)) as pilot:
        wire.lose("la connexion a été refusée " * 3)
        await look(app, pilot)
        assert "".join(painted(app)[:2]).isascii()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["small", "usual"])
def test_a_stale_overview(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    wire = Wire(worlds.worst())
    app = app_of(wire)

    async def lose(pilot: Pilot[None]) -> None:
        wire.lose()
        await look(app, pilot)
        await wire.real.advance(12)
        await look(app, pilot)

    assert snap_compare(app, terminal_size=size, run_before=lose)


def test_a_stale_log_of_events(snap_compare: SnapCompare) -> None:
    wire = Wire(worlds.worst())
    app = app_of(wire)

    async def lose(pilot: Pilot[None]) -> None:
        wire.lose()
        await look(app, pilot)
        await pilot.press("2")
        await look(app, pilot)

    assert snap_compare(app, terminal_size=(80, 24), run_before=lose)
