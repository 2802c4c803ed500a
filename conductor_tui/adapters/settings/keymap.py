"""keymap.toml: where it is looked for, and what stands in it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conductor_tui.adapters.settings.source import file_words, read_trusted
from conductor_tui.adapters.settings.toml import parse_toml
from conductor_tui.domain.errors import SettingsError

VARIABLE = "CONDUCTOR_KEYMAP"
_FILE = Path("conductor-tui", "keymap.toml")
_ANYBODY = -1  # who owns it does not matter: keys run no commands


def find_keymap(environ: Mapping[str, str]) -> Path | None:
    """Return the file to read: $CONDUCTOR_KEYMAP whether it is there or not, else the
    one in the user's configuration directory; None where there is none.
    """
    named = environ.get(VARIABLE)
    if named:
        return Path(named)
    configured, home = environ.get("XDG_CONFIG_HOME", ""), environ.get("HOME", "")
    if os.path.isabs(configured):
        path = Path(configured, _FILE)
    elif home:
        path = Path(home, ".config", _FILE)
    else:
        return None
    return path if os.path.lexists(path) else None


def load_keymap(path: Path) -> Mapping[str, Any]:
    """Return what stands in the file. Raises SettingsError in words."""
    if not os.path.lexists(path):
        raise SettingsError(
            [f"{file_words(path)}: no such file: ${VARIABLE} must name a keymap.toml"]
        )
    return parse_toml(read_trusted(path, euid=_ANYBODY), file_words(path))
