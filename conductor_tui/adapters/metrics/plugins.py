"""The metrics of plug-ins."""

from collections.abc import Iterator

from conductor_tui.adapters.metrics.family import Family, Kind
from conductor_tui.domain.plugin import PluginState
from conductor_tui.domain.snapshot import Snapshot


def plugin_families(snapshot: Snapshot) -> Iterator[Family]:
    views = list(snapshot.plugins.in_order())
    yield Family(
        "plugin_failure_total",
        Kind.COUNTER,
        "Failures of plug-ins: ends, methods that raised, answers that were garbage.",
        tuple(({"plugin": str(view.name)}, view.failures) for view in views),
    )
    yield Family(
        "conductor_plugin_state",
        Kind.GAUGE,
        "1 for the state that a plug-in is in.",
        tuple(
            ({"plugin": str(view.name), "state": state.value}, int(view.state is state))
            for view in views
            for state in PluginState
        ),
    )
    running = [view for view in views if view.state.is_wanted]
    for name, words, field in (
        ("resident_memory_bytes", "Of its worker and what that started.", "rss_bytes"),
        ("processes", "Its worker and what that started.", "processes"),
        ("requests_in_flight", "Requests and checks under way in it.", "in_flight"),
        ("requests_waiting", "Requests that wait for their turn.", "waiting"),
    ):
        yield Family(
            f"conductor_plugin_{name}",
            Kind.GAUGE,
            words,
            tuple(
                ({"plugin": str(view.name)}, getattr(view.figures, field))
                for view in running
            ),
        )
    yield Family(
        "conductor_plugin_cpu_ratio",
        Kind.GAUGE,
        "Of one core, by its worker and what that started.",
        tuple(
            ({"plugin": str(view.name)}, view.figures.cpu_percent / 100)
            for view in running
        ),
    )
    yield Family(
        "conductor_plugin_restarts_total",
        Kind.COUNTER,
        "How often it began again since it was loaded.",
        tuple(({"plugin": str(view.name)}, view.restarts) for view in running),
    )
