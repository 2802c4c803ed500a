"""The plug-ins that are installed, found without importing one of them.

In packages: see packages.py. In a folder: each `NAME.py`, for people without packages.
Satisfies ports.PluginRegistry.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from conductor_tui.adapters.plugins.packages import plugins_of_packages
from conductor_tui.adapters.trust import ROOTS_OWN, trust_problems
from conductor_tui.domain.plugin import (
    PluginOrigin,
    PluginSource,
    plugin_name_problem,
)
from conductor_tui.domain.text import visible

FOLDER = "conductor-tui/plugins"
_PATH_LIMIT = 4096
_HARM = "make root run any code"
_CODE = (".py", ".pyc", ".so")


class InstalledPlugins:
    """`environ` and `euid` are for tests: whose folder, and who acts on it."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, euid: int | None = None
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._euid = os.geteuid() if euid is None else euid

    def look(self, folder: str | None) -> Sequence[PluginSource]:
        """See ports.PluginRegistry. In the order of their names."""
        place = usual_folder(self._environ) if folder is None else Path(folder)
        found: dict[str, list[PluginSource]] = {}
        packages = sorted(plugins_of_packages(), key=_order)  # disks have none
        for source in (*packages, *_files(place, self._euid)):
            found.setdefault(source.name, []).append(source)
        return tuple(_one_of(found[name]) for name in sorted(found))


def usual_folder(environ: Mapping[str, str]) -> Path:
    """Return where a user's own single-file plug-ins are (XDG base directories)."""
    configured = environ.get("XDG_CONFIG_HOME", "")
    if os.path.isabs(configured):
        return Path(configured, FOLDER)
    return Path(environ.get("HOME") or "/", ".config", FOLDER)


def folder_trouble(
    folder: str | None,
    environ: Mapping[str, str] | None = None,
    euid: int | None = None,
) -> str:
    """Return why nothing in the folder can be used, "" when it can.

    None is the usual folder, which need not be there.
    """
    usual = usual_folder(os.environ if environ is None else environ)
    place = usual if folder is None else Path(folder).absolute()
    try:
        os.listdir(place)
        acts = os.geteuid() if euid is None else euid
        problems = list(_others(place.resolve())) if acts == 0 else []
    except FileNotFoundError:
        if folder is None:
            return ""
        return f"the folder of plug-ins {_shown(place)} is not there: make it"
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        return f"the folder of plug-ins {_shown(place)} {_unreadable(error)}"
    return "; ".join(f"the folder of plug-ins: {words}" for words in problems)


def source_of_file(file: Path, euid: int | None = None) -> PluginSource:
    """Return what a file brings, wherever it is."""
    path, acts = file.absolute(), os.geteuid() if euid is None else euid
    return _source(path, _folder_problems(path.parent) if acts == 0 else None)


def _files(folder: Path, euid: int) -> Iterator[PluginSource]:
    try:
        names = sorted(os.listdir(folder))
        problems = _folder_problems(folder) if euid == 0 else None
    except OSError:  # see folder_trouble
        return
    for name in names:
        if name.endswith(".py") and not name.startswith(("_", ".")):
            yield _source(folder.absolute() / name, problems)


def _source(path: Path, problems: Sequence[str] | None) -> PluginSource:
    """`problems` are those of its folder to root; None: who acts is not root."""
    trouble = _file_trouble(path, problems)
    return PluginSource(
        name=visible(path.stem),
        origin=PluginOrigin.FILE,
        # it is opened by its exact path, and then has nothing that needs an escape
        reference=_shown(path) if trouble else str(path),
        trouble=trouble,
    )


def _file_trouble(file: Path, problems: Sequence[str] | None) -> str:
    problem = plugin_name_problem(file.stem)
    if problem:
        return f"its name cannot be used: {problem}"
    if _shown(file) != str(file):
        return f"{_shown(file)} has characters that cannot be shown: move it"
    if file.exists() and not file.is_file():
        return f"{file} is no file"
    try:
        os.close(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        if problems is None:
            return ""
        real = file.resolve()  # behind a symlink, both folders count
        own = [*_others(real), *_others(real.parent)]
    except OSError as error:
        return f"{file} {_unreadable(error)}"
    return "; ".join(dict.fromkeys((*own, *problems)))


def _folder_problems(folder: Path) -> Sequence[str]:
    """Return who but root could change what a plug-in of this folder imports.

    A worker imports from there first, so whatever can be imported counts: a json.py
    beside the file would be taken for Python's own.
    """
    problems: list[str] = []
    for place in (folder, *_importable(folder)):
        # it is gone meanwhile, or a link to nowhere: nothing can be imported from it
        with suppress(OSError, RuntimeError):
            problems += _others(place.resolve())
    return tuple(dict.fromkeys(problems))


def _importable(folder: Path) -> Iterator[Path]:
    try:
        places = sorted(folder.iterdir())
    except OSError:
        return
    for place in places:
        is_code = place.suffix in _CODE and place.is_file()
        if is_code or place.name == "__pycache__" or (place / "__init__.py").exists():
            yield place


def _others(what: Path) -> Iterator[str]:
    own = f"{ROOTS_OWN}/plugins"
    for words in trust_problems(what, "", what.stat(), harm=_HARM, place=own):
        yield words.removeprefix(": ")


def _unreadable(error: Exception) -> str:
    words = error.strerror if isinstance(error, OSError) else None
    return f"cannot be read: {visible(words or str(error)).lower()}"


def _shown(path: Path) -> str:
    return visible(str(path), _PATH_LIMIT)


def _order(source: PluginSource) -> tuple[str, str, str]:
    return source.package, source.version, source.reference


def _one_of(sources: Sequence[PluginSource]) -> PluginSource:
    """Return the only one, or what says that one name is there more than once."""
    first = sources[0]
    if len(sources) == 1:
        return first
    words = list(dict.fromkeys(one.words for one in sources))
    if len(words) == 1:
        trouble = f"{words[0]} brings more than one {first.name}: use another version"
    else:
        names = f"{', '.join(words[:-1])} and {words[-1]}"
        both = "both" if len(words) == 2 else "all"
        trouble = f"{names} are {both} called {first.name}: keep one of them"
    return replace(first, trouble=trouble)
