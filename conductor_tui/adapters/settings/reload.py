"""The settings file as something that changes. Satisfies ports.SettingsSource."""

import os
from collections.abc import Mapping
from pathlib import Path

from conductor_tui.adapters.settings.file import find_settings, load_settings
from conductor_tui.adapters.settings.reading import Reading, Signature, signature
from conductor_tui.adapters.settings.source import file_words
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.settings import Settings


class SettingsFile:
    """Looks for the file anew each time, by the rules of `find_settings`.

    Until the first `load` nothing has changed. One that raised counts: what stands in
    the file was read and refused, and is not news until it changes again. Variables of
    the environment are those of this process and do not change.
    """

    def __init__(
        self,
        explicit: str | None,
        environ: Mapping[str, str],
        cwd: Path,
        *,
        euid: int | None = None,
    ) -> None:
        self._explicit = explicit
        self._environ = environ
        self._cwd = cwd
        self._euid = os.geteuid() if euid is None else euid
        self._path: Path | None = None
        self._read: Path | None = None  # the last file that there was
        self._seen: dict[Path, Signature] | None = None

    @property
    def path(self) -> Path | None:
        """The whole path of the file that was read last; None: there was none."""
        return self._read.absolute() if self._read is not None else None

    def has_changed(self) -> bool:
        """True when another file would be read now, or the file or one of the secrets
        that it names is not what it was when it was read.
        """
        if self._seen is None:
            return False
        if self._found() != self._path:
            return True
        return any(signature(path) != before for path, before in self._seen.items())

    def load(self) -> Settings:
        """Read the file. Raises SettingsError with every problem at once, and when a
        file that was read has gone: a slip, more likely than the wish to watch
        something else.
        """
        reading = Reading(environ=self._environ, euid=self._euid)
        self._path = self._found()
        self._seen = reading.seen
        self._read = self._path or self._read
        if self._path is None and self._read is not None:
            raise SettingsError(
                [
                    f"{file_words(self._read)}: it is gone: what it said still holds; "
                    "put it back, or start anew to watch what listens on this machine"
                ]
            )
        return load_settings(self._path, reading=reading)

    def _found(self) -> Path | None:
        return find_settings(self._explicit, self._environ, self._cwd)
