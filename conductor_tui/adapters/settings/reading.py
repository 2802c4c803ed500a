"""One reading of the settings: for whom, with which variables, and what was read.

A settings file leads to others (`password_file`). All of them are noted, so that a
change of any of them is a change of the settings.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from conductor_tui.adapters.settings.source import read_secret, read_trusted
from conductor_tui.domain.secret import Secret

Signature: TypeAlias = tuple[int, int, int] | None
"""What tells a file from its next version: mtime in ns, size, inode. None: no file."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """`base` is where relative paths in the file begin: the file's own directory.

    `seen` holds each file that was to be read, as it was just before; `secrets` what no
    message may tell. Both are complete even when the reading ends in an error.
    """

    base: Path = field(default_factory=Path)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    euid: int = field(default_factory=os.geteuid)
    seen: dict[Path, Signature] = field(default_factory=dict)
    secrets: list[Secret] = field(default_factory=list)

    def settings(self, path: Path) -> bytes:
        """Return what is in conductor.toml. Raises SettingsError in words."""
        self.base = path.parent
        self.seen[path] = signature(path)
        return read_trusted(path, euid=self.euid)

    def secret(self, name: str) -> Secret:
        """Return what is in a secret's file. Raises ValueError in words."""
        path = self.base / name
        self.seen[path] = signature(path)
        found = Secret(read_secret(path, euid=self.euid))
        self.secrets.append(found)
        return found


def signature(path: Path) -> Signature:
    try:
        status = path.stat()
    except (OSError, ValueError):  # ValueError: a zero character in the name
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
