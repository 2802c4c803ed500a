"""What checks and samples said, added up by minute, hour and day."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from conductor_tui.domain.check import Outcome
from conductor_tui.domain.ids import PlatformName
from conductor_tui.ports import HostTally, Tally

Counted: TypeAlias = tuple[int, int, int, int, int, int, int]
"""The second in which a span begins; how many results passed, failed, timed out, were
refused, were inconclusive; the sum of the latencies of verdicts in microseconds.
"""

SPANS_S = (60, 3600, 86_400)

_ADD = """
INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET passed = passed + excluded.passed,
 failed = failed + excluded.failed, timed_out = timed_out + excluded.timed_out,
 refused = refused + excluded.refused,
 inconclusive = inconclusive + excluded.inconclusive,
 latency_sum = latency_sum + excluded.latency_sum,
 latency_max = max(latency_max, excluded.latency_max)
"""
_ADD_HOST = """
INSERT INTO host_tally VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET count = count + excluded.count,
 cpu_sum = cpu_sum + excluded.cpu_sum, cpu_max = max(cpu_max, excluded.cpu_max),
 ram_sum = ram_sum + excluded.ram_sum, ram_max = max(ram_max, excluded.ram_max),
 disk_max = max(disk_max, excluded.disk_max)
"""


def put(connection: sqlite3.Connection, record: Tally | HostTally) -> None:
    """Add a minute to its hour and its day as well."""
    second = int(record.at.timestamp())
    for span_s in SPANS_S:
        at = second - second % span_s
        if isinstance(record, Tally):
            counts = [record.outcomes.get(outcome, 0) for outcome in _COLUMNS]
            latency = (_micros(record.latency_sum_s), _micros(record.latency_max_s))
            connection.execute(_ADD, (span_s, record.platform, at, *counts, *latency))
        else:
            row = (span_s, at, record.count, *_thousands(record))
            connection.execute(_ADD_HOST, row)


def counted(
    connection: sqlite3.Connection,
    platform: PlatformName,
    since: datetime,
    until: datetime,
    span_s: int,
) -> Sequence[Counted]:
    """Return those spans of a platform that began from `since` to `until`, in order."""
    query = (
        "SELECT at, passed, failed, timed_out, refused, inconclusive, latency_sum"
        " FROM tally WHERE span_s = ? AND platform = ? AND at BETWEEN ? AND ?"
        " ORDER BY at"
    )
    between = (int(since.timestamp()), int(until.timestamp()))
    return connection.execute(query, (span_s, platform, *between)).fetchall()


def host_tallies(
    connection: sqlite3.Connection, since: datetime, until: datetime, span_s: int = 60
) -> Iterator[HostTally]:
    """Yield those spans that began from `since` to `until`, oldest first."""
    query = (
        "SELECT at, count, cpu_sum, cpu_max, ram_sum, ram_max, disk_max FROM host_tally"
        " WHERE span_s = ? AND at BETWEEN ? AND ? ORDER BY at"
    )
    between = (int(since.timestamp()), int(until.timestamp()))
    for at, count, *thousands in connection.execute(query, (span_s, *between)):
        cpu_sum, cpu_max, ram_sum, ram_max, disk_max = (n / 1000 for n in thousands)
        yield HostTally(
            at=datetime.fromtimestamp(at, UTC),
            count=count,
            cpu_sum=cpu_sum,
            cpu_max=cpu_max,
            ram_sum=ram_sum,
            ram_max=ram_max,
            disk_max=disk_max,
        )


_COLUMNS = (
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.TIMED_OUT,
    Outcome.REFUSED,
    Outcome.INCONCLUSIVE,
)


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _thousands(record: HostTally) -> tuple[int, ...]:
    percents = (
        record.cpu_sum,
        record.cpu_max,
        record.ram_sum,
        record.ram_max,
        record.disk_max,
    )
    return tuple(round(one * 1000) for one in percents)
