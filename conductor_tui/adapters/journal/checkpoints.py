"""Whole states, now and then, so that the past is not folded from the beginning."""

import sqlite3
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from conductor_tui.adapters.journal.moments import micros
from conductor_tui.adapters.wire.frames import decode_snapshot, encode_snapshot
from conductor_tui.domain.own import OwnView
from conductor_tui.domain.resources import ResourcesView
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.window import Window

# All events since then are kept: the next one, or none was since.
IS_FOLLOWED = "n >= coalesce((SELECT min(n) FROM event), 0) - 1"


def put(connection: sqlite3.Connection, n: int, snapshot: Snapshot) -> None:
    """Keep the state after event `n`."""
    if snapshot.at is None:
        return
    body = zlib.compress(encode_snapshot(slim(snapshot)))
    row = (n, micros(snapshot.at), body)
    connection.execute("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)", row)


def slim(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot without histories and logs: those are kept by themselves."""
    platforms = {
        view.name: replace(
            view, window=Window("dfb", view.window.capacity), timeline=(), recent=()
        )
        for view in snapshot.platforms.in_order()
    }
    agents = {
        view.agent: replace(view, history=Window("ddb", 1), notes=())
        for view in snapshot.agents.in_order()
    }
    resources = snapshot.resources
    return replace(
        snapshot,
        platforms=Roster(platforms),
        agents=Roster(agents),
        resources=ResourcesView(
            sample=resources.sample,
            load=resources.load,
            limits=resources.limits,
            spells=resources.spells,
        ),
        own=OwnView(sample=snapshot.own.sample),
        viewers=(),
        log=(),
        agent_log=(),
        answers=(),
    )


def before(connection: sqlite3.Connection, at: datetime) -> tuple[int, Snapshot] | None:
    """Return the newest state that was kept at or before a moment, and the number of
    the event it stands behind; None: there is none that can be read and gone on from.
    """
    query = (
        f"SELECT n, body FROM checkpoint WHERE at <= ? AND {IS_FOLLOWED}"
        " ORDER BY at DESC LIMIT 3"
    )
    for n, body in connection.execute(query, (micros(at),)):
        with suppress(ValueError, zlib.error):  # of a later version, or damaged
            return n, decode_snapshot(zlib.decompress(body))
    return None
