"""A journal with a past, written as a conductor would."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from conductor_tui.adapters.journal.database import Database
from conductor_tui.adapters.journal.state import SqliteStateJournal
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.events import ConductorStarted, Envelope, Event
from conductor_tui.domain.fold import replay
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName, Seq
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.ports import HostTally, StateRecord, Tally
from conductor_tui.testing import EPOCH, FakeClock
from tests import build


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def told(seconds: float, event: Event) -> Envelope:
    return Envelope(seq=Seq(0), node=build.NODE, at=at(seconds), event=event)


def turned(seconds: float, name: str, now: Health, why: str = "") -> Envelope:
    return told(seconds, build.turned(name, Health.UNKNOWN, now, why))


def started(seconds: float, *names: str, before: float | None = None) -> list[Envelope]:
    alive = None if before is None else at(before)
    began = told(seconds, ConductorStarted(before=alive))
    return [began, *(told(seconds + 0.1, build.added(name)) for name in names)]


def minute(
    number: int, name: str = "api", *, passed: int = 12, failed: int = 0
) -> Tally:
    """Of the checks in the so-manieth minute, each 50 ms long."""
    return Tally(
        platform=PlatformName(name),
        at=at(60 * number),
        outcomes={Outcome.PASSED: passed, Outcome.FAILED: failed},
        latency_sum_s=0.05 * (passed + failed),
        latency_max_s=0.05,
    )


def host_minute(number: int, cpu: float = 20.0, ram: float = 40.0) -> HostTally:
    return HostTally(
        at=at(60 * number),
        count=30,
        cpu_sum=30 * cpu,
        cpu_max=cpu,
        ram_sum=30 * ram,
        ram_max=ram,
        disk_max=70.0,
    )


def state_after(envelopes: Sequence[Envelope]) -> Snapshot:
    return replay(Snapshot(host=build.NODE), envelopes)


async def write(path: Path, *records: StateRecord) -> None:
    clock = FakeClock()
    database = Database(path, clock)
    journal = SqliteStateJournal(database, clock)
    await journal.open()
    try:
        await journal.keep(records)
    finally:
        await journal.close()
