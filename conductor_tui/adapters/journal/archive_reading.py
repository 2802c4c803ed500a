"""What is looked up in a journal: moments, steps, events, and where nobody was."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from conductor_tui.adapters.journal import checkpoints
from conductor_tui.adapters.journal.archive_fold import (
    Folding,
    Start,
    nothing_known,
    without_beats,
)
from conductor_tui.adapters.journal.archive_tallies import with_tallies
from conductor_tui.adapters.journal.errors import failed
from conductor_tui.adapters.journal.moments import micros, moment
from conductor_tui.adapters.journal.opening import open_to_read
from conductor_tui.adapters.journal.state_rows import last_event, numbered
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.events import ConductorStarted, Envelope
from conductor_tui.domain.fold import KEPT_EVENTS, replay, with_history
from conductor_tui.domain.snapshot import Mode, Snapshot

T = TypeVar("T")
# Each start says of each platform that it is there: nobody wants to see those.
_TOLD = "kind NOT IN ('PlatformAdded', 'AgentAdded')"
_TOLD_LATE = "kind IN ('BreakerChanged', 'PlatformPaused', 'PlatformResumed')"
TOLD_WITHIN = timedelta(seconds=10)
_FOR_EVER = 2**63 - 1
_EVERY = "SELECT n, body FROM event WHERE "


def read(path: Path, asked: Callable[[sqlite3.Connection], T]) -> T:
    """Return what `asked` gives, within one picture of the file: a writer may be at
    work. Raises JournalFailed.
    """
    try:
        with closing(open_to_read(path)) as connection:
            connection.execute("BEGIN")
            return asked(connection)
    except (OSError, sqlite3.Error) as error:
        raise failed(path, error) from error


def past(
    connection: sqlite3.Connection, at: datetime, off: datetime | None
) -> Snapshot:
    """See ports.Archive. `off`: since when no conductor ran then."""
    n, begun = _kept(connection, at) or _first(connection, at)
    query = f"{_EVERY} n > ? AND at <= ? ORDER BY n"
    rows = connection.execute(query, (n, micros(at)))
    snapshot = without_beats(Folding(begun).fold(numbered(rows)), begun.at)
    room = KEPT_EVENTS - len(snapshot.log)
    earlier = f"{_EVERY} n <= ? AND {_TOLD} ORDER BY n DESC LIMIT ?"
    older = connection.execute(earlier, (n, max(0, room))).fetchall()
    snapshot = with_history(snapshot, list(numbered(reversed(older))))
    if off is not None:
        snapshot = nothing_known(snapshot, off)
        snapshot = replace(snapshot, started_at=None, off_since=off)
    snapshot = with_tallies(connection, snapshot, at)
    return replace(snapshot, mode=Mode.PAST, at=at)


def _kept(connection: sqlite3.Connection, at: datetime) -> tuple[int, Snapshot] | None:
    """Return the newest state at or before a moment, and the event that it stands
    behind. What is kept before it is told may stand before a state that has not got it
    yet: that of the last seconds is folded in once more.
    """
    found = checkpoints.before(connection, at)
    if found is None or found[1].at is None:
        return found
    n, state = found
    query = f"{_EVERY} n <= ? AND at >= ? AND {_TOLD_LATE} ORDER BY n"
    since = micros(found[1].at - TOLD_WITHIN)
    late = numbered(connection.execute(query, (n, since)))
    return n, checkpoints.slim(replay(state, late))


class Starts:
    """When conductors began. Looked for once, then only among what is new: there are
    few of them among very many events.
    """

    def __init__(self) -> None:
        self._known: list[Start] = []
        self._up_to = 0

    def off_at(self, connection: sqlite3.Connection, at: datetime) -> datetime | None:
        """Return since when no conductor ran at that moment; None: one did."""
        self._look(connection)
        holes = (one.before for one in self._known if one.at > at)
        return next((before for before in holes if before and before <= at), None)

    def _look(self, connection: sqlite3.Connection) -> None:
        newest = last_event(connection)
        if newest < self._up_to:  # another file
            self._known, self._up_to = [], 0
        query = f"{_EVERY} n > ? AND kind = 'ConductorStarted' ORDER BY n"
        found = [
            _start(one) for one in numbered(connection.execute(query, (self._up_to,)))
        ]
        self._known, self._up_to = [*self._known, *found], newest


def _start(envelope: Envelope) -> Start:
    event = envelope.event
    before = event.before if isinstance(event, ConductorStarted) else None
    return Start(envelope.at, before)


def _first(connection: sqlite3.Connection, at: datetime) -> tuple[int, Snapshot]:
    """Return the state before the first start that is kept, which is empty.

    Raises JournalFailed when `at` is before all that is known.
    """
    query = f"{_EVERY} kind = 'ConductorStarted' ORDER BY n LIMIT 1"
    starts = list(numbered(connection.execute(query)))
    oldest_state = f"SELECT min(at) FROM checkpoint WHERE {checkpoints.IS_FOLLOWED}"
    if starts and starts[0].at <= at:
        return starts[0].seq - 1, Snapshot(host=starts[0].node)
    [oldest] = connection.execute(oldest_state).fetchone()
    begun = [one.at for one in starts] + ([moment(oldest)] if oldest else [])
    if not begun:
        raise JournalFailed("the journal knows nothing of the past yet")
    since = min(begun)
    words = f"the journal knows nothing from before {since:%Y-%m-%d %H:%M:%S} UTC"
    raise JournalFailed(words)


def step(connection: sqlite3.Connection, at: datetime, by: int) -> datetime | None:
    """Events of the same moment are one step."""
    if by == 0:
        return at
    side, order = (">", "ASC") if by > 0 else ("<", "DESC")
    query = (
        f"SELECT DISTINCT at FROM event WHERE at {side} ? AND {_TOLD}"
        f" ORDER BY at {order} LIMIT 1 OFFSET ?"
    )
    found = connection.execute(query, (micros(at), abs(by) - 1)).fetchone()
    return moment(found[0]) if found else None


def events(
    connection: sqlite3.Connection,
    since: datetime,
    until: datetime | None,
    limit: int,
) -> tuple[Envelope, ...]:
    query = f"{_EVERY} at >= ? AND at < ? ORDER BY n DESC LIMIT ?"
    end = micros(until) if until is not None else _FOR_EVER
    rows = connection.execute(query, (micros(since), end, limit)).fetchall()
    return tuple(numbered(reversed(rows)))
