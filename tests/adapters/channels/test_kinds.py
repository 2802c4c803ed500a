"""The registry of channels, and what a channel of any kind owes its caller."""

import subprocess
import sys

import pytest

from conductor_tui.adapters.channels.kinds import (
    KINDS,
    open_channel,
    options_type,
    shown_target,
)
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.ids import ChannelName
from conductor_tui.domain.secret import Secret
from tests.adapters.channels.made import opened

HOOK = Secret("https://hooks.example.org/services/T0123/B4567/tokentoken")
OPTIONS: dict[str, dict[str, object]] = {
    "log": {"path": "/var/log/alerts.jsonl"},
    "terminal": {"notify": "osc9"},
    "command": {"command": ("/usr/local/bin/tell", "ops team")},
    "webhook": {"url": HOOK, "template": "slack"},
    "smtp": {
        "host": "mail.example.org",
        "sender": "conductor@example.org",
        "to": ("ops@example.org", "boss@example.org"),
    },
}
TARGETS = {
    "log": "/var/log/alerts.jsonl",
    "terminal": "bell + osc9",
    "command": "/usr/local/bin/tell 'ops team'",
    "webhook": "slack at https://hooks.example.org/...",
    "smtp": "ops@example.org and 1 more by mail.example.org:587",
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_where_it_leads(kind: str) -> None:
    assert shown_target(options_type(kind)(**OPTIONS[kind])) == TARGETS[kind]


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_is_closed_twice_without_having_delivered(kind: str) -> None:
    channel = opened(kind, options_type(kind)(**OPTIONS[kind]))

    await channel.close()
    await channel.close()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        options_type("pigeon")
    settings = ChannelSettings(name=ChannelName("ops"), kind="os", options=None)
    with pytest.raises(KeyError):
        open_channel(settings, print)


def test_opening_channels_loads_no_client_that_may_never_be_needed() -> None:
    script = (
        "import sys\n"
        "from conductor_tui.adapters.channels.kinds import KINDS, options_type\n"
        "for kind in KINDS: options_type(kind)\n"
        "print({'aiohttp', 'aiosmtplib'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
