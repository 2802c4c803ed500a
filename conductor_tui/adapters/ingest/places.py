"""How a unix socket of ours is taken.

The folder belongs to us alone (0700): whoever may open a socket in it may beat.
"""

import errno
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

from conductor_tui.places import NAME

BEATS_SOCKET, NOTIFY_FOLDER = "beats.sock", "notify"
_LONGEST_PATH = 107  # bytes: sun_path of unix(7), less the NUL at its end


def prepare_folder(folder: Path) -> None:
    """Make the folder of a socket, 0700. One that is there already is another's
    concern unless its name is ours: then it has to be ours alone.

    Raises OSError in words.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.name.startswith(NAME):
        return
    status = folder.lstat()
    is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    if not is_ours or status.st_mode & 0o077:
        raise OSError(
            f"{folder}: others may use it, and so beat in anybody's place: make it a "
            "directory of your own with `chmod 700`, or name other sockets in [listen]"
        )


def bind_unix(path: Path, kind: int) -> socket.socket:
    """Return a socket bound at `path` (0600), non-blocking. A socket file that nobody
    listens at any more is taken over.

    Raises OSError in words.
    """
    if len(os.fsencode(path)) > _LONGEST_PATH:
        words = f"{path}: longer than {_LONGEST_PATH} bytes: name a shorter one"
        raise OSError(words)
    prepare_folder(path.parent)
    _take_over(path, kind)
    sock = socket.socket(socket.AF_UNIX, kind)
    before = os.umask(0o177)
    try:
        sock.bind(os.fspath(path))
    except OSError as error:
        sock.close()
        raise OSError(f"{path}: {error.strerror}") from error
    finally:
        os.umask(before)
    sock.setblocking(False)
    return sock


def let_go(sock: socket.socket, path: Path, inode: int) -> None:
    """Close the socket, and remove its file if it is still the one we made."""
    sock.close()
    with suppress(OSError):
        if path.lstat().st_ino == inode:
            path.unlink()


def _take_over(path: Path, kind: int) -> None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise OSError(f"{path}: there is a file that is no socket: move it away")
    with socket.socket(socket.AF_UNIX, kind) as probe:
        probe.setblocking(False)
        failed = probe.connect_ex(os.fspath(path))
    if failed != errno.ECONNREFUSED:
        raise OSError(
            f"{path}: another conductor-tui listens there: it hears the heartbeats"
        )
    path.unlink()
