"""What the journal forgets, in what order, and what it never does."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from conductor_tui.adapters.journal import state_rows, tally_rows
from conductor_tui.adapters.journal.archive import SqliteArchive
from conductor_tui.adapters.journal.moments import micros
from conductor_tui.adapters.journal.opening import open_file
from conductor_tui.adapters.journal.retention import (
    MOST_HALVED,
    PORTION,
    SPARE_PAGES,
    Retention,
    used_bytes,
)
from conductor_tui.domain.alert_settings import JournalSettings
from conductor_tui.domain.breaker import BreakerView
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import CommandAnswered
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import CommandId, PlatformName
from conductor_tui.ports import KeptBreaker, KeptCommand, StateRecord
from conductor_tui.testing import EPOCH
from tests import build
from tests.adapters.journal.past import (
    at,
    host_minute,
    minute,
    started,
    state_after,
    told,
    turned,
)
from tests.bench.journal_month import Load, live

DAY = timedelta(days=1)
TIGHT = JournalSettings(max_bytes=200_000)
Put = Callable[..., None]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened, _ = open_file(tmp_path / "journal.db", EPOCH)
    with closing(opened):
        yield opened


def put(connection: sqlite3.Connection, *records: StateRecord) -> None:
    connection.execute("BEGIN")
    for record in records:
        state_rows.put(connection, record)
    connection.execute("COMMIT")


def count(connection: sqlite3.Connection, table: str, where: str = "1") -> int:
    query = f"SELECT count(*) FROM {table} WHERE {where}"
    return int(connection.execute(query).fetchone()[0])


def prune(
    connection: sqlite3.Connection,
    now: datetime,
    settings: JournalSettings | None = None,
    rounds: int = 1,
) -> None:
    retention = Retention(settings or JournalSettings())
    for turn in range(rounds):
        while retention.prune(connection, now + turn * timedelta(minutes=2)):
            pass


def answered(seconds: float) -> KeptCommand:
    answer = CommandAnswered(
        command=CommandId("c"),
        verb="trip",
        platform=PlatformName("api"),
        granted=True,
        words="tripped",
        by="root",
    )
    return KeptCommand(at=at(seconds), about="api", why="", answer=answer)


def test_events_are_kept_as_long_as_the_settings_say(
    connection: sqlite3.Connection,
) -> None:
    put(connection, *(turned(n, "api", Health.FAILED) for n in range(10)))

    prune(connection, at(5) + 30 * DAY)
    assert count(connection, "event") == 5
    prune(connection, at(7) + DAY, JournalSettings(keep_events_s=DAY.total_seconds()))
    assert count(connection, "event") == 3


def test_after_a_clock_was_set_back_what_is_left_has_no_holes(
    connection: sqlite3.Connection,
) -> None:
    moments = (0, 1, 2, 3, 1.5, 2.5, 4, 5)
    put(connection, *(turned(one, "api", Health.FAILED) for one in moments))

    prune(connection, at(2.2) + 30 * DAY)
    left = [row[0] for row in connection.execute("SELECT n FROM event ORDER BY n")]
    assert left == list(range(left[0], 9))
    assert left[0] > 1


def test_the_audit_is_kept_for_a_year(connection: sqlite3.Connection) -> None:
    put(connection, answered(0), answered(100))

    prune(connection, at(0) + 364 * DAY)
    assert count(connection, "command") == 2
    prune(connection, at(50) + 365 * DAY)
    assert count(connection, "command") == 1


def test_minutes_are_kept_a_day_hours_a_month_and_days_a_year(
    connection: sqlite3.Connection,
) -> None:
    names = [f"p{n}" for n in range(3)]
    put(connection, *(minute(0, name) for name in names), host_minute(0))
    put(connection, *(minute(24 * 60, name) for name in names))

    spans = (60, 3600, 86_400)
    for days, left in ((0.5, (6, 6, 6)), (1.5, (3, 6, 6)), (30.5, (0, 3, 6))):
        prune(connection, EPOCH + days * DAY)
        assert tuple(count(connection, "tally", f"span_s = {s}") for s in spans) == left
    assert count(connection, "host_tally", "span_s = 60") == 0
    assert count(connection, "host_tally", "span_s = 86400") == 1
    prune(connection, EPOCH + 366.5 * DAY)
    assert count(connection, "tally") == count(connection, "host_tally") == 0


def test_after_a_day_one_state_an_hour_is_enough(
    connection: sqlite3.Connection,
) -> None:
    envelopes = started(0, "api")
    put(connection, *envelopes)
    for number in range(12):  # each 10 minutes: two hours
        event = turned(600 * number, "api", Health.FAILED)
        envelopes.append(event)
        put(connection, event, state_after(envelopes))

    prune(connection, EPOCH + 0.9 * DAY)
    assert count(connection, "checkpoint") == 12
    prune(connection, EPOCH + 2 * DAY)
    assert count(connection, "checkpoint") == 2
    prune(connection, EPOCH + 90 * DAY)
    assert count(connection, "checkpoint") == 1  # the newest stays


def test_one_call_does_one_portion(connection: sqlite3.Connection) -> None:
    put(connection, *(turned(0, "api", Health.FAILED) for _ in range(PORTION + 1)))
    retention, later = Retention(JournalSettings()), EPOCH + 31 * DAY

    assert retention.prune(connection, later)
    assert count(connection, "event") == 1
    assert retention.prune(connection, later)
    assert count(connection, "event") == 0


def test_a_round_is_not_begun_again_within_a_minute(
    connection: sqlite3.Connection,
) -> None:
    retention = Retention(JournalSettings())
    while retention.prune(connection, EPOCH):
        pass

    assert not retention.prune(connection, at(59))
    assert retention.prune(connection, at(61))
    while retention.prune(connection, at(61)):
        pass
    assert retention.prune(connection, at(-3600))  # the clock was set back


def test_too_much_loses_its_oldest_events_first(
    connection: sqlite3.Connection,
) -> None:
    put(connection, KeptBreaker(platform=PlatformName("api"), breaker=BreakerView()))
    put(connection, *(minute(n) for n in range(60)), answered(0))
    put(connection, *(turned(n, "api", Health.FAILED, "x" * 300) for n in range(2000)))
    assert used_bytes(connection) > 1_000_000

    prune(connection, at(4000), JournalSettings(max_bytes=500_000))

    assert used_bytes(connection) <= 500_000
    [oldest] = connection.execute("SELECT min(at) FROM event").fetchone()
    assert oldest > micros(at(1000))
    assert count(connection, "event", "at >= 0") >= 500
    assert count(connection, "tally", "span_s = 60") == 60
    assert count(connection, "breaker") == count(connection, "command") == 1


def test_a_state_goes_when_a_part_of_what_came_next_is_gone(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    envelopes = started(0, *(f"p{n}" for n in range(20)))
    put(connection, *envelopes)
    for number in range(1, 5):
        events = [
            turned(1000 * number + n, "p1", Health.FAILED, "x" * 300)
            for n in range(500)
        ]
        envelopes += events
        put(connection, *events, state_after(envelopes))
    prune(connection, at(9000), JournalSettings(max_bytes=350_000), rounds=2)

    [oldest] = connection.execute("SELECT min(n) FROM event").fetchone()
    states = connection.execute("SELECT n FROM checkpoint ORDER BY n").fetchall()
    assert 1 <= len(states) < 4
    assert oldest - 1 <= states[0][0]
    archive = SqliteArchive(tmp_path / "journal.db")
    assert len(archive.past(at(9000)).platforms) == 20
    with pytest.raises(JournalFailed, match="knows nothing from before"):
        archive.past(at(1600))


def test_where_events_are_not_enough_tallies_are_kept_shorter(
    connection: sqlite3.Connection,
) -> None:
    names = [f"platform-{n}" for n in range(20)]
    minutes = (minute(n, name) for n in range(600) for name in names)
    connection.execute("BEGIN")
    for one in minutes:
        tally_rows.put(connection, one)
    connection.execute("COMMIT")
    put(connection, KeptBreaker(platform=PlatformName("api"), breaker=BreakerView()))
    assert used_bytes(connection) > 2 * TIGHT.max_bytes

    prune(connection, at(600 * 60), TIGHT, rounds=MOST_HALVED + 1)

    assert used_bytes(connection) <= TIGHT.max_bytes
    assert count(connection, "tally", "span_s = 60") > 0
    assert count(connection, "breaker") == 1


def test_a_journal_of_what_must_survive_alone_may_be_larger(
    connection: sqlite3.Connection,
) -> None:
    name = "n" * 900
    put(
        connection,
        *(
            KeptBreaker(platform=PlatformName(f"{name}{n}"), breaker=BreakerView())
            for n in range(300)
        ),
    )
    prune(connection, EPOCH + DAY, TIGHT, rounds=MOST_HALVED + 2)

    assert used_bytes(connection) > TIGHT.max_bytes
    assert count(connection, "breaker") == 300


def test_what_is_forgotten_gives_its_room_back(
    connection: sqlite3.Connection,
) -> None:
    events = (
        told(n, build.turned("api", Health.UNKNOWN, Health.FAILED, "x" * 3000))
        for n in range(4000)
    )
    put(connection, *events)
    before = connection.execute("PRAGMA page_count").fetchone()[0]

    prune(connection, EPOCH + 31 * DAY)

    after = connection.execute("PRAGMA page_count").fetchone()[0]
    assert count(connection, "event") == 0
    assert after < before / 2


async def test_days_of_platforms_keep_within_the_size_that_was_set(
    tmp_path: Path,
) -> None:
    settings = JournalSettings(max_bytes=2_000_000)
    load = Load(days=1.5, platforms=10, events=4000, settings=settings)
    path = tmp_path / "month.db"

    await live(path, load)

    with closing(sqlite3.connect(path)) as reader:
        assert used_bytes(reader) <= 1.1 * settings.max_bytes
        assert count(reader, "event") > 500
        assert count(reader, "tally", "span_s = 86400") == 2 * load.platforms
    assert path.stat().st_size <= 1.1 * settings.max_bytes + SPARE_PAGES * 4096
