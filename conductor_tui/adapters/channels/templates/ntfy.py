"""ntfy: the topic's URL is taken apart, because a JSON body goes to the server's root.

Source: docs.ntfy.sh/publish "Publish as JSON". A message over 4096 bytes would become
an attachment; the title and the tags are short by themselves.
"""

from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from conductor_tui.adapters.channels.words import detail, is_over, title
from conductor_tui.domain.alert import Notice, NoticeKind, Severity
from conductor_tui.domain.text import CUT

LONGEST = 4096
_PRIORITIES = {Severity.INFO: 3, Severity.WARNING: 4, Severity.CRITICAL: 5}
_TAGS = {
    Severity.INFO: "information_source",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "rotating_light",
}


def render(notice: Notice, now: datetime, url: str) -> tuple[str, Any]:
    root, topic = root_and_topic(url)
    over = is_over(notice)
    # an empty message reads "triggered" there
    message = detail(notice, now) or notice.text or title(notice)
    return root, {
        "topic": topic,
        "title": title(notice),
        "message": cut(message, LONGEST),
        "priority": 3 if over else _PRIORITIES[notice.severity],
        "tags": [_tag(notice, over)],
    }


def root_and_topic(url: str) -> tuple[str, str]:
    """Return where JSON goes, and the topic, which is the last part of the path."""
    parts = urlsplit(url)
    folder, _, topic = parts.path.rstrip("/").rpartition("/")
    return urlunsplit(parts._replace(path=f"{folder}/")), unquote(topic)


def cut(text: str, limit: int) -> str:
    """Return the text in at most `limit` bytes of UTF-8, without half a character."""
    whole = text.encode(errors="backslashreplace")
    if len(whole) <= limit:
        return text
    return whole[: limit - len(CUT.encode())].decode(errors="ignore") + CUT


def _tag(notice: Notice, over: bool) -> str:
    if notice.kind is NoticeKind.TEST:
        return "test_tube"
    return "white_check_mark" if over else _TAGS[notice.severity]
