"""The probes by name. A module is imported when its first platform is opened."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.ids import PlatformName, PluginName
from conductor_tui.domain.settings import PlatformSettings
from conductor_tui.ports import Probe

if TYPE_CHECKING:
    from conductor_tui.adapters.probes.heartbeat import ViewOf
    from conductor_tui.adapters.probes.plugin import CheckOf

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
    "plugin",
    "canary",
)


def options_type(kind: str) -> type[Any]:
    """Return the options dataclass of a probe. Raises KeyError for an unknown kind."""
    return cast("type[Any]", _module(kind).Options)


def open_probe(
    settings: PlatformSettings,
    view_of: "ViewOf | None" = None,
    check_of: "CheckOf | None" = None,
) -> Probe:
    """Make the probe of one platform, ready to be called. `view_of` gives what is
    known of an agent; without it nobody listens for any. `check_of` asks a plug-in;
    without it none run here.
    """
    module, options = _module(settings.spec.probe), settings.options
    if settings.spec.probe == "heartbeat" and view_of is not None:
        return cast(Probe, module.open_probe(options, view_of))
    if settings.spec.probe == "plugin" and check_of is not None:
        return cast(Probe, module.open_probe(options, check_of))
    return cast(Probe, module.open_probe(options))


def plugin_platform(plugin: PluginName) -> PlatformSettings:
    """Return the platform that a plug-in has where the settings have none for it."""
    spec = CheckSpec(
        platform=PlatformName(plugin),
        probe="plugin",
        target=plugin,
        origin=f"plug-in {plugin}",
    )
    options = options_type("plugin")(target=plugin)
    return PlatformSettings(spec=spec, options=options)


def _module(kind: str) -> Any:
    if kind not in KINDS:
        raise KeyError(kind)
    return import_module(f"conductor_tui.adapters.probes.{kind}")
