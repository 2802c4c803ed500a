"""The probes by name. A module is imported when its first platform is opened."""

from importlib import import_module
from typing import Any, cast

from conductor_tui.domain.settings import PlatformSettings
from conductor_tui.ports import Probe

KINDS = (
    "http",
    "tcp",
    "listen",
    "process",
    "command",
    "redis",
    "postgres",
    "tls",
    "unix",
    "file",
    "dns",
    "icmp",
    "docker",
    "systemd",
    "prometheus",
)


def options_type(kind: str) -> type[Any]:
    """Return the options dataclass of a probe. Raises KeyError for an unknown kind."""
    return cast("type[Any]", _module(kind).Options)


def open_probe(settings: PlatformSettings) -> Probe:
    """Make the probe of one platform, ready to be called."""
    return cast(Probe, _module(settings.spec.probe).open_probe(settings.options))


def _module(kind: str) -> Any:
    if kind not in KINDS:
        raise KeyError(kind)
    return import_module(f"conductor_tui.adapters.probes.{kind}")
