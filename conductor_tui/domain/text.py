"""Cleaning of text from outside, at the moment it enters the model.

A terminal obeys control characters wherever they come from, so none may reach
a view: an ESC in a platform's name could retitle the operator's window. Nothing
is dropped silently either: what cannot be shown is shown as its escape.
"""

import re
import unicodedata

CUT = "…"  # what a text that was too long ends in
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # part of ordinary words in many scripts
_USER_AND_PASSWORD = re.compile(
    r"""(?<=://)[^/\s"']*@ | (?<![^/\s"':])[^/\s"':]*:[^/\s"':]*@""", re.VERBOSE
)


def visible(text: str, limit: int = 120) -> str:
    r"""Return `text` as one printable line of at most `limit` characters.

    Control, format (bidi overrides too) and unassigned characters become escapes
    such as `\n` and `\x1b`; a longer text ends in an ellipsis.
    """
    if text.isascii() and text.isprintable():
        shown = text
    else:
        shown = "".join([char if _is_safe(char) else _escape(char) for char in text])
    return shown if len(shown) <= limit else shown[: limit - 1] + CUT


def one_line(text: str, limit: int = 200) -> str:
    """Return the words of `text` on one line: for messages, where layout is noise."""
    return visible(" ".join(text.split()), limit)


def without_passwords(text: str) -> str:
    """Return `text` with … for what stands as user:password before a host in it."""
    return _USER_AND_PASSWORD.sub("…@", text)


def _is_safe(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in _UNSAFE


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")
