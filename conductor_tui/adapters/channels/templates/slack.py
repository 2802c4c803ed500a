"""Slack's incoming webhooks, and what takes the same: Mattermost, Rocket.Chat...

Source: docs.slack.dev "Formatting message text": & < > are written as entities, then
nothing is a link or a mention any more, and `mrkdwn` off leaves * and _ as they are.
"""

from datetime import datetime
from typing import Any

from conductor_tui.adapters.channels.words import detail, is_over, title
from conductor_tui.domain.alert import Notice, Severity
from conductor_tui.domain.text import visible

_LONGEST = 3000  # characters, before entities; longer texts are folded away
_COLOURS = {
    Severity.INFO: "#439fe0",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "danger",
}


def render(notice: Notice, now: datetime, url: str) -> tuple[str, Any]:
    head = escaped(title(notice))
    body = escaped(detail(notice, now))
    attachment = {
        "color": "good" if is_over(notice) else _COLOURS[notice.severity],
        "fallback": f"{head}: {body}" if body else head,
        "text": body,
        "mrkdwn_in": [],
        "footer": escaped(notice.host),
        "ts": int(notice.at.timestamp()),
    }
    return url, {"text": head, "mrkdwn": False, "attachments": [attachment]}


def escaped(text: str) -> str:
    text = visible(text, _LONGEST)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
