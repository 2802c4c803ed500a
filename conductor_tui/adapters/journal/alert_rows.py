"""The rows of alerts, silences, deliveries and recoveries: written, read, pruned."""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from conductor_tui.adapters.wire.records import decode, encode
from conductor_tui.domain.alert import AlertView, Delivery, RecoveryView, Silence
from conductor_tui.ports import AlertRecord, Kept

R = TypeVar("R", AlertView, Delivery, RecoveryView, Silence)

SHOWN = 200  # of what is over, after a restart
SHOWN_RECOVERIES = 10  # of each subject
OVER, GIVEN_UP = 1_000, 10_000  # kept, of each
OVER_FOR = timedelta(days=30)
CHUNK = 500  # rows: a prune holds the writer for some milliseconds
_1970 = datetime(1970, 1, 1, tzinfo=UTC)

_LOAD_ALERTS = """
SELECT body FROM (SELECT * FROM alert WHERE ended_at IS NOT NULL
                  ORDER BY ended_at DESC LIMIT ?) ORDER BY ended_at
"""
_LOAD_DELIVERIES = """
SELECT body FROM delivery WHERE state IN ('WAITING', 'GIVEN UP') OR id IN
 (SELECT id FROM delivery WHERE state IN ('SENT', 'DISCARDED')
  ORDER BY ended_at DESC LIMIT ?) ORDER BY id
"""
_LOAD_RECOVERIES = """
SELECT body FROM (SELECT body, at, row_number() OVER
 (PARTITION BY key ORDER BY at DESC) AS place FROM recovery)
WHERE place <= ? ORDER BY at
"""
_PRUNE = (
    # Each: rows beyond the newest (:over), or older than (:before).
    """DELETE FROM delivery WHERE id IN
    (SELECT id FROM delivery WHERE state IN ('SENT', 'DISCARDED')
     ORDER BY ended_at DESC LIMIT :chunk OFFSET :over)""",
    """DELETE FROM delivery WHERE id IN
    (SELECT id FROM delivery WHERE state IN ('SENT', 'DISCARDED')
     AND ended_at < :before ORDER BY ended_at LIMIT :chunk)""",
    """DELETE FROM delivery WHERE id IN
    (SELECT id FROM delivery WHERE state = 'GIVEN UP'
     ORDER BY id DESC LIMIT :chunk OFFSET :given_up)""",
    """DELETE FROM alert WHERE rowid IN
    (SELECT rowid FROM alert WHERE ended_at IS NOT NULL
     ORDER BY ended_at DESC LIMIT :chunk OFFSET :over)""",
    """DELETE FROM alert WHERE rowid IN
    (SELECT rowid FROM alert WHERE ended_at < :before LIMIT :chunk)""",
    """DELETE FROM recovery WHERE rowid IN
    (SELECT rowid FROM recovery ORDER BY at DESC LIMIT :chunk OFFSET :over)""",
    """DELETE FROM recovery WHERE rowid IN
    (SELECT rowid FROM recovery WHERE at < :before LIMIT :chunk)""",
)


def put(connection: sqlite3.Connection, record: AlertRecord) -> None:
    """Write a record in place of what is there of the same."""
    table, row = _row(record, encode(record))
    places = ", ".join("?" * len(row))
    connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({places})", row)


def _row(record: AlertRecord, body: str) -> tuple[str, tuple[str | int | None, ...]]:
    match record:
        case AlertView(key=key, opened_at=opened_at, ended_at=ended_at):
            return "alert", (key, _micros(opened_at), _micros(ended_at), body)
        case Delivery(id=number, channel=channel, state=state, ended_at=ended_at):
            return "delivery", (number, channel, state.value, _micros(ended_at), body)
        case Silence(id=name, at=at, until=until):
            return "silence", (name, _micros(at), _micros(until), body)
        case RecoveryView(subject=subject, at=at):
            return "recovery", (subject.key, _micros(at), body)


def forget(connection: sqlite3.Connection, silence: Silence) -> None:
    connection.execute("DELETE FROM silence WHERE id = ?", (silence.id,))


def load(connection: sqlite3.Connection) -> tuple[Kept, int]:
    """Return what is kept, and how many records could not be read: they stay."""
    unread: list[str] = []

    def read(kind: type[R], query: str, *values: int) -> tuple[R, ...]:
        bodies = (row[0] for row in connection.execute(query, values))
        return tuple(_readable(kind, bodies, unread.append))

    open_ones = "SELECT body FROM alert WHERE ended_at IS NULL ORDER BY opened_at"
    kept = Kept(
        alerts=read(AlertView, _LOAD_ALERTS, SHOWN) + read(AlertView, open_ones),
        silences=read(Silence, "SELECT body FROM silence ORDER BY at"),
        deliveries=read(Delivery, _LOAD_DELIVERIES, SHOWN),
        recoveries=read(RecoveryView, _LOAD_RECOVERIES, SHOWN_RECOVERIES),
        last_delivery=_last_delivery(connection),
    )
    return kept, len(unread)


def prune(connection: sqlite3.Connection, now: datetime) -> None:
    """Delete some of what is over and beyond the bounds, never what is open or waits.
    Called often enough it keeps up.
    """
    values = {
        "chunk": CHUNK,
        "over": OVER,
        "given_up": GIVEN_UP,
        "before": _micros(now - OVER_FOR),
    }
    for query in _PRUNE:
        connection.execute(query, values)


def _readable(
    kind: type[R], bodies: Iterable[str], unread: Callable[[str], object]
) -> Iterable[R]:
    for body in bodies:
        try:
            yield decode(kind, body)
        except ValueError:
            unread(body)


def _last_delivery(connection: sqlite3.Connection) -> int:
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'delivery'"
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


def _micros(at: datetime | None) -> int | None:
    return None if at is None else (at - _1970) // timedelta(microseconds=1)
