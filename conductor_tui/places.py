"""Where the sockets of a conductor lie: programs look there, and it listens there."""

import os
from collections.abc import Mapping
from pathlib import Path

NAME, HTTP_SOCKET = "conductor-tui", "conductor.sock"


def runtime_folder(environ: Mapping[str, str], euid: int) -> Path:
    """Return the usual folder: $XDG_RUNTIME_DIR/conductor-tui, /run/conductor-tui for
    root, else one in /tmp with the uid in its name.
    """
    given = environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(given):  # a relative one is to be ignored (XDG base dirs)
        return Path(given, NAME)
    return Path("/run", NAME) if euid == 0 else Path("/tmp", f"{NAME}-{euid}")


def http_sockets(environ: Mapping[str, str], euid: int) -> tuple[Path, ...]:
    """Return where a conductor of this user may listen: one that systemd has started
    knows nothing of the $XDG_RUNTIME_DIR of a login.
    """
    folders = (
        runtime_folder(environ, euid),
        runtime_folder({}, euid),
        Path("/run", NAME),
    )
    return tuple(dict.fromkeys(folder / HTTP_SOCKET for folder in folders))
