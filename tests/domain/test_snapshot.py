import dataclasses
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.events import (
    AgentHealthChanged,
    CheckFinished,
    CheckOverran,
    CommandAnswered,
    PlatformAdded,
    PlatformRemoved,
    ResourcesSampled,
)
from conductor_tui.domain.fold import KEPT_EVENTS, apply, replay
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, CommandId, PlatformName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.resources import LoadLimits
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Mode, PlatformView, Snapshot
from conductor_tui.testing import EPOCH, FakeSampler
from tests.build import added, failed, history, moved, passed, result, turned

API = PlatformName("api")


def view(*events: object) -> PlatformView:
    snapshot = replay(Snapshot(), history(added("api"), *events))  # type: ignore[arg-type]
    return snapshot.platforms[API]


def test_a_platform_begins_unknown() -> None:
    assert view().health is Health.UNKNOWN
    assert not replay(Snapshot(), history(added())).is_complete


def test_results_move_health_and_fill_the_window() -> None:
    api = view(passed("api"), failed("api"), failed("api"))
    assert api.health is Health.CRITICAL
    outcomes = [outcome for _, _, outcome in api.results()]
    assert outcomes == [Outcome.PASSED, Outcome.FAILED, Outcome.FAILED]


def test_a_refused_check_is_the_last_result_but_not_the_last_word() -> None:
    api = view(failed("api"), CheckFinished(result=result("api", Outcome.REFUSED)))
    assert api.last is not None
    assert api.word is not None
    assert (api.last.outcome, api.word.outcome) == (Outcome.REFUSED, Outcome.FAILED)
    assert api.health is Health.DEGRADED


def test_the_last_word_goes_stale_after_two_intervals_unless_nothing_may_be_sent() -> (
    None
):
    api = view(passed("api"))
    assert not api.is_stale(EPOCH + timedelta(seconds=10))
    assert api.is_stale(EPOCH + timedelta(seconds=10.1))
    held = view(passed("api"), moved("api", BreakerState.HELD))
    assert not held.is_stale(EPOCH + timedelta(hours=1))


def test_what_happened_is_kept_on_the_platform_and_in_the_recent_events() -> None:
    change = turned("api", Health.HEALTHY, Health.DEGRADED)
    snapshot = replay(Snapshot(), history(added("api"), change))
    assert [e.event for e in snapshot.events] == [added("api"), change]
    assert [e.event for e in snapshot.platforms[API].timeline][-1] == change


def test_single_results_are_no_news() -> None:
    assert len(replay(Snapshot(), history(added("api"), passed("api"))).events) == 1


def test_a_result_leaves_the_rest_of_the_view_as_it_was() -> None:
    """Each field is named where the view is made: a new one must not be lost there."""
    before = dataclasses.replace(
        view(turned("api", Health.HEALTHY, Health.DEGRADED), passed("api")),
        pause=Pause(kind=PauseKind.PAUSED, by="bob", why="tests", at=EPOCH),
        overruns=3,
    )
    snapshot = Snapshot(platforms=Roster({API: before}))
    [told] = history(failed("api"))
    after = apply(snapshot, told).platforms[API]
    assert {
        field.name
        for field in dataclasses.fields(PlatformView)
        if getattr(after, field.name) != getattr(before, field.name)
    } == {"run", "last", "word", "next_at", "window", "recent"}


def test_the_recent_events_are_bounded() -> None:
    changes = [turned("api", Health.HEALTHY, Health.DEGRADED)] * (KEPT_EVENTS + 50)
    snapshot = replay(Snapshot(), history(added("api"), *changes))
    assert len(snapshot.events) == KEPT_EVENTS


def test_a_late_result_of_a_removed_platform_changes_nothing() -> None:
    removed = PlatformRemoved(platform=API, why="it no longer listens")
    snapshot = replay(Snapshot(), history(added("api"), removed, passed("api")))
    assert not snapshot.platforms
    assert snapshot.seq == 3


def test_a_lost_beat_is_counted() -> None:
    assert view(CheckOverran(platform=API)).overruns == 1


def test_an_event_makes_the_snapshot_live_and_numbers_it() -> None:
    [envelope] = history(added("api"))
    snapshot = apply(Snapshot(), envelope)
    assert (snapshot.mode, snapshot.seq) == (Mode.LIVE, 1)


def test_the_worst_health_is_the_hosts() -> None:
    world = history(added("a"), added("b"), passed("a"), failed("b"))
    snapshot = replay(Snapshot(), world)
    assert snapshot.worst is Health.DEGRADED
    assert snapshot.count(Health.HEALTHY) == 1


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=40), st.integers(0, 40))
def test_a_snapshot_and_the_rest_of_the_stream_equal_the_whole_stream(
    names: list[str], cut: int
) -> None:
    start = [added(name) for name in "abc"]
    stream = history(*start, *[failed(name) for name in names])
    at_once = replay(Snapshot(), stream)
    in_two = replay(replay(Snapshot(), stream[:cut]), stream[cut:])
    assert in_two.seq == at_once.seq
    for name in at_once.platforms:
        one, other = at_once.platforms[name], in_two.platforms[name]
        assert (one.run, one.results()) == (other.run, other.results())


def test_a_reading_tells_the_limits_that_it_was_judged_by() -> None:
    limits = LoadLimits(degraded_at=70.0)
    sampled = ResourcesSampled(sample=FakeSampler().sample(), limits=limits)
    after = replay(Snapshot(), history(sampled))
    assert after.resources.limits == limits
    assert after.resources.times() == (EPOCH.timestamp(),)


def test_a_thousand_silent_agents_push_nothing_else_out_of_the_log() -> None:
    agents = [AgentId(f"a{number}") for number in range(1500)]
    silent = [
        AgentHealthChanged(agent=one, was=Health.HEALTHY, now=Health.FAILED)
        for one in agents
    ]
    snapshot = replay(Snapshot(), history(added("api"), *silent))
    assert isinstance(snapshot.events[0].event, PlatformAdded)
    assert [one.seq for one in snapshot.events[-2:]] == [1500, 1501]


def test_three_thousand_answers_are_all_there_to_be_read() -> None:
    answers = [
        CommandAnswered(
            command=CommandId(f"c{number}"),
            verb="beat",
            platform=None,
            granted=True,
            words="beaten",
            by="ann",
        )
        for number in range(3000)
    ]
    assert len(replay(Snapshot(), history(*answers)).answers) == 3000
