"""What the journal forgets: what is too old, and the oldest of what is too much.

A little at a time, so that the one writer is held for some milliseconds: each call does
one portion. What must survive (breakers, pauses, agents, open alerts, deliveries that
wait, the audit) is never taken for its size; alerts prune themselves. Where events and
checkpoints are not enough, tallies are kept half as long, and half of that again.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from conductor_tui.adapters.journal.moments import micros
from conductor_tui.domain.alert_settings import JournalSettings

PORTION, PORTION_OF_STATES = 500, 20  # rows: a whole state is some 100 kB
VISITS = 200  # platforms that are looked at for old tallies
PAGES, SPARE_PAGES = 64, 1024  # given back to the disk at a time; kept for what comes
EVERY = timedelta(minutes=1)
_DAY = timedelta(days=1)
AUDIT_KEPT = 365 * _DAY
KEPT = {60: _DAY, 3600: 30 * _DAY, 86_400: 365 * _DAY}  # tallies, by their span
MOST_HALVED = 8

# By their number, also where the wall clock was set back: what is left has no holes.
_OLD_EVENTS = """DELETE FROM event WHERE n IN
 (SELECT n FROM event WHERE n < coalesce(
   (SELECT n FROM event WHERE at >= ? ORDER BY at LIMIT 1),
   (SELECT max(n) + 1 FROM event)) ORDER BY n LIMIT ?)"""
_OLD_COMMANDS = """DELETE FROM command WHERE n IN
 (SELECT n FROM command WHERE at < ? ORDER BY at LIMIT ?)"""
# The newest stays: the next past is told from it.
_OLD_STATES = """DELETE FROM checkpoint WHERE n IN
 (SELECT n FROM checkpoint WHERE at < ? AND n < (SELECT max(n) FROM checkpoint)
  ORDER BY at LIMIT ?)"""
_MORE_THAN_HOURLY = """DELETE FROM checkpoint WHERE n IN
 (SELECT n FROM (SELECT n, row_number() OVER
   (PARTITION BY at / 3600000000 ORDER BY n) AS place FROM checkpoint WHERE at < ?)
  WHERE place > 1 LIMIT ?)"""
_OLDEST_EVENTS = """DELETE FROM event WHERE n IN
 (SELECT n FROM event ORDER BY n LIMIT ?)"""
# Nothing can be told from them: of what happened next a part is forgotten.
_STATES_OF_NO_EVENT = """DELETE FROM checkpoint WHERE n IN
 (SELECT n FROM checkpoint WHERE n < (SELECT min(n) FROM event) - 1
   AND n < (SELECT max(n) FROM checkpoint) ORDER BY n LIMIT ?)"""
_OLDEST_STATES = """DELETE FROM checkpoint WHERE n IN
 (SELECT n FROM checkpoint WHERE n < (SELECT max(n) FROM checkpoint)
  ORDER BY n LIMIT ?)"""
_NEXT_PLATFORM = """SELECT platform FROM tally WHERE span_s = ? AND platform > ?
 ORDER BY platform LIMIT 1"""
_OLD_TALLIES = """DELETE FROM tally WHERE span_s = ? AND platform = ? AND at < ?"""
_OLD_HOST_TALLIES = "DELETE FROM host_tally WHERE span_s = ? AND at < ?"

Step: TypeAlias = Callable[[sqlite3.Connection, datetime], bool]


class Retention:
    """Of one journal. It goes round: by age, platform by platform, by size."""

    def __init__(self, settings: JournalSettings) -> None:
        self._keep_events = timedelta(seconds=settings.keep_events_s)
        self._max_bytes = settings.max_bytes
        self._steps: deque[Step] = deque()
        self._begun: datetime | None = None
        self._at_tally = (next(iter(KEPT)), "")
        self._halved = 0

    def prune(self, connection: sqlite3.Connection, now: datetime) -> bool:
        """Do one portion, in the caller's transaction. False: there is nothing to do
        before a minute has passed.
        """
        if not self._steps:
            if self._begun is not None and abs(now - self._begun) < EVERY:
                return False
            self._begun = now
            self._steps.extend(
                (self._old, self._sweep, self._too_much, self._give_back)
            )
        if not self._steps[0](connection, now):
            self._steps.popleft()
        return True

    def _old(self, connection: sqlite3.Connection, now: datetime) -> bool:
        for query, kept, rows in (
            (_OLD_EVENTS, self._keep_events, PORTION),
            (_OLD_COMMANDS, AUDIT_KEPT, PORTION),
            (_OLD_STATES, self._keep_events, PORTION_OF_STATES),
            (_MORE_THAN_HOURLY, _DAY, PORTION_OF_STATES),
        ):
            if _is_done(connection, query, micros(now - kept), rows):
                return True
        return _is_done(connection, _STATES_OF_NO_EVENT, PORTION_OF_STATES)

    def _sweep(self, connection: sqlite3.Connection, now: datetime) -> bool:
        """Forget old tallies of some platforms: going by time alone would be a look at
        all of them. False once all were looked at.
        """
        removed = 0
        for _ in range(VISITS):
            span_s, name = self._at_tally
            found = connection.execute(_NEXT_PLATFORM, (span_s, name)).fetchone()
            if found is None:
                self._next_span(connection, span_s, now)
                return self._at_tally[0] != next(iter(KEPT))
            self._at_tally = (span_s, found[0])
            row = (span_s, found[0], self._cut(span_s, now))
            removed += connection.execute(_OLD_TALLIES, row).rowcount
            if removed >= PORTION:
                break
        return True

    def _next_span(
        self, connection: sqlite3.Connection, span_s: int, now: datetime
    ) -> None:
        connection.execute(_OLD_HOST_TALLIES, (span_s, self._cut(span_s, now)))
        spans = list(KEPT)
        self._at_tally = spans[(spans.index(span_s) + 1) % len(spans)], ""

    def _cut(self, span_s: int, now: datetime) -> int:
        kept = max(KEPT[span_s] / 2**self._halved, timedelta(seconds=2 * span_s))
        return int((now - kept).timestamp())

    def _too_much(self, connection: sqlite3.Connection, now: datetime) -> bool:
        used = used_bytes(connection)
        if used <= self._max_bytes:
            if self._halved and used < self._max_bytes / 2:
                self._halved -= 1
            return False
        for query, rows in (
            (_STATES_OF_NO_EVENT, PORTION_OF_STATES),
            (_OLDEST_EVENTS, PORTION),
            (_OLDEST_STATES, PORTION_OF_STATES),
        ):
            if _is_done(connection, query, rows):
                return True
        self._halved = min(self._halved + 1, MOST_HALVED)
        return False

    def _give_back(self, connection: sqlite3.Connection, now: datetime) -> bool:
        before = _number(connection, "freelist_count")
        if before <= SPARE_PAGES:
            return False
        for _ in range(PAGES):  # one page for each call, within a transaction
            connection.execute("PRAGMA incremental_vacuum(1)")
        return _number(connection, "freelist_count") < before


def used_bytes(connection: sqlite3.Connection) -> int:
    """Return what the file would take without its free pages."""
    pages = _number(connection, "page_count") - _number(connection, "freelist_count")
    return pages * _number(connection, "page_size")


def _is_done(connection: sqlite3.Connection, query: str, *values: int) -> bool:
    return connection.execute(query, values).rowcount > 0


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
