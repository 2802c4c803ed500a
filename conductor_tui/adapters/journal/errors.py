"""What SQLite and the file system say, in words for a person."""

import sqlite3
from pathlib import Path

from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.text import one_line

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's result code without its details; 0 when it is the module's."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def failed(path: Path, error: Exception) -> JournalFailed:
    """Return what to raise from `error`. Raise it `from error`."""
    if isinstance(error, JournalFailed):
        return error
    if isinstance(error, sqlite3.Error):
        return JournalFailed(one_line(_sqlite_words(path, error), 400))
    if isinstance(error, OSError):
        where, said = error.filename or path, error.strerror or error
        words = f"{where}: {said}: the journal needs a folder that it may write in"
        return JournalFailed(one_line(words, 400))
    words = f"{path}: {type(error).__name__}: {error}"
    return JournalFailed(one_line(words, 400))


def _sqlite_words(path: Path, error: sqlite3.Error) -> str:
    match primary_code(error):
        case sqlite3.SQLITE_FULL:
            return f"{path}: no room left on its disk: make room there"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return (
                f"{path}: another program has locked it (a database browser, a "
                "backup?): close that one"
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return f"{path}: it may not be written ({error}): mend its rights"
        case sqlite3.SQLITE_CANTOPEN:
            return f"{path}: it cannot be opened: is its folder there, and yours?"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"{path}: it is damaged: a restart sets it aside and begins anew"
        case _:
            return f"{path}: {error}"
