"""A look back: what the journal says of a moment, and what it does not pretend to."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from conductor_tui.adapters.journal.archive import SqliteArchive
from conductor_tui.domain.agent import AgentSpec, AgentView
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import PlatformRemoved, SettingsLoaded
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, PlatformName
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Mode, PlatformView, Snapshot
from conductor_tui.ports import Archive
from tests import build
from tests.adapters.journal.past import (
    at,
    host_minute,
    minute,
    started,
    state_after,
    told,
    turned,
    write,
)

RELOADED = SettingsLoaded(source="conductor.toml")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def archive(path: Path) -> SqliteArchive:
    return SqliteArchive(path)


def api(snapshot: Snapshot) -> PlatformView:
    return snapshot.platforms[PlatformName("api")]


def healths(archive: Archive, *seconds: float) -> list[Health]:
    return [api(archive.past(at(one))).health for one in seconds]


async def test_each_moment_is_as_it_was(path: Path, archive: SqliteArchive) -> None:
    await write(
        path,
        *started(0, "api"),
        turned(1, "api", Health.HEALTHY),
        turned(100, "api", Health.FAILED, "connection refused"),
        turned(200, "api", Health.HEALTHY),
    )

    assert healths(archive, 0.5, 99.9, 100, 199, 4000) == [
        Health.UNKNOWN,
        Health.HEALTHY,
        Health.FAILED,
        Health.FAILED,
        Health.HEALTHY,
    ]
    past = archive.past(at(150))
    assert (past.mode, past.at, past.started_at) == (Mode.PAST, at(150), at(0))
    assert past.host == build.NODE


async def test_the_log_ends_at_the_moment(path: Path, archive: SqliteArchive) -> None:
    events = [turned(n, "api", Health.FAILED) for n in (10, 20, 30)]
    await write(path, *started(0, "api"), *events)

    times = [one.at for one in archive.past(at(20)).events]
    assert times == [at(0), at(0.1), at(10), at(20)]
    assert len(api(archive.past(at(20))).timeline) == 3


async def test_a_checkpoint_saves_the_fold_and_changes_nothing(
    path: Path, tmp_path: Path, archive: SqliteArchive
) -> None:
    first = [*started(0, "api", "db"), turned(5, "api", Health.HEALTHY)]
    second = told(700, build.moved("db", BreakerState.OPEN))
    await write(path, *first, state_after(first), second, minute(9))
    await write(tmp_path / "other.db", *first, second, minute(9))
    without = SqliteArchive(tmp_path / "other.db")

    seen, plain = archive.past(at(800)), without.past(at(800))
    assert api(seen).health is api(plain).health is Health.HEALTHY
    assert api(seen).word == api(plain).word
    assert seen.platforms[PlatformName("db")].breaker.state is BreakerState.OPEN
    assert seen.events[-2:] == plain.events[-2:]


async def test_a_state_that_was_kept_before_an_event_was_told_has_it_all_the_same(
    path: Path, archive: SqliteArchive
) -> None:
    first = started(0, "api")
    held = build.moved("api", BreakerState.HELD, held=build.hold())
    without = state_after([*first, told(600, RELOADED)])
    await write(path, *first, told(600, held), without)

    past = archive.past(at(700))
    assert api(past).breaker.state is BreakerState.HELD
    assert [type(one.event).__name__ for one in past.events].count(
        "BreakerChanged"
    ) == 1


async def test_while_no_conductor_ran_nothing_is_known(
    path: Path, archive: SqliteArchive
) -> None:
    held = build.moved("api", BreakerState.HELD, held=build.hold())
    await write(
        path,
        *started(0, "api"),
        turned(1, "api", Health.HEALTHY),
        told(2, held),
        *started(500, "api", before=100),
        turned(501, "api", Health.HEALTHY),
    )

    assert healths(archive, 99, 101, 499, 502) == [
        Health.HEALTHY,
        Health.UNKNOWN,
        Health.UNKNOWN,
        Health.HEALTHY,
    ]
    off = archive.past(at(300))
    assert (off.started_at, off.off_since) == (None, at(100))
    assert api(off).breaker.state is BreakerState.HELD


async def test_what_a_new_conductor_does_not_watch_is_gone(
    path: Path, archive: SqliteArchive
) -> None:
    await write(
        path, *started(0, "api", "db"), *started(50, "db", before=40), minute(1)
    )

    assert list(archive.past(at(45)).platforms) == ["api", "db"]
    assert list(archive.past(at(50)).platforms) == ["api", "db"]
    assert list(archive.past(at(60)).platforms) == ["db"]


async def test_what_was_removed_is_there_before_it(
    path: Path, archive: SqliteArchive
) -> None:
    removed = PlatformRemoved(platform=PlatformName("api"), why="settings")
    await write(path, *started(0, "api"), told(60, removed))

    assert list(archive.past(at(59)).platforms) == ["api"]
    assert list(archive.past(at(61)).platforms) == []


async def test_minutes_stand_for_the_results_that_are_not_kept(
    path: Path, archive: SqliteArchive
) -> None:
    await write(
        path,
        *started(0, "api"),
        turned(1, "api", Health.HEALTHY),
        turned(125, "api", Health.FAILED, "connection refused"),
        minute(0),
        minute(1),
        minute(2, passed=1, failed=11),
        minute(3),
    )

    view = api(archive.past(at(170)))
    assert [(outcome, round(ms, 3)) for _, ms, outcome in view.results()] == [
        (Outcome.PASSED, 0.05),
        (Outcome.PASSED, 0.05),
        (Outcome.PASSED, 0.05),
        (Outcome.FAILED, 0.05),
    ]
    assert view.word is not None
    assert (view.word.outcome, view.word.detail) == (
        Outcome.FAILED,
        "connection refused",
    )
    assert not view.is_stale(at(170))


async def test_the_host_is_as_its_minutes_were(
    path: Path, archive: SqliteArchive
) -> None:
    await write(
        path, *started(0, "api"), host_minute(0, cpu=10), host_minute(1, cpu=30)
    )

    resources = archive.past(at(90)).resources
    assert resources.sample is not None
    assert resources.sample.cpu_percent == 30
    assert resources.cpu() == (10,) * 30 + (30,) * 16
    assert resources.times()[-1] == at(90).timestamp()


async def test_steps_go_from_event_to_event(path: Path, archive: SqliteArchive) -> None:
    turns = [turned(n, "api", Health.FAILED) for n in (10, 20, 20, 30)]
    await write(path, *started(0, "api"), *turns)

    assert archive.step(at(25), -1) == at(20)
    assert archive.step(at(20), -1) == at(10)
    assert archive.step(at(30), -3) == at(0)
    assert archive.step(at(0), 1) == at(10)  # not to the platform that is there again
    assert archive.step(at(10), 2) == at(30)
    assert archive.step(at(30), 1) is None
    assert archive.step(at(0), -1) is None


async def test_of_many_events_the_newest_are_given(
    path: Path, archive: SqliteArchive
) -> None:
    turns = [turned(n, "api", Health.FAILED) for n in range(10, 15)]
    await write(path, *turns)

    def times(*arguments: float, limit: int = 1000) -> list[float]:
        since, *until = map(at, arguments)
        found = archive.events(since, *until, limit=limit)
        return [(one.at - at(0)) / timedelta(seconds=1) for one in found]

    assert times(12) == [12, 13, 14]
    assert times(11, 13) == [11, 12]
    assert times(0, limit=2) == [13, 14]
    assert [one.seq for one in archive.events(at(13))] == [4, 5]


async def test_before_the_first_start_the_journal_says_from_when_it_knows(
    path: Path, archive: SqliteArchive
) -> None:
    await write(path, *started(60, "api"))

    with pytest.raises(JournalFailed, match="from before 2030-01-01 12:01:00 UTC"):
        archive.past(at(0))


async def test_a_moment_whose_events_are_forgotten_is_not_told_wrongly(
    path: Path, archive: SqliteArchive
) -> None:
    first = [*started(0, "api"), turned(5, "api", Health.HEALTHY)]
    lost, later = turned(650, "api", Health.FAILED), turned(700, "api", Health.CRITICAL)
    await write(path, *first, state_after(first), lost, later)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("DELETE FROM event WHERE n <= 4")

    for seconds in (6, 660, 800):
        with pytest.raises(JournalFailed, match="knows nothing"):
            archive.past(at(seconds))


async def test_an_empty_journal_knows_nothing_yet(
    path: Path, archive: SqliteArchive
) -> None:
    await write(path)

    with pytest.raises(JournalFailed, match="knows nothing of the past yet"):
        archive.past(at(0))
    assert archive.step(at(0), -1) is None


def test_where_no_journal_is_that_is_said(archive: SqliteArchive) -> None:
    with pytest.raises(JournalFailed, match="no conductor-tui has kept a journal"):
        archive.past(at(0))


async def test_it_reads_on_while_more_is_written(
    path: Path, archive: SqliteArchive
) -> None:
    await write(path, *started(0, "api"), turned(1, "api", Health.HEALTHY))
    assert healths(archive, 10) == [Health.HEALTHY]

    await write(path, *started(500, "api", before=100))
    assert healths(archive, 99, 300) == [Health.HEALTHY, Health.UNKNOWN]


@pytest.mark.parametrize(("forgotten", "left"), [("60", 3), ("60, 3600", 1)])
async def test_where_minutes_are_forgotten_hours_tell_it_and_then_days(
    path: Path, archive: SqliteArchive, forgotten: str, left: int
) -> None:
    await write(
        path,
        *started(0, "api"),
        turned(1, "api", Health.HEALTHY),
        *(minute(n) for n in range(60, 240)),
    )
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(f"DELETE FROM tally WHERE span_s IN ({forgotten})")

    view = api(archive.past(at(200 * 60)))
    assert [round(latency, 3) for _, latency, _ in view.results()] == [0.05] * left
    assert not view.is_stale(at(200 * 60))


async def test_checks_that_stopped_are_seen_to_have_stopped(
    path: Path, archive: SqliteArchive
) -> None:
    await write(
        path,
        *started(0, "api"),
        turned(1, "api", Health.HEALTHY),
        minute(0),
        minute(1),
        turned(600, "api", Health.DEGRADED),
    )

    assert not api(archive.past(at(150))).is_stale(at(150))
    assert not api(archive.past(at(610))).is_stale(at(610))
    assert api(archive.past(at(800))).is_stale(at(800))
    assert api(archive.past(at(300))).is_stale(at(300))


def beating(seconds: float, health: Health = Health.HEALTHY) -> AgentView:
    spec = AgentSpec(agent=AgentId("a1"))
    heard = at(seconds)
    return AgentView(spec=spec, health=health, since=at(1), heard_at=heard, beats=9)


def agents_at(seconds: float, view: AgentView) -> Snapshot:
    snapshot = state_after([*started(0, "api"), told(seconds, RELOADED)])
    return replace(snapshot, agents=Roster({view.agent: view}))


async def test_when_an_agent_beat_last_is_known_of_silent_ones_alone(
    path: Path, tmp_path: Path, archive: SqliteArchive
) -> None:
    await write(path, *started(0, "api"), agents_at(600, beating(599)))
    silent = beating(5, Health.FAILED)
    await write(tmp_path / "silent.db", *started(0, "api"), agents_at(600, silent))

    well = archive.past(at(900)).agents[AgentId("a1")]
    assert (well.health, well.heard_at, well.beats) == (Health.HEALTHY, None, 9)
    unwell = SqliteArchive(tmp_path / "silent.db").past(at(900)).agents[AgentId("a1")]
    assert (unwell.health, unwell.heard_at) == (Health.FAILED, at(5))
