"""The bytes of a settings file as TOML, or where they are none, in words."""

import re
import tomllib
from typing import Any

from conductor_tui.adapters.settings.words import looks_secret
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.text import visible, without_passwords

_PLACE = re.compile(r"(?P<why>.*) \(at (?P<place>.*)\)", re.DOTALL)
_LINE_COLUMN = re.compile(r"line (\d+), column (\d+)")
_KEY_VALUE = (
    "write one key = value on each line, with quotes around text and durations, as in "
    'interval = "5s"'
)
_BACKSLASH = "a lone \\ in a text: write \\\\, or put the text in 'single quotes'"
_OPEN_TEXT = "a text without an end: close the quote on the same line"
_TWICE = "this key is there already: keep one of the two"
_TABLE_TWICE = (
    "this table is there already: put its keys in one place, or write [[platform]] "
    "with two brackets"
)
_SYNTAX = {
    "Invalid value": f"this is no value: {_KEY_VALUE}",
    "Expected '=' after a key": f"a key without a value: {_KEY_VALUE}",
    "Invalid statement": "a line begins with a key, [table] or [[platform]]: "
    f"{_KEY_VALUE}",
    "Expected newline or end of document": f"the line should end here: {_KEY_VALUE}",
    "Unterminated string": "a text without an end: close the quote",
    "Illegal character '\\n'": _OPEN_TEXT,
    "Illegal character '\\r'": _OPEN_TEXT,
    "Illegal character": "a control character: write it as an escape, such as \\u001b",
    "Unescaped '\\'": _BACKSLASH,
    "Invalid hex value": _BACKSLASH,
    "Unclosed array": "a list without an end: close the list with ]",
    "Unclosed inline table": "a table without an end: close it with } on the same line",
    "Expected ']": "the brackets around a table's name do not match: write [engine] or "
    "[[platform]]",
    "Cannot overwrite a value": _TWICE,
    "Duplicate inline table key": _TWICE,
    "Cannot declare": _TABLE_TWICE,
    "Cannot redefine": _TABLE_TWICE,
    "Cannot mutate": _TABLE_TWICE,
    "Invalid date": "this is no date: text needs quotes around it",
    "Invalid initial character": "a key is made of letters, digits, _ and -: put any "
    "other in quotes",
}
"""How tomllib's complaints begin, and our words; the first that fits counts."""


def parse_toml(found: bytes, file: str) -> dict[str, Any]:
    """Return the tables in `found`; `file` is its name for people.

    Raises SettingsError in words.
    """
    text = _text(found, file)
    if not text.strip():
        raise SettingsError(
            [
                f"{file}: empty: run `conductor-tui init` to write one, or remove the "
                "file to watch what listens on this machine"
            ]
        )
    return _parsed(text, file)


def too_deep(file: str) -> SettingsError:
    words = "lists or tables are nested too deeply: take some brackets away"
    return SettingsError([f"{file}: {words}"])


def _text(found: bytes, file: str) -> str:
    try:
        return found.decode("utf-8-sig")  # some editors put a mark in front
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        byte = found[error.start]
        raise SettingsError(
            [
                f"{file}, line {line}: the byte 0x{byte:02x} is not UTF-8: save the "
                "file as UTF-8"
            ]
        ) from error


def _parsed(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([_syntax_words(str(error), text, file)]) from error
    except RecursionError as error:
        raise too_deep(file) from error
    except ValueError as error:  # Python reads no number of thousands of digits
        words = "a number is too long: TOML's end at 9223372036854775807"
        raise SettingsError([f"{file}: {words}"]) from error


def _syntax_words(said: str, text: str, file: str) -> str:
    """Return tomllib's complaint in our words, with its place and its line in front."""
    parts = _PLACE.fullmatch(said)
    why, place = (parts["why"], parts["place"]) if parts else (said, "")
    spot = _LINE_COLUMN.search(place)
    line = text.split("\n")[int(spot[1]) - 1].strip() if spot else ""
    where = f"{file}, {place.replace('end of document', 'at its end')}".rstrip(", ")
    words = next((ours for key, ours in _SYNTAX.items() if why.startswith(key)), None)
    if words is None:
        words = f"this is not TOML ({visible(why)}): toml.io says what may stand here"
    if looks_secret(line):
        line = f"{line.partition('=')[0].strip()} = …"
    shown = visible(without_passwords(line), 60)
    return f"{where}: {f'`{shown}`: ' if shown else ''}{words}"
