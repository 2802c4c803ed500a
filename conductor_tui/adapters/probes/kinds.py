"""The probes by name. A module is imported when its first platform is opened."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from conductor_tui.domain.settings import PlatformSettings
from conductor_tui.ports import Probe

if TYPE_CHECKING:
    from conductor_tui.adapters.probes.heartbeat import ViewOf

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
    "heartbeat",
    "canary",
)


def options_type(kind: str) -> type[Any]:
    """Return the options dataclass of a probe. Raises KeyError for an unknown kind."""
    return cast("type[Any]", _module(kind).Options)


def open_probe(settings: PlatformSettings, view_of: "ViewOf | None" = None) -> Probe:
    """Make the probe of one platform, ready to be called. `view_of` gives what is
    known of an agent; without it nobody listens for any.
    """
    module, options = _module(settings.spec.probe), settings.options
    if settings.spec.probe == "heartbeat" and view_of is not None:
        return cast(Probe, module.open_probe(options, view_of))
    return cast(Probe, module.open_probe(options))


def _module(kind: str) -> Any:
    if kind not in KINDS:
        raise KeyError(kind)
    return import_module(f"conductor_tui.adapters.probes.{kind}")
