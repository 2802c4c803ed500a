"""How an event changes what is known of plug-ins."""

from dataclasses import replace
from datetime import datetime

from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import (
    KEPT_LOG_LINES,
    PluginFigures,
    PluginState,
    PluginView,
)
from conductor_tui.domain.plugin_events import (
    PluginAdded,
    PluginChanged,
    PluginErred,
    PluginEvent,
    PluginLogged,
    PluginRemoved,
    PluginsSampled,
)
from conductor_tui.domain.roster import Roster

Plugins = Roster[PluginName, PluginView]


def apply_plugins(plugins: Plugins, event: PluginEvent, at: datetime) -> Plugins:
    """Return what is known after `event`. One about a plug-in that is gone is lost."""
    match event:
        case PluginAdded(spec=spec):
            before = plugins.get(spec.plugin)
            if before is not None:
                return plugins.put(spec.plugin, replace(before, spec=spec))
            view = PluginView(spec=spec, state=event.state, since=at, why=event.why)
            return plugins.put(spec.plugin, view)
        case PluginRemoved(plugin=name):
            return plugins.without(name)
        case PluginsSampled(figures=figures):
            changed = {
                name: replace(plugins[name], figures=some)
                for name, some in figures
                if name in plugins
            }
            return plugins.put_all(changed)
        case PluginChanged() | PluginErred() | PluginLogged():
            view_before = plugins.get(event.plugin)
            if view_before is None:
                return plugins
            return plugins.put(event.plugin, _changed(view_before, event, at))


def _changed(
    view: PluginView, event: PluginChanged | PluginErred | PluginLogged, at: datetime
) -> PluginView:
    match event:
        case PluginLogged(lines=lines):
            return replace(view, log=(*view.log, *lines)[-KEPT_LOG_LINES:])
        case PluginErred(why=why, count=count):
            failures = view.failures + count
            return replace(view, error=why, error_at=at, failures=failures)
        case PluginChanged():
            return _moved(view, event, at)


def _moved(view: PluginView, event: PluginChanged, at: datetime) -> PluginView:
    figures = replace(view.figures, pid=event.pid)
    if event.now is not PluginState.ACTIVE:
        totals = PluginFigures(asked=view.figures.asked, failed=view.figures.failed)
        figures = replace(totals, pid=event.pid)
    after = replace(
        view,
        state=event.now,
        since=at,
        why=event.why,
        restarts=event.restarts,
        retry_at=event.retry_at,
        figures=figures,
    )
    if not event.is_failure:
        return after
    return replace(after, error=event.why, error_at=at, failures=view.failures + 1)
