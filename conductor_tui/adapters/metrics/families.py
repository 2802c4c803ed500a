"""Every metric: its name, what it means, and where its numbers come from.

The names without `conductor_` are those of the user's own documents. Counters begin at
zero when the conductor does. DESIGN section 10 has the list.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from conductor_tui import __version__
from conductor_tui.adapters.metrics.counting import Counts, Row
from conductor_tui.adapters.metrics.family import Family, Kind, Sample, one
from conductor_tui.adapters.metrics.plugins import plugin_families
from conductor_tui.adapters.metrics.requests import (
    REQUEST_RESULTS,
    letter_families,
    request_families,
    together,
)
from conductor_tui.domain.alert import DeliveryState
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.dispatch import DispatchOutcome
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.resources import ResourcesView
from conductor_tui.domain.snapshot import Snapshot

BREAKERS = {
    BreakerState.CLOSED: 0,
    BreakerState.HALF_OPEN: 1,
    BreakerState.OPEN: 2,
    BreakerState.HELD: 3,
}
HEALTHS = {
    Health.UNKNOWN: -1,
    Health.HEALTHY: 0,
    Health.DEGRADED: 1,
    Health.CRITICAL: 2,
    Health.FAILED: 3,
}
_RESULTS = {
    "success": (Outcome.PASSED,),
    "failure": (Outcome.FAILED, Outcome.TIMED_OUT),
}


def families(
    snapshot: Snapshot, counts: Counts, gauges: Mapping[str, float], now: datetime
) -> Iterator[Family]:
    """Yield every metric. `gauges` are numbers that others know: names of ours without
    labels.
    """
    yield from _platforms(snapshot, counts)
    yield from _host(snapshot)
    yield from _agents(snapshot)
    yield from _alerts(snapshot, counts, now)
    yield from _own(snapshot, counts)
    for name, value in sorted(gauges.items()):
        yield Family(name, Kind.GAUGE, _HELP.get(name, name), (({}, value),))


def _platforms(snapshot: Snapshot, counts: Counts) -> Iterator[Family]:
    views = list(snapshot.platforms.in_order())
    rows: list[tuple[str, Row]] = [
        (str(view.name), row)
        for view in views
        if (row := counts.rows.get(view.name)) is not None
    ]
    yield Family(
        "health_check_total",
        Kind.COUNTER,
        "Checks, by what they found.",
        tuple(
            ({"platform": name, "status": str(outcome)}, row.outcomes.get(outcome, 0))
            for name, row in rows
            for outcome in Outcome
        ),
    )
    yield Family(
        "health_check_duration_seconds",
        Kind.HISTOGRAM,
        "How long a check took, with its retries, where it was a verdict.",
        tuple(({"platform": name}, row.took) for name, row in rows),
    )
    yield Family(
        "circuit_breaker_state",
        Kind.GAUGE,
        "0 CLOSED, 1 HALF_OPEN, 2 OPEN, 3 HELD by a person.",
        tuple(
            ({"platform": str(view.name)}, BREAKERS[view.breaker.state])
            for view in views
        ),
    )
    yield Family(
        "circuit_breaker_calls_total",
        Kind.COUNTER,
        "Calls through a breaker; rejected: not run.",
        tuple(_calls(rows, snapshot)),
    )
    yield Family(
        "circuit_breaker_call_duration_seconds",
        Kind.HISTOGRAM,
        "How long a call through a breaker took.",
        tuple(
            (
                {"service": name},
                together(row.took, snapshot.platforms[PlatformName(name)].requests),
            )
            for name, row in rows
        ),
    )
    yield Family(
        "platform_health_status",
        Kind.GAUGE,
        "-1 UNKNOWN, 0 HEALTHY, 1 DEGRADED, 2 CRITICAL, 3 FAILED.",
        tuple(({"platform": str(view.name)}, HEALTHS[view.health]) for view in views),
    )
    yield Family(
        "conductor_platform_paused",
        Kind.GAUGE,
        "1 while it is paused, in maintenance or shed, so not checked.",
        tuple(({"platform": str(view.name)}, bool(view.pause) + 0) for view in views),
    )
    yield Family(
        "conductor_platform_shed",
        Kind.GAUGE,
        "1 while it is shed: it made room under load, and is not checked.",
        tuple(({"platform": str(view.name)}, view.is_shed + 0) for view in views),
    )
    yield from _clients(snapshot, counts)
    yield from plugin_families(snapshot)
    yield from request_families(views)
    yield from letter_families(snapshot.letters.in_order())


def _clients(snapshot: Snapshot, counts: Counts) -> Iterator[Family]:
    words = "Programs attached that ask breakers before each call."
    yield one("conductor_clients", words, len(snapshot.clients))
    known = snapshot.platforms
    yield Family(
        "conductor_client_calls_total",
        Kind.COUNTER,
        "Calls through a breaker in other programs; rejected: not run.",
        tuple(
            ({"platform": str(name), "result": result}, value)
            for name, flow in counts.calls.items()
            if name in known
            for result, value in (
                ("success", flow.calls - flow.failed),
                ("failure", flow.failed),
                ("rejected", flow.rejected),
            )
        ),
    )
    held = [
        (str(view.name), found)
        for view in known.in_order()
        if (found := snapshot.applied(view)).of
    ]
    yield Family(
        "conductor_clients_holding",
        Kind.GAUGE,
        "Programs that hold a breaker; applied: they go by its newest word.",
        tuple(
            ({"platform": name, "applied": applied}, value)
            for name, found in held
            for applied, value in (
                ("yes", found.count),
                ("no", found.of - found.count),
            )
        ),
    )
    yield Family(
        "conductor_admit_total",
        Kind.COUNTER,
        "Asked once whether a call may be made, by shells and other languages.",
        tuple(
            (
                {"platform": str(name), "result": "admitted" if let else "rejected"},
                count,
            )
            for (name, let), count in sorted(counts.asked.items())
            if name in known
        ),
    )


def _calls(rows: list[tuple[str, Row]], snapshot: Snapshot) -> Iterator[Sample]:
    """Yield checks and requests together: both go through the breaker."""
    for name, row in rows:
        ended = snapshot.platforms[PlatformName(name)].requests.ended
        for result, outcomes in _RESULTS.items():
            count = sum(row.outcomes.get(one, 0) for one in outcomes)
            count += sum(ended.get(one, 0) for one in REQUEST_RESULTS[result])
            yield {"service": name, "result": result}, count
        refused = row.outcomes.get(Outcome.REFUSED, 0)
        refused += ended.get(DispatchOutcome.REJECTED, 0)
        yield {"service": name, "result": "rejected"}, refused


def _host(snapshot: Snapshot) -> Iterator[Family]:
    sample = snapshot.resources.sample
    samples: list[Sample] = []
    if sample is not None:
        samples = [
            ({"resource": "cpu"}, sample.cpu_percent),
            ({"resource": "ram"}, sample.ram_percent),
            ({"resource": "swap"}, sample.swap_percent),
            *(({"resource": f"disk:{one.mount}"}, one.percent) for one in sample.disks),
        ]
    words = "Of this host, in percent; disks by their mount point."
    yield Family("system_resources_percent", Kind.GAUGE, words, tuple(samples))
    yield Family(
        "conductor_forecast",
        Kind.GAUGE,
        "In 5 minutes: percent of cpu, ram and disk, requests in the queue.",
        tuple(_forecasts(snapshot.resources)),
    )
    state = snapshot.resources.load.state
    words = "0 NORMAL, 1 DEGRADED, 2 EMERGENCY."
    number = {"NORMAL": 0, "DEGRADED": 1, "EMERGENCY": 2}[state]
    yield Family("conductor_load_state", Kind.GAUGE, words, (({}, number),))


def _forecasts(resources: ResourcesView) -> Iterator[Sample]:
    for name, forecast in resources.forecasts.items():
        last = forecast.ahead[-1]
        for edge, value in (
            ("low", last.low),
            ("value", last.value),
            ("high", last.high),
        ):
            if value is not None:
                yield {"resource": name, "edge": edge}, value


def _agents(snapshot: Snapshot) -> Iterator[Family]:
    agents = list(snapshot.agents.in_order())
    yield Family(
        "conductor_agents",
        Kind.GAUGE,
        "Agents that are listened for, by health.",
        tuple(
            ({"health": health.value}, sum(one.health is health for one in agents))
            for health in Health
        ),
    )
    ingest = snapshot.ingest
    for name, words, value in (
        ("heard", "Heartbeats that were taken.", ingest.heard),
        ("unknown", "Heartbeats of agents that nobody knows.", ingest.unknown),
        ("refused", "What was no heartbeat, or found no room.", ingest.refused),
    ):
        full = f"conductor_heartbeats_{name}_total"
        yield Family(full, Kind.COUNTER, words, (({}, value),))


def _alerts(snapshot: Snapshot, counts: Counts, now: datetime) -> Iterator[Family]:
    alerts = snapshot.alerts
    waiting = list(alerts.outbox.in_order())
    by_state = {
        state: sum(one.state is state for one in waiting)
        for state in (DeliveryState.WAITING, DeliveryState.GIVEN_UP)
    }
    oldest_s = max(
        (
            (now - one.notice.at).total_seconds()
            for one in waiting
            if one.state is DeliveryState.WAITING
        ),
        default=0.0,
    )
    yield one("conductor_alerts_open", "Alerts that are open.", len(alerts.open))
    words = "Open alerts that nobody has acknowledged or silenced."
    yield one("conductor_alerts_unacked", words, alerts.unacked)
    yield Family(
        "conductor_outbox_deliveries",
        Kind.GAUGE,
        "Deliveries of alerts that wait, or were given up.",
        tuple(({"state": _word(state)}, count) for state, count in by_state.items()),
    )
    words = "How long the oldest delivery that waits does so."
    yield one("conductor_outbox_oldest_age_seconds", words, max(0.0, oldest_s))
    yield Family(
        "conductor_deliveries_total",
        Kind.COUNTER,
        "Deliveries that ended, by channel.",
        tuple(
            ({"channel": channel, "state": _word(state)}, count)
            for (channel, state), count in sorted(counts.deliveries.items())
        ),
    )
    yield Family(
        "conductor_delivery_duration_seconds",
        Kind.HISTOGRAM,
        "From what happened to the arrival of its notice.",
        (({}, counts.delivered),),
    )


def _own(snapshot: Snapshot, counts: Counts) -> Iterator[Family]:
    build = (({"version": __version__}, 1.0),)
    yield Family("conductor_build_info", Kind.GAUGE, "Always 1.", build)
    started = snapshot.started_at
    if started is not None:
        words = "When this conductor began, in Unix time."
        yield one("conductor_start_time_seconds", words, started.timestamp())
    yield one("conductor_viewers", "Dashboards attached.", len(snapshot.viewers))
    yield Family(
        "conductor_events_total",
        Kind.COUNTER,
        "Events but the results of checks, by kind.",
        tuple(({"kind": kind}, n) for kind, n in sorted(counts.events.items())),
    )
    yield Family(
        "conductor_commands_total",
        Kind.COUNTER,
        "Commands that were answered.",
        tuple(
            ({"verb": verb, "answer": "granted" if granted else "refused"}, n)
            for (verb, granted), n in sorted(counts.commands.items())
        ),
    )
    yield Family(
        "conductor_breaker_transitions_total",
        Kind.COUNTER,
        "Transitions of all breakers, by the state they led to.",
        tuple(({"state": state.value}, counts.moves[state]) for state in BreakerState),
    )
    for name, words, value in (
        ("stalls", "Times that the engine's loop stood still.", counts.stalls),
        ("stalled_seconds", "Seconds that it stood still.", counts.stalled_s),
        ("uncounted_checks", "Checks that no row was left for.", counts.uncounted),
    ):
        yield Family(f"conductor_{name}_total", Kind.COUNTER, words, (({}, value),))
    sample = snapshot.own.sample
    if sample is None:
        return
    for name, words, value in (
        ("checks", "Checks that were made.", sample.checks),
        ("check_overruns", "Checks left out, the last one not over.", sample.overruns),
        ("checks_inconclusive", "Checks that we stalled in.", sample.inconclusive),
    ):
        yield Family(f"conductor_{name}_total", Kind.COUNTER, words, (({}, value),))
    for name, words, value in (
        ("checks_in_flight", "Checks under way.", sample.in_flight),
        ("loop_lag_median_seconds", "How late a timer ran.", sample.lag_p50_s),
        ("loop_lag_max_seconds", "How late a timer ran at most.", sample.lag_max_s),
        ("lateness_median_seconds", "How late a check began.", sample.late_p50_s),
        ("lateness_p99_seconds", "99 % began no later.", sample.late_p99_s),
        ("cpu_ratio", "Of one core, by this process.", sample.cpu_percent / 100),
        ("resident_memory_bytes", "Of this process.", sample.rss_bytes),
        ("threads", "Of this process.", sample.threads),
        ("open_files", "Of this process.", sample.open_files),
    ):
        yield one(f"conductor_{name}", words, value)


_HELP = {
    "conductor_journal_up": "1 while what happens is kept, 0 while the journal fails.",
    "conductor_journal_waiting_records": "Records that are not in the journal yet.",
    "conductor_stream_readers": "Readers of the stream.",
}


def _word(state: DeliveryState) -> str:
    return state.value.lower().replace(" ", "_")
