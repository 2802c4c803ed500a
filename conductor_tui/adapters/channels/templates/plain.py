"""The whole notice as JSON, for a receiver of one's own: see `channels.document`."""

from datetime import datetime
from typing import Any

from conductor_tui.adapters.channels.document import document
from conductor_tui.domain.alert import Notice


def render(notice: Notice, now: datetime, url: str) -> tuple[str, Any]:
    return url, document(notice)
