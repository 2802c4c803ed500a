"""Clients as JSON. Keys are only added."""

from typing import TYPE_CHECKING

from conductor_tui.adapters.wire.alerts import iso
from conductor_tui.domain.client import ClientView, Holding
from conductor_tui.domain.snapshot import PlatformView, Snapshot

if TYPE_CHECKING:  # what pydantic makes of these is for the OpenAPI document alone
    from conductor_tui.adapters.wire.schema_clients import (
        ClientDocument,
        HoldingDocument,
        TrafficDocument,
    )


def client_document(client: ClientView, snapshot: Snapshot) -> "ClientDocument":
    """Return one program, and what it does with each breaker it holds."""
    return {
        "id": client.id,
        "name": client.name,
        "pid": client.pid,
        "by": client.by,
        "origin": client.origin,
        "at": iso(client.at),
        "breakers": [_holding(one, snapshot) for one in client.holdings.values()],
    }


def traffic_document(view: PlatformView, snapshot: Snapshot) -> "TrafficDocument":
    """Return what all clients together send to a platform."""
    sum_of, applied = snapshot.traffic(view.name), snapshot.applied(view)
    return {
        "clients": applied.of,
        "applied": applied.count,
        "calls": sum_of.calls,
        "failed": sum_of.failed,
        "rejected": sum_of.rejected,
        "calls_hz": round(sum_of.calls_hz, 3),
        "failed_hz": round(sum_of.failed_hz, 3),
        "rejected_hz": round(sum_of.rejected_hz, 3),
    }


def _holding(one: Holding, snapshot: Snapshot) -> "HoldingDocument":
    view, flow = snapshot.platforms.get(one.platform), one.traffic
    return {
        "name": one.platform,
        "epoch": one.epoch,
        "applied": view is not None and one.epoch == view.breaker.epoch,
        "state": one.state,
        "streak": one.streak,
        "error": one.error,
        "reports": one.reports,
        "calls": flow.calls,
        "failed": flow.failed,
        "rejected": flow.rejected,
        "calls_hz": round(flow.calls_hz, 3),
        "failed_hz": round(flow.failed_hz, 3),
        "rejected_hz": round(flow.rejected_hz, 3),
    }
