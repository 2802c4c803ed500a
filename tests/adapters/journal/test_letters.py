"""Dead letters and idempotency keys in a real SQLite file."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest

from conductor_tui.adapters.journal import letters as of_letters
from conductor_tui.adapters.journal.database import Database
from conductor_tui.adapters.journal.letters import SqliteLetterJournal
from conductor_tui.domain.dead_letter import DeadLetter, LetterError, LetterView
from conductor_tui.domain.dispatch import (
    Choice,
    Dispatched,
    DispatchOutcome,
    DispatchRequest,
)
from conductor_tui.domain.ids import LetterId, PlatformName
from conductor_tui.domain.plugin_calls import Reply
from conductor_tui.ports import KeptKey
from conductor_tui.testing import EPOCH, FakeClock

ECHO = PlatformName("echo")


def letter(number: int) -> DeadLetter:
    return DeadLetter(
        view=LetterView(
            id=LetterId(number), to="chat", type="news", at=EPOCH, by="ann"
        ),
        request=DispatchRequest(
            id=f"r-{number}",
            to="chat",
            choose=Choice.LEAST_LOADED,
            payload={"n": [1, None, 2.5, "é", {"deep": True}]},
            metadata={"room": "ops"},
            key="k",
        ),
        errors=(
            LetterError(
                at=EPOCH,
                platform=ECHO,
                outcome=DispatchOutcome.TIMED_OUT,
                words="no reply",
                attempts=3,
            ),
        ),
    )


def key(name: str, clock: FakeClock) -> KeptKey:
    done = Dispatched(outcome=DispatchOutcome.DELIVERED, reply=Reply(payload=[1, "a"]))
    return KeptKey(key=name, at=clock.now(), print="f00", done=done)


@asynccontextmanager
async def journal(path: Path, clock: FakeClock) -> AsyncIterator[SqliteLetterJournal]:
    database = Database(path, clock)
    try:
        kept = SqliteLetterJournal(database, clock)
        await kept.open()
        yield kept
    finally:
        await database.close()


async def test_what_was_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    path, clock = tmp_path / "journal.db", FakeClock()
    async with journal(path, clock) as kept:
        await kept.keep([letter(1), letter(2), letter(3)], keys=[key("k-1", clock)])
        await kept.keep(gone=[LetterId(1), LetterId(3)], is_soft=True)
    async with journal(path, clock) as kept:
        found = await kept.open()
        assert found.letters == (letter(2),)
        assert found.last == 3  # a number is given once
        assert await kept.key("k-1") == key("k-1", clock)
        assert await kept.key("k-2") is None


async def test_a_letter_that_cannot_be_read_stays_and_is_told(tmp_path: Path) -> None:
    path, clock = tmp_path / "journal.db", FakeClock()
    async with journal(path, clock) as kept:
        await kept.keep([letter(1), letter(2)])
    with closing(sqlite3.connect(path)) as there:
        there.execute("UPDATE letter SET body = '{\"later\": 1}' WHERE id = 1")
        there.commit()
    async with journal(path, clock) as kept:
        found = await kept.open()
        assert [one.id for one in found.letters] == [2]
        assert found.words == "1 dead letter in the journal cannot be read"
    with closing(sqlite3.connect(path)) as there:
        assert there.execute("SELECT count(*) FROM letter").fetchone() == (2,)


async def test_keys_are_forgotten_after_a_day_and_the_oldest_where_there_are_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, clock = tmp_path / "journal.db", FakeClock()
    monkeypatch.setattr(of_letters, "PRUNED_EVERY", 1)
    monkeypatch.setattr(of_letters, "MOST_KEYS", 3)
    async with journal(path, clock) as kept:
        await kept.keep(keys=[key("old", clock)])
        await clock.advance(timedelta(days=1).total_seconds() + 1)
        for n in range(5):
            await clock.advance(1)
            await kept.keep(keys=[key(f"k-{n}", clock)])
        there = [n for n in range(5) if await kept.key(f"k-{n}") is not None]
        assert there == [2, 3, 4]
        assert await kept.key("old") is None
