"""How a journal's file is opened: made, checked, set aside when damaged, migrated."""

import os
import re
import sqlite3
import stat
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from conductor_tui.adapters.journal.errors import DAMAGED, primary_code
from conductor_tui.domain.errors import JournalFailed

OURS = 0x436F6E54  # application_id: "ConT"
BUSY_MS = 2000
_STEP = re.compile(r"^-- step (\d+)\b.*$", re.MULTILINE)


def open_file(path: Path, at: datetime) -> tuple[sqlite3.Connection, str]:
    """Return a connection, and words where something has to be told of how it was.

    For the thread that calls it alone. Raises JournalFailed, OSError, sqlite3.Error.
    """
    _prepare(path)
    try:
        return _connect(path), ""
    except sqlite3.DatabaseError as error:
        if primary_code(error) not in DAMAGED:
            raise
    aside = _set_aside(path, at)
    _prepare(path)
    words = f"{path} was damaged and is {aside.name} now: what it had kept is not known"
    return _connect(path), words


def open_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection that changes nothing and needs no lock.

    Raises JournalFailed, sqlite3.Error.
    """
    if not path.is_file():
        raise JournalFailed(f"{path}: no conductor-tui has kept a journal there")
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        _refuse_strange(connection, path)
        if _number(connection, "user_version") < len(_steps()):
            raise JournalFailed(f"{path}: of an older version: start conductor-tui")
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(path: Path) -> None:
    """Make folder (0700) and file (0600) where they are missing: SQLite would give
    them the rights of the umask.
    """
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    if mode & 0o022 and not mode & stat.S_ISVTX:
        words = f"{folder}: others may write there: mend it with `chmod go-w {folder}`"
        raise JournalFailed(words)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise JournalFailed(f"{path}: not a file: [journal] path must name one")
        with suppress(PermissionError):  # of another user who lets us write
            os.fchmod(handle, 0o600)
    finally:
        os.close(handle)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        _refuse_strange(connection, path)
        _check(connection)
        # Before the first table: what is forgotten gives its room back to the disk.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        # What is acknowledged has to be on the disk: FULL syncs each commit.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != ("ok",):
        error = sqlite3.DatabaseError(str(found))
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _refuse_strange(connection: sqlite3.Connection, path: Path) -> None:
    """Raise JournalFailed for a file of another program, or of a later version."""
    version, steps = _number(connection, "user_version"), len(_steps())
    has_tables = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    if has_tables and _number(connection, "application_id") != OURS:
        words = f"{path}: a database of another program: [journal] path is wrong"
        raise JournalFailed(words)
    if version > steps:
        raise JournalFailed(
            f"{path}: kept by a later version of conductor-tui (its step is {version}, "
            f"ours {steps}): use that one, or another place with [journal] path"
        )


def _migrate(connection: sqlite3.Connection) -> None:
    """Take the steps that are missing, each in a transaction of its own."""
    done = _number(connection, "user_version")
    for number, step in enumerate(_steps()[done:], done + 1):
        marks = f"PRAGMA application_id = {OURS}; PRAGMA user_version = {number};"
        connection.executescript(f"BEGIN IMMEDIATE; {step}; {marks} COMMIT;")


def _steps() -> list[str]:
    text = Path(__file__).with_name("journal.sql").read_text(encoding="utf-8")
    return _STEP.split(text)[2::2]


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def _set_aside(path: Path, at: datetime) -> Path:
    """Rename the file, and what SQLite has beside it, for somebody to look at."""
    base = f"{path.name}.corrupt-{at:%Y%m%dT%H%M%SZ}"
    names = (base, *(f"{base}-{number}" for number in range(2, 100)))
    free = (path.with_name(name) for name in names)
    aside = next(one for one in free if not one.exists())
    path.rename(aside)
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    return aside
