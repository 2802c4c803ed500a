"""What happened to plug-ins, in words."""

from conductor_tui.domain.health import Health
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
from conductor_tui.tui.present.glyphs import HEALTH, NOT_COUNTED, PAUSED
from conductor_tui.tui.present.spans import Tone

PLUGIN_SIGNS: dict[PluginState, str] = {
    PluginState.DISCOVERED: NOT_COUNTED,
    PluginState.LOADING: HEALTH[Health.DEGRADED],
    PluginState.ACTIVE: HEALTH[Health.HEALTHY],
    PluginState.FAILED: HEALTH[Health.FAILED],
    PluginState.DISABLED: PAUSED,
}
PLUGIN_TONES: dict[PluginState, Tone] = {
    PluginState.DISCOVERED: "muted",
    PluginState.LOADING: "degraded",
    PluginState.ACTIVE: "healthy",
    PluginState.FAILED: "failed",
    PluginState.DISABLED: "held",
}

_EVENT_TONES: dict[PluginState, Tone] = {
    **PLUGIN_TONES,
    PluginState.LOADING: "muted",
    PluginState.ACTIVE: "muted",
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
        case PluginChanged():
            return _told_of_change(event)
        case PluginsSampled() | PluginLogged():
            return None


def _told_of_change(event: PluginChanged) -> tuple[str, str, str, Tone]:
    """One that ended and one that begins again are both LOADING: what happened is told
    of the first, how often of the second.
    """
    if event.now is not PluginState.LOADING:
        tone = _EVENT_TONES[event.now]
        return event.plugin, f"plug-in {event.now}", event.why, tone
    if event.is_failure:
        return event.plugin, "plug-in ended", event.why, "degraded"
    again = f"restart {event.restarts}" if event.restarts else event.why
    return event.plugin, f"plug-in {event.now}", again, "muted"
