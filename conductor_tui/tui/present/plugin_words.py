"""What happened to plug-ins, in words."""

from conductor_tui.domain.plugin import PluginState
from conductor_tui.domain.plugin_events import (
    PluginAdded,
    PluginChanged,
    PluginErred,
    PluginEvent,
    PluginLogged,
    PluginRemoved,
    PluginsSampled,
)
from conductor_tui.tui.present.spans import Tone

PLUGIN_TONES: dict[PluginState, Tone] = {
    PluginState.DISCOVERED: "muted",
    PluginState.LOADING: "plain",
    PluginState.ACTIVE: "muted",
    PluginState.FAILED: "failed",
    PluginState.DISABLED: "held",
}


def told_of_plugins(event: PluginEvent) -> tuple[str, str, str, Tone] | None:
    """Return about which it is, what happened, the details, and their tone; None for
    what is not worth a line.
    """
    match event:
        case PluginAdded(spec=spec):
            return spec.plugin, "plug-in found", spec.source, "muted"
        case PluginRemoved(plugin=name, why=why):
            return name, "plug-in gone", why, "muted"
        case PluginErred(plugin=name, why=why, count=count):
            times = f" {count} times" if count > 1 else ""
            return name, f"plug-in error{times}", why, "degraded"
        case PluginChanged(plugin=name, now=now, why=why):
            tone: Tone = "degraded" if event.is_failure else PLUGIN_TONES[now]
            if now is PluginState.FAILED:
                tone = "failed"
            return name, f"plug-in {now}", why, tone
        case PluginsSampled() | PluginLogged():
            return None
