r"""Discord's webhooks: at most 2000 characters of Markdown, and nobody is mentioned.

Its Markdown shows an ASCII punctuation mark as it is where a backslash stands before.
"""

from datetime import datetime
from typing import Any

from conductor_tui.adapters.channels.words import detail, is_over, title
from conductor_tui.domain.alert import Notice, Severity
from conductor_tui.domain.text import CUT

LONGEST = 2000
_SUPPRESS_EMBEDS = 1 << 2  # no preview of an address that an error names
_MARKUP = frozenset("\\*_~`|<@[:")  # : of an emoji, and of an address
_AT_THE_START = frozenset("#>-")  # headings, quotes, lists
_SIGNS = {Severity.INFO: "🔵", Severity.WARNING: "🟡", Severity.CRITICAL: "🔴"}


def render(notice: Notice, now: datetime, url: str) -> tuple[str, Any]:
    sign = "🟢" if is_over(notice) else _SIGNS[notice.severity]
    content = f"{sign} **{escaped(title(notice), 1000)}**"
    body = detail(notice, now)
    if body:
        content += "\n" + escaped(body, LONGEST - len(content) - 1)
    return url, {
        "content": content,
        "allowed_mentions": {"parse": []},
        "flags": _SUPPRESS_EMBEDS,
    }


def escaped(text: str, limit: int) -> str:
    """Return the text without markup, cut so that it has at most `limit` characters."""
    shown = ""
    for char in text:
        is_markup = char in _MARKUP or (not shown and char in _AT_THE_START)
        piece = f"\\{char}" if is_markup else char
        if len(shown) + len(piece) + len(CUT) > limit:
            return shown + CUT
        shown += piece
    return shown
