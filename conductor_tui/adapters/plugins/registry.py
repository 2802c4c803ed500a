"""The plug-ins that are installed, found without importing one of them.

In packages: entry points of the group `conductor_tui.platforms` (PyPA entry points
specification). In a folder: each `NAME.py`. Satisfies ports.PluginRegistry.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import invalidate_caches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from conductor_tui.domain.plugin import (
    PluginOrigin,
    PluginSource,
    plugin_name_problem,
)
from conductor_tui.plugin import ENTRY_POINTS

FOLDER = "conductor-tui/plugins"


class InstalledPlugins:
    """`environ` and `euid` are for tests: whose folder, and who acts on it."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, euid: int | None = None
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._euid = os.geteuid() if euid is None else euid

    def look(self, folder: str | None) -> Sequence[PluginSource]:
        """See ports.PluginRegistry. In the order of their names."""
        invalidate_caches()  # a package may have been installed a moment ago
        place = usual_folder(self._environ) if folder is None else Path(folder)
        found: dict[str, PluginSource] = {}
        for source in (*_packages(), *_files(place, self._euid)):
            before = found.get(source.name)
            found[source.name] = _both(before, source) if before else source
        return tuple(found[name] for name in sorted(found))


def usual_folder(environ: Mapping[str, str]) -> Path:
    """Return where a user's own single-file plug-ins are (XDG base directories)."""
    configured = environ.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(configured):
        return Path(configured, FOLDER)
    return Path(environ.get("HOME") or "/", ".config", FOLDER)


def _packages() -> Iterator[PluginSource]:
    for one in entry_points(group=ENTRY_POINTS):
        yield PluginSource(
            name=one.name,
            origin=PluginOrigin.PACKAGE,
            reference=one.value,
            package=one.dist.name if one.dist else "",
            version=one.dist.version if one.dist else "",
            trouble=_package_trouble(one),
        )


def _package_trouble(one: EntryPoint) -> str:
    problem = plugin_name_problem(one.name)
    if problem:
        return f"its name cannot be used: {problem}"
    try:
        has_class = bool(one.attr)
    except AttributeError:  # the value has not the form that it must have
        has_class = False
    if not has_class:
        return f"its entry point must be module:Class, not {one.value!r}"
    return ""


def source_of_file(file: Path, euid: int | None = None) -> PluginSource:
    """Return what a file brings, wherever it is."""
    return PluginSource(
        name=file.stem,
        origin=PluginOrigin.FILE,
        reference=str(file.absolute()),
        trouble=_file_trouble(file, os.geteuid() if euid is None else euid),
    )


def _files(folder: Path, euid: int) -> Iterator[PluginSource]:
    try:
        files = sorted(folder.glob("*.py"))
    except OSError:
        return
    for file in files:
        if file.name.startswith(("_", ".")):
            continue
        yield source_of_file(file, euid)


def _file_trouble(file: Path, euid: int) -> str:
    problem = plugin_name_problem(file.stem)
    if problem:
        return f"its name cannot be used: {problem}"
    try:
        is_file = file.is_file()
        others = list(_who_else(file)) if euid == 0 else []
    except OSError as error:
        return f"{file} cannot be read: {error.strerror or error}"
    if not is_file:
        return f"{file} is no file"
    return "; ".join(others)


def _who_else(file: Path) -> Iterator[str]:
    """Yield who but root could change what root is about to run."""
    real = file.resolve()
    for place in dict.fromkeys((file, real, file.parent.absolute(), real.parent)):
        status = place.stat()
        if status.st_uid != 0:
            owner = f"{place} belongs to user {status.st_uid}"
            yield f"{owner}, who could make root run anything: `chown root {place}`"
        if status.st_mode & 0o022:
            yield f"others than root can write {place}: `chmod go-w {place}`"


def _both(one: PluginSource, other: PluginSource) -> PluginSource:
    """Return what is there twice, and so cannot be used."""
    first, second = sorted((one.words, other.words))
    words = f"{first} and {second} are both called {one.name}: remove one"
    return replace(one, trouble=words)
