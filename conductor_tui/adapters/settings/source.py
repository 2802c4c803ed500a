"""The bytes of a settings file, or why they cannot be read or trusted, in words.

The configuration names commands to run, so to root it is code: what another user can
write is refused. The file is opened first and judged by its open descriptor, so that
nobody can put another one in its place meanwhile.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from conductor_tui.adapters.trust import trust_problems
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.text import visible

SIZE_LIMIT = 1024 * 1024
SECRET_LIMIT = 64 * 1024


def file_words(path: Path) -> str:
    """Return a file's name for people: relative where it lies below this directory."""
    with suppress(ValueError, OSError):  # it lies elsewhere, or our directory is gone
        path = path.relative_to(Path.cwd())
    return visible(str(path), 200)


def read_trusted(path: Path, *, euid: int) -> bytes:
    """Return what is in the file. `euid` is who will act on it.

    Raises SettingsError in words for whatever stands in the way.
    """
    file = file_words(path)
    try:
        # not blocking: a pipe in the file's place must not hold us up
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SettingsError([f"{file}: {_system_words(error)}"]) from error
    try:
        _refuse(path, file, os.fstat(handle), euid)
        with open(handle, "rb", closefd=False) as opened:
            found = opened.read(SIZE_LIMIT + 1)
    finally:
        os.close(handle)
    if len(found) > SIZE_LIMIT:
        raise SettingsError(
            [
                f"{file}: larger than 1 MiB: is this the right file? A conductor.toml "
                "of a thousand platforms is a fifth of that"
            ]
        )
    return found


def read_secret(path: Path, *, euid: int) -> str:
    """Return the one line of text that is in a secret's file.

    Raises ValueError in words, which never hold what is in the file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise ValueError(
            "no such file: write the secret into it, or give the right path (a "
            "relative one begins at the directory of the settings file)"
        ) from None
    except OSError as error:
        raise ValueError(_system_words(error)) from error
    try:
        problems = _secret_problems(path, os.fstat(handle), euid)
        if problems:
            raise ValueError(", and ".join(problems))
        with open(handle, "rb", closefd=False) as opened:
            found = opened.read(SECRET_LIMIT + 1)
    finally:
        os.close(handle)
    return _secret_text(found)


def _secret_problems(path: Path, status: os.stat_result, euid: int) -> list[str]:
    if not stat.S_ISREG(status.st_mode):
        return ["not a regular file: name one that holds the secret"]
    if euid != 0:
        return []
    real = path.resolve()
    places = [(real, status), (real.parent, real.parent.stat())]
    return [
        words.removeprefix("secret: ")
        for place, found in places
        for words in trust_problems(place, "secret", found, harm="choose the secret")
    ]


def _secret_text(found: bytes) -> str:
    if len(found) > SECRET_LIMIT:
        raise ValueError("larger than 64 KiB: name a file that holds just the secret")
    try:
        text = found.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text: write the secret as text") from None
    if not text:
        raise ValueError("an empty file: write the secret into it")
    if "\n" in text or "\r" in text:
        raise ValueError("more than one line: leave just the secret in it")
    return text


def _refuse(path: Path, file: str, status: os.stat_result, euid: int) -> None:
    problems = list(_kind_problems(file, status))
    if euid == 0 and not problems:
        problems += _others(path, file, status)
    if problems:
        raise SettingsError(problems)


def _system_words(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return (
                "no such file: give the right path with --config or "
                "$CONDUCTOR_CONFIG, or run `conductor-tui init` to write one"
            )
        case PermissionError():
            return "you may not read it: ask its owner for `chmod` or run as that user"
        case _:
            words = visible((error.strerror or str(error)).lower())
            return f"cannot be read: {words}: give the path of a readable file"


def _kind_problems(file: str, status: os.stat_result) -> Iterator[str]:
    if stat.S_ISDIR(status.st_mode):
        yield f"{file}: a directory: name the file in it, such as conductor.toml"
    elif not stat.S_ISREG(status.st_mode):
        yield f"{file}: not a regular file: write the settings to a file and name that"


def _others(path: Path, file: str, status: os.stat_result) -> Iterator[str]:
    """Yield who else could change what root is about to obey, and what mends it.

    Both the directory that was named and, behind a symlink, the one of the real file.
    """
    real = path.resolve()
    yield from trust_problems(real, file, status)
    for directory in dict.fromkeys((path.absolute().parent, real.parent)):
        yield from trust_problems(directory, file, directory.stat())
