"""Looking back: every screen shows that moment, nothing writes, End is live again."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest
from textual.pilot import Pilot

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import Envelope
from conductor_tui.domain.fold import replay
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import Seq
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.domain.viewer import Lost
from conductor_tui.testing import EPOCH
from conductor_tui.tui.app import ConductorApp
from conductor_tui.tui.replay import NO_EARLIER, NO_JOURNAL, NO_LATER
from conductor_tui.tui.replaying import IS_PAST
from conductor_tui.tui.screens.seek import SeekScreen
from tests.build import NODE, added, moved, turned
from tests.tui import worlds
from tests.tui.shell import Shell

SnapCompare: TypeAlias = Callable[..., bool]


def ago(seconds: float) -> datetime:
    return EPOCH - timedelta(seconds=seconds)


def told(seconds_ago: float, seq: int, now: Health, why: str) -> Envelope:
    was = Health.HEALTHY if now is Health.FAILED else Health.FAILED
    event = turned("api", was, now, why)
    return Envelope(seq=Seq(seq), node=NODE, at=ago(seconds_ago), event=event)


class Told:
    """Satisfies ports.Archive with these events. While `gate` is closed it hangs."""

    def __init__(self, *events: Envelope) -> None:
        self._events = events
        self.gate = threading.Event()
        self.gate.set()
        self.asked: list[datetime] = []

    def past(self, at: datetime) -> Snapshot:
        assert self.gate.wait(10)
        self.asked.append(at)
        if at < self._events[0].at:
            raise JournalFailed("the journal knows nothing from before that")
        snapshot = replay(Snapshot(), [one for one in self._events if one.at <= at])
        return replace(snapshot, mode=Mode.PAST, at=at, started_at=ago(9000))

    def step(self, at: datetime, by: int) -> datetime | None:
        later = [one.at for one in self._events if one.at > at]
        before = [one.at for one in reversed(self._events) if one.at < at]
        side = later if by > 0 else before
        return side[abs(by) - 1] if len(side) >= abs(by) else None

    def events(
        self, since: datetime, until: datetime | None = None, *, limit: int = 1000
    ) -> tuple[Envelope, ...]:
        return self._events


def archive() -> Told:
    first = Envelope(seq=Seq(1), node=NODE, at=ago(3600), event=added("api"))
    return Told(
        first,
        told(600, 2, Health.HEALTHY, "it answers"),
        told(180, 3, Health.FAILED, "connection refused"),
        told(60, 4, Health.HEALTHY, "it answers again"),
    )


@asynccontextmanager
async def looking(
    past: Told | None, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[Shell]:
    shell = Shell(added("api"), moved("api", BreakerState.OPEN))
    shell.app.archive = past
    async with shell.running(size):
        await shell.look()
        yield shell


async def press(shell: Shell, *keys: str) -> None:
    await shell.press(*keys)
    await shell.app.workers.wait_for_complete()
    await shell.look()


async def test_steps_go_back_and_forward_and_say_what_happened() -> None:
    async with looking(archive()) as shell:
        await press(shell, "left_square_bracket")
        assert "PAST 11:59:00  (1 m ago)  api" in shell.text
        assert "api HEALTHY" in shell.text

        await press(shell, "left_square_bracket")
        assert "PAST 11:57:00  (3 m ago)  api" in shell.text
        assert "FAILED" in shell.text

        await press(shell, "right_square_bracket")
        assert "PAST 11:59:00" in shell.text
        await press(shell, "right_square_bracket")
        assert "PAST" not in shell.text
        assert shell.said == NO_LATER


async def test_end_is_live_again_and_means_the_last_platform_only_then() -> None:
    async with looking(archive()) as shell:
        await press(shell, "left_square_bracket")
        assert shell.hints["past_live"].key == "End"
        await press(shell, "end")

        assert not shell.app.is_past
        assert "PAST" not in shell.text
        assert "past_live" not in shell.hints
        assert "OPEN" in shell.text


async def test_nothing_writes_in_the_past_and_that_is_said() -> None:
    async with looking(archive()) as shell:
        await press(shell, "left_square_bracket")
        for key in ("t", "r", "c", "p"):
            await press(shell, key)
            assert shell.said == IS_PAST
        assert shell.sent == []
        assert not shell.hints["trip"].enabled

        await press(shell, "end", "c")
        assert len(shell.sent) == 1


async def test_what_acts_on_no_platform_is_off_as_well() -> None:
    async with looking(archive()) as shell:
        await press(shell, "left_square_bracket", "ctrl+r")
        assert shell.said == IS_PAST
        assert shell.sent == []


async def test_the_past_stands_still_while_the_present_goes_on() -> None:
    async with looking(archive()) as shell:
        await press(shell, "left_square_bracket")
        await shell.tell(turned("api", Health.HEALTHY, Health.CRITICAL))
        assert "CRITICAL" not in shell.text

        await shell.wait(60)
        assert "PAST 11:59:00  (2 m ago)" in shell.text
        await press(shell, "end")
        assert "CRITICAL" in shell.text


async def test_the_other_screens_show_that_moment_too() -> None:
    async with looking(archive()) as shell:
        await press(shell, "left_square_bracket", "left_square_bracket")
        for key in ("enter", "2", "3", "4", "5", "6"):
            await press(shell, key)
            assert "PAST 11:57:00" in shell.text
        await press(shell, "2")
        assert "connection refused" in shell.text
        assert "it answers again" not in shell.text

        await press(shell, "end")
        assert "PAST" not in shell.text


async def test_minutes_go_to_and_fro() -> None:
    async with looking(archive()) as shell:
        await press(shell, "left_curly_bracket")
        await press(shell, "left_curly_bracket")
        assert "PAST 11:58:00" in shell.text
        await press(shell, "right_curly_bracket")
        assert "PAST 11:59:00" in shell.text
        await press(shell, "right_curly_bracket")
        assert not shell.app.is_past


async def test_what_is_wanted_while_the_journal_is_asked_comes_together() -> None:
    past = archive()
    async with looking(past) as shell:
        past.gate.clear()
        await shell.press("left_square_bracket")
        for _ in range(2):
            await shell.press("left_square_bracket")
        past.gate.set()
        await press(shell)

        assert past.asked == [ago(60), ago(600)]
        assert "PAST 11:50:00" in shell.text


async def test_what_comes_after_end_was_pressed_is_not_shown() -> None:
    past = archive()
    async with looking(past) as shell:
        past.gate.clear()
        await shell.press("left_square_bracket")
        shell.app.action_past_live()
        past.gate.set()
        await press(shell)

        assert not shell.app.is_past


async def test_seeking_asks_for_a_moment_and_says_what_it_understood() -> None:
    async with looking(archive()) as shell:
        await press(shell, "S", *"10m ago")
        assert "2030-01-01 11:50:00, 10 m ago" in shell.text
        await press(shell, "enter")
        assert "PAST 11:50:00" in shell.text


async def test_what_is_no_moment_is_said_and_the_question_stays() -> None:
    async with looking(archive()) as shell:
        await press(shell, "S", *"soon", "enter")
        assert isinstance(shell.app.screen, SeekScreen)
        assert '"soon" is no moment' in shell.text

        await press(shell, "escape")
        assert not shell.app.is_past


async def test_what_the_journal_does_not_know_is_said_and_the_picture_stays() -> None:
    async with looking(archive()) as shell:
        await press(shell, "left_square_bracket")
        await press(shell, "S", *"2h ago", "enter")
        assert "knows nothing from before" in shell.said
        assert "PAST 11:59:00" in shell.text

        for _ in range(3):
            await press(shell, "left_square_bracket")
        await press(shell, "left_square_bracket")
        assert shell.said == NO_EARLIER
        assert "PAST 11:00:00" in shell.text


async def test_without_a_journal_the_keys_say_so() -> None:
    async with looking(None) as shell:
        for key in ("left_square_bracket", "right_square_bracket", "S"):
            await press(shell, key)
            assert shell.said == NO_JOURNAL
        assert not shell.app.is_past


async def test_forward_from_now_there_is_nothing() -> None:
    past = archive()
    async with looking(past) as shell:
        await press(shell, "right_square_bracket")
        assert "this is live" in shell.said
        assert past.asked == []


async def test_a_frozen_picture_goes_to_the_past_as_well() -> None:
    async with looking(archive()) as shell:
        await press(shell, "f")
        await press(shell, "left_square_bracket")
        assert "PAST 11:59:00" in shell.text
        assert "FROZEN" not in shell.text
        await press(shell, "f")
        assert "FROZEN" not in shell.text


async def test_on_the_resources_the_brackets_choose_the_window() -> None:
    past = archive()
    async with looking(past) as shell:
        await press(shell, "3", "left_square_bracket", "right_square_bracket")
        assert past.asked == []
        assert not shell.app.is_past


async def test_while_nobody_is_heard_the_age_of_the_past_goes_on() -> None:
    async with looking(archive()) as shell:
        await press(shell, "left_square_bracket")
        lost = Lost(at=EPOCH, why="connection refused")
        shell.session.frames.append(replace(shell.session.latest(), lost=lost))
        await shell.look()
        shell.clock.freeze(180)
        shell.clock.step_wall(-180)  # what a session's clock does meanwhile: nothing
        await shell.look()

        assert "PAST 11:59:00  (4 m ago)" in shell.text
        assert "not heard since" in shell.text


async def test_two_rows_say_it_too() -> None:
    async with looking(archive(), size=(60, 2)) as shell:
        await press(shell, "left_square_bracket")
        assert shell.text.startswith("PAST")


class OneDay:
    """Satisfies ports.Archive: whatever is asked, it was a bad day."""

    def past(self, at: datetime) -> Snapshot:
        snapshot = worlds.worst()
        moment = snapshot.events[-1].at
        return replace(snapshot, mode=Mode.PAST, at=moment, started_at=ago(9000))

    def step(self, at: datetime, by: int) -> datetime | None:
        return ago(1)

    def events(
        self, since: datetime, until: datetime | None = None, *, limit: int = 1000
    ) -> tuple[Envelope, ...]:
        return ()


async def stepped(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, ConductorApp)
    await pilot.press("left_square_bracket")
    await app.workers.wait_for_complete()
    await pilot.pause()


async def asked(pilot: Pilot[None]) -> None:
    await stepped(pilot)
    await pilot.press("S", *"half past two", "enter")


def far_back(**how: Any) -> ConductorApp:
    shell = Shell(added("api"), **how)
    shell.clock.step_wall((worlds.NOW - EPOCH).total_seconds() + 180)
    shell.app.archive = OneDay()
    return shell.app


@pytest.mark.parametrize(
    "size", [(200, 60), (120, 40), (80, 24), (40, 12)], ids=["wide", "120", "80", "40"]
)
def test_the_past(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(far_back(), terminal_size=size, run_before=stepped)


@pytest.mark.parametrize("theme", ["conductor-light", "conductor-monochrome"])
def test_the_past_in_another_theme(snap_compare: SnapCompare, theme: str) -> None:
    app = far_back()
    app.theme = theme
    assert snap_compare(app, terminal_size=(80, 24), run_before=stepped)


def test_the_past_in_ascii(snap_compare: SnapCompare) -> None:
    app = far_back(ascii=True)
    assert snap_compare(app, terminal_size=(80, 24), run_before=stepped)


@pytest.mark.parametrize("size", [(80, 24), (40, 10)], ids=["80", "40"])
def test_the_question_for_a_moment(
    snap_compare: SnapCompare, size: tuple[int, int]
) -> None:
    assert snap_compare(far_back(), terminal_size=size, run_before=asked)
