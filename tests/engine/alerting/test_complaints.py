"""What users of other monitors ask for or complain about, each with our answer.

The numbers are those of the list that this was built from; what belongs to other
parts (heartbeats, the engine's own stalls, settings) has its tests there as well.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from conductor_tui.domain.alert import NoticeKind, Scope
from conductor_tui.domain.events import LoopStalled, PlatformPaused, PlatformResumed
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.own import Stall
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.testing import EPOCH
from tests import build
from tests.engine.alerting.pages import API, Page
from tests.engine.hearing import agent, listening

STATES = frozenset({"DEGRADED", "CRITICAL", "FAILED", "TROUBLE"})


def test_1_our_own_stall_is_an_alert_about_us_and_about_nobody_else() -> None:
    page = Page(states=STATES)
    page.watch("api", "db")
    page.happens(LoopStalled(stall=Stall(at=EPOCH, lasted_s=30.0, why="suspended")))
    for name in ("api", "db"):  # what a stall's results are: the engine says so
        page.happens(build.passed(name))
    assert [one.subject.key for one in page.told] == ["conductor:loop"]


def test_3_only_what_is_to_blame_is_told_and_not_what_depends_on_it() -> None:
    page = Page()
    page.watch("postgres")
    page.watch("api", depends_on=(PlatformName("postgres"),))
    page.watch("web", depends_on=(PlatformName("api"),))
    for name in ("postgres", "api", "web"):
        page.turns(name, Health.FAILED)
    assert [one.subject.name for one in page.told] == ["postgres"]
    assert page.views[API].quiet == "postgres is to blame"


async def test_4_a_restart_goes_on_with_the_timers_of_before() -> None:
    page = Page(remind_s=600.0)
    page.watch("api")
    page.turns("api", Health.FAILED)
    await page.passes(400)
    page.book = page.open_book()
    page.book.restore([page.views[API]], [])
    await page.passes(199)
    assert page.kinds == ["OPENED"]
    await page.passes(1)
    assert page.kinds == ["OPENED", "REMINDER"]


@pytest.mark.parametrize("interval_s", [300.0, 3600.0])
async def test_5_the_interval_of_reminders_is_kept(interval_s: float) -> None:
    page = Page(remind_s=interval_s)
    page.watch("api")
    page.turns("api", Health.FAILED)
    await page.passes(4 * interval_s)
    reminders = [one for one in page.told if one.kind is NoticeKind.REMINDER]
    assert [one.at - EPOCH for one in reminders] == [
        timedelta(seconds=interval_s * number) for number in (1, 2, 3, 4)
    ]


async def test_6_no_zombie_alert_is_left_of_a_crash() -> None:
    page = Page()
    page.watch("api")
    page.turns("api", Health.FAILED)
    kept = page.views[API]
    page.book = page.open_book()
    page.turns("api", Health.HEALTHY)  # while nobody knew of the alert any more
    page.book.restore([kept], [])
    await page.passes(1)
    assert page.kinds == ["OPENED", "RECOVERED"]
    assert page.views[API].ended_at is not None


def test_7_an_agent_that_said_it_failed_is_not_told_again_for_its_silence() -> None:
    page = Page()
    page.listen("job")
    page.agent_turns("job", Health.FAILED)
    page.agent_turns("job", Health.FAILED)
    assert page.kinds == ["OPENED"]


async def test_8_lateness_within_the_grace_of_n_beats_wakes_nobody() -> None:
    page = Page(states=STATES, after=2)
    page.watch("api")
    page.turns("api", Health.DEGRADED)
    await page.passes(4)
    page.turns("api", Health.HEALTHY)
    await page.passes(60)
    assert page.told == []


async def test_9_an_ack_clears_on_recovery_and_resolved_is_never_swallowed() -> None:
    page = Page(remind_s=60.0)
    page.watch("api")
    page.turns("api", Health.FAILED)
    page.ack(sticky=True)
    page.silence(3600)
    page.turns("api", Health.HEALTHY)
    assert page.kinds == ["OPENED", "RECOVERED"]
    assert page.book.alert(API) is None


def test_9_a_pause_silences_what_was_not_told_yet() -> None:
    page = Page()
    page.watch("api")
    name = PlatformName("api")
    pause = Pause(kind=PauseKind.PAUSED, by="ada", why="upgrade", at=EPOCH)
    page.happens(PlatformPaused(platform=name, pause=pause))
    page.turns("api", Health.FAILED)
    assert page.told == []
    page.happens(PlatformResumed(platform=name, by="ada", why="done"))
    page.turns("api", Health.HEALTHY)
    assert page.told == []


async def test_10_a_snooze_ends_by_itself_so_that_nobody_can_forget_it() -> None:
    page = Page()
    page.watch("api")
    page.silence(900, Scope())
    page.turns("api", Health.FAILED)
    await page.passes(901)
    assert page.kinds == ["OPENED"]
    assert len(page.book.silences) == 0


async def test_11_so_many_failures_before_an_alert_and_flapping_is_shown() -> None:
    page = Page(after=3)
    page.watch("api")
    for _ in range(12):
        page.turns("api", Health.FAILED)
        await page.passes(5)
        page.turns("api", Health.HEALTHY)
        await page.passes(5)
    assert page.views[API].is_flapping
    assert page.kinds == ["FLAPPING"]


async def test_13_flapping_is_one_start_and_one_end() -> None:
    page = Page()
    page.watch("api")
    for _ in range(20):
        page.turns("api", Health.FAILED)
        await page.passes(40)
        page.turns("api", Health.HEALTHY)
        await page.passes(5)
    for _ in range(30):
        page.hub.publish(build.passed("api", at=page.clock.now()))
        await page.passes(5)
    assert page.kinds.count("FLAPPING") == page.kinds.count("STEADY") == 1
    assert page.told[-1].state == "HEALTHY"


async def test_14_time_while_we_were_off_is_no_reason_to_tell_anything() -> None:
    page = Page(remind_s=None)
    page.watch("api")
    page.turns("api", Health.FAILED)
    kept = page.views[API]
    await page.clock.advance(86_400)
    page.book = page.open_book()
    page.book.restore([kept], [])
    await page.passes(30)
    page.turns("api", Health.FAILED)
    await page.passes(30)
    assert page.kinds == ["OPENED"]


async def test_12_runs_that_overlap_each_have_their_own_end() -> None:
    async with listening(agent(interval_s=60.0, grace_s=30.0)) as here:
        here.say(BeatKind.BEAT)
        here.say(BeatKind.START, run="one")
        await here.pass_time(10)
        here.say(BeatKind.START, run="two")
        here.say(BeatKind.BEAT, run="one")
        assert [one.run for one in here.view().runs] == ["two"]
        await here.pass_time(29)
        assert here.health() is Health.HEALTHY
        await here.pass_time(2)  # the second run has not ended within its grace
        assert here.health() is Health.FAILED


def test_a_drill_is_labelled_as_one() -> None:
    page = Page()
    spec = replace(build.spec("drill"), probe="canary")
    page.add(spec)
    page.turns("drill", Health.HEALTHY)
    page.turns("drill", Health.FAILED, why="on purpose")
    assert page.told[0].is_drill
    assert page.told[0].text.startswith("[DRILL] FAILED")
