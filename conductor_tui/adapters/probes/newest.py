"""The newest file that matches a pattern, found with a bounded amount of looking.

Not the standard library's glob: that reads whole folders into memory, however many
files somebody forgot to delete, and takes a folder that it may not read for an empty
one: a check would say "no such file" and be wrong.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from pathlib import PurePosixPath

MOST_ENTRIES = 10_000
_MAGIC = re.compile(r"[*?\[]")


class TooManyEntriesError(Exception):
    """More than MOST_ENTRIES lie where the pattern makes us look."""


@dataclass(frozen=True, slots=True)
class FileState:
    """`changed_at` is the modification time, in seconds since 1970."""

    path: str
    changed_at: float
    size: int
    is_file: bool


@dataclass(slots=True)
class _Looked:
    """Counts the entries that one search has looked at."""

    entries: int = 0

    def at_one_more(self) -> None:
        self.entries += 1
        if self.entries > MOST_ENTRIES:
            raise TooManyEntriesError


def is_pattern(path: str) -> bool:
    return _MAGIC.search(path) is not None


def look_at(path: str) -> FileState | None:
    """Return the state of what `path` names or links to; None where nothing is there.

    Blocks. Raises OSError when it cannot be seen.
    """
    try:
        seen = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return FileState(path, seen.st_mtime, seen.st_size, stat.S_ISREG(seen.st_mode))


def newest_match(pattern: str, *, only_files: bool = False) -> FileState | None:
    """Return the match changed last, by name where two are equally old.

    As in a shell, `*` matches no leading dot, and `**` any number of folders, links to
    folders left out. Folders match too, unless `only_files`. Blocks.

    Raises TooManyEntriesError, and OSError when a folder cannot be read.
    """
    parts = PurePosixPath(pattern).parts[1:]
    newest: FileState | None = None
    for path in _matches("/", parts, _Looked()):
        found = look_at(path)
        if found is None or (only_files and not found.is_file):
            continue
        if newest is None or _age_key(found) > _age_key(newest):
            newest = found
    return newest


def _age_key(found: FileState) -> tuple[float, str]:
    return found.changed_at, found.path


def _matches(folder: str, parts: tuple[str, ...], looked: _Looked) -> Iterator[str]:
    """Yield the paths below `folder` that the parts of a pattern match. A path may
    come twice where `**` stands twice; what is not there is left for look_at.
    """
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _matches_below(folder, rest, looked)
        return
    if not is_pattern(part):
        path = os.path.join(folder, part)
        yield from _matches(path, rest, looked) if rest else (path,)
        return
    for entry in _entries(folder, part, looked):
        if not rest:
            yield entry.path
        elif entry.is_dir():
            yield from _matches(entry.path, rest, looked)


def _matches_below(
    folder: str, rest: tuple[str, ...], looked: _Looked
) -> Iterator[str]:
    """Yield the matches in a folder and in all below it; no `rest`: everything."""
    folders = [folder]
    while folders:  # no recursion: folders may be nested deeper than Python's calls
        folder = folders.pop()
        yield from _matches(folder, rest or ("*",), looked)
        folders += [
            entry.path
            for entry in _entries(folder, "*", looked)
            if entry.is_dir(follow_symlinks=False)
        ]


def _entries(folder: str, part: str, looked: _Looked) -> Iterator["os.DirEntry[str]"]:
    """Yield what matches one part of a pattern in one folder; nothing where there is
    no such folder.
    """
    matches = re.compile(translate(part)).match
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                looked.at_one_more()
                is_hidden = entry.name[0] == "." and part[0] != "."
                if not is_hidden and matches(entry.name):
                    yield entry
    except (FileNotFoundError, NotADirectoryError):
        return
