"""The channels by name. A module is imported when its first channel is opened."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.ports import Channel

KINDS = ("log", "terminal", "command", "webhook", "smtp")


def options_type(kind: str) -> type[Any]:
    """Return the options dataclass of a kind. Raises KeyError for an unknown one."""
    return cast("type[Any]", _module(kind).Options)


def shown_target(options: object) -> str:
    """Return where a channel leads as one printable line, without secrets."""
    module = import_module(type(options).__module__)
    return cast(str, module.shown_target(options))


def open_channel(
    settings: ChannelSettings, attend: Callable[[AttentionCalled], object]
) -> Channel:
    """Make a channel, ready to deliver; nothing is opened before the first notice.

    `attend` is how a terminal is called. Raises KeyError for an unknown kind.
    """
    return cast(Channel, _module(settings.kind).open_channel(settings, attend))


def _module(kind: str) -> Any:
    if kind not in KINDS:
        raise KeyError(kind)
    return import_module(f"conductor_tui.adapters.channels.{kind}")
