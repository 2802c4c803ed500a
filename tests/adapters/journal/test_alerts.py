"""The journal of alerts: kept, found again, and no more than that."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from conductor_tui.adapters.journal import alert_rows
from conductor_tui.adapters.journal.alerts import SqliteAlertJournal, read_kept
from conductor_tui.domain.alert import DeliveryState
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.ports import AlertRecord, Kept
from conductor_tui.testing import EPOCH, FakeClock
from tests.adapters.journal.records import alert, delivery, recovery, silence


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[SqliteAlertJournal]:
    journal = SqliteAlertJournal(path, FakeClock())
    await journal.open()
    yield journal
    await journal.close()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def is_there(path: Path) -> bool:
    return path.exists()


async def reopened(journal: SqliteAlertJournal, path: Path) -> Kept:
    await journal.close()
    again = SqliteAlertJournal(path, FakeClock())
    try:
        return await again.open()
    finally:
        await again.close()


async def test_a_new_journal_has_nothing_and_belongs_to_us_alone(path: Path) -> None:
    journal = SqliteAlertJournal(path, FakeClock())

    assert await journal.open() == Kept()
    assert (mode(path.parent), mode(path)) == (0o700, 0o600)
    await journal.close()


async def test_what_was_kept_is_there_after_a_restart(
    journal: SqliteAlertJournal, path: Path
) -> None:
    await journal.keep([alert(), silence(), delivery(), recovery()])

    assert await reopened(journal, path) == Kept(
        alerts=(alert(),),
        silences=(silence(),),
        deliveries=(delivery(),),
        recoveries=(recovery(),),
        last_delivery=1,
    )


async def test_the_newest_of_the_same_is_kept(
    journal: SqliteAlertJournal, path: Path
) -> None:
    await journal.keep([alert(), delivery()])
    sent = delivery(state=DeliveryState.SENT, ended=EPOCH)
    await journal.keep([alert(ended=5), sent])

    kept = await reopened(journal, path)
    assert (kept.alerts, kept.deliveries) == ((alert(ended=5),), (sent,))


async def test_a_subject_that_fails_again_has_an_open_and_an_ended_alert(
    journal: SqliteAlertJournal, path: Path
) -> None:
    await journal.keep([alert(ended=5), alert(at=9)])

    kept = await reopened(journal, path)
    assert kept.alerts == (alert(ended=5), alert(at=9))


async def test_a_subject_has_one_open_alert_even_if_its_end_was_never_kept(
    journal: SqliteAlertJournal, path: Path
) -> None:
    await journal.keep([alert()])
    await journal.keep([alert(at=9)])

    assert (await reopened(journal, path)).alerts == (alert(at=9),)


async def test_a_silence_that_ended_is_forgotten(
    journal: SqliteAlertJournal, path: Path
) -> None:
    await journal.keep([silence("s1"), silence("s2")])
    await journal.keep([], ended=[silence("s1")])

    assert (await reopened(journal, path)).silences == (silence("s2"),)


async def test_all_of_a_keep_is_there_or_nothing(
    journal: SqliteAlertJournal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise sqlite3.IntegrityError("not today")

    monkeypatch.setattr(alert_rows, "forget", refuse)
    with pytest.raises(JournalFailed, match="not today"):
        await journal.keep([alert()], ended=[silence()])

    assert await reopened(journal, path) == Kept()


async def test_the_highest_number_is_known_after_its_delivery_is_gone(
    journal: SqliteAlertJournal, path: Path
) -> None:
    await journal.keep([delivery(41)])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DELETE FROM delivery")

    kept = await reopened(journal, path)
    assert (kept.deliveries, kept.last_delivery) == ((), 41)


async def test_deliveries_that_wait_or_were_given_up_are_all_given_back(
    journal: SqliteAlertJournal, path: Path
) -> None:
    given_up = delivery(1, DeliveryState.GIVEN_UP, ended=EPOCH)
    sent = [delivery(n, DeliveryState.SENT, ended=EPOCH) for n in range(2, 302)]
    waiting = delivery(302)
    await journal.keep([waiting, *sent, given_up])

    kept = await reopened(journal, path)
    assert kept.deliveries[0] == given_up
    assert kept.deliveries[-1] == waiting
    assert len(kept.deliveries) == 202


async def test_each_subject_has_its_newest_ten_recoveries(
    journal: SqliteAlertJournal, path: Path
) -> None:
    many = [recovery("redis", at=n) for n in range(30)]
    await journal.keep([*many, recovery("api", at=3)])

    kept = await reopened(journal, path)
    assert kept.recoveries == (recovery("api", at=3), *many[-10:])


async def test_what_is_over_is_pruned_to_a_thousand_and_nothing_else_is(
    journal: SqliteAlertJournal, path: Path
) -> None:
    open_one, given_up = alert("api"), delivery(1, DeliveryState.GIVEN_UP, ended=EPOCH)
    await journal.keep([open_one, given_up, delivery(2)])
    for batch in range(14):
        first = 100 + batch * 100
        ended = [alert(at=n, ended=n + 0.5) for n in range(first, first + 100)]
        sent: list[AlertRecord] = [
            delivery(n, DeliveryState.SENT, ended=EPOCH + timedelta(milliseconds=n))
            for n in range(first, first + 100)
        ]
        await journal.keep([*ended, *sent])

    with closing(sqlite3.connect(path)) as other:
        alerts = other.execute("SELECT count(*) FROM alert").fetchone()
        states = other.execute("SELECT state, count(*) FROM delivery GROUP BY state")
        counts = dict(states.fetchall())
    assert alerts == (1001,)
    assert counts == {"SENT": 1000, "GIVEN UP": 1, "WAITING": 1}


async def test_what_is_over_for_a_month_is_pruned_at_the_next_start(
    journal: SqliteAlertJournal, path: Path
) -> None:
    sent = delivery(1, DeliveryState.SENT, ended=EPOCH)
    await journal.keep([alert("api"), alert(ended=5), sent, delivery(2), recovery()])
    await journal.close()

    later = SqliteAlertJournal(path, FakeClock(EPOCH + timedelta(days=31)))
    kept = await later.open()
    await later.close()
    assert kept.alerts == (alert("api"),)
    assert (kept.deliveries, kept.recoveries) == ((delivery(2),), ())


async def test_of_those_given_up_the_oldest_go_first(
    journal: SqliteAlertJournal, path: Path
) -> None:
    many = range(1, alert_rows.GIVEN_UP + 201)
    await journal.keep([delivery(n, DeliveryState.GIVEN_UP, ended=EPOCH) for n in many])

    kept = await reopened(journal, path)
    assert kept.deliveries[0].id == 201
    assert len(kept.deliveries) == alert_rows.GIVEN_UP


async def test_a_record_that_cannot_be_read_is_told_and_left_alone(
    journal: SqliteAlertJournal, path: Path
) -> None:
    await journal.keep([delivery(1), delivery(2)])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("UPDATE delivery SET body = '{}' WHERE id = 1")

    kept = await reopened(journal, path)
    assert kept.deliveries == (delivery(2),)
    assert kept.words.startswith("1 records in the journal cannot be read")


async def test_the_command_line_reads_while_a_conductor_keeps_it(
    journal: SqliteAlertJournal, path: Path
) -> None:
    await journal.keep([alert(), delivery()])

    kept = read_kept(path)
    assert (kept.alerts, kept.deliveries) == ((alert(),), (delivery(),))


async def test_the_command_line_reads_when_no_conductor_is_there(
    journal: SqliteAlertJournal, path: Path
) -> None:
    await journal.keep([alert(), delivery()])
    await journal.close()

    assert read_kept(path).deliveries == (delivery(),)


def test_to_read_a_damaged_journal_fails_in_words_and_changes_nothing(
    tmp_path: Path,
) -> None:
    damaged = tmp_path / "journal.db"
    damaged.write_bytes(b"damaged" * 99)

    with pytest.raises(JournalFailed, match="it is damaged"):
        read_kept(damaged)
    assert [one.name for one in tmp_path.iterdir()] == ["journal.db"]


def test_to_read_a_journal_that_is_not_there_fails_in_words(path: Path) -> None:
    with pytest.raises(JournalFailed, match=r"no conductor-tui has kept a journal"):
        read_kept(path)


async def test_kept_after_its_end_is_a_failure_in_words(
    journal: SqliteAlertJournal,
) -> None:
    await journal.close()
    await journal.close()

    with pytest.raises(JournalFailed, match="not open"):
        await journal.keep([alert()])


async def test_it_may_be_closed_before_it_is_opened(path: Path) -> None:
    await SqliteAlertJournal(path, FakeClock()).close()

    assert not is_there(path)
