"""The rows of breakers, pauses, the audit, events, agents and visits."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from conductor_tui.adapters.journal import checkpoints, tally_rows
from conductor_tui.adapters.journal.moments import micros, moment
from conductor_tui.adapters.wire.frames import decode_envelope, encode_envelope
from conductor_tui.adapters.wire.records import decode, encode
from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.events import Envelope, Event
from conductor_tui.domain.fold import KEPT_EVENTS
from conductor_tui.domain.ids import Seq
from conductor_tui.domain.pause import Pause
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.window import Window
from conductor_tui.ports import (
    Forgotten,
    HostTally,
    KeptBreaker,
    KeptCommand,
    KeptPause,
    KeptPlugin,
    KeptState,
    KeptVisit,
    StateRecord,
    Tally,
)

T = TypeVar("T")
ALIVE = "alive"
_NO_HISTORY = Window("ddb", 1)


def put(connection: sqlite3.Connection, record: StateRecord) -> None:
    """Write a record in place of what is there of the same, or add it."""
    match record:
        case KeptBreaker():
            _put_breaker(connection, record)
        case KeptPause(platform=platform, pause=pause):
            if pause is None:
                connection.execute("DELETE FROM pause WHERE platform = ?", (platform,))
            else:
                row = (platform, encode(pause))
                connection.execute("INSERT OR REPLACE INTO pause VALUES (?, ?)", row)
        case KeptPlugin(plugin=plugin, is_enabled=is_enabled):
            connection.execute("DELETE FROM plugin WHERE plugin = ?", (plugin,))
            if is_enabled is not None:
                row_of_plugin = (plugin, is_enabled)
                connection.execute("INSERT INTO plugin VALUES (?, ?)", row_of_plugin)
        case KeptCommand():
            _put_command(connection, record)
        case KeptVisit(by=by, left_at=left_at):
            row_of_visit = (by, micros(left_at))
            connection.execute(
                "INSERT OR REPLACE INTO visit VALUES (?, ?)", row_of_visit
            )
        case AgentView():
            # a history of a hundred beats would be written anew with each
            slim = replace(record, history=_NO_HISTORY, notes=())
            connection.execute(
                "INSERT OR REPLACE INTO agent VALUES (?, ?)",
                (record.agent, encode(slim)),
            )
        case Forgotten(platform=platform, agent=agent):
            for table in ("breaker", "pause"):
                query = f"DELETE FROM {table} WHERE platform = ?"
                connection.execute(query, (platform,))
            connection.execute("DELETE FROM agent WHERE agent = ?", (agent,))
        case Tally() | HostTally():
            tally_rows.put(connection, record)
        case Snapshot():
            checkpoints.put(connection, last_event(connection), record)
        case Envelope(at=at, event=event):
            connection.execute(
                "INSERT INTO event (at, kind, about, body) VALUES (?, ?, ?, ?)",
                (
                    micros(at),
                    type(event).__name__,
                    about(event),
                    encode_envelope(record),
                ),
            )


def mark_alive(connection: sqlite3.Connection, at: datetime) -> None:
    row = (ALIVE, micros(at))
    connection.execute("INSERT OR REPLACE INTO mark VALUES (?, ?)", row)


def load(connection: sqlite3.Connection) -> tuple[KeptState, int]:
    """Return what is kept, and how many records could not be read: they stay."""
    unread: list[str] = []

    def read(query: str, decoded: Callable[[str], T]) -> list[T]:
        bodies = (row[0] for row in connection.execute(query))
        return list(_readable(bodies, decoded, unread.append))

    breakers = read("SELECT body FROM breaker", lambda body: decode(KeptBreaker, body))
    agents = read("SELECT body FROM agent", lambda body: decode(AgentView, body))
    kept = KeptState(
        breakers={one.platform: one for one in breakers},
        pauses={
            platform: pause
            for platform, body in connection.execute("SELECT * FROM pause")
            for pause in _readable(
                [body], lambda text: decode(Pause, text), unread.append
            )
        },
        plugins={
            plugin: bool(is_enabled)
            for plugin, is_enabled in connection.execute("SELECT * FROM plugin")
        },
        agents=tuple(agents),
        visits={by: moment(at) for by, at in connection.execute("SELECT * FROM visit")},
        alive_at=_alive_at(connection),
        last=Seq(last_event(connection)),
    )
    return kept, len(unread)


def newest_events(connection: sqlite3.Connection) -> tuple[Envelope, ...]:
    """Return the newest events that have a line, oldest first, each numbered by its
    row. That a platform is watched is none: every restart says it.
    """
    query = (
        "SELECT n, body FROM event WHERE kind NOT IN ('PlatformAdded', 'AgentAdded')"
        " ORDER BY n DESC LIMIT ?"
    )
    rows = connection.execute(query, (KEPT_EVENTS,)).fetchall()
    return tuple(numbered(reversed(rows)))


def numbered(rows: Iterable[tuple[int, str]]) -> Iterable[Envelope]:
    """Yield the envelopes that can be read: a later version may have written others."""
    for number, body in rows:
        try:
            yield replace(decode_envelope(body), seq=Seq(number))
        except ValueError:
            continue


def last_event(connection: sqlite3.Connection) -> int:
    """Return the highest number that an event ever had."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'event'"
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


def about(event: Event) -> str:
    """Return the platform, agent or plug-in that an event is about, or ""."""
    for name in ("platform", "agent", "plugin"):
        found = getattr(event, name, None)
        if found:
            return str(found)
    spec = getattr(event, "spec", None)
    names = ("platform", "agent", "plugin")
    return next((str(getattr(spec, one)) for one in names if hasattr(spec, one)), "")


def _put_breaker(connection: sqlite3.Connection, record: KeptBreaker) -> None:
    breaker = record.breaker
    row = (record.platform, breaker.state.value, breaker.epoch, encode(record))
    connection.execute("INSERT OR REPLACE INTO breaker VALUES (?, ?, ?, ?)", row)


def _put_command(connection: sqlite3.Connection, record: KeptCommand) -> None:
    answer = record.answer
    body = json.dumps({"id": answer.command, "why": record.why, "words": answer.words})
    connection.execute(
        "INSERT INTO command (at, verb, about, by, origin, granted, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            micros(record.at),
            answer.verb,
            record.about,
            answer.by,
            answer.origin,
            answer.granted,
            body,
        ),
    )


def _alive_at(connection: sqlite3.Connection) -> datetime | None:
    query = "SELECT at FROM mark WHERE name = ?"
    found = connection.execute(query, (ALIVE,)).fetchone()
    return moment(found[0]) if found else None


def _readable(
    bodies: Iterable[str], decoded: Callable[[str], T], unread: Callable[[str], object]
) -> Iterable[T]:
    for body in bodies:
        try:
            yield decoded(body)
        except ValueError:
            unread(body)
