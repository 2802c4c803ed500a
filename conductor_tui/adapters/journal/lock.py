"""One conductor at a time keeps a journal: a lock that ends with its process."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from conductor_tui.domain.errors import JournalFailed

LONGEST_PID = 16


def take_lock(path: Path) -> int:
    """Return the descriptor of PATH.lock, locked: close it to let go.

    The file stays when nobody holds it: removing it would let two in. Raises
    JournalFailed while another process has it, and OSError.
    """
    lock = path.with_name(f"{path.name}.lock")
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError:
        words = _taken(path, handle)
        os.close(handle)
        raise JournalFailed(words, is_taken=True) from None
    except OSError:
        os.close(handle)
        raise
    return handle


def _taken(path: Path, handle: int) -> str:
    who = ""
    with suppress(OSError, ValueError):
        who = f" (pid {int(os.pread(handle, LONGEST_PID, 0))})"
    return (
        f"another conductor-tui{who} keeps {path}: stop it, or give this one another "
        "place with [journal] path"
    )
