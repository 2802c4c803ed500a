"""What was acknowledged is there after a restart; nobody waits for a bad journal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.alert_events import JournalChanged
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import BeatAgent
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import BreakerChanged, ConductorStarted, PlatformAdded
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.settings import AgentSettings, Settings
from conductor_tui.engine.recording.recording import (
    CHECKPOINT_S,
    FIRST_CHECKPOINT_S,
    NOT_KEPT,
    RETRY_S,
)
from conductor_tui.testing import FakeClock, settle
from tests.build import spec
from tests.engine.alerting.outboxes import MemoryJournal
from tests.engine.recording.memory_state import MemoryState
from tests.engine.stage import FAILED, stage

AGENT = AgentId("agent-1")
FULL = JournalFailed("journal.db: no room left on its disk: make room there")


@pytest.fixture
def journal() -> MemoryState:
    return MemoryState(FakeClock())


def listening() -> Settings:
    agent = AgentSettings(spec=AgentSpec(agent=AGENT, interval_s=10.0))
    return Settings(agents=(agent,))


async def test_a_trip_is_kept_before_anybody_hears_of_it(journal: MemoryState) -> None:
    async with stage(state=journal) as on:
        journal.gate.clear()
        await on.conductor_trips("swapping the model")
        assert on.answers == []
        assert on.told(BreakerChanged) == []
        journal.gate.set()
        await settle()
        [answer] = on.answers
        assert answer.granted
        assert journal.breakers[on.view().name].breaker.state is BreakerState.HELD
        assert [one.why for one in journal.commands] == ["swapping the model"]


async def test_a_held_breaker_is_held_after_a_crash(journal: MemoryState) -> None:
    async with stage(state=journal) as on:
        await on.trip("swapping the model")
        kept = on.view().breaker
    async with stage(state=journal) as on:
        assert on.view().breaker == kept
        calls = on.probe().calls
        await on.pass_time(60)
        assert on.probe().calls == calls == 0
        assert (await on.reset()).granted


async def test_a_hold_ends_at_its_time_of_day_whoever_was_there(
    journal: MemoryState,
) -> None:
    async with stage(state=journal) as on:
        await on.trip(ttl_s=300.0)
        breaker = journal.breakers[on.view().name]
    retry_at = breaker.breaker.retry_at
    assert retry_at is not None
    early = replace(breaker.breaker, retry_at=retry_at - timedelta(seconds=290))
    journal.breakers[breaker.platform] = replace(breaker, breaker=early)
    async with stage(state=journal) as on:
        assert on.view().breaker.state is BreakerState.HELD
        await on.pass_time(16)
        assert on.view().breaker.state is BreakerState.CLOSED


async def test_an_epoch_goes_on_where_it_was(journal: MemoryState) -> None:
    async with stage(state=journal) as on:
        await on.trip()
        await on.reset()
    async with stage(state=journal) as on:
        assert on.view().breaker.epoch == 2
        late = await on.trip(epoch=1)
        assert not late.granted
        assert "too late" in late.words
    assert [one.answer.granted for one in journal.commands] == [True, True, False]


async def test_a_breaker_that_checks_opened_is_open_after_a_crash(
    journal: MemoryState,
) -> None:
    async with stage(script=[FAILED], state=journal) as on:
        await on.pass_time(15)
        assert on.view().breaker.state is BreakerState.OPEN
    async with stage(script=[FAILED], state=journal) as on:
        assert on.view().breaker.state is BreakerState.OPEN
        assert on.probe().calls == 0


async def test_a_pause_goes_on_and_ends_at_its_time(journal: MemoryState) -> None:
    async with stage(state=journal) as on:
        await on.pause("a rest", ttl_s=100.0)
    async with stage(state=journal) as on:
        pause = on.view().pause
        assert pause is not None
        assert pause.why == "a rest"
        await on.pass_time(102)
        assert on.view().pause is None
    assert journal.pauses == {}


async def test_the_log_comes_back_and_what_is_known_is_no_news(
    journal: MemoryState,
) -> None:
    async with stage(state=journal) as on:
        await on.trip("swap")
        assert len(on.told(PlatformAdded)) == 1
        seq = on.hub.snapshot.seq
    async with stage(state=journal) as on:
        log = on.hub.snapshot.log
        kinds = [type(one.event).__name__ for one in log]
        assert kinds.count("BreakerChanged") == 1
        assert "PlatformAdded" not in kinds
        assert [one.seq for one in log] == sorted({one.seq for one in log})
        timeline = [type(one.event) for one in on.view().timeline]
        assert BreakerChanged in timeline
        assert on.hub.snapshot.seq > 0
    assert seq > 0


async def test_the_time_we_were_off_is_told(journal: MemoryState) -> None:
    async with stage(state=journal) as on:
        [first] = on.told(ConductorStarted)
        assert first == ConductorStarted()
    assert journal.alive_at is not None
    died = journal.alive_at = journal.alive_at - timedelta(hours=1)
    async with stage(state=journal) as on:
        [again] = on.told(ConductorStarted)
        assert isinstance(again, ConductorStarted)
        assert again.before == died
        assert on.hub.snapshot.off_since == died


async def test_a_clock_that_was_set_back_tells_no_nonsense(
    journal: MemoryState,
) -> None:
    async with stage(state=journal) as on:
        await on.trip(ttl_s=60.0)
    assert journal.alive_at is not None
    journal.alive_at += timedelta(hours=1)
    kept = journal.breakers[spec("api").platform]
    hour = timedelta(hours=1)
    assert kept.breaker.retry_at is not None
    assert kept.breaker.since is not None
    ahead = replace(
        kept.breaker,
        retry_at=kept.breaker.retry_at + hour,
        since=kept.breaker.since + hour,
    )
    journal.breakers[kept.platform] = replace(kept, breaker=ahead)
    async with stage(state=journal) as on:
        [again] = on.told(ConductorStarted)
        assert isinstance(again, ConductorStarted)
        assert (again.before, again.visits) == (None, ())
        await on.pass_time(66)  # no longer than it was granted
        assert on.view().breaker.state is BreakerState.CLOSED


async def test_the_last_beat_comes_back(journal: MemoryState) -> None:
    async with stage(settings=listening(), state=journal) as on:
        beat = BeatAgent(id=on.new_id(), agent=AGENT, by="ann")
        assert (await on.ask(beat)).granted
        assert journal.agents[AGENT].beats == 1
    async with stage(settings=listening(), state=journal) as on:
        view = on.hub.snapshot.agents[AGENT]
        assert (view.health, view.beats) == (Health.HEALTHY, 1)


async def test_what_was_heard_is_kept_once_it_is_asked_for(
    journal: MemoryState,
) -> None:
    async with stage(settings=listening(), state=journal) as on:
        on.conductor.heart.hear(Beat(agent=AGENT))
        assert AGENT not in journal.agents
        await on.conductor.recording.synced()
        assert journal.agents[AGENT].beats == 1


async def test_a_full_disk_stops_nobody_and_is_made_good(journal: MemoryState) -> None:
    async with stage(state=journal, journal=MemoryJournal()) as on:
        journal.failure = FULL
        answer = await on.trip("swap")
        assert answer.granted
        assert NOT_KEPT in answer.words
        assert on.told(JournalChanged) == [JournalChanged(trouble=str(FULL))]
        assert NOT_KEPT in (await on.reset()).words
        await on.trip("once more")
        journal.failure = None
        await on.pass_time(RETRY_S + 1)
        assert on.told(JournalChanged)[-1] == JournalChanged(trouble="")
        assert journal.breakers[on.view().name].breaker == on.view().breaker
        assert [one.answer.verb for one in journal.commands] == [
            "trip",
            "reset",
            "trip",
        ]
        assert (await on.reset()).words == "CLOSED by force, without a trial"


async def test_a_file_that_begins_anew_gets_all_there_is(journal: MemoryState) -> None:
    async with stage(spec("api"), spec("db"), state=journal) as on:
        await on.trip("swap")
        journal.failure = JournalFailed("it was removed, and begins anew")
        await on.pause("a rest", name="db")
        journal.breakers.clear()
        journal.failure = None
        await on.pass_time(RETRY_S + 2)
        assert journal.breakers[on.view().name].breaker == on.view().breaker
        assert set(journal.pauses) == {on.view("db").name}


async def test_a_journal_that_hangs_stops_nobody_and_gets_nothing_twice(
    journal: MemoryState,
) -> None:
    async with stage(state=journal, journal=MemoryJournal()) as on:
        journal.gate.clear()
        await on.conductor_trips("swap")
        await on.pass_time(3)
        [answer] = on.answers
        assert answer.granted
        assert NOT_KEPT in answer.words
        journal.gate.set()
        await on.pass_time(RETRY_S + 1)
        assert len(journal.commands) == 1
        assert not on.hub.snapshot.alerts.trouble


async def test_a_journal_that_another_keeps_is_taken_over_with_all_there_is(
    journal: MemoryState,
) -> None:
    journal.failure = JournalFailed("another keeps it", is_taken=True)
    async with stage(state=journal) as on:
        answer = await on.trip("swap")
        assert answer.granted
        assert NOT_KEPT in answer.words
        assert journal.breakers == {}
        journal.failure = None
        await on.pass_time(RETRY_S + 2)
        assert journal.breakers[on.view().name].breaker == on.view().breaker


async def test_a_hold_outlives_the_conductor_that_it_was_said_to(
    journal: MemoryState,
) -> None:
    async with stage(state=journal) as on:
        await on.trip("swap")
    journal.failure = JournalFailed("another keeps it", is_taken=True)
    async with stage(state=journal) as on:
        assert on.view().breaker.state is BreakerState.CLOSED
        journal.failure = None
        await on.pass_time(RETRY_S + 2)
        breaker = on.view().breaker
        assert breaker.hold is not None
        assert (breaker.state, breaker.hold.why) == (BreakerState.HELD, "swap")
        assert breaker.epoch > 1
        assert journal.breakers[on.view().name].breaker == breaker


async def test_a_platform_that_is_gone_leaves_nothing_behind(
    journal: MemoryState,
) -> None:
    async with stage(spec("api"), spec("db"), state=journal) as on:
        await on.trip()
        await on.reload(Settings())
        await on.pass_time(2)
    assert journal.breakers == {}


async def test_viewers_come_and_go_and_the_last_visit_is_kept(
    journal: MemoryState,
) -> None:
    async with stage(state=journal) as on:
        lobby = on.conductor.lobby
        leave, leave_too = lobby.enter("ann", "ssh"), lobby.enter("ann", "tty")
        assert [one.by for one in on.hub.snapshot.viewers] == ["ann", "ann"]
        leave()
        await on.pass_time(1)
        assert journal.visits == {}
        leave_too()
        leave_too()
        await on.pass_time(1)
        assert journal.visits == {"ann": on.clock.now() - timedelta(seconds=1)}
    async with stage(state=journal) as on:
        assert on.hub.snapshot.visits == journal.visits


async def test_the_whole_state_is_kept_now_and_then_if_something_happened(
    journal: MemoryState,
) -> None:
    async with stage(state=journal) as on:
        await on.pass_time(FIRST_CHECKPOINT_S + 2)
        assert len(journal.checkpoints) == 1
        await on.pass_time(CHECKPOINT_S + 2)
        assert len(journal.checkpoints) == 1
        await on.trip("swap")
        await on.pass_time(CHECKPOINT_S + 2)
        assert len(journal.checkpoints) == 2
        assert journal.checkpoints[-1].platforms[on.view().name].breaker.hold


async def test_a_state_is_not_kept_before_what_it_lacks_is_told(
    journal: MemoryState,
) -> None:
    async with stage(state=journal) as on:
        journal.gate.clear()
        await on.conductor_trips("swap")
        on.conductor.recording._want_checkpoint()
        journal.gate.set()
        await on.pass_time(2)
        [kept] = journal.checkpoints
        assert kept.platforms[on.view().name].breaker == on.view().breaker
