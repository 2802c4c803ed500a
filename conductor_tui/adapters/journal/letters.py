"""The journal of dead letters and idempotency keys: see ports.LetterJournal.

Keys are remembered for a day, at most MOST_KEYS of them: then the oldest go first.
"""

import sqlite3
from collections.abc import Sequence
from datetime import timedelta

from conductor_tui.adapters.journal.database import Database
from conductor_tui.adapters.journal.moments import micros
from conductor_tui.adapters.wire.records import decode, encode
from conductor_tui.domain.dead_letter import DeadLetter
from conductor_tui.domain.ids import LetterId
from conductor_tui.ports import Clock, KeptKey, KeptLetters

KEYS_KEPT = timedelta(days=1)
MOST_KEYS = 200_000
PRUNED_EVERY = 256  # keys; a prune takes more than so many make
CHUNK = 1000

_OLD_KEYS = """DELETE FROM request_key WHERE key IN
 (SELECT key FROM request_key WHERE at < ? ORDER BY at LIMIT ?)"""
_MORE_KEYS = """DELETE FROM request_key WHERE key IN
 (SELECT key FROM request_key ORDER BY at DESC LIMIT ? OFFSET ?)"""


class SqliteLetterJournal:
    """Satisfies ports.LetterJournal. Belongs to one event loop, which it never holds;
    who made the database closes it.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._unpruned = 0  # of the writer's thread

    async def open(self) -> KeptLetters:
        await self._database.open()
        return await self._database.run(_load, is_soft=True)

    async def keep(
        self,
        letters: Sequence[DeadLetter] = (),
        gone: Sequence[LetterId] = (),
        keys: Sequence[KeptKey] = (),
        *,
        is_soft: bool = False,
    ) -> None:
        await self._database.run(
            lambda to: self._keep(to, letters, gone, keys), is_soft=is_soft
        )

    async def key(self, key: str) -> KeptKey | None:
        return await self._database.run(lambda of: _key(of, key), is_soft=True)

    def _keep(
        self,
        connection: sqlite3.Connection,
        letters: Sequence[DeadLetter],
        gone: Sequence[LetterId],
        keys: Sequence[KeptKey],
    ) -> None:
        connection.executemany(
            "INSERT OR REPLACE INTO letter VALUES (?, ?, ?, ?, ?)",
            [
                (one.id, micros(one.view.at), one.view.to, one.view.state, encode(one))
                for one in letters
            ],
        )
        connection.executemany(
            "DELETE FROM letter WHERE id = ?", [(one,) for one in gone]
        )
        connection.executemany(
            "INSERT OR REPLACE INTO request_key VALUES (?, ?, ?)",
            [(one.key, micros(one.at), encode(one)) for one in keys],
        )
        self._unpruned += len(keys)
        if self._unpruned >= PRUNED_EVERY:
            self._unpruned = 0
            before = micros(self._clock.now() - KEYS_KEPT)
            connection.execute(_OLD_KEYS, (before, CHUNK))
            connection.execute(_MORE_KEYS, (CHUNK, MOST_KEYS))


def _load(connection: sqlite3.Connection) -> KeptLetters:
    letters, unread = [], 0
    for (body,) in connection.execute("SELECT body FROM letter ORDER BY id"):
        try:
            letters.append(decode(DeadLetter, body))
        except ValueError:
            unread += 1
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'letter'"
    last = connection.execute(query).fetchone()
    many = "1 dead letter" if unread == 1 else f"{unread} dead letters"
    words = f"{many} in the journal cannot be read" if unread else ""
    return KeptLetters(
        letters=tuple(letters), last=int(last[0]) if last else 0, words=words
    )


def _key(connection: sqlite3.Connection, key: str) -> KeptKey | None:
    query = "SELECT body FROM request_key WHERE key = ?"
    found = connection.execute(query, (key,)).fetchone()
    if found is None:
        return None
    try:
        return decode(KeptKey, found[0])
    except ValueError:  # a later version wrote it: then it is as if nobody had
        return None
