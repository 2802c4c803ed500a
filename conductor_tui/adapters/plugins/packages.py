"""The plug-ins that packages bring: entry points of `conductor_tui.platforms`.

Read from what an installer left beside the code (PyPA entry points specification), so
nothing is imported. Foreign files: one that is broken costs its own package, never the
others, as it does with importlib.metadata.entry_points.
"""

import re
from collections.abc import Iterator
from importlib.metadata import (
    Distribution,
    EntryPoint,
    MetadataPathFinder,
    PackageMetadata,
    distributions,
)

from conductor_tui.domain.plugin import (
    PluginOrigin,
    PluginSource,
    plugin_name_problem,
)
from conductor_tui.domain.text import one_line, visible
from conductor_tui.plugin import ENTRY_POINTS

_FILE = "entry_points.txt"
_NAMELESS = "a package without a name"
_VALUE = re.compile(r"([\w.]+)\s*:\s*([\w.]+)\s*(?:\[.*\])?\s*")  # extras are of old
_DASHES = re.compile(r"[-_.]+")


def plugins_of_packages() -> Iterator[PluginSource]:
    """Yield what each package on sys.path brings, also one installed a moment ago."""
    # importlib.invalidate_caches() forgets these from Python 3.13 on only
    MetadataPathFinder().invalidate_caches()
    seen: set[str] = set()
    for one in distributions():
        if not _may_have_some(one):
            continue
        package, version = _named(one)
        normal = _DASHES.sub("-", package).lower()
        if normal in seen:  # further down sys.path: the first one is what is imported
            continue
        if package != _NAMELESS:
            seen.add(normal)
        yield from _sources(one, package, version)


def _may_have_some(one: Distribution) -> bool:
    try:
        return ENTRY_POINTS in (one.read_text(_FILE) or "")
    except (OSError, ValueError):  # not to be read, or not UTF-8
        return False


def _named(one: Distribution) -> tuple[str, str]:
    try:
        found = one.metadata  # it is parsed each time
        name, version = _field(found, "Name"), _field(found, "Version")
    except Exception:  # it has no METADATA: each Python raises something else
        return _NAMELESS, ""
    return visible(name, 80) or _NAMELESS, visible(version, 40)


def _field(found: PackageMetadata, key: str) -> str:
    if key not in found:
        return ""
    return found[key]


def _sources(one: Distribution, package: str, version: str) -> Iterator[PluginSource]:
    try:
        points = [each for each in one.entry_points if each.group == ENTRY_POINTS]
    except Exception as error:  # a line of it is not NAME = VALUE
        yield PluginSource(
            name=package,
            origin=PluginOrigin.PACKAGE,
            reference="",
            package=package,
            version=version,
            trouble=f"its {_FILE} cannot be read: {one_line(str(error))}",
        )
        return
    for each in points:
        reference, trouble = _meant(each)
        yield PluginSource(
            name=visible(each.name),
            origin=PluginOrigin.PACKAGE,
            reference=reference,
            package=package,
            version=version,
            trouble=trouble,
        )


def _meant(point: EntryPoint) -> tuple[str, str]:
    """Return `module:Class`, without blanks and extras, and why it cannot be used."""
    shown, match = visible(point.value), _VALUE.fullmatch(point.value)
    problem = plugin_name_problem(point.name)
    if problem:
        return shown, f"its name cannot be used: {problem}"
    if match is None or not all(map(_is_dotted_name, match.groups())):
        return shown, f"its entry point must be module:Class, not '{shown}'"
    return f"{match[1]}:{match[2]}", ""


def _is_dotted_name(words: str) -> bool:
    return all(part.isidentifier() for part in words.split("."))
