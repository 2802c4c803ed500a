"""The writer and its file: who may have it, what is mended, what is said."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from conductor_tui.adapters.journal.alerts import read_kept
from conductor_tui.adapters.journal.database import Database
from conductor_tui.adapters.journal.places import usual_path
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.testing import FakeClock

WRITE = "INSERT INTO silence VALUES (?, 0, 0, '{}')"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    database = Database(path, FakeClock())
    await database.open()
    yield database
    await database.close()


async def write(database: Database, name: str) -> None:
    await database.run(lambda to: to.execute(WRITE, (name,)).close())


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as other:
        rows = other.execute("SELECT id FROM silence ORDER BY id").fetchall()
    return [row[0] for row in rows]


def spoil(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)


def lock_and_be_killed(path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path;"
        "from conductor_tui.adapters.journal.lock import take_lock;"
        "take_lock(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert path.with_name("journal.db.lock").exists()


async def test_what_was_answered_is_on_the_disk(database: Database, path: Path) -> None:
    await write(database, "a")

    assert names(path) == ["a"]
    mode = await database.run(lambda to: to.execute("PRAGMA journal_mode").fetchone())
    sync = await database.run(lambda to: to.execute("PRAGMA synchronous").fetchone())
    assert (mode, sync) == (("wal",), (2,))


async def test_one_that_fails_takes_nothing_along(
    database: Database, path: Path
) -> None:
    def half(to: sqlite3.Connection) -> None:
        to.execute(WRITE, ("half",))
        to.execute("INSERT INTO nowhere VALUES (1)")

    done = await asyncio.gather(
        write(database, "a"),
        database.run(half),
        write(database, "b"),
        return_exceptions=True,
    )

    assert [type(one) for one in done] == [type(None), JournalFailed, type(None)]
    assert "no such table: nowhere" in str(done[1])
    assert names(path) == ["a", "b"]


async def test_many_at_once_come_in_their_order(database: Database) -> None:
    seen: list[int] = []

    def note(number: int) -> None:
        seen.append(number)

    await asyncio.gather(
        *(database.run(lambda _, n=n: note(n)) for n in range(1000))  # type: ignore[misc]
    )
    assert seen == list(range(1000))


async def test_whoever_stops_waiting_stops_nothing(
    database: Database, path: Path
) -> None:
    task = asyncio.ensure_future(write(database, "a"))
    await asyncio.sleep(0)
    task.cancel()
    await write(database, "b")

    assert names(path) == ["a", "b"]


async def test_another_conductor_is_named_by_its_pid(
    database: Database, path: Path
) -> None:
    other = Database(path, FakeClock())

    with pytest.raises(
        JournalFailed, match=rf"pid {os.getpid()}\) keeps .*journal\.db"
    ):
        await other.open()
    await other.close()
    await write(database, "a")


async def test_the_lock_of_a_killed_conductor_is_no_lock(path: Path) -> None:
    lock_and_be_killed(path)

    database = Database(path, FakeClock())
    assert await database.open() == ""
    await database.close()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"this is no database at all" * 99, id="another file"),
        pytest.param(b"SQLite format 3\0" + b"\xff" * 8192, id="a broken header"),
    ],
)
async def test_a_damaged_file_is_set_aside_and_never_deleted(
    path: Path, damage: bytes
) -> None:
    spoil(path, damage)
    database = Database(path, FakeClock())
    words = await database.open()
    await write(database, "a")
    await database.close()

    aside = path.with_name("journal.db.corrupt-20300101T120000Z")
    assert aside.read_bytes() == damage
    assert words == (
        f"{path} was damaged and is {aside.name} now: what it had kept is not known"
    )
    assert names(path) == ["a"]


async def test_damage_in_the_middle_is_found_when_it_is_opened(
    database: Database, path: Path
) -> None:
    for number in range(500):
        await write(database, f"{number:0200}")
    await database.close()
    with path.open("r+b") as file:
        file.seek(4096 * 12)
        file.write(b"\xa5" * 4096 * 4)

    again = Database(path, FakeClock())
    assert "was damaged" in await again.open()
    await again.close()


async def test_a_second_damaged_file_takes_no_place_of_the_first(path: Path) -> None:
    for _ in range(2):
        spoil(path, b"damaged " * 99)
        database = Database(path, FakeClock())
        await database.open()
        await database.close()

    assert len(list(path.parent.glob("*.corrupt-*"))) == 2


async def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
    database = Database(path, FakeClock())

    with pytest.raises(JournalFailed, match="of another program"):
        await database.open()
    await database.close()


async def test_a_later_version_is_refused_in_words(
    database: Database, path: Path
) -> None:
    await database.run(lambda to: to.execute("PRAGMA user_version = 99").close())
    await database.close()
    again = Database(path, FakeClock())

    with pytest.raises(JournalFailed, match="by a later version of conductor-tui"):
        await again.open()
    with pytest.raises(JournalFailed, match="by a later version of conductor-tui"):
        read_kept(path)
    await again.close()


async def test_a_full_disk_is_said_and_goes_on_when_there_is_room(
    database: Database, path: Path
) -> None:
    async def room(pages: int) -> None:
        await database.run(
            lambda to: to.execute(f"PRAGMA max_page_count = {pages}").close()
        )

    await room(1)  # no more than it has
    with pytest.raises(JournalFailed, match="no room left on its disk"):
        await write(database, "x" * 100_000)
    await room(100_000)
    await write(database, "a")

    assert names(path) == ["a"]


async def test_a_locked_database_is_said_and_goes_on_afterwards(
    database: Database, path: Path
) -> None:
    await database.run(lambda to: to.execute("SELECT 1").close())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalFailed, match="another program has locked it"):
            await write(database, "a")
    await write(database, "b")

    assert names(path) == ["b"]


async def test_a_removed_file_is_said_once_and_begun_anew(
    database: Database, path: Path
) -> None:
    await write(database, "a")
    shutil.rmtree(path.parent)

    with pytest.raises(JournalFailed, match="removed or replaced while in use"):
        await write(database, "b")
    await write(database, "c")
    assert names(path) == ["c"]


async def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = Database(tmp_path / "file" / "journal.db", FakeClock())

    with pytest.raises(JournalFailed, match="needs a folder that it may write in"):
        await database.open()
    with pytest.raises(JournalFailed, match="could not be opened"):
        await write(database, "a")
    await database.close()


async def test_a_folder_in_which_others_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    database = Database(tmp_path / "open" / "journal.db", FakeClock())

    with pytest.raises(JournalFailed, match=r"mend it with `chmod go-w"):
        await database.open()
    await database.close()


async def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    database = Database(tmp_path, FakeClock())

    with pytest.raises(JournalFailed):
        await database.open()
    await database.close()


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        pytest.param(
            {"XDG_STATE_HOME": "/home/a/state"},
            "/home/a/state/conductor-tui/journal.db",
            id="as the variable says",
        ),
        pytest.param(
            {"XDG_STATE_HOME": "state", "HOME": "/home/a"},
            "/home/a/.local/state/conductor-tui/journal.db",
            id="not by a relative one",
        ),
        pytest.param(
            {"HOME": "/home/a"},
            "/home/a/.local/state/conductor-tui/journal.db",
            id="in the home folder",
        ),
    ],
)
def test_its_usual_place(
    environ: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert str(usual_path(environ)) == path


def test_its_usual_place_for_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert str(usual_path({})) == "/var/lib/conductor-tui/journal.db"
