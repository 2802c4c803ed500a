"""What the heart makes of beats and of silence."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conductor_tui.domain.agent import KEPT_BEATS, Detector
from conductor_tui.domain.events import (
    AgentChanged,
    AgentRemoved,
    BeatsHeard,
    IngestCounted,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.settings import CreateSettings
from conductor_tui.engine.heart_ingest import KEPT_STRANGERS
from conductor_tui.engine.heart_record import KEPT_RUNS
from conductor_tui.ports import Heard
from tests.engine.hearing import A, agent, at, listening, settings_of

UNKNOWN, HEALTHY, DEGRADED, CRITICAL, FAILED = Health
LETS_WORKERS_IN = CreateSettings(names=r"worker-\d+", limit=2, expires_s=60)


async def test_silence_makes_it_worse_exactly_at_each_boundary() -> None:
    async with listening() as here:
        here.hear()
        await here.pass_time(30)
        assert here.moves == [
            (0, "a", HEALTHY),
            (5, "a", DEGRADED),
            (10, "a", CRITICAL),
            (15, "a", FAILED),
        ]
        assert here.whys[1:] == [
            "no beat for 5 s (every 5 s)",
            "no beat for 10 s (every 5 s)",
            "no beat for 15 s (every 5 s)",
        ]


async def test_after_a_boundary_the_next_one_is_what_is_waited_for() -> None:
    async with listening() as here:
        here.hear()
        here.hear()
        waits = []
        for passed_s in (4, 2, 5, 5):
            await here.pass_time(passed_s)
            waits.append(here.view().due_at)
        assert waits == [at(5), at(10), at(15), None]


async def test_the_grace_is_added_to_every_boundary() -> None:
    async with listening(agent(grace_s=2.5)) as here:
        here.hear()
        await here.pass_time(30)
        assert [when for when, _, _ in here.moves] == [0, 7.5, 12.5, 17.5]


async def test_an_agent_that_beats_once_per_interval_stays_healthy() -> None:
    async with listening(agent(grace_s=2.5)) as here:
        for _ in range(100):
            here.hear()
            await here.pass_time(5)
        assert here.moves == [(0, "a", HEALTHY)]


async def test_a_beat_makes_it_healthy_at_once() -> None:
    async with listening() as here:
        here.hear()
        await here.pass_time(17)
        here.hear()
        assert here.health() is HEALTHY
        await here.pass_time(4.9)
        assert here.moves[-1] == (17, "a", HEALTHY)


async def test_who_never_came_is_failed_after_one_whole_ladder() -> None:
    async with listening() as here:
        await here.pass_time(14.9)
        assert here.health() is UNKNOWN
        await here.pass_time(0.2)
        assert here.moves == [(15, "a", FAILED)]
        assert here.whys == ["never heard: no beat for 15 s (every 5 s)"]
        await here.pass_time(600)
        assert len(here.moves) == 1


async def test_beats_are_told_together_four_times_a_second_at_most() -> None:
    async with listening(agent("a"), agent("b")) as here:
        here.hear("a")  # the first one of each is told at once, with its health
        here.hear("b")
        await here.pass_time(0.05)
        here.events.clear()
        for _ in range(20):
            here.hear("a")
            here.hear("b")
            await here.pass_time(0.05)
        await here.pass_time(1)
        told = [one for one in here.events if isinstance(one, BeatsHeard)]
        assert 3 <= len(told) <= 5
        assert here.view("a").beats == here.view("b").beats == 21
        assert len(here.view("a").history) == 21


async def test_nothing_is_told_while_nothing_comes() -> None:
    async with listening() as here:
        here.hear()
        await here.pass_time(60)
        so_far = len(here.events)
        await here.pass_time(600)
        assert len(here.events) == so_far


async def test_a_flood_is_counted_and_only_its_newest_beats_are_kept() -> None:
    async with listening() as here:
        for number in range(5000):
            here.hear(note=str(number))
        await here.pass_time(1)
        view = here.view()
        assert view.beats == 5000
        assert len(view.history) == len(view.notes) == KEPT_BEATS
        assert view.notes[-1] == "4999"


async def test_the_view_has_what_came_a_moment_ago() -> None:
    async with listening() as here:
        here.hear()
        here.hear(note='{"cpu":1}')
        assert here.view().notes == ("", '{"cpu":1}')
        assert here.hub.snapshot.agents[A].notes == ("",)
        assert here.view().due_at == at(5)


async def test_what_may_not_be_shown_is_cleaned_at_the_door() -> None:
    async with listening() as here:
        here.hear(words="up\x1b[31m", note='{"a":"\x00"}', run="r\n1")
        last = here.view().last
        assert last is not None
        assert last.words == "up\\x1b[31m"
        assert last.note == '{"a":"\\x00"}'
        assert last.run == "r\\n1"


# What it says of itself


async def test_a_fail_is_failed_at_once_until_a_beat() -> None:
    async with listening() as here:
        here.say(BeatKind.FAIL, words="disk full")
        assert (here.health(), here.whys or ["disk full"]) == (FAILED, ["disk full"])
        await here.pass_time(3)
        here.say(BeatKind.LOG, words="still trying")
        here.say(BeatKind.START)
        assert here.health() is FAILED
        here.hear()
        assert here.health() is HEALTHY


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(BeatKind.FAIL, BeatKind.FAIL, id="it fails for another reason"),
        pytest.param(BeatKind.WARN, BeatKind.WARN, id="it warns of something else"),
        pytest.param(None, BeatKind.FAIL, id="it was silent, and says why"),
        pytest.param(None, BeatKind.STOP, id="it goes before it ever came"),
    ],
)
async def test_the_newest_words_are_why_it_is_as_it_is(
    first: BeatKind | None, then: BeatKind
) -> None:
    async with listening() as here:
        await here.pass_time(20 if then is BeatKind.FAIL and first is None else 1)
        if first is not None:
            here.say(first, words="of before")
        before = here.health()
        here.say(then, words="disk full")
        await here.pass_time(1)
        assert (here.health(), here.view().why) == (before, "disk full")


async def test_an_exit_code_other_than_0_is_a_fail() -> None:
    async with listening() as here:
        here.hear(exit_code=0)
        assert here.health() is HEALTHY
        here.hear(exit_code=3)
        await here.pass_time(1)
        assert here.health() is FAILED
        assert here.whys[-1] == "exit code 3"


async def test_a_warning_is_degraded_until_it_says_otherwise() -> None:
    async with listening() as here:
        here.say(BeatKind.WARN, words="slow")
        await here.pass_time(4)
        here.say(BeatKind.WARN, words="slow")
        await here.pass_time(1)
        assert here.moves == [(0, "a", DEGRADED)]
        assert here.whys == ["slow"]
        await here.pass_time(30)
        assert here.health() is FAILED
        here.hear()
        assert here.health() is HEALTHY


async def test_words_alone_do_not_keep_it_alive() -> None:
    async with listening() as here:
        here.hear()
        await here.pass_time(4)
        here.say(BeatKind.LOG, words="hm")
        await here.pass_time(2)
        assert here.health() is DEGRADED
        assert here.view().heard_at == at(0)


async def test_one_that_went_on_purpose_may_be_silent() -> None:
    async with listening() as here:
        here.hear()
        here.say(BeatKind.STOP)
        await here.pass_time(1000)
        assert here.health() is UNKNOWN
        assert here.view().is_stopped
        here.hear()
        assert here.health() is HEALTHY
        assert not here.view().is_stopped
        await here.pass_time(6)
        assert here.health() is DEGRADED


async def test_no_silence_counts_while_it_has_asked_for_time() -> None:
    async with listening() as here:
        here.hear()
        here.say(BeatKind.LOG, extends_s=60)
        await here.pass_time(59)
        assert here.health() is HEALTHY
        await here.pass_time(6.1)
        assert here.moves[-1] == (65, "a", DEGRADED)


# Runs


async def test_a_run_has_to_end_within_the_grace() -> None:
    async with listening(agent(interval_s=3600, grace_s=60)) as here:
        here.hear()
        here.say(BeatKind.START, run="a1")
        await here.pass_time(59)
        assert here.health() is HEALTHY
        [run] = here.view().runs
        assert (run.run, run.at, run.by) == ("a1", at(0), at(60))
        await here.pass_time(1.1)
        assert here.moves[-1] == (60, "a", FAILED)
        assert here.whys[-1] == "run a1 has not ended: begun 12:00:00 UTC"


async def test_a_success_ends_its_run_and_knows_how_long_it_took() -> None:
    async with listening(agent(interval_s=3600, grace_s=60)) as here:
        here.say(BeatKind.START, run="a1")
        await here.pass_time(42)
        here.hear(run="a1")
        last = here.view().last
        assert last is not None
        assert last.duration_s == pytest.approx(42)
        assert here.view().runs == ()


@pytest.mark.parametrize(
    ("ended", "left"),
    [("a1", ("a2",)), ("a2", ("a1",)), ("other", ("a1", "a2")), ("", ())],
)
async def test_another_run_stays_open(ended: str, left: tuple[str, ...]) -> None:
    async with listening(agent(interval_s=3600, grace_s=60)) as here:
        here.say(BeatKind.START, run="a1")
        here.say(BeatKind.START, run="a2")
        here.hear(run=ended)
        assert tuple(run.run for run in here.view().runs) == left


async def test_a_start_is_no_sign_of_life() -> None:
    async with listening(agent(grace_s=2)) as here:
        here.hear()
        await here.pass_time(6)
        here.say(BeatKind.START)
        await here.pass_time(1)
        assert here.health() is DEGRADED  # by its silence of 7 s
        assert here.view().heard_at == at(0)


async def test_a_failure_ends_the_run() -> None:
    async with listening(agent(interval_s=3600, grace_s=60)) as here:
        here.say(BeatKind.START, run="a1")
        here.say(BeatKind.FAIL, run="a1")
        assert here.view().runs == ()


async def test_a_run_that_was_lost_does_not_fail_the_next_one() -> None:
    async with listening(agent(interval_s=3600, grace_s=60)) as here:
        here.say(BeatKind.START, run="lost")
        await here.pass_time(100)
        assert here.health() is FAILED
        here.say(BeatKind.START, run="next")
        here.hear(run="next")
        assert here.health() is HEALTHY
        assert here.view().runs == ()


async def test_runs_without_number_give_way_to_each_other() -> None:
    async with listening(agent(interval_s=3600, grace_s=60)) as here:
        for number in range(1000):
            here.say(BeatKind.START, run=f"r{number}")
        runs = [run.run for run in here.view().runs]
        assert runs == [f"r{n}" for n in range(1000 - KEPT_RUNS, 1000)]


async def test_beats_are_told_before_the_health_that_they_lead_to() -> None:
    async with listening() as here:
        here.hear(note='{"cpu": 1}')
        view = here.hub.snapshot.agents[A]  # what a screen has at this moment
        assert (view.health, view.beats) == (HEALTHY, 1)
        here.say(BeatKind.LOG)
        here.say(BeatKind.FAIL, words="disk full")
        view = here.hub.snapshot.agents[A]
        assert (view.health, view.beats, view.why) == (FAILED, 3, "disk full")
        here.hear()
        await here.pass_time(1)
        assert here.hub.snapshot.agents[A].beats == 4


# Timetables


async def test_a_timetable_says_when_it_is_late() -> None:
    start = datetime(2030, 1, 1, 0, 59, tzinfo=UTC)  # 01:59 in Berlin
    nightly = agent(cron="0 2 * * *", zone="Europe/Berlin", grace_s=600)
    async with listening(nightly, start=start) as here:
        here.hear()
        assert here.view().due_at == datetime(2030, 1, 1, 1, 0, tzinfo=UTC)
        await here.pass_time(800)
        assert here.moves[1:] == [(660, "a", FAILED)]  # nothing within the grace
        assert here.whys[-1] == (
            "no beat since 01:00:00 UTC (cron 0 2 * * *, Europe/Berlin)"
        )
        here.hear()
        assert here.health() is HEALTHY
        assert here.view().due_at == datetime(2030, 1, 2, 1, 0, tzinfo=UTC)


async def test_a_run_in_its_own_limit_keeps_a_timetables_agent_well() -> None:
    start = datetime(2030, 1, 1, 0, 0, tzinfo=UTC)
    async with listening(agent(cron="* * * * *", grace_s=10), start=start) as here:
        here.hear()
        await here.pass_time(65)
        here.say(BeatKind.START)  # 5 s after it was due
        await here.pass_time(9)
        assert here.health() is HEALTHY
        here.hear()
        await here.pass_time(40)
        assert here.moves == [(0, "a", HEALTHY)]


async def test_a_run_that_outlasts_its_limit_fails_a_timetables_agent() -> None:
    start = datetime(2030, 1, 1, 0, 0, tzinfo=UTC)
    async with listening(agent(cron="* * * * *", grace_s=10), start=start) as here:
        here.hear()
        await here.pass_time(65)
        here.say(BeatKind.START)
        await here.pass_time(30)
        assert here.moves[1:] == [(75, "a", FAILED)]


async def test_a_job_that_only_ever_starts_stays_failed() -> None:
    start = datetime(2030, 1, 1, 0, 0, tzinfo=UTC)
    async with listening(agent(cron="* * * * *", grace_s=10), start=start) as here:
        here.hear()
        await here.pass_time(72)
        for _ in range(20):
            here.say(BeatKind.START)
            await here.pass_time(7)
        assert here.moves[1:] == [(70, "a", FAILED)]


async def test_a_timetable_follows_the_change_to_summer_time() -> None:
    start = datetime(2030, 3, 30, 2, 30, tzinfo=UTC)
    nightly = agent(cron="0 4 * * *", zone="Europe/Berlin", grace_s=600)
    async with listening(nightly, start=start) as here:
        here.hear()
        assert here.view().due_at == datetime(2030, 3, 30, 3, 0, tzinfo=UTC)
        await here.pass_time(1810)
        here.hear()
        assert here.view().due_at == datetime(2030, 3, 31, 2, 0, tzinfo=UTC)


async def test_a_timetable_goes_by_a_wall_clock_that_was_set() -> None:
    start = datetime(2030, 1, 1, 0, 0, tzinfo=UTC)
    async with listening(
        agent(cron="0 1 * * *", zone="UTC", grace_s=600), start=start
    ) as here:
        here.hear()
        here.clock.step_wall(3500)
        await here.pass_time(701)
        assert here.moves[1:] == [(700, "a", FAILED)]


async def test_who_never_came_on_its_timetable_is_failed_after_the_grace() -> None:
    start = datetime(2030, 1, 1, 0, 0, tzinfo=UTC)
    async with listening(
        agent(cron="0 1 * * *", zone="UTC", grace_s=600), start=start
    ) as here:
        await here.pass_time(4300)
        assert here.moves == [(4200, "a", FAILED)]


# The detector that learns


async def test_phi_learns_from_an_agent_that_beats_irregularly() -> None:
    async with listening(agent(detector=Detector.PHI)) as here:
        for number in range(60):
            here.hear()
            await here.pass_time(3 if number % 2 else 9)
        learned = [one for when, *_ in here.moves if (one := when) > 200]
        assert learned == []  # 9 s of silence are nothing new
        await here.pass_time(100)
        assert here.health() is FAILED


async def test_phi_is_the_fixed_ladder_until_it_has_learned() -> None:
    async with listening(agent(detector=Detector.PHI)) as here:
        here.hear()
        await here.pass_time(16)
        assert [when for when, *_ in here.moves] == [0, 5, 10, 15]


# Who may come


async def test_who_fits_comes_by_the_first_beat() -> None:
    async with listening(create=LETS_WORKERS_IN) as here:
        assert here.hear("worker-1").heard is Heard.CREATED
        assert here.hear("worker-1").heard is Heard.TAKEN
        assert here.view("worker-1").beats == 2
        assert here.health("worker-1") is HEALTHY
        assert here.view("worker-1").spec.is_created


async def test_when_it_is_full_nobody_comes_and_it_says_so() -> None:
    async with listening(create=LETS_WORKERS_IN) as here:
        here.hear("worker-1")
        here.hear("worker-2")
        hearing = here.hear("worker-3")
        assert hearing.heard is Heard.REFUSED
        assert "no room for 'worker-3'" in hearing.words
        here.heart.forget(AgentId("worker-1"), "ann said so")
        assert here.hear("worker-3").heard is Heard.CREATED


async def test_strangers_are_counted_and_the_newest_are_named() -> None:
    async with listening(create=LETS_WORKERS_IN) as here:
        for number in range(100):
            hearing = here.hear(f"stranger-{number}")
            assert hearing.heard is Heard.UNKNOWN
        here.hear("worker-1x")
        here.hear("x" * 100_000)
        await here.pass_time(1)
        ingest = here.hub.snapshot.ingest
        assert ingest.unknown == 102
        assert len(ingest.strangers) == KEPT_STRANGERS
        assert ingest.strangers[-2] == "worker-1x"
        assert len(ingest.strangers[-1]) == 64


async def test_what_came_in_is_told_once_a_second_and_only_when_it_changed() -> None:
    async with listening() as here:
        for _ in range(30):
            here.hear()
            await here.pass_time(0.1)
        here.heart.turn_away("no JSON")
        await here.pass_time(60)
        assert 3 <= len(here.told(IngestCounted)) <= 5
        assert here.hub.snapshot.ingest.heard == 30
        assert here.hub.snapshot.ingest.refused == 1
        assert here.hub.snapshot.ingest.refusal == "no JSON"


async def test_who_came_by_itself_is_forgotten_when_it_is_silent() -> None:
    async with listening(create=LETS_WORKERS_IN) as here:
        here.hear("worker-1")
        await here.pass_time(50)
        here.hear("worker-1")
        await here.pass_time(59)
        assert here.health("worker-1") is FAILED
        await here.pass_time(2)
        [removed] = here.told(AgentRemoved)
        assert removed == AgentRemoved(
            agent=AgentId("worker-1"), why="it was silent for 1m"
        )
        assert AgentId("worker-1") not in here.heart.agents


async def test_an_agent_may_be_expected_before_it_beats() -> None:
    spec = replace(agent("worker-7").spec, interval_s=2)
    async with listening(create=LETS_WORKERS_IN) as here:
        assert here.heart.expect(spec).heard is Heard.CREATED
        assert here.heart.expect(replace(spec, interval_s=3)).heard is Heard.TAKEN
        assert here.view("worker-7").spec.interval_s == 3
        assert here.heart.expect(agent("nobody").spec).heard is Heard.REFUSED
        assert here.heart.expect(agent("a", interval_s=99).spec).heard is Heard.TAKEN
        assert here.view("a").spec.interval_s == 5


async def test_who_stands_in_the_settings_is_not_forgotten() -> None:
    async with listening() as here:
        hearing = here.heart.forget(A, "ann said so")
        assert hearing.heard is Heard.REFUSED
        assert "stands in the settings" in hearing.words


async def test_the_agents_are_another_mapping_once_they_changed() -> None:
    async with listening(create=LETS_WORKERS_IN) as here:
        before = here.heart.agents
        assert here.heart.agents is before
        here.hear("worker-1")
        assert here.heart.agents is not before
        assert list(here.heart.agents) == ["a", "worker-1"]
        assert list(before) == ["a"]


# Other settings, and a restart


async def test_other_settings_keep_the_history_and_the_clock_of_an_agent() -> None:
    async with listening(agent("a"), agent("b")) as here:
        here.hear("a")
        here.hear("b")
        await here.pass_time(4)
        await here.heart.keep_to(settings_of(agent("a", interval_s=60), agent("c")))
        assert [e.agent for e in here.events if isinstance(e, AgentRemoved)] == []
        await here.pass_time(8)
        assert here.health("a") is HEALTHY
        assert here.view("a").beats == 1
        assert here.view("a").due_at == at(60)
        assert list(here.hub.snapshot.agents) == ["a", "c"]
        assert len(here.told(AgentChanged)) == 1
        await here.pass_time(49)
        assert here.moves[-1] == (60, "a", DEGRADED)


async def test_a_shorter_rhythm_is_judged_at_once() -> None:
    async with listening(agent("a", interval_s=60)) as here:
        here.hear()
        await here.pass_time(7)
        await here.heart.keep_to(settings_of(agent("a", interval_s=5)))
        assert here.health() is DEGRADED
        await here.pass_time(3.1)
        assert here.moves[-1] == (10, "a", CRITICAL)


async def test_after_a_restart_the_silence_goes_on_from_where_it_was() -> None:
    async with listening(agent("a"), agent("b"), create=LETS_WORKERS_IN) as here:
        here.hear("b")
        here.hear("worker-1")
        here.hear("a", note="1")
        await here.pass_time(10)  # a is two intervals silent
        here.heart.tell()
        before, before_at = here.hub.snapshot.agents, here.clock.now()
    later = at(3 * 3600)  # we were away for three hours
    async with listening(
        agent("a"),
        agent("new"),
        create=LETS_WORKERS_IN,
        start=later,
        before=list(before.in_order()),
        before_at=before_at,
    ) as here:
        assert here.health("a") is CRITICAL
        assert here.view("a").beats == 1
        assert list(here.hub.snapshot.agents) == ["a", "new", "worker-1"]
        assert here.health("worker-1") is DEGRADED  # it has a grace of 2.5 s
        await here.pass_time(10)
        assert here.moves == [
            (2.5, "worker-1", CRITICAL),
            (5, "a", FAILED),
            (7.5, "worker-1", FAILED),
        ]


async def test_a_run_goes_on_after_a_restart() -> None:
    long = agent(interval_s=3600, grace_s=60)
    async with listening(long) as here:
        here.hear()
        here.say(BeatKind.START, run="a1")
        await here.pass_time(40)
        before, before_at = list(here.hub.snapshot.agents.in_order()), here.clock.now()
    async with listening(
        long, start=at(9999), before=before, before_at=before_at
    ) as here:
        assert [run.run for run in here.view().runs] == ["a1"]
        await here.pass_time(21)
        assert here.moves == [(20, "a", FAILED)]


async def test_what_it_said_of_itself_stands_after_a_restart() -> None:
    agents = [agent("failed"), agent("logged"), agent("warned"), agent("stopped")]
    async with listening(*agents) as here:
        here.say(BeatKind.FAIL, "failed", words="disk full")
        here.say(BeatKind.FAIL, "logged")
        here.say(BeatKind.LOG, "logged")
        here.say(BeatKind.WARN, "warned")
        here.say(BeatKind.STOP, "stopped")
        here.heart.tell()
        before, before_at = list(here.hub.snapshot.agents.in_order()), here.clock.now()
    async with listening(
        *agents, start=at(9999), before=before, before_at=before_at
    ) as here:
        assert here.moves == []
        health = [view.health for view in here.hub.snapshot.agents.in_order()]
        assert health == [FAILED, FAILED, DEGRADED, UNKNOWN]
        await here.pass_time(60)
        assert {name for _, name, _ in here.moves} == {"warned"}
        here.hear("failed")
        assert here.health("failed") is HEALTHY


# Ourselves


async def test_while_there_is_nobody_nothing_wakes_us() -> None:
    async with listening(create=LETS_WORKERS_IN) as here:
        await here.heart.keep_to(settings_of(create=LETS_WORKERS_IN))
        await here.pass_time(5)
        here.clock.freeze(100)
        await here.pass_time(5)
        assert here.hear("worker-1").heard is Heard.CREATED
        await here.pass_time(7.4)
        assert here.health("worker-1") is HEALTHY
        await here.pass_time(0.2)
        assert here.moves[-1] == (117.5, "worker-1", DEGRADED)


async def test_a_stall_of_ours_is_nobodys_silence() -> None:
    async with listening(agent("a", grace_s=2.5), agent("dead", grace_s=2.5)) as here:
        here.hear("a")
        here.hear("dead")
        await here.pass_time(7)
        here.clock.freeze(30)
        await here.pass_time(0.3)  # what waited in the sockets comes in
        here.hear("a")
        await here.pass_time(5)
        here.hear("a")
        await here.pass_time(7)
        assert [move for move in here.moves if move[1] == "a"] == [(0, "a", HEALTHY)]
        failed = [when for when, name, now in here.moves if now is FAILED]
        assert failed == [pytest.approx(17.5 + 30, abs=1.0)]


async def test_what_the_watchdog_saw_counts_although_no_look_was_late() -> None:
    async with listening(agent(grace_s=2.5)) as here:
        here.hear()
        await here.pass_time(3.2)
        here.watchdog.pauses.append((3.2, 3.8))
        await here.pass_time(4.8)
        assert here.moves == [(0, "a", HEALTHY)]
        await here.pass_time(0.2)
        assert here.moves[-1] == (8.1, "a", DEGRADED)


@pytest.mark.parametrize("step_s", [3600, -3600])
async def test_a_step_of_the_wall_clock_changes_nothing(step_s: float) -> None:
    async with listening() as here:
        here.hear()
        await here.pass_time(3)
        here.clock.step_wall(step_s)
        await here.pass_time(27)
        assert [when for when, _, _ in here.moves] == [0, 5, 10, 15]
