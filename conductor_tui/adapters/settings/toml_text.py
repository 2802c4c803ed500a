"""Values and keys as TOML writes them, and the texts of a settings file as we do."""

from collections.abc import Mapping
from datetime import date, time

from conductor_tui.domain.secret import Secret

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def toml_value(value: object) -> str:
    """Return one value as TOML on one line: text, number, bool, list or table.

    Raises ValueError for text that no TOML file can hold (a lone surrogate, as in
    file names that are not UTF-8), TypeError for a type that TOML has not.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case Secret():
            return _quoted(value.label)
        case int() | float():
            return repr(value)
        case date() | time():
            return value.isoformat()
        case Mapping():
            pairs = [f"{toml_key(k)} = {toml_value(v)}" for k, v in value.items()]
            return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
        case list() | tuple():
            return f"[{', '.join(toml_value(item) for item in value)}]"
        case set() | frozenset():
            return f"[{', '.join(sorted(toml_value(item) for item in value))}]"
        case _:
            raise TypeError(f"TOML has no {type(value).__name__}")


def toml_key(key: str) -> str:
    """Return a key as TOML: bare where it may be, else in quotes."""
    return key if key and _BARE.issuperset(key) else _quoted(key)


def escaped(value: object) -> object:
    """Return the value such that reading the file gives it back: `${` is a
    variable there, see `expand`."""
    match value:
        case str():
            return value.replace("${", "$${")
        case Mapping():
            return {key: escaped(item) for key, item in value.items()}
        case list() | tuple():
            return [escaped(item) for item in value]
        case set() | frozenset():
            return {escaped(item) for item in value}
        case _:
            return value


def _quoted(text: str) -> str:
    return f'"{"".join(_ESCAPES.get(char) or _escaped(char) for char in text)}"'


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError(f"TOML cannot hold the character {char!r}: it is not Unicode")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
