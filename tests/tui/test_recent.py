"""What the live state still has of a moment is finer than what a journal adds up."""

from dataclasses import replace
from datetime import datetime, timedelta

from conductor_tui.domain.agent import AgentSpec, AgentView
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.events import (
    AgentAdded,
    AgentBeats,
    BeatsHeard,
    CheckFinished,
    Envelope,
    Event,
    ResourcesSampled,
)
from conductor_tui.domain.fold import replay
from conductor_tui.domain.health import Health, HealthRun
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import AgentId, PlatformName, Seq
from conductor_tui.domain.resources import ResourceSample
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Mode, PlatformView, Snapshot
from conductor_tui.testing import EPOCH
from conductor_tui.tui.recent import with_recent
from tests import build

AGENT = AgentAdded(spec=AgentSpec(agent=AgentId("a1")))


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def checked(seconds: float, outcome: Outcome = Outcome.PASSED) -> Event:
    detail = "" if outcome is Outcome.PASSED else "connection refused"
    return CheckFinished(
        result=build.result("api", outcome, at=at(seconds), detail=detail)
    )


def sampled(seconds: float, cpu: float) -> Event:
    sample = ResourceSample(
        at=at(seconds),
        cpu_percent=cpu,
        ram_percent=50.0,
        ram_used_bytes=0,
        ram_total_bytes=1000,
    )
    return ResourcesSampled(sample=sample)


def live(*events: Event) -> Snapshot:
    told = [
        Envelope(seq=Seq(n), node=build.NODE, at=at(0), event=event)
        for n, event in enumerate((build.added("api"), AGENT, *events), start=1)
    ]
    return replace(replay(Snapshot(), told), started_at=at(0))


def beats(*seconds: float) -> Event:
    came = tuple((at(one).timestamp(), Beat(AgentId("a1"))) for one in seconds)
    heard = AgentBeats(
        agent=AgentId("a1"),
        beats=came,
        count=len(came),
        heard_at=at(seconds[-1]),
        due_at=None,
    )
    return BeatsHeard(agents=(heard,))


def past(seconds: float, health: Health = Health.HEALTHY) -> Snapshot:
    view = PlatformView(spec=build.spec("api"), run=HealthRun(health))
    platforms = Roster({view.name: view})
    return Snapshot(mode=Mode.PAST, at=at(seconds), platforms=platforms)


def api(snapshot: Snapshot) -> PlatformView:
    return snapshot.platforms[PlatformName("api")]


def times(view: PlatformView) -> list[float]:
    return [moment - EPOCH.timestamp() for moment, _, _ in view.results()]


def test_results_up_to_the_moment_are_those_of_the_live_state() -> None:
    now = live(*(checked(n) for n in (5, 10, 15, 20)))
    seen = api(with_recent(past(12), now))

    assert times(seen) == [5, 10]
    assert seen.word is not None
    assert seen.word.at == at(10)
    assert times(api(now)) == [5, 10, 15, 20]


def test_a_result_whose_words_are_gone_is_known_by_what_it_was() -> None:
    many = [checked(n, Outcome.FAILED) for n in range(100)]
    seen = api(with_recent(past(10, Health.FAILED), live(*many)))

    assert seen.last is not None
    assert (seen.last.at, seen.last.outcome) == (at(10), Outcome.FAILED)
    assert len(seen.results()) == 11


def test_what_was_unknown_then_has_no_word() -> None:
    seen = api(with_recent(past(12, Health.UNKNOWN), live(checked(5))))
    assert seen.word is None


def test_samples_are_finer_too() -> None:
    now = live(*(sampled(n, cpu=float(n)) for n in (2, 4, 6)))
    seen = with_recent(past(5), now).resources

    assert seen.cpu() == (2, 4)
    assert seen.sample is not None
    assert (seen.sample.cpu_percent, seen.sample.ram_used_bytes) == (4, 500)


def test_beats_are_those_that_had_come() -> None:
    now = live(beats(1), beats(6, 11, 16))
    agent = AgentView(spec=AgentSpec(agent=AgentId("a1")), health=Health.HEALTHY)
    seen = with_recent(replace(past(12), agents=Roster({agent.agent: agent})), now)

    view = seen.agents[AgentId("a1")]
    assert (view.beats, view.heard_at, len(view.history)) == (3, at(11), 3)
    assert view.health is Health.HEALTHY


def test_a_moment_before_this_conductor_is_left_as_it_is() -> None:
    earlier = past(-100)
    assert with_recent(earlier, live(checked(-200))) is earlier


def test_a_platform_that_is_watched_no_more_stays_as_the_journal_has_it() -> None:
    seen = past(12)
    assert api(with_recent(seen, Snapshot(started_at=at(0)))) is api(seen)
