"""A snapshot as JSON: the object that `status --json` prints. Keys are only added."""

import math
from datetime import datetime
from typing import TYPE_CHECKING

from conductor_tui.adapters.wire.alerts import alert_document, iso
from conductor_tui.adapters.wire.clients import client_document, traffic_document
from conductor_tui.adapters.wire.plugins import plugin_document
from conductor_tui.domain.agent import AgentView, IngestView
from conductor_tui.domain.breaker import Hold
from conductor_tui.domain.check import CheckResult
from conductor_tui.domain.dispatch import DispatchFigures, DispatchOutcome
from conductor_tui.domain.forecasting.forecast import Forecast
from conductor_tui.domain.own import OwnSample
from conductor_tui.domain.pause import Pause
from conductor_tui.domain.resources import LoadLimits, ResourceSample
from conductor_tui.domain.shedding import ShedAdvice
from conductor_tui.domain.snapshot import PlatformView, SettingsView, Snapshot

if TYPE_CHECKING:  # what pydantic makes of these is for the OpenAPI document alone
    from conductor_tui.adapters.wire.schema import (
        AdviceDocument,
        AgentDocument,
        BreakerDocument,
        ForecastDocument,
        HoldDocument,
        IngestDocument,
        OwnDocument,
        PauseDocument,
        PlatformDocument,
        RequestsDocument,
        ResourcesDocument,
        ResultDocument,
        SettingsDocument,
        StatusDocument,
    )


def status_document(snapshot: Snapshot, now: datetime) -> "StatusDocument":
    """Return the whole state as plain JSON values. Times are ISO 8601 in UTC."""
    return {
        "host": snapshot.host,
        "seq": snapshot.seq,
        "at": iso(snapshot.at),
        "load": snapshot.resources.load.state,
        "resources": _resources(snapshot.resources.sample),
        "forecasts": [
            _forecast(name, forecast, snapshot.resources.limits)
            for name, forecast in snapshot.resources.forecasts.items()
        ],
        "advice": _advice(snapshot.advice),
        "own": _own(snapshot.own.sample),
        "settings": _settings(snapshot.settings),
        "platforms": [
            platform_document(view, now, snapshot)
            for view in snapshot.platforms.in_order()
        ],
        "agents": [agent_document(view, now) for view in snapshot.agents.in_order()],
        "ingest": _ingest(snapshot.ingest),
        "alerts": [alert_document(one) for one in snapshot.alerts.open.in_order()],
        "clients": [
            client_document(one, snapshot) for one in snapshot.clients.in_order()
        ],
        "plugins": [
            plugin_document(one, snapshot) for one in snapshot.plugins.in_order()
        ],
    }


def platform_document(
    view: PlatformView, now: datetime, snapshot: Snapshot
) -> "PlatformDocument":
    """Return one platform of the snapshot; `age_s` is that of the last word, not of the
    last look. While `paused` is an object, nothing is checked.
    """
    word, spec = view.word, view.spec
    return {
        "name": view.name,
        "group": spec.group,
        "tags": list(spec.tags),
        "depends_on": list(spec.depends_on),
        "blocked_by": snapshot.blocked_by(view),
        "probe": spec.probe,
        "target": spec.target,
        "origin": spec.origin,
        "slow_after_ms": (
            _rounded(spec.slow_after_s * 1000)
            if spec.slow_after_s is not None
            else None
        ),
        "rise": spec.rise,
        "health": view.health,
        "paused": _pause(view.pause),
        "priority": spec.priority,
        "protected": spec.protected,
        "on_shed": spec.on_shed,
        "interval_s": _rounded(view.interval_s),
        "stale": view.is_stale(now),
        "warns": word.warns if word else False,
        "breaker": view.breaker.state,
        "epoch": view.breaker.epoch,
        "hold": _hold(view.breaker.hold),
        "failures": view.breaker.failures,
        "latency_ms": _rounded(word.latency_s * 1000) if word else None,
        "detail": word.detail if word else "",
        "refusal": view.last.detail if view.last and word is None else "",
        "last_error": word.detail if word and word.outcome.is_bad else None,
        "age_s": _rounded((now - word.at).total_seconds()) if word else None,
        "next_check_s": (
            _rounded(max(0.0, (view.next_at - now).total_seconds()))
            if view.next_at
            else None
        ),
        "traffic": traffic_document(view, snapshot),
        "requests": _requests(view.requests),
    }


def breaker_document(view: PlatformView) -> "BreakerDocument":
    """Return one platform's breaker. `retry_at` is when a trial is due, if one is."""
    breaker = view.breaker
    return {
        "name": view.name,
        "state": breaker.state,
        "epoch": breaker.epoch,
        "since": iso(breaker.since),
        "failures": breaker.failures,
        "limit": breaker.limit,
        "retry_at": iso(breaker.retry_at),
        "hold": _hold(breaker.hold),
        "why": breaker.why,
        "by": breaker.by,
    }


def agent_document(view: AgentView, now: datetime) -> "AgentDocument":
    """Return one agent; `age_s` is how long it has been silent, `due_s` how long until
    it gets worse if it stays silent. `note` is the newest metadata, as JSON text.
    """
    spec, last = view.spec, view.last
    return {
        "name": view.agent,
        "group": spec.group,
        "tags": list(spec.tags),
        "origin": spec.origin,
        "interval_s": None if spec.cron else _rounded(spec.interval_s),
        "failure_threshold": spec.threshold,
        "grace_s": _rounded(spec.grace_s),
        "detector": spec.detector,
        "cron": spec.cron,
        "zone": spec.zone,
        "created": spec.is_created,
        "health": view.health,
        "since": iso(view.since),
        "why": view.why,
        "stopped": view.is_stopped,
        "beats": view.beats,
        "last": last.kind if last else None,
        "last_at": iso(view.last_at),
        "via": last.via if last else "",
        "words": last.words if last else "",
        "note": last.note if last else "",
        "exit_code": last.exit_code if last else None,
        "duration_s": (
            _rounded(last.duration_s) if last and last.duration_s is not None else None
        ),
        "age_s": _seconds(now, view.heard_at),
        "due_s": _seconds(view.due_at, now),
        "runs": [
            {"run": one.run, "at": iso(one.at), "by": iso(one.by)} for one in view.runs
        ],
    }


def _ingest(ingest: IngestView) -> "IngestDocument":
    return {
        "heard": ingest.heard,
        "unknown": ingest.unknown,
        "refused": ingest.refused,
        "refusal": ingest.refusal,
        "strangers": list(ingest.strangers),
        "ways": [
            {"name": way.name, "address": way.address, "trouble": way.trouble}
            for way in ingest.ways
        ],
    }


def result_document(result: CheckResult) -> "ResultDocument":
    """Return one result, as `check --json` prints it."""
    return {
        "name": result.platform,
        "outcome": result.outcome,
        "detail": result.detail,
        "warns": result.warns,
        "latency_ms": _rounded(result.latency_s * 1000),
        "attempts": result.attempts,
        "at": iso(result.at),
    }


def _hold(hold: Hold | None) -> "HoldDocument | None":
    if hold is None:
        return None
    return {
        "by": hold.by,
        "why": hold.why,
        "at": iso(hold.at),
        "until": iso(hold.until),
        "origin": hold.origin,
        "confirm_by": iso(hold.confirm_by),
    }


def _pause(pause: Pause | None) -> "PauseDocument | None":
    if pause is None:
        return None
    return {
        "kind": pause.kind,
        "by": pause.by,
        "why": pause.why,
        "at": iso(pause.at),
        "until": iso(pause.until),
    }


def _requests(figures: DispatchFigures) -> "RequestsDocument":
    ended = figures.ended
    return {
        "under_way": figures.under_way,
        "waiting": figures.waiting,
        "delivered": ended.get(DispatchOutcome.DELIVERED, 0),
        "refused": ended.get(DispatchOutcome.REFUSED, 0),
        "failed": ended.get(DispatchOutcome.FAILED, 0),
        "timed_out": ended.get(DispatchOutcome.TIMED_OUT, 0),
        "rejected": ended.get(DispatchOutcome.REJECTED, 0),
        "turned_away": ended.get(DispatchOutcome.TURNED_AWAY, 0),
        "p50_ms": _ms(figures.p50_s),
        "p99_ms": _ms(figures.p99_s),
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else _rounded(seconds * 1000)


def _settings(settings: SettingsView) -> "SettingsDocument":
    return {
        "source": settings.source,
        "at": iso(settings.at),
        "problems": list(settings.problems),
    }


def _own(sample: OwnSample | None) -> "OwnDocument | None":
    """Return what conductor says of itself; None before its first look."""
    if sample is None:
        return None
    return {
        "at": iso(sample.at),
        "lag_p50_ms": _rounded(sample.lag_p50_s * 1000),
        "lag_max_ms": _rounded(sample.lag_max_s * 1000),
        "late_p50_ms": _rounded(sample.late_p50_s * 1000),
        "late_p99_ms": _rounded(sample.late_p99_s * 1000),
        "checks": sample.checks,
        "overruns": sample.overruns,
        "in_flight": sample.in_flight,
        "inconclusive": sample.inconclusive,
        "cpu_percent": _rounded(sample.cpu_percent),
        "rss_bytes": sample.rss_bytes,
        "threads": sample.threads,
        "open_files": sample.open_files,
    }


def _resources(sample: ResourceSample | None) -> "ResourcesDocument | None":
    if sample is None:
        return None
    return {
        "cpu_percent": _rounded(sample.cpu_percent),
        "ram_percent": _rounded(sample.ram_percent),
        "ram_used_bytes": sample.ram_used_bytes,
        "ram_total_bytes": sample.ram_total_bytes,
        "swap_percent": _rounded(sample.swap_percent),
        "swap_used_bytes": sample.swap_used_bytes,
        "swap_total_bytes": sample.swap_total_bytes,
        "load_average": [_rounded(load) for load in sample.load],
        "rx_bytes_per_s": _rounded(sample.rx_bytes_per_s),
        "tx_bytes_per_s": _rounded(sample.tx_bytes_per_s),
        "disks": [
            {
                "mount": disk.mount,
                "percent": _rounded(disk.percent),
                "used_bytes": disk.used_bytes,
                "total_bytes": disk.total_bytes,
            }
            for disk in sample.disks
        ],
    }


def _forecast(name: str, of: Forecast, limits: LoadLimits) -> "ForecastDocument":
    """Of percentages, also when `degraded_at` is reached."""
    is_percent = name in ("cpu", "ram", "disk")
    in_s = of.reaches_s(limits.degraded_at) if is_percent else None
    return {
        "of": name,
        "model": of.model.value,
        "now": _rounded(of.now),
        "reaches_degraded_s": None if in_s is None else _rounded(in_s),
        "ahead": [
            {
                "in_s": one.in_s,
                "value": _rounded(one.value),
                "low": None if one.low is None else _rounded(one.low),
                "high": None if one.high is None else _rounded(one.high),
            }
            for one in of.ahead
        ],
    }


def _advice(advice: ShedAdvice | None) -> "AdviceDocument | None":
    if advice is None:
        return None
    return {
        "step": advice.step,
        "platform": advice.platform,
        "why": advice.why,
        "ahead": advice.is_ahead,
    }


def _rounded(value: float) -> float | None:
    """Three decimals; None for what JSON has no number for."""
    return round(value, 3) if math.isfinite(value) else None


def _seconds(until: datetime | None, since: datetime | None) -> float | None:
    """Return the seconds between two moments, never less than none."""
    if until is None or since is None:
        return None
    return _rounded(max(0.0, (until - since).total_seconds()))
