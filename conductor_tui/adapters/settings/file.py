"""conductor.toml: where it is looked for, and what it comes to.

pydantic is imported once a file was really read: no file, no cost.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from conductor_tui.adapters.settings.source import file_words
from conductor_tui.adapters.settings.toml import parse_toml, too_deep
from conductor_tui.domain.settings import Settings

if TYPE_CHECKING:
    from conductor_tui.adapters.settings.reading import Reading
    from conductor_tui.adapters.settings.tables import Loaded

FILE_NAME = "conductor.toml"
SYSTEM_FILE = Path("/etc/conductor-tui", FILE_NAME)
VARIABLE = "CONDUCTOR_CONFIG"
NO_FILE = f"no {FILE_NAME}: what listens on this machine is watched"


def find_settings(
    explicit: str | None, environ: Mapping[str, str], cwd: Path
) -> Path | None:
    """Return the file to read, None where there is none.

    A file named by `explicit` (--config) or $CONDUCTOR_CONFIG is returned whether it
    is there or not: that it is missing is then an error, not a reason to look on.
    """
    named = explicit if explicit is not None else environ.get(VARIABLE) or None
    if named is not None:
        return cwd / named
    return next((path for path in places(environ, cwd) if os.path.lexists(path)), None)


def places(environ: Mapping[str, str], cwd: Path) -> Iterator[Path]:
    """Yield where a file is looked for that nobody named, the nearest first."""
    yield cwd / FILE_NAME
    home = environ.get("HOME", "")
    configured = environ.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(configured):  # a relative one is to be ignored (XDG base dirs)
        yield Path(configured, "conductor-tui", FILE_NAME)
    elif home:
        yield Path(home, ".config", "conductor-tui", FILE_NAME)
    yield SYSTEM_FILE


def load_settings(
    path: Path | None, *, euid: int | None = None, reading: "Reading | None" = None
) -> Settings:
    """Return the settings in `path`; without a file, those of zero configuration.

    `euid` is for tests: who acts on the file, by default this process's user. A
    `reading` has that and the variables, and tells afterwards which files were read.

    Raises SettingsError with every problem at once.
    """
    if path is None:
        return Settings(discover=True, source=NO_FILE)
    return load_with_notes(path, euid=euid, reading=reading).settings


def load_with_notes(
    path: Path | None, *, euid: int | None = None, reading: "Reading | None" = None
) -> "Loaded":
    """Return the settings as `load_settings` has them, and where each value is from."""
    from conductor_tui.adapters.settings.reading import Reading

    if reading is None:
        reading = Reading() if euid is None else Reading(euid=euid)
    file, raw = NO_FILE, {}
    if path is not None:
        file = file_words(path)
        raw = parse_toml(reading.settings(path), file)
    from conductor_tui.adapters.settings.tables import read_tables

    try:
        return read_tables(raw, file, reading)
    except RecursionError as error:  # what TOML could just be read from, we cannot
        raise too_deep(file) from error
