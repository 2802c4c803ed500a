"""`${VAR}` in the texts of a settings file: what the environment puts in its place.

`${VAR:-text}` stands for `text` where the variable is not set or empty, `$${` for a
plain `${`. Any other `$` is itself. What a variable brings is not looked at again.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conductor_tui.adapters.settings.words import KeyPath, Problem
from conductor_tui.domain.secret import Secret

_REFERENCE = re.compile(
    r"""\$\$\{ | \$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<usual>:-[^{}]*)?\} | \$\{""",
    re.VERBOSE,
)
_BROKEN = (
    "a ${ that names no variable: write ${NAME} or ${NAME:-text}, or $${ for a plain ${"
)


def expanded(
    value: Any, environ: Mapping[str, str], at: KeyPath, problems: list[Problem]
) -> Any:
    """Return a TOML value with every variable in its texts filled in.

    A text that cannot be filled in is noted in `problems` and left as it is.
    """
    match value:
        case str() if "${" in value:
            try:
                return _filled(value, environ)
            except ValueError as error:
                problems.append(Problem(at, str(error)))
                return value
        case dict():
            return {
                key: expanded(item, environ, (*at, key), problems)
                for key, item in value.items()
            }
        case list():
            return [
                expanded(item, environ, (*at, place), problems)
                for place, item in enumerate(value)
            ]
        case _:
            return value


def refers(value: Any) -> bool:
    """Say whether there is a variable in one of the value's texts."""
    return any(True for _ in _names(value))


def brought(value: Any, environ: Mapping[str, str]) -> Iterator[Secret]:
    """Yield what variables bring into the value as it is written."""
    for name in dict.fromkeys(_names(value)):
        if environ.get(name):
            yield Secret(environ[name], f"${{{name}}}")


def without_usual(text: str) -> str:
    """Return a written text without what it says for variables that are not set."""
    return _REFERENCE.sub(
        lambda found: f"${{{found['name']}}}" if found["name"] else found[0], text
    )


def _filled(text: str, environ: Mapping[str, str]) -> str:
    def put(found: re.Match[str]) -> str:
        name, usual = found["name"], found["usual"]
        if name is None and found[0] == "$${":
            return "${"
        if name is None:
            raise ValueError(_BROKEN)
        value = environ.get(name)
        if usual is not None:
            return value or usual[2:]
        if value is None:
            raise ValueError(
                f"the variable {name} is not set: set it, or write ${{{name}:-text}} "
                f"for what to use without it, or $${{{name}}} for the plain text"
            )
        return value

    return _REFERENCE.sub(put, text)


def _names(value: Any) -> Iterator[str]:
    match value:
        case str() if "${" in value:
            yield from (
                one["name"] for one in _REFERENCE.finditer(value) if one["name"]
            )
        case Mapping():
            for item in value.values():
                yield from _names(item)
        case list():
            for item in value:
                yield from _names(item)
        case _:
            pass
