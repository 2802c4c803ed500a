"""What only the kernel can do for us: prctl(2), setrlimit(2), and the like."""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress

_PR_SET_PDEATHSIG, _PR_SET_NAME, _PR_SET_CHILD_SUBREAPER = 1, 15, 36
_NICER = 5  # a plug-in that burns the CPU leaves more of it to everybody else
_KILLED_FIRST = 500  # of 1,000: when the host runs out of memory
_is_linux = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if _is_linux else None


def adopt_orphans() -> None:
    """Become the parent of whatever below us loses its own."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """Be killed when the parent dies; at once, where it has died already."""
    _prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)


def be_called(name: str) -> None:
    """Show up under a name, of 15 bytes at most, in `ps` and `top`."""
    if _libc is not None:
        _libc.prctl(_PR_SET_NAME, ctypes.create_string_buffer(name.encode()[:15]))


def limit(*, memory_bytes: int, open_files: int) -> None:
    """Keep this process, and each below it, to so much; no core dumps."""
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    with suppress(OSError):
        os.nice(_NICER)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(_KILLED_FIRST))


def _prctl(option: int, value: int) -> None:
    if _libc is not None and _libc.prctl(option, value, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
