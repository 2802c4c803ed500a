"""Platforms that are left alone: by a person, by the file, by the calendar."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import CheckNow
from conductor_tui.domain.events import (
    CheckFinished,
    CheckOverran,
    PlatformPaused,
    PlatformResumed,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import MaintenanceWindow, Pause, PauseKind, Selection
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.engine.pausing import Pauses
from conductor_tui.testing import EPOCH, FakeClock
from tests.build import spec
from tests.engine.stage import FAILED, PASSED, Stage, stage

BACKUP = MaintenanceWindow(name="backup", selection=Selection())
DEPLOY = MaintenanceWindow(
    name="deploy", selection=Selection(platforms=frozenset([PlatformName("api")]))
)
WINDOWS = Settings(maintenance=(BACKUP, DEPLOY))


def one(**more: Any) -> Settings:
    """Return settings with one platform, "api", that differs in this."""
    changed = replace(spec("api"), **more)
    return Settings(platforms=(PlatformSettings(spec=changed, options=None),))


def paused_by(staged: Stage, name: str = "api") -> str | None:
    pause = staged.view(name).pause
    return pause.by if pause else None


def open_for(staged: Stage, name: str, seconds: float) -> None:
    staged.calendar.until[name] = staged.clock.now() + timedelta(seconds=seconds)


async def test_a_paused_platform_is_not_checked_and_keeps_no_connection() -> None:
    async with stage() as staged:
        answer = await staged.pause("swap")
        assert (answer.granted, answer.words) == (
            True,
            "paused until somebody resumes it",
        )
        calls = staged.probe().calls
        await staged.clock.advance(60)
        assert staged.probe().calls == calls
        assert staged.probe().closed
        assert staged.told(CheckOverran) == []


async def test_a_pause_says_who_why_and_until_when_and_answers_its_command() -> None:
    async with stage() as staged:
        answer = await staged.pause("swap", ttl_s=900)
        assert answer.words == "paused for 15m"
        [told] = staged.told(PlatformPaused)
        assert isinstance(told, PlatformPaused)
        assert told.command == answer.command
        assert (told.pause.kind, told.pause.by, told.pause.why) == (
            PauseKind.PAUSED,
            "ann",
            "swap",
        )
        assert told.pause.until is not None
        assert (told.pause.until - EPOCH).total_seconds() == pytest.approx(900, abs=1)
        assert staged.view().next_at is None


async def test_a_pause_ends_by_itself_and_a_check_follows_at_once() -> None:
    async with stage() as staged:
        await staged.pause(ttl_s=30)
        calls = staged.probe().calls
        await staged.clock.advance(29)
        assert staged.probe().calls == calls
        await staged.clock.advance(2)
        assert staged.probe().calls == calls + 1
        [told] = staged.told(PlatformResumed)
        assert isinstance(told, PlatformResumed)
        assert (told.by, told.why) == ("ann", "the time it was paused for is over")
        assert staged.view().next_at is not None


async def test_nothing_is_looked_for_while_no_pause_can_end_by_itself() -> None:
    pauses, api = Pauses(None, FakeClock()), PlatformName("api")
    pause = Pause(kind=PauseKind.PAUSED, by="ann", why="swap", at=EPOCH)
    pauses.keep_to(())
    assert not pauses.look()
    waiting = asyncio.create_task(pauses.timed())
    pauses.ask(api, pause, None)
    await asyncio.sleep(0)
    assert not waiting.done()
    pauses.ask(api, pause, 30.0)
    await waiting


async def test_a_resume_checks_at_once_and_answers_its_command() -> None:
    async with stage() as staged:
        await staged.pause()
        calls = staged.probe().calls
        answer = await staged.resume()
        assert (answer.granted, answer.words) == (
            True,
            "resumed: a check is on its way",
        )
        assert staged.probe().calls == calls + 1
        [told] = staged.told(PlatformResumed)
        assert isinstance(told, PlatformResumed)
        assert (told.by, told.command) == ("ann", answer.command)
        await staged.clock.advance(11)
        assert staged.probe().calls >= calls + 3


@pytest.mark.parametrize(
    ("why", "ttl_s", "words"),
    [
        pytest.param(" \n", None, "a pause needs a reason", id="no reason"),
        pytest.param("x", 0.0, "a pause must last longer than 0 s", id="no time"),
        pytest.param(
            "x",
            1e300,
            "a pause cannot last that long: leave its end out",
            id="past all calendars",
        ),
    ],
)
async def test_a_pause_that_cannot_be_is_refused(
    why: str, ttl_s: float | None, words: str
) -> None:
    async with stage() as staged:
        answer = await staged.pause(why, ttl_s)
        assert (answer.granted, answer.words) == (False, words)
        assert staged.view().pause is None


async def test_what_is_paused_cannot_be_paused_or_checked_and_says_by_whom() -> None:
    async with stage() as staged:
        await staged.pause("swap")
        again = await staged.pause("other")
        assert (again.granted, again.words) == (
            False,
            "it is paused already: by ann, swap",
        )
        check = CheckNow(id=staged.new_id(), platform=PlatformName("api"), by="ann")
        refused = await staged.ask(check)
        assert not refused.granted
        assert refused.words == "it is PAUSED (by ann, swap): resume it first"


async def test_what_is_not_paused_cannot_be_resumed() -> None:
    async with stage() as staged:
        answer = await staged.resume()
        assert not answer.granted
        assert "not paused" in answer.words


async def test_a_check_under_way_when_the_pause_comes_counts_for_nothing() -> None:
    async with stage(script=[PASSED, 9.0], settings=one(timeout_s=4.0)) as staged:
        while staged.probe().calls < 2:
            await staged.clock.advance(0.5)
        told = len(staged.told(CheckFinished))
        await staged.pause()
        await staged.clock.advance(10)
        assert len(staged.told(CheckFinished)) == told
        assert staged.view().breaker.failures == 0
        assert staged.view().health is Health.HEALTHY


async def test_a_resume_while_the_old_check_still_runs_checks_after_it() -> None:
    settings = one(timeout_s=4.0, interval_s=600.0)
    async with stage(script=[3.0, PASSED], settings=settings) as staged:
        assert staged.view().last is None
        await staged.pause()
        await staged.resume()
        await staged.clock.advance(4)
        assert staged.probe().calls == 2
        last = staged.view().last
        assert last is not None
        assert last.detail == "200 OK"


async def test_a_pause_in_a_trial_leaves_the_trial_to_the_next_check() -> None:
    async with stage(script=[FAILED, FAILED, FAILED, 0.15]) as staged:
        while staged.view().breaker.state is not BreakerState.HALF_OPEN:
            await staged.clock.advance(0.05)
        await staged.pause()
        await staged.clock.advance(1)
        assert staged.view().breaker.state is BreakerState.HALF_OPEN
        await staged.resume()
        await staged.clock.advance(1)
        assert staged.view().breaker.state is BreakerState.CLOSED


async def test_a_hold_and_a_pause_do_not_end_each_other() -> None:
    async with stage() as staged:
        await staged.trip()
        await staged.pause()
        answer = await staged.resume()
        assert "HELD" in answer.words
        assert staged.view().breaker.state is BreakerState.HELD
        await staged.pause()
        assert (await staged.release()).words.startswith("one trial once it is resumed")
        await staged.resume()
        assert staged.view().breaker.state is BreakerState.CLOSED


async def test_a_platform_paused_in_the_file_begins_without_a_check() -> None:
    async with stage(settings=one(paused=True)) as staged:
        await staged.clock.advance(20)
        assert staged.probe().calls == 0
        assert paused_by(staged) == "conductor.toml"
        assert staged.hub.snapshot.is_complete
        assert (await staged.resume()).granted
        assert staged.probe().calls == 1


async def test_a_window_pauses_what_it_covers_until_it_ends() -> None:
    async with stage(spec("api"), spec("db"), settings=WINDOWS) as staged:
        open_for(staged, "deploy", 60)
        await staged.clock.advance(2)
        pause = staged.view().pause
        assert pause is not None
        assert (pause.kind, pause.by) == (PauseKind.MAINTENANCE, "deploy")
        assert pause.until == staged.calendar.until["deploy"]
        assert staged.view("db").pause is None
        calls = staged.probe().calls
        await staged.clock.advance(55)
        assert staged.probe().calls == calls
        await staged.clock.advance(5)
        assert staged.view().pause is None
        assert staged.probe().calls > calls


async def test_what_a_window_gives_back_does_not_begin_all_at_once() -> None:
    many = [spec(f"p{n}") for n in range(100)]
    async with stage(*many, settings=WINDOWS) as staged:
        open_for(staged, "backup", 30)
        await staged.clock.advance(29)
        assert staged.told(PlatformResumed) == []
        while not staged.told(PlatformResumed):
            await staged.clock.advance(0.001)
        assert len(staged.told(PlatformResumed)) < 10
        await staged.clock.advance(1)
        assert len(staged.told(PlatformResumed)) == 100


async def test_a_window_that_is_open_at_the_start_pauses_from_the_start() -> None:
    async with stage(settings=WINDOWS, windows={"backup": 60}) as staged:
        assert paused_by(staged) == "backup"
        assert staged.probe().calls == 0


async def test_of_windows_that_overlap_the_last_to_end_ends_the_pause() -> None:
    async with stage(settings=WINDOWS) as staged:
        open_for(staged, "backup", 30)
        open_for(staged, "deploy", 60)
        await staged.clock.advance(40)
        assert paused_by(staged) == "deploy"
        assert len(staged.told(PlatformPaused)) == 1
        await staged.clock.advance(22)
        assert paused_by(staged) is None


async def test_a_resume_in_a_window_holds_until_that_window_ends() -> None:
    async with stage(settings=WINDOWS) as staged:
        open_for(staged, "backup", 60)
        await staged.clock.advance(2)
        assert (
            await staged.resume()
        ).words == "resumed: the window 'backup' is over for it"
        await staged.clock.advance(30)
        assert paused_by(staged) is None
        open_for(staged, "deploy", 60)  # another one
        await staged.clock.advance(2)
        assert paused_by(staged) == "deploy"
        await staged.clock.advance(70)
        open_for(staged, "backup", 60)  # the next night
        await staged.clock.advance(2)
        assert paused_by(staged) == "backup"


async def test_an_operators_pause_survives_the_end_of_a_window() -> None:
    async with stage(settings=WINDOWS) as staged:
        open_for(staged, "backup", 30)
        await staged.clock.advance(2)
        assert (await staged.pause("still broken")).granted
        await staged.clock.advance(60)
        assert paused_by(staged) == "ann"


async def test_a_pause_that_ends_inside_a_window_becomes_maintenance() -> None:
    async with stage(settings=WINDOWS) as staged:
        await staged.pause(ttl_s=20)
        open_for(staged, "backup", 60)
        await staged.clock.advance(30)
        assert paused_by(staged) == "backup"
        assert staged.told(PlatformResumed) == []


async def test_read_only_pauses_nothing() -> None:
    async with stage(read_only=True) as staged:
        assert not (await staged.pause()).granted
        assert staged.view().pause is None


async def test_a_check_asked_for_while_the_engine_stops_is_refused_in_words() -> None:
    async with stage(script=[PASSED, 0.1]) as staged:
        staged.conductor.stop()
        check = CheckNow(id=staged.new_id(), platform=PlatformName("api"), by="ann")
        answer = await staged.ask(check)
        assert not answer.granted
        assert "stopping" in answer.words
