"""Where the journal lies when the settings do not say so."""

import os
from collections.abc import Mapping
from pathlib import Path

_FOLDER, _FILE = "conductor-tui", "journal.db"


def usual_path(environ: Mapping[str, str]) -> Path:
    """Return $XDG_STATE_HOME/conductor-tui/journal.db; without that variable it is
    ~/.local/state instead, for root /var/lib.
    """
    given = environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(given):  # a relative one is to be ignored (XDG base dirs)
        return Path(given, _FOLDER, _FILE)
    if os.geteuid() == 0:
        return Path("/var/lib", _FOLDER, _FILE)
    home = environ.get("HOME") or os.path.expanduser("~")
    return Path(home, ".local", "state", _FOLDER, _FILE)
