"""What can be mended is, within a budget, and it is said whether it helped."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.alert import RecoveryState, RecoveryView, Subject, SubjectKind
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.events import (
    LoadChanged,
    MassFailed,
    PlatformPaused,
    PlatformResumed,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.resources import Load, LoadState
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import AgentSettings, Settings
from conductor_tui.testing import EPOCH
from tests import build
from tests.engine.alerting.mending import RULES, Mending, mending

API = Subject(kind=SubjectKind.PLATFORM, name="api")


def attempt(
    minutes_ago: float, state: RecoveryState = RecoveryState.DID_NOT_HELP
) -> RecoveryView:
    at = EPOCH - timedelta(minutes=minutes_ago)
    return RecoveryView(
        subject=API, action="restart it", why="", at=at, state=state, ended_at=at
    )


async def test_an_action_that_helps_is_recorded_as_such() -> None:
    async with mending() as made:
        made.fail()
        await made.passes(2)
        made.heal()
        await made.passes(2)

        assert made.states == ["RUNNING", "WAITING", "HELPED"]
        assert made.told[0].why == "connection refused"
        assert (made.told[-1].number, made.told[-1].budget) == (1, 3)


async def test_an_action_that_does_not_help_stops_at_its_budget_and_says_so() -> None:
    async with mending() as made:
        made.fail()
        await made.passes(1800)

        assert made.done == ["api"] * 3
        assert made.states == ["RUNNING", "WAITING", "DID NOT HELP"] * 3 + ["GAVE UP"]
        assert made.told[-1].words == (
            "3 of 3 attempts within 1h are spent: the next one not before "
            "2030-01-01 13:00:00 UTC"
        )


async def test_it_is_tried_again_once_the_budget_is_free() -> None:
    async with mending() as made:
        made.fail()
        await made.passes(3605)

        assert made.done == ["api"] * 4


async def test_each_attempt_waits_longer_than_the_one_before() -> None:
    async with mending(helps_within_s=5.0, cooldown_s=60.0, backoff=2.0) as made:
        made.fail()
        await made.passes(600)

        begun = [one.at for one in made.told if one.state is RecoveryState.RUNNING]
        waits = [(b - a).total_seconds() for a, b in pairwise(begun)]
        assert [round(wait, -1) for wait in waits] == [60, 120]


async def test_an_action_that_fails_says_why_and_counts() -> None:
    async with mending(budget=1) as made:
        made.finding = Finding(Outcome.FAILED, "exit code 2: no\x1b such unit")
        made.fail()
        await made.passes(5)

        assert made.states == ["RUNNING", "FAILED", "GAVE UP"]
        assert made.told[1].words == r"exit code 2: no\x1b such unit"


async def test_an_action_that_raises_has_failed_in_words() -> None:
    async with mending() as made:
        made.failure = RuntimeError("no such bus")
        made.fail()
        await made.passes(1)

        assert (made.told[-1].state, made.told[-1].words) == ("FAILED", "no such bus")


async def test_an_action_without_an_end_is_stopped_at_its_deadline() -> None:
    async with mending(timeout_s=30.0) as made:
        made.takes_s = 1e6
        made.fail()
        await made.passes(31)

        assert made.cancelled == 1
        assert made.told[-1].words == "no end within 30s: stopped"


def _paused(made: Mending, is_on: bool) -> None:
    name = PlatformName("api")
    pause = Pause(kind=PauseKind.MAINTENANCE, by="calendar", why="", at=EPOCH)
    made.page.hub.publish(
        PlatformPaused(platform=name, pause=pause)
        if is_on
        else PlatformResumed(platform=name, by="calendar", why="")
    )


def _held(made: Mending, is_on: bool) -> None:
    state = BreakerState.HELD if is_on else BreakerState.OPEN
    held = build.hold() if is_on else None
    made.page.hub.publish(build.moved("api", state, held=held))


def _loaded(made: Mending, is_on: bool) -> None:
    state = LoadState.EMERGENCY if is_on else LoadState.NORMAL
    made.page.hub.publish(
        LoadChanged(was=LoadState.NORMAL, load=Load(state=state), why="ram 99 %")
    )


def _stalled(made: Mending, is_on: bool) -> None:
    made.watchdog.pauses = [(0.0, 1e6)] if is_on else []


def _our_mass(made: Mending, is_on: bool) -> None:
    if is_on:
        names = (PlatformName("api"),)
        made.page.hub.publish(
            MassFailed(platforms=names, watched=1, canary="refused", is_ours=True)
        )


@pytest.mark.parametrize(
    "obstacle",
    [
        pytest.param(_paused, id="maintenance"),
        pytest.param(_held, id="a breaker that a person holds"),
        pytest.param(_loaded, id="EMERGENCY"),
        pytest.param(_stalled, id="our own stall"),
        pytest.param(_our_mass, id="a mass failure of our own"),
    ],
)
async def test_nothing_is_mended_while_it_must_not_be_but_soon_after(
    obstacle: Callable[[Mending, bool], None],
) -> None:
    async with mending() as made:
        obstacle(made, True)
        made.fail()
        await made.passes(50)
        assert made.done == []

        obstacle(made, False)
        await made.passes(15)
        assert made.done == ["api"]


async def test_what_depends_on_a_failed_one_waits_for_it() -> None:
    async with mending("api") as made:
        db = replace(build.spec("web"), depends_on=(PlatformName("api"),))
        made.page.add(db)
        made.names = ("api", "web")
        made.keep_to(replace(made.recovering._settings[API.key], budget=1))
        made.fail("api", "web")
        await made.passes(5)
        assert made.done == ["api"]

        made.heal("api")
        await made.passes(5)
        assert made.done == ["api", "web"]


async def test_at_most_four_are_mended_at_once() -> None:
    names = [f"p{number}" for number in range(9)]
    async with mending(*names) as made:
        made.takes_s = 10.0
        made.fail()
        await made.passes(35)

        assert made.most == 4
        assert sorted(made.done) == names


async def test_of_many_that_fail_together_one_is_mended_at_a_time() -> None:
    names = [f"p{number}" for number in range(5)]
    async with mending(*names) as made:
        made.takes_s = 3.0
        platforms = tuple(map(PlatformName, names))
        made.page.hub.publish(
            MassFailed(platforms=platforms, watched=5, canary="fine", is_ours=False)
        )
        made.fail()
        await made.passes(4)
        assert made.done == []
        await made.passes(26)

        assert made.most == 1
        assert sorted(made.done) == names


async def test_a_budget_survives_a_restart() -> None:
    kept = [attempt(30), attempt(20), attempt(10)]
    async with mending(kept=kept) as made:
        made.fail()
        await made.passes(60)
        assert made.states == ["GAVE UP"]

        await made.passes(1800)
        assert made.done == ["api"]


async def test_a_clock_that_was_in_the_future_does_not_lock_a_budget_for_ever() -> None:
    kept = [attempt(-525_600)] * 3
    async with mending(kept=kept) as made:
        made.fail()
        await made.passes(3590)
        assert made.done == []
        await made.passes(20)
        assert made.done == ["api"]


async def test_an_attempt_that_our_own_end_cut_off_has_failed_and_counts() -> None:
    kept = [replace(attempt(1, RecoveryState.RUNNING), ended_at=None)]
    async with mending(kept=kept, budget=1) as made:
        assert made.states == ["FAILED"]
        assert made.told[0].words.startswith("we stopped meanwhile")

        made.fail()
        await made.passes(1)
        assert made.states == ["FAILED", "GAVE UP"]


async def test_whether_it_helped_is_still_found_after_a_restart() -> None:
    async with mending(kept=[attempt(0, RecoveryState.WAITING)]) as made:
        made.fail()
        made.heal()
        await made.passes(1)

        assert made.states == ["HELPED"]


async def test_giving_up_is_not_told_again_after_a_restart() -> None:
    kept = [*[attempt(ago) for ago in (9, 6, 3)], attempt(1, RecoveryState.GAVE_UP)]
    async with mending(kept=kept) as made:
        made.fail()
        await made.passes(600)

        assert made.states == []


async def test_a_platform_that_is_removed_takes_its_action_with_it() -> None:
    async with mending() as made:
        made.takes_s = 20.0
        made.fail()
        await made.passes(2)
        made.remove()
        await made.passes(1)

        assert made.cancelled == 1
        assert made.told[-1].words == "platform api was removed meanwhile"


async def test_an_action_that_is_taken_out_of_the_settings_ends_and_is_the_last() -> (
    None
):
    async with mending() as made:
        made.takes_s = 20.0
        made.fail()
        await made.passes(2)
        made.keep_to(None)
        await made.passes(600)

        assert made.states == ["RUNNING", "WAITING", "DID NOT HELP"]


async def test_our_end_leaves_no_action_running() -> None:
    async with mending() as made:
        made.takes_s = 20.0
        made.fail()
        await made.passes(2)
        assert made.running == 1

    assert (made.running, made.cancelled) == (0, 1)


async def test_what_is_failed_already_is_mended_once_it_may_be() -> None:
    async with mending() as made:
        rules = made.recovering._settings[API.key]
        made.keep_to(None)
        made.fail()
        await made.passes(5)
        assert made.done == []

        made.keep_to(rules)
        await made.passes(1)
        assert made.done == ["api"]


async def test_a_budget_that_is_larger_than_what_is_kept_survives_too() -> None:
    kept = [replace(attempt(10 - n), number=n + 6) for n in range(10)]
    async with mending(kept=kept, budget=15, cooldown_s=0.0) as made:
        made.fail()
        await made.passes(60)

        assert made.states == ["GAVE UP"]


async def test_what_an_action_says_is_told_without_secrets() -> None:
    secret = Secret("hunter22", "${TOKEN}")
    async with mending(secrets=(secret,)) as made:
        made.finding = Finding(Outcome.PASSED, "logged in with hunter22")
        made.fail()
        await made.passes(1)

        assert made.told[-1].words == "logged in with ${TOKEN}"


async def test_an_agent_is_mended_as_a_platform_is() -> None:
    async with mending() as made:
        made.page.listen("bot")
        agent = AgentSpec(agent=AgentId("bot"))
        made.recovering.keep_to(
            Settings(agents=(AgentSettings(spec=agent, recovery=RULES),))
        )
        made.page.agent_turns("bot", Health.FAILED)
        await made.passes(1)
        made.page.agent_turns("bot", Health.HEALTHY)
        await made.passes(1)

        assert made.states == ["RUNNING", "WAITING", "HELPED"]
        assert (made.told[0].subject.key, made.told[0].why) == ("agent:bot", "silent")


async def test_a_subject_that_was_well_only_before_the_end_was_not_helped() -> None:
    async with mending() as made:
        made.takes_s = 10.0
        made.fail()
        await made.passes(2)
        made.heal()
        made.fail()
        await made.passes(80)

        assert made.states[:3] == ["RUNNING", "WAITING", "DID NOT HELP"]


async def test_a_stepped_wall_clock_changes_no_budget() -> None:
    async with mending() as made:
        made.fail()
        await made.passes(600)
        made.page.clock.step_wall(86_400.0)
        await made.passes(600)

        assert made.done == ["api"] * 3
