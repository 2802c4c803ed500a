"""Plug-ins as JSON. Keys are only added."""

from typing import TYPE_CHECKING

from conductor_tui.adapters.wire.alerts import iso
from conductor_tui.domain.plugin import PluginLimits, PluginView
from conductor_tui.domain.snapshot import Snapshot

if TYPE_CHECKING:  # what pydantic makes of these is for the OpenAPI document alone
    from conductor_tui.adapters.wire.schema_plugins import (
        PluginDocument,
        PluginLimitsDocument,
        PluginWhole,
    )


def plugin_document(view: PluginView, snapshot: Snapshot) -> "PluginDocument":
    """Return one plug-in, without its log."""
    spec, takes = view.spec, view.figures
    return {
        "name": view.name,
        "state": view.state,
        "why": view.why,
        "since": iso(view.since),
        "source": spec.source,
        "target": spec.target,
        "isolate": spec.isolate,
        "requires": list(spec.requires),
        "origin": spec.origin,
        "platforms": list(snapshot.platforms_of(view.name)),
        "pid": takes.pid,
        "rss_bytes": takes.rss_bytes,
        "cpu_percent": takes.cpu_percent,
        "processes": takes.processes,
        "restarts": view.restarts,
        "retry_at": iso(view.retry_at),
        "in_flight": takes.in_flight,
        "waiting": takes.waiting,
        "asked": takes.asked,
        "failed": takes.failed,
        "failures": view.failures,
        "error": view.error,
        "error_at": iso(view.error_at),
    }


def plugin_whole(view: PluginView, snapshot: Snapshot) -> "PluginWhole":
    """Return one plug-in, with its limits and its log."""
    return {
        **plugin_document(view, snapshot),
        "limits": _limits(view.spec.limits),
        "log": [
            {"at": iso(line.at), "stream": line.stream, "text": line.text}
            for line in view.log
        ],
    }


def _limits(limits: PluginLimits) -> "PluginLimitsDocument":
    return {
        "memory_bytes": limits.memory_bytes,
        "cpu_s": limits.cpu_s,
        "open_files": limits.open_files,
        "processes": limits.processes,
        "output_bytes": limits.output_bytes,
        "request_s": limits.request_s,
        "start_s": limits.start_s,
        "stop_s": limits.stop_s,
        "hang_s": limits.hang_s,
        "at_once": limits.at_once,
        "waiting": limits.waiting,
        "restarts": limits.restarts,
        "within_s": limits.within_s,
    }
