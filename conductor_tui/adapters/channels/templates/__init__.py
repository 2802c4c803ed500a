"""What a webhook is sent, in the form that each service takes. One file each."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, TypeAlias

from conductor_tui.adapters.channels.templates import (
    alertmanager,
    discord,
    ntfy,
    plain,
    slack,
)
from conductor_tui.domain.alert import Notice

Name: TypeAlias = Literal["json", "slack", "discord", "ntfy", "alertmanager"]
Render: TypeAlias = Callable[[Notice, datetime, str], tuple[str, Any]]
"""From a notice, the time now and the channel's URL: where to send which JSON."""

TEMPLATES: dict[str, Render] = {
    "json": plain.render,
    "slack": slack.render,
    "discord": discord.render,
    "ntfy": ntfy.render,
    "alertmanager": alertmanager.render,
}
