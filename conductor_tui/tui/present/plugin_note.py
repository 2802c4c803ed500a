"""What other screens say of plug-ins: a line on a platform's page, and who FAILED."""

from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import PluginState, PluginView
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.plugin_words import PLUGIN_SIGNS, PLUGIN_TONES
from conductor_tui.tui.present.spans import Line, Span, fit_line
from conductor_tui.tui.present.words import age, wait

_FAILED_SIGN = PLUGIN_SIGNS[PluginState.FAILED]


def plugin_of(view: PlatformView | None, snapshot: Snapshot) -> PluginView | None:
    """Return the plug-in that watches a platform; None: none does, or it is gone."""
    if view is None or view.spec.probe != "plugin":
        return None
    return snapshot.plugins.get(PluginName(view.spec.target))


def plugin_note(
    view: PlatformView, snapshot: Snapshot, lens: Lens, width: int
) -> tuple[Line, ...]:
    """Return a line about the plug-in that watches a platform and a blank; nothing
    where none does.
    """
    if view.spec.probe != "plugin":
        return ()
    plugin = plugin_of(view, snapshot)
    head = Span("   plug-in  ", "muted")
    told = _told(plugin, lens) if plugin else _gone(view)
    return fit_line((head, *told), width), fit_line((), width)


def _gone(view: PlatformView) -> Line:
    return Span(f"? {view.spec.target}"), Span("  is not there", "muted")


def _told(plugin: PluginView, lens: Lens) -> Line:
    """State, process and restarts; the key before the reason, that may be long."""
    state, pid = plugin.state, plugin.figures.pid
    tone = PLUGIN_TONES[state]
    left = wait(plugin.retry_at, lens) if plugin.retry_at else ""
    lasted = age(plugin.since, lens)
    facts = (
        f"for {lasted}" if lasted else "",
        f"pid {pid}" if pid is not None else "",
        f"restarts {plugin.restarts}" if plugin.restarts else "",
        f"again in {left}" if left else "",
    )
    is_told = state is not PluginState.ACTIVE and plugin.why
    return (
        Span(f"{PLUGIN_SIGNS[state]} ", tone),
        Span(plugin.name),
        Span(f" {state}", tone),
        Span("".join(f"  {fact}" for fact in facts if fact)),
        Span("  7", "accent"),
        Span(" shows it", "muted"),
        Span(f"  {plugin.why}" if is_told else "", tone),
    )


def failed_in_short(snapshot: Snapshot) -> tuple[Line, ...]:
    """Return how many plug-ins FAILED, in words and in short; nothing when none has."""
    count = len(_failed(snapshot))
    if not count:
        return ()
    many = "s" if count > 1 else ""
    return (
        (Span(f"{_FAILED_SIGN} {count} plug-in{many} FAILED", "failed"),),
        (Span("plug-ins ", "muted"), Span(f"{_FAILED_SIGN}{count}", "failed")),
    )


def failed_words(snapshot: Snapshot) -> str:
    """Return which plug-in FAILED and why; "" when none has."""
    failed = _failed(snapshot)
    if not failed:
        return ""
    first = failed[0]
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    why = f": {first.why}" if first.why else ""
    return f"plug-in {first.name} FAILED{more}, 7 shows it{why}"


def _failed(snapshot: Snapshot) -> list[PluginView]:
    views = snapshot.plugins.in_order()
    return [view for view in views if view.state is PluginState.FAILED]
