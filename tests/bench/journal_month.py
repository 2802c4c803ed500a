"""What a journal takes: 30 days of 50 platforms, told by a fake clock.

    python -m tests.bench.journal_month [--days 30] [--platforms 50]
        [--events 5000] [--max-size 256MB] [--keep-events 30d]

Each simulated minute one tally of every platform and of the host is kept, with its
share of the day's events, and each ten minutes a whole state. The writes that only say
that we are alive are a twelfth of the real ones. Each write does one portion of
pruning, as in the product. Printed at the end of each day: the file as it lies there,
what of it is used, rows, and the longest write and portion of pruning so far; at the
end, how long it takes to look back.
"""

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

from conductor_tui.adapters.journal import retention
from conductor_tui.adapters.journal.archive import SqliteArchive
from conductor_tui.adapters.journal.database import Database
from conductor_tui.adapters.journal.state import SqliteStateJournal
from conductor_tui.domain.alert_settings import JournalSettings
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.duration import parse_duration
from conductor_tui.domain.events import ConductorStarted, Envelope, Event, HealthChanged
from conductor_tui.domain.fold import replay
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import NodeName, PlatformName, Seq
from conductor_tui.domain.size import format_size, parse_size
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.ports import HostTally, StateRecord, Tally
from conductor_tui.testing import FakeClock
from tests import build

NODE = NodeName("web-7")
TABLES = ("event", "checkpoint", "tally", "host_tally", "command")
LOOKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is kept; `events` are of a day."""

    days: float = 30
    platforms: int = 50
    events: int = 5000
    settings: JournalSettings = field(default_factory=JournalSettings)


@dataclass(slots=True)
class Longest:
    """The longest so far, in seconds."""

    write: float = 0.0
    prune: float = 0.0


class World:
    """Says what happens in each minute."""

    def __init__(self, load: Load, clock: FakeClock) -> None:
        self._load, self._clock = load, clock
        self._names = [PlatformName(f"platform-{n:03d}") for n in range(load.platforms)]
        ways = (Health.HEALTHY, Health.FAILED), (Health.FAILED, Health.HEALTHY)
        self._turns = cycle(
            (name, was, now) for was, now in ways for name in self._names
        )
        self._owed = 0.0
        self._snapshot = Snapshot(host=NODE)

    def begin(self) -> list[StateRecord]:
        added = [build.added(name) for name in self._names]
        return self._told(ConductorStarted(), *added)

    def minute(self, number: int) -> Iterator[StateRecord]:
        at = self._clock.now()
        yield from (_tally(name, at) for name in self._names)
        yield _host(at)
        self._owed += self._load.events / 1440
        events, self._owed = int(self._owed), self._owed % 1
        for _, (name, was, now) in zip(range(events), self._turns, strict=False):
            why = "timed out after 800 ms" if now is Health.FAILED else "was FAILED"
            event = HealthChanged(platform=name, was=was, now=now, why=why)
            yield from self._told(event)
        if number % 10 == 0:
            yield self._snapshot

    def _told(self, *events: Event) -> list[StateRecord]:
        seq, at = self._snapshot.seq, self._clock.now()
        envelopes = [
            Envelope(seq=Seq(seq + n), node=NODE, at=at, event=event)
            for n, event in enumerate(events, start=1)
        ]
        self._snapshot = replay(self._snapshot, envelopes)
        return list(envelopes)


def _tally(name: PlatformName, at: datetime) -> Tally:
    outcomes = {Outcome.PASSED: 11, Outcome.FAILED: 1}
    return Tally(
        platform=name,
        at=at,
        outcomes=outcomes,
        latency_sum_s=0.6,
        latency_max_s=0.08,
    )


def _host(at: datetime) -> HostTally:
    return HostTally(
        at=at,
        count=30,
        cpu_sum=600.0,
        cpu_max=40.0,
        ram_sum=1500.0,
        ram_max=52.0,
        disk_max=70.0,
    )


async def live(path: Path, load: Load) -> Longest:
    """Keep all of it, printing each day."""
    clock, longest = FakeClock(), Longest()
    database = Database(path, clock)
    journal = SqliteStateJournal(database, clock, load.settings)
    world = World(load, clock)
    await journal.open()
    try:
        await journal.keep(world.begin())
        for number in range(round(load.days * 1440)):
            began = time.perf_counter()
            await journal.keep(list(world.minute(number)))
            longest.write = max(longest.write, time.perf_counter() - began)
            await clock.advance(60)
            began = time.perf_counter()
            await journal.keep(())  # that we are alive: only prunes
            longest.prune = max(longest.prune, time.perf_counter() - began)
            if number % 1440 == 1439:
                print(day(path, (number + 1) // 1440, longest), flush=True)
    finally:
        await journal.close()
    return longest


def day(path: Path, number: int, longest: Longest) -> str:
    with closing(sqlite3.connect(path)) as reader:
        rows = {name: _count(reader, name) for name in TABLES}
        used = retention.used_bytes(reader)
    counts = "  ".join(f"{name} {count}" for name, count in rows.items())
    return (
        f"day {number:3d}  file {path.stat().st_size / 1e6:7.1f} MB  "
        f"used {used / 1e6:7.1f} MB  {counts}  longest write "
        f"{longest.write * 1e3:.0f} ms, prune {longest.prune * 1e3:.0f} ms"
    )


def _count(reader: sqlite3.Connection, table: str) -> int:
    return int(reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def look_back(path: Path, load: Load) -> str:
    """Return how long moments all over the month take to be told."""
    archive, end = SqliteArchive(path), FakeClock().now() + timedelta(days=load.days)
    known = archive.events(FakeClock().now(), limit=10**9)
    since = max(known[0].at + timedelta(hours=1), end - timedelta(days=29))
    span, taken = end - since, list[float]()
    for number in range(LOOKS):
        began = time.perf_counter()
        past = archive.past(since + span * number / LOOKS)
        taken.append(time.perf_counter() - began)
        assert len(past.platforms) == load.platforms
    median, most = statistics.median(taken) * 1e3, max(taken) * 1e3
    return f"look back, {LOOKS} moments: median {median:.0f} ms, longest {most:.0f} ms"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--days", type=float, default=30)
    words.add_argument("--platforms", type=int, default=50)
    words.add_argument("--events", type=int, default=5000)
    words.add_argument("--max-size", type=parse_size, default=256_000_000)
    words.add_argument("--keep-events", type=parse_duration, default=30 * 86_400.0)
    given = words.parse_args()
    settings = JournalSettings(
        keep_events_s=given.keep_events, max_bytes=given.max_size
    )
    load = Load(
        days=given.days,
        platforms=given.platforms,
        events=given.events,
        settings=settings,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        asyncio.run(live(path, load))
        size = path.stat().st_size
        print(f"file {size / 1e6:.1f} MB, bound {format_size(given.max_size)}")
        print(look_back(path, load))


if __name__ == "__main__":
    main()
