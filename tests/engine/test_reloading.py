"""The settings change while the engine runs."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import BreakerSpec, CheckSpec
from conductor_tui.domain.commands import ReloadSettings
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.events import (
    BreakerChanged,
    CheckFinished,
    PlatformAdded,
    PlatformChanged,
    PlatformRemoved,
    SettingsLoaded,
    SettingsRefused,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import MaintenanceWindow, Selection
from conductor_tui.domain.resources import LoadLimits, LoadState
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import (
    CheckDefaults,
    EngineSettings,
    PlatformSettings,
    Settings,
)
from conductor_tui.testing import settle
from tests.build import spec
from tests.engine.stage import FAILED, PASSED, Stage, stage

BROKEN = SettingsError(["conductor.toml, line 3: no", "conductor.toml, line 9: no"])


def file(*specs: CheckSpec, **more: Any) -> Settings:
    """Return settings with these platforms, whose options are their targets."""
    return Settings(
        platforms=tuple(PlatformSettings(spec=s, options=s.target) for s in specs),
        source="conductor.toml",
        **more,
    )


def names(staged: Stage) -> list[str]:
    return list(staged.hub.snapshot.platforms)


def load(staged: Stage) -> LoadState:
    return staged.hub.snapshot.resources.load.state


def loaded(staged: Stage) -> SettingsLoaded:
    newest = staged.told(SettingsLoaded)[-1]
    assert isinstance(newest, SettingsLoaded)
    return newest


async def test_what_the_engine_goes_by_is_told_at_the_start() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        assert loaded(staged) == SettingsLoaded(source="conductor.toml")
        assert staged.hub.snapshot.settings.source == "conductor.toml"


async def test_a_changed_file_is_read_when_it_was_seen_changed_twice() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        staged.source.put(file(spec("api"), spec("db")))
        await staged.pass_time(1)
        assert staged.source.loads == 0
        await staged.pass_time(2)
        assert names(staged) == ["api", "db"]
        assert staged.source.loads == 1
        assert loaded(staged).added == ("db",)
        assert staged.view("db").health is Health.HEALTHY


async def test_a_reload_that_is_asked_for_is_made_at_once_and_answered_in_words() -> (
    None
):
    async with stage(settings=file(spec("api"), spec("db"))) as staged:
        changed = spec("api", interval_s=9.0)
        answer = await staged.reload(file(changed, spec("mail")))
        assert answer.granted
        assert answer.words == (
            "conductor.toml: 1 added (mail), 1 removed (db), 1 changed (api)"
        )
        assert (answer.verb, answer.platform) == ("reload", None)


async def test_a_reload_of_the_same_says_so_and_tells_nobody_else() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        told = len(staged.told(SettingsLoaded))
        answer = await staged.reload(file(spec("api")))
        assert answer.words == "conductor.toml: nothing has changed"
        assert len(staged.told(SettingsLoaded)) == told


async def test_a_file_that_cannot_be_used_changes_nothing_and_is_told_once() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        staged.source.put(BROKEN)
        await staged.pass_time(5)
        staged.source.put(BROKEN)  # written again, as bad as before
        await staged.pass_time(5)
        assert staged.told(SettingsRefused) == [
            SettingsRefused(source="conductor.toml", problems=BROKEN.problems)
        ]
        assert names(staged) == ["api"]
        answer = await staged.reload(BROKEN)
        assert not answer.granted
        assert answer.words == (
            "nothing changes: conductor.toml, line 3: no (and 1 more)"
        )


async def test_a_mended_file_takes_the_problems_away_though_it_changes_nothing() -> (
    None
):
    async with stage(settings=file(spec("api"))) as staged:
        await staged.reload(BROKEN)
        assert staged.hub.snapshot.settings.problems == BROKEN.problems
        await staged.reload(file(spec("api")))
        assert staged.hub.snapshot.settings.problems == ()


async def test_more_problems_than_anybody_reads_are_counted() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        await staged.reload(SettingsError([f"problem {n}" for n in range(5000)]))
        problems = staged.hub.snapshot.settings.problems
        assert len(problems) == 21
        assert problems[-1] == "... and 4980 more"


async def test_what_breaks_while_reading_is_a_problem_and_not_the_end() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        answer = await staged.reload(ZeroDivisionError("by zero"))
        assert answer.words == (
            "nothing changes: the settings cannot be read: ZeroDivisionError"
        )
        await staged.clock.advance(10)
        assert staged.view().health is Health.HEALTHY


async def test_an_unchanged_platform_keeps_its_probe_and_is_not_told() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        probe, due = staged.probe(), staged.view().next_at
        moved = replace(spec("api"), origin="conductor.toml, [[platform]] 2")
        await staged.reload(file(spec("first"), moved))
        assert staged.probe() is probe
        assert not probe.closed
        assert staged.told(PlatformChanged) == []
        assert staged.view().next_at == due
        assert staged.view().spec.origin == moved.origin


async def test_a_hold_stays_whatever_changes() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        await staged.trip()
        before = staged.view().breaker
        other = spec("api", target="http://127.0.0.1:81/", failures=9, interval_s=3.0)
        await staged.reload(file(other))
        after = staged.view().breaker
        assert (after.state, after.epoch, after.hold) == (
            before.state,
            before.epoch,
            before.hold,
        )
        assert after.limit == 9


async def test_a_changed_interval_keeps_health_and_history_and_moves_the_beats() -> (
    None
):
    async with stage(settings=file(spec("api", interval_s=5.0))) as staged:
        await staged.clock.advance(21)
        probe, results = staged.probe(), len(staged.view().window)
        await staged.reload(file(spec("api", interval_s=1.0)))
        assert staged.probe() is probe
        await staged.clock.advance(10)
        assert len(staged.view().window) >= results + 10
        assert staged.view().window.capacity == 1800
        assert staged.view().health is Health.HEALTHY


async def test_another_target_begins_afresh_with_a_check_at_once() -> None:
    async with stage(settings=file(spec("api")), script=[FAILED]) as staged:
        await staged.clock.advance(6)
        old = staged.probe()
        staged.script[:] = [PASSED]
        await staged.reload(file(spec("api", target="http://127.0.0.1:81/")))
        assert old.closed
        assert staged.probe().calls == 1
        [changed] = staged.told(PlatformChanged)
        assert isinstance(changed, PlatformChanged)
        assert changed.is_another
        assert staged.view().health is Health.HEALTHY
        assert len(staged.view().window) == 1


async def test_another_target_lets_an_open_breaker_try_at_once() -> None:
    async with stage(settings=file(spec("api")), script=[FAILED]) as staged:
        await staged.clock.advance(20)
        assert staged.view().breaker.state is BreakerState.OPEN
        staged.script[:] = [PASSED]
        await staged.reload(file(spec("api", target="http://127.0.0.1:81/")))
        assert staged.view().breaker.state is BreakerState.CLOSED
        moves = [
            e for e in staged.told(BreakerChanged) if isinstance(e, BreakerChanged)
        ]
        assert moves[-3].breaker.by == "conductor.toml"


async def test_a_check_of_the_old_target_says_nothing_about_the_new_one() -> None:
    slow = spec("api", timeout_s=4.0, failures=1, interval_s=60.0)
    async with stage(settings=file(slow), script=[9.0]) as staged:
        staged.script[:] = [PASSED]
        await staged.reload(file(replace(slow, target="http://127.0.0.1:81/")))
        await staged.clock.advance(5)
        assert staged.view().breaker.state is BreakerState.CLOSED
        assert staged.view().health is Health.HEALTHY


async def test_a_breaker_goes_by_its_new_settings() -> None:
    async with stage(settings=file(spec("api")), script=[FAILED]) as staged:
        one_is_enough = replace(spec("api"), breaker=BreakerSpec(failures=9))
        await staged.reload(file(one_is_enough))
        await staged.clock.advance(30)
        assert staged.view().breaker.state is BreakerState.CLOSED
        assert staged.view().breaker.limit == 9


async def test_a_probe_that_cannot_be_closed_ends_neither_reload_nor_stop() -> None:
    platforms = spec("api"), spec("db"), spec("web")
    async with stage(settings=file(*platforms)) as staged:
        for probe in staged.probes.values():
            probe.close_failure = RuntimeError("the loop is closed")
        changed = replace(spec("db"), target="http://127.0.0.1:81/")
        answer = await staged.reload(file(changed, spec("web")))
        assert answer.granted
        assert names(staged) == ["db", "web"]
        assert (await staged.pause(name="web")).granted
        db = staged.probe("db")
    assert db.closed


async def test_what_is_in_the_file_no_more_is_let_go_of() -> None:
    async with stage(settings=file(spec("api"), spec("db"))) as staged:
        await staged.reload(file(spec("db")))
        assert staged.probe("api").closed
        [removed] = staged.told(PlatformRemoved)
        assert isinstance(removed, PlatformRemoved)
        assert (removed.platform, removed.why) == (
            "api",
            "it is not in conductor.toml any more",
        )


async def test_what_comes_back_during_its_old_check_is_checked_right_after_it() -> None:
    slow = spec("api", interval_s=600.0, timeout_s=20.0)
    async with stage(settings=file(slow, spec("db")), script=[10.0]) as staged:
        staged.script[:] = [PASSED]
        await staged.reload(file(spec("db")))
        await staged.reload(file(slow, spec("db")))
        assert staged.view().health is Health.UNKNOWN
        await staged.clock.advance(12)
        assert staged.view().health is Health.HEALTHY


async def test_the_limits_of_the_load_are_those_of_the_file() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        staged.sampler.ram = 70
        await staged.pass_time(3)
        assert load(staged) is LoadState.NORMAL
        answer = await staged.reload(
            file(spec("api"), load=LoadLimits(degraded_at=60, recovered_at=50))
        )
        assert answer.words == "conductor.toml: [load] changed"
        await staged.pass_time(3)
        assert load(staged) is LoadState.DEGRADED


async def test_history_and_spacing_are_those_of_the_file() -> None:
    both = (spec("api"), spec("db"))
    async with stage(settings=file(*both)) as staged:
        engine = EngineSettings(history_s=60.0, spacing_s=0.5)
        await staged.reload(file(*both, engine=engine))
        assert staged.view().window.capacity == 12
        await staged.clock.advance(5)
        api, db = staged.view().next_at, staged.view("db").next_at
        assert api is not None
        assert db is not None
        assert (db - api).total_seconds() % 5 == pytest.approx(0.5, abs=0.01)


async def test_fewer_checks_at_once_holds_from_the_next_check_on() -> None:
    many = [spec(f"p{n}", timeout_s=4.0) for n in range(10)]
    async with stage(settings=file(*many), script=[1.0]) as staged:
        engine = EngineSettings(max_checks_at_once=1)
        await staged.reload(file(*many, engine=engine))
        await staged.clock.advance(3)
        told = len(staged.told(CheckFinished))
        await staged.clock.advance(10)  # a second each, one after the other
        assert len(staged.told(CheckFinished)) - told <= 10


async def test_a_pause_in_the_file_comes_and_goes_with_the_file() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        await staged.reload(file(replace(spec("api"), paused=True)))
        pause = staged.view().pause
        assert pause is not None
        assert pause.by == "conductor.toml"
        await staged.reload(file(spec("api")))
        assert staged.view().pause is None


async def test_a_file_that_pauses_no_more_leaves_an_operators_pause() -> None:
    async with stage(settings=file(replace(spec("api"), paused=True))) as staged:
        await staged.resume()
        await staged.pause("mine")
        await staged.reload(file(spec("api")))
        pause = staged.view().pause
        assert pause is not None
        assert pause.by == "ann"


async def test_an_operators_resume_outlives_edits_that_say_paused_still() -> None:
    paused = replace(spec("api"), paused=True)
    async with stage(settings=file(paused)) as staged:
        await staged.resume()
        await staged.reload(file(replace(paused, group="bots")))
        assert staged.view().pause is None


async def test_a_window_in_the_file_holds_as_soon_as_it_is_read() -> None:
    window = MaintenanceWindow(name="night", selection=Selection())
    async with stage(settings=file(spec("api")), windows={"night": 600}) as staged:
        assert staged.view().pause is None
        await staged.reload(file(spec("api"), maintenance=(window,)))
        pause = staged.view().pause
        assert pause is not None
        assert pause.by == "night"
        await staged.reload(file(spec("api")))
        assert staged.view().pause is None


async def test_without_tables_what_listens_is_followed_and_the_same_name_stays() -> (
    None
):
    empty = Settings(discover=True, source="conductor.toml, empty")
    async with stage(settings=file(spec("api"), spec("db"))) as staged:
        await staged.trip()
        staged.discovery.found = [spec("api", target="127.0.0.1:81"), spec("redis")]
        await staged.reload(empty)
        await staged.pass_time(6)
        assert sorted(names(staged)) == ["api", "redis"]
        assert staged.view().breaker.state is BreakerState.HELD
        assert staged.view().spec.target == "127.0.0.1:81"


async def test_an_operators_pause_outlives_its_table_and_the_files_own_does_not() -> (
    None
):
    paused = replace(spec("db"), paused=True)
    async with stage(settings=file(spec("api"), paused)) as staged:
        await staged.pause()
        await staged.reload(Settings(discover=True))
        await staged.pass_time(6)
        assert names(staged) == ["api"]
        await staged.resume()
        await staged.pass_time(6)
        assert names(staged) == []


async def test_with_tables_again_nothing_else_is_followed() -> None:
    defaults = CheckDefaults()
    settings = Settings(discover=True, defaults=defaults)
    async with stage(settings=settings) as staged:
        staged.discovery.found = [spec("api"), spec("redis")]
        await staged.pass_time(6)
        await staged.trip()
        await staged.reload(file(spec("api", target="http://127.0.0.1:81/")))
        staged.discovery.found = [spec("nginx")]
        await staged.pass_time(12)
        assert names(staged) == ["api"]
        assert staged.view().breaker.state is BreakerState.HELD


async def test_new_defaults_hold_for_what_was_found_already() -> None:
    async with stage(settings=Settings(discover=True)) as staged:
        staged.discovery.found = [spec("api")]
        await staged.pass_time(6)
        patient = Settings(discover=True, defaults=CheckDefaults(interval_s=60.0))
        answer = await staged.reload(patient)
        assert "[defaults] changed" in answer.words
        assert staged.view().spec.interval_s == 60.0
        staged.discovery.found = [spec("api"), spec("redis")]
        await staged.pass_time(12)
        assert staged.view("redis").spec.interval_s == 60.0


async def test_many_new_platforms_do_not_begin_at_once() -> None:
    many = [spec(f"p{n}") for n in range(100)]
    async with stage(settings=file(spec("api"))) as staged:
        staged.source.put(file(*many))
        command = ReloadSettings(id=staged.new_id(), by="ann")
        staged.conductor.control.handle(command)
        await settle()
        await asyncio.to_thread(lambda: None)  # the file is read off the loop
        await settle()
        assert len(staged.told(PlatformAdded)) == 2
        await staged.pass_time(1)
        assert len(staged.told(PlatformAdded)) == 101


async def test_a_second_reload_at_the_same_time_is_refused_in_words() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        for _ in range(2):
            command = ReloadSettings(id=staged.new_id(), by="ann")
            staged.conductor.control.handle(command)
        await staged.pass_time(1)
        assert [answer.granted for answer in staged.answers] == [False, True]
        assert staged.answers[0].words == "the settings are being read already"


async def test_a_reload_that_the_end_overtakes_is_answered_too() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        command = ReloadSettings(id=staged.new_id(), by="ann")
        staged.conductor.control.handle(command)
        staged.conductor.stop()
        await staged.clock.advance(5)
        answer = staged.answer_to(command)
        assert not answer.granted
        assert "stopping" in answer.words


async def test_a_stop_in_the_middle_lets_go_of_the_platforms_not_yet_begun() -> None:
    many = [spec(f"p{n}") for n in range(100)]
    async with stage(settings=file(spec("api"))) as staged:
        staged.source.put(file(*many))
        command = ReloadSettings(id=staged.new_id(), by="ann")
        staged.conductor.control.handle(command)
        await settle()
        await asyncio.to_thread(lambda: None)  # the file is read off the loop
        await settle()
        assert len(staged.told(PlatformAdded)) == 2
        staged.conductor.stop()
        await settle()
        assert all(probe.closed for probe in staged.probes.values())


async def test_an_undo_is_not_meant_for_another_platform_of_the_same_name() -> None:
    async with stage(settings=file(spec("api"), spec("db"))) as staged:
        await staged.trip()
        await staged.reload(file(spec("db")))
        await staged.reload(file(spec("db"), spec("api", failures=1)))
        staged.probe().script = [FAILED]
        await staged.clock.advance(6)  # it opens: the same epoch as after the trip
        answer = await staged.undo()
        assert not answer.granted
        assert "nothing to undo" in answer.words


async def test_no_secret_is_told_by_a_probe_that_cannot_be_opened() -> None:
    bad = PlatformSettings(
        spec=spec("bad"), options=1, secrets=(Secret("be opened", "***"),)
    )
    async with stage(settings=file(spec("api"))) as staged:
        staged.broken.add(PlatformName("bad"))
        answer = await staged.reload(Settings(platforms=(bad,)))
        assert answer.words.endswith("RuntimeError: it cannot ***")


async def test_a_probe_that_cannot_be_opened_changes_nothing() -> None:
    async with stage(settings=file(spec("api"))) as staged:
        staged.broken.add(PlatformName("bad"))
        answer = await staged.reload(file(spec("new"), spec("bad")))
        assert not answer.granted
        assert "cannot be opened" in answer.words
        assert names(staged) == ["api"]
        assert staged.probe("new").closed
