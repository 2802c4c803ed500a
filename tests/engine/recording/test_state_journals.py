"""What a state journal promises, held by the real one and by the fake alike."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from conductor_tui.adapters.journal.database import Database
from conductor_tui.adapters.journal.state import SqliteStateJournal
from conductor_tui.domain.agent import AgentSpec, AgentView
from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import CommandAnswered, Envelope, PlatformAdded
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, CommandId, Epoch, PlatformName, Seq
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.ports import (
    Forgotten,
    KeptBreaker,
    KeptCommand,
    KeptPause,
    KeptVisit,
    StateJournal,
)
from conductor_tui.testing import EPOCH, FakeClock
from tests import build
from tests.engine.recording.memory_state import MemoryState

API, DB, AGENT = PlatformName("api"), PlatformName("db"), AgentId("agent-1")
HELD = KeptBreaker(
    platform=API,
    breaker=BreakerView(state=BreakerState.HELD, epoch=Epoch(7), hold=build.hold()),
    before=BreakerView(),
)
PAUSE = Pause(kind=PauseKind.PAUSED, by="ann", why="rest", at=EPOCH)
Opened = Callable[[], Awaitable[StateJournal]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["memory", "sqlite"])
async def opened(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Opened]:
    """Give what opens the journal, each time as a conductor that has just begun."""
    memory, made = MemoryState(clock), list[StateJournal]()

    async def begin() -> StateJournal:
        for one in made:
            await one.close()
        journal: StateJournal = memory
        if request.param == "sqlite":
            database = Database(tmp_path / "journal.db", clock)
            journal = SqliteStateJournal(database, clock)
        made.append(journal)
        return journal

    yield begin
    for one in made:
        await one.close()


async def test_the_newest_of_each_comes_back(opened: Opened) -> None:
    journal = await opened()
    await journal.open()
    closed = KeptBreaker(platform=API, breaker=BreakerView(epoch=Epoch(6)))
    agent = AgentView(spec=AgentSpec(agent=AGENT), health=Health.HEALTHY, beats=3)
    visit = KeptVisit(by="ann", left_at=EPOCH)
    await journal.keep([closed, KeptPause(platform=DB, pause=PAUSE), agent, visit])
    await journal.keep([HELD])
    kept = await (await opened()).open()
    assert kept.breakers == {API: HELD}
    assert kept.pauses == {DB: PAUSE}
    assert kept.visits == {"ann": EPOCH}
    [back] = kept.agents
    assert (back.agent, back.health, back.beats) == (AGENT, Health.HEALTHY, 3)


async def test_what_is_over_or_gone_does_not(opened: Opened) -> None:
    journal = await opened()
    await journal.open()
    agent = AgentView(spec=AgentSpec(agent=AGENT))
    await journal.keep([HELD, KeptPause(platform=DB, pause=PAUSE), agent])
    await journal.keep([KeptPause(platform=DB, pause=None)])
    await journal.keep([Forgotten(platform=API), Forgotten(agent=AGENT)])
    kept = await (await opened()).open()
    assert (kept.breakers, kept.pauses, kept.agents) == ({}, {}, ())


async def test_events_come_back_in_order_and_numbered(opened: Opened) -> None:
    journal = await opened()
    await journal.open()
    told = build.history(
        build.added("api"),
        build.moved("api", BreakerState.HELD, held=build.hold()),
        build.turned("api", Health.UNKNOWN, Health.FAILED),
    )
    await journal.keep(told)
    journal = await opened()
    assert (await journal.open()).last == len(told)
    back = await journal.history()
    assert [one.event for one in back] == [one.event for one in told[1:]]
    assert [one.seq for one in back] == [Seq(2), Seq(3)]
    assert not any(isinstance(one.event, PlatformAdded) for one in back)


async def test_when_it_was_last_alive_is_known(
    opened: Opened, clock: FakeClock
) -> None:
    journal = await opened()
    assert (await journal.open()).alive_at is None
    await journal.keep([])
    await clock.advance(60)
    await journal.keep([HELD])
    kept = await (await opened()).open()
    assert kept.alive_at == EPOCH + timedelta(seconds=60)


async def test_the_audit_has_who_when_why_and_from_where(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "journal.db"
    journal = SqliteStateJournal(Database(path, clock), clock)
    await journal.open()
    answer = CommandAnswered(
        command=CommandId("c"),
        verb="trip",
        platform=API,
        granted=False,
        words="too late",
        by="ann",
        origin="ssh from 10.0.0.2",
    )
    await journal.keep([KeptCommand(at=EPOCH, about="api", why="swap", answer=answer)])
    await journal.close()
    with sqlite3.connect(path) as connection:
        query = "SELECT verb, about, by, origin, granted FROM command"
        assert connection.execute(query).fetchall() == [
            ("trip", "api", "ann", "ssh from 10.0.0.2", 0)
        ]
    connection.close()


async def test_a_full_disk_is_said_and_made_good(
    tmp_path: Path, clock: FakeClock
) -> None:
    database = Database(tmp_path / "journal.db", clock)
    journal = SqliteStateJournal(database, clock)
    await journal.open()
    await database.run(lambda to: to.execute("PRAGMA max_page_count = 1").fetchone())
    many = [
        Envelope(seq=Seq(0), node=build.NODE, at=EPOCH, event=build.added("x" * 99))
    ]
    with pytest.raises(JournalFailed, match="no room left"):
        await journal.keep(many * 2000)
    await database.run(
        lambda to: to.execute("PRAGMA max_page_count = 1000000").fetchone()
    )
    await journal.keep([HELD])
    await journal.close()
    again = SqliteStateJournal(Database(tmp_path / "journal.db", clock), clock)
    assert (await again.open()).breakers == {API: HELD}
    await again.close()


async def test_one_record_that_cannot_be_read_takes_no_other_along(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "journal.db"
    journal = SqliteStateJournal(Database(path, clock), clock)
    await journal.open()
    await journal.keep([HELD, KeptPause(platform=DB, pause=PAUSE)])
    await journal.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE pause SET body = '{'")
    connection.commit()
    connection.close()
    journal = SqliteStateJournal(Database(path, clock), clock)
    kept = await journal.open()
    assert (kept.breakers, kept.pauses) == ({API: HELD}, {})
    assert "1 records of state in the journal cannot be read" in kept.words
    await journal.close()
