"""Who is told what, and when."""

from datetime import timedelta

import pytest

from conductor_tui.domain.alert import NoticeKind, Scope, Severity
from conductor_tui.domain.alert_settings import AlertRule, AlertSettings
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.events import (
    LoadChanged,
    LoopStalled,
    PlatformPaused,
    PlatformRemoved,
    PlatformResumed,
    SettingsLoaded,
    SettingsRefused,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AlertKey, PlatformName
from conductor_tui.domain.own import Stall
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.resources import Load, LoadState
from conductor_tui.testing import EPOCH
from tests import build
from tests.engine.alerting.pages import API, Page


def test_a_failure_is_told_once_and_its_end_too() -> None:
    page = Page()
    page.watch("api")
    page.turns("api", Health.FAILED)
    page.turns("api", Health.HEALTHY)
    assert page.lines == [
        "OPENED: FAILED platform api: connection refused",
        "RECOVERED: HEALTHY platform api after 0 s",
    ]


def test_a_state_that_the_rule_does_not_name_alerts_nobody() -> None:
    page = Page()
    page.watch("api")
    page.turns("api", Health.DEGRADED)
    page.turns("api", Health.HEALTHY)
    assert page.told == []
    assert not page.book.is_waiting


async def test_one_that_fails_again_within_the_cooldown_is_told_when_it_is_over() -> (
    None
):
    page = Page()
    page.watch("api")
    page.turns("api", Health.FAILED)
    await page.passes(10)
    page.turns("api", Health.HEALTHY)
    page.turns("api", Health.FAILED)
    await page.passes(49)
    assert page.kinds == ["OPENED", "RECOVERED"]
    await page.passes(1)
    assert page.kinds == ["OPENED", "RECOVERED", "OPENED"]
    assert page.told[-1].at == EPOCH + timedelta(seconds=10)


async def test_what_begins_and_ends_within_the_cooldown_is_not_told() -> None:
    page = Page()
    page.watch("api")
    for health in (Health.FAILED, Health.HEALTHY, Health.FAILED, Health.HEALTHY):
        page.turns("api", health)
    await page.passes(120)
    assert page.kinds == ["OPENED", "RECOVERED"]


async def test_reminders_come_as_long_as_it_lasts() -> None:
    page = Page(remind_s=600.0)
    page.watch("api")
    page.turns("api", Health.FAILED)
    await page.passes(1800)
    assert page.kinds == ["OPENED", "REMINDER", "REMINDER", "REMINDER"]
    assert page.told[-1].text == (
        "still FAILED platform api for 30 m (3): connection refused"
    )


async def test_after_n_beats_only() -> None:
    page = Page(after=3)
    page.watch("api")
    page.turns("api", Health.FAILED)
    await page.passes(9)
    assert page.told == []
    await page.passes(1)
    assert page.kinds == ["OPENED"]


async def test_one_that_is_well_before_the_nth_beat_is_not_told() -> None:
    page = Page(after=3)
    page.watch("api")
    page.turns("api", Health.FAILED)
    await page.passes(9)
    page.turns("api", Health.HEALTHY)
    await page.passes(60)
    assert page.told == []


async def test_an_ack_ends_the_reminders_until_the_state_changes() -> None:
    page = Page(states=frozenset({"DEGRADED", "FAILED"}), remind_s=60.0)
    page.watch("api")
    page.turns("api", Health.DEGRADED)
    page.ack()
    await page.passes(300)
    assert page.kinds == ["OPENED"]
    page.turns("api", Health.FAILED)
    assert page.kinds == ["OPENED", "CHANGED"]
    assert page.views[API].ack is None
    await page.passes(60)
    assert page.kinds[-1] == "REMINDER"


async def test_a_sticky_ack_lasts_until_it_is_well() -> None:
    page = Page(states=frozenset({"DEGRADED", "FAILED"}), remind_s=60.0)
    page.watch("api")
    page.turns("api", Health.DEGRADED)
    page.ack(sticky=True)
    page.turns("api", Health.FAILED)
    await page.passes(300)
    assert page.kinds == ["OPENED"]
    page.turns("api", Health.HEALTHY)
    assert page.kinds == ["OPENED", "RECOVERED"]
    page.turns("api", Health.FAILED)
    assert page.views[API].ack is None


async def test_a_silence_expires_by_itself_and_what_still_is_wrong_is_told() -> None:
    page = Page()
    page.watch("api")
    page.silence(600)
    page.turns("api", Health.FAILED)
    await page.passes(599)
    assert page.told == []
    assert page.views[API].quiet == (
        'silenced until 2030-01-01 12:10 UTC by ada: "moving house"'
    )
    await page.passes(1)
    assert page.kinds == ["OPENED"]
    assert page.told[0].at == EPOCH


def test_a_recovery_is_told_though_it_is_silenced() -> None:
    page = Page()
    page.watch("api")
    page.turns("api", Health.FAILED)
    page.silence(600)
    page.turns("api", Health.HEALTHY)
    assert page.kinds == ["OPENED", "RECOVERED"]


def test_the_first_rule_that_covers_a_subject_counts() -> None:
    page = Page()
    bots = AlertRule(
        scope=Scope(groups=frozenset({"bots"})),
        states=frozenset({"DEGRADED"}),
        severity=Severity.INFO,
    )
    page.settings = AlertSettings(rules=(bots,))
    page.book = page.open_book()
    page.watch("bot", group="bots")
    page.watch("api")
    for name in ("bot", "api"):
        page.turns(name, Health.DEGRADED)
    assert [(one.subject.name, one.severity) for one in page.told] == [
        ("bot", Severity.INFO)
    ]


def test_what_other_settings_call_no_alert_is_over() -> None:
    page = Page()
    page.watch("api")
    page.turns("api", Health.FAILED)
    page.book.keep_to(AlertSettings(rule=AlertRule(states=frozenset({"HELD"}))))
    page.turn()
    assert page.kinds == ["OPENED", "RECOVERED"]
    assert "no alert by the settings" in page.told[-1].text


def test_one_that_is_watched_no_more_is_over() -> None:
    page = Page()
    page.watch("api")
    page.turns("api", Health.FAILED)
    page.happens(PlatformRemoved(platform=PlatformName("api"), why="not in the file"))
    assert page.lines[-1] == (
        "RECOVERED: not watched any more platform api after 0 s: not in the file"
    )


def test_nobody_is_told_of_a_paused_platform_until_it_is_resumed() -> None:
    page = Page()
    page.watch("api")
    name = PlatformName("api")
    pause = Pause(kind=PauseKind.MAINTENANCE, by="backup", why="", at=EPOCH)
    page.happens(PlatformPaused(platform=name, pause=pause))
    page.turns("api", Health.FAILED)
    assert page.told == []
    page.happens(PlatformResumed(platform=name, by="backup", why="over"))
    page.book.tick()
    page.turn()
    assert page.kinds == ["OPENED"]


def test_the_breaker_says_nothing_that_its_platform_said() -> None:
    page = Page(states=frozenset({"FAILED", "OPEN"}))
    page.watch("api")
    page.turns("api", Health.FAILED)
    page.happens(build.moved("api", BreakerState.OPEN))
    assert page.kinds == ["OPENED"]
    page.turns("api", Health.HEALTHY)
    page.happens(build.moved("api", BreakerState.CLOSED, was=BreakerState.HALF_OPEN))
    assert page.kinds == ["OPENED", "RECOVERED"]


def test_a_breaker_alerts_by_itself_where_only_it_is_asked_for() -> None:
    page = Page(states=frozenset({"OPEN", "HELD"}))
    page.watch("api")
    page.turns("api", Health.FAILED)
    page.happens(build.moved("api", BreakerState.OPEN))
    page.happens(build.moved("api", BreakerState.HELD, held=build.hold()))
    page.happens(build.moved("api", BreakerState.CLOSED, was=BreakerState.HELD))
    assert page.kinds == ["OPENED", "CHANGED", "RECOVERED"]
    assert page.told[1].text == "HELD breaker api, was OPEN: swapping the model"


def test_load_and_our_own_troubles_alert() -> None:
    page = Page()
    load = Load(state=LoadState.EMERGENCY, hot=frozenset({"ram"}))
    page.happens(LoadChanged(was=LoadState.NORMAL, load=load, why="RAM 96 %"))
    page.happens(SettingsRefused(source="conductor.toml", problems=("line 3",)))
    page.happens(SettingsLoaded(source="conductor.toml"))
    assert page.lines == [
        "OPENED: EMERGENCY load of this host: RAM 96 %",
        "OPENED: TROUBLE conductor's own settings: line 3",
        "RECOVERED: HEALTHY conductor's own settings after 0 s",
    ]


async def test_a_long_stall_is_told_and_over_by_itself() -> None:
    page = Page()
    page.happens(LoopStalled(stall=Stall(at=EPOCH, lasted_s=0.3, task="check a")))
    assert page.told == []
    page.happens(LoopStalled(stall=Stall(at=EPOCH, lasted_s=4.0, task="check a")))
    assert page.kinds == ["OPENED"]
    await page.passes(60)
    assert page.kinds == ["OPENED", "RECOVERED"]


async def test_after_a_restart_nobody_is_told_again_and_the_end_is() -> None:
    page = Page(remind_s=600.0)
    page.watch("api")
    page.turns("api", Health.FAILED)
    page.ack()
    kept = page.views[API]
    await page.clock.advance(300)
    page.book = page.open_book()
    page.book.restore([kept], [])
    await page.passes(900)
    assert page.kinds == ["OPENED"]
    view = page.book.alert(API)
    assert view is not None
    assert view.ack is not None
    assert view.ack.by == "ada"
    page.turns("api", Health.HEALTHY)
    assert page.kinds == ["OPENED", "RECOVERED"]


async def test_one_that_recovered_before_it_was_restored_is_told_so() -> None:
    page = Page()
    page.watch("api")
    page.turns("api", Health.FAILED)
    kept = page.views[API]
    page.book = page.open_book()
    page.turns("api", Health.HEALTHY)
    page.book.restore([kept], [])
    await page.passes(1)
    assert page.kinds == ["OPENED", "RECOVERED"]


async def test_the_cooldown_of_one_that_was_over_survives_a_restart() -> None:
    page = Page()
    page.watch("api")
    page.turns("api", Health.FAILED)
    page.turns("api", Health.HEALTHY)
    kept = page.views[API]
    assert kept.ended_at is not None
    page.book = page.open_book()
    page.book.restore([kept], [])
    page.turns("api", Health.FAILED)
    await page.passes(59)
    assert page.kinds == ["OPENED", "RECOVERED"]
    await page.passes(1)
    assert page.kinds == ["OPENED", "RECOVERED", "OPENED"]


async def test_restored_alerts_of_what_nobody_watches_end() -> None:
    page = Page()
    page.watch("api")
    page.turns("api", Health.FAILED)
    kept = page.views[API]
    other = Page()
    other.book.restore([kept], [])
    other.book.drop_strangers()
    other.turn()
    assert other.kinds == ["RECOVERED"]


async def test_a_step_of_the_wall_clock_changes_no_timer() -> None:
    page = Page(remind_s=600.0)
    page.watch("api")
    page.turns("api", Health.FAILED)
    page.clock.step_wall(3600)
    await page.passes(599)
    assert page.kinds == ["OPENED"]
    page.clock.step_wall(-7200)
    await page.passes(1)
    assert page.kinds == ["OPENED", "REMINDER"]


async def test_an_hour_of_flapping_has_one_start_and_one_end() -> None:
    page = Page(remind_s=600.0)
    page.watch("api")
    for _ in range(80):  # an hour: three failed checks, open for 30 s, a good trial
        page.turns("api", Health.FAILED)
        await page.passes(40)
        page.turns("api", Health.HEALTHY)
        await page.passes(5)
    flaps = [one for one in page.told if one.kind is NoticeKind.FLAPPING]
    assert len(flaps) == 1
    before = page.told[: page.told.index(flaps[0])]
    assert len(before) <= 8
    assert page.told[-1] is flaps[0]
    for _ in range(21):
        page.hub.publish(build.passed("api", at=page.clock.now()))
        await page.passes(5)
    assert page.kinds[page.kinds.index("FLAPPING") :] == ["FLAPPING", "STEADY"]
    assert page.told[-1].state == "HEALTHY"
    assert page.views[API].ended_at is not None


async def test_one_that_ends_its_flapping_unwell_stays_open_and_told() -> None:
    page = Page(remind_s=None)
    page.watch("api")
    for _ in range(10):
        page.turns("api", Health.FAILED)
        await page.passes(40)
        page.turns("api", Health.HEALTHY)
        await page.passes(5)
    page.turns("api", Health.FAILED)
    for _ in range(21):
        page.hub.publish(build.failed("api", at=page.clock.now()))
        await page.passes(5)
    assert page.kinds[-2:] == ["FLAPPING", "STEADY"]
    assert page.views[API].told == "FAILED"
    page.turns("api", Health.HEALTHY)
    assert page.kinds[-1] == "RECOVERED"


async def test_with_flapping_off_every_change_is_told() -> None:
    page = Page(flapping=False, cooldown_s=0.0)
    page.watch("api")
    for _ in range(20):
        page.turns("api", Health.FAILED)
        page.turns("api", Health.HEALTHY)
    assert page.kinds == ["OPENED", "RECOVERED"] * 20


@pytest.mark.parametrize("health", [Health.CRITICAL, Health.FAILED])
async def test_a_dependent_waits_for_the_word_of_what_it_depends_on(
    health: Health,
) -> None:
    page = Page()
    page.watch("postgres")
    page.watch("api", depends_on=(PlatformName("postgres"),))
    page.turns("api", Health.FAILED)
    assert page.told == []
    page.turns("postgres", health)
    await page.passes(30)
    told = [] if health is Health.CRITICAL else ["postgres"]
    assert [one.subject.name for one in page.told] == told
    page.turns("postgres", Health.HEALTHY)
    await page.passes(1)
    assert page.told[-1].subject.name == "api"


async def test_a_dependent_is_told_when_what_it_depends_on_is_well() -> None:
    page = Page()
    page.watch("postgres")
    page.watch("api", depends_on=(PlatformName("postgres"),))
    page.turns("api", Health.FAILED)
    await page.passes(1)
    page.turns("postgres", Health.HEALTHY)
    await page.passes(1)
    assert [one.subject.name for one in page.told] == ["api"]


def test_an_agent_that_a_platform_speaks_for_is_not_told_twice() -> None:
    page = Page()
    page.listen("beater")
    page.watch("job", probe="heartbeat", target="beater")
    page.turns("job", Health.FAILED)
    page.agent_turns("beater", Health.FAILED)
    assert [one.subject.key for one in page.told] == [AlertKey("platform:job")]
