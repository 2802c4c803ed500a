"""Agents as a Consul agent shows checks and the health of services."""

import json
from typing import Any

from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import JSON, Answer, as_json, text
from conductor_tui.adapters.api.ingest.shown import views
from conductor_tui.adapters.api.known import SERVICE_TAG
from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.text import visible
from conductor_tui.ports import Ear

_PASSING, _WARNING, _CRITICAL = "passing", "warning", "critical"
_STATUSES = {Health.HEALTHY: _PASSING, Health.DEGRADED: _WARNING}  # others: critical
_CODES = {_PASSING: 200, _WARNING: 429, _CRITICAL: 503}
_IN_ORDER = tuple(_CODES)
_NOTHING = {"AggregatedStatus": _CRITICAL, "Service": None, "Checks": None}
_EXPIRED = "TTL expired (last output before timeout follows): "


async def show_checks(ear: Ear) -> Answer:
    shown = [
        f"{json.dumps(view.agent)}: {json.dumps(_check(view))}"
        async for view in views(ear)
    ]
    return Answer(200, f"{{{', '.join(shown)}}}".encode(), JSON)


def show_service(door: Door, service: str, *, is_text: bool) -> Answer:
    """Return one service by its id: 200 passing, 429 warning, 503 critical, 404."""
    checks = _checks(door, service)
    if not checks:
        return _not_there(f"ServiceId {visible(service)} not found", is_text, _NOTHING)
    worst = _worst(checks)
    if is_text:
        return text(_CODES[worst], worst)
    return as_json(_CODES[worst], _service(service, checks))


def show_services(door: Door, name: str, *, is_text: bool) -> Answer:
    """Return every service of that name, as bad as the worst of them."""
    found = {one: _checks(door, one) for one in door.known.services_called(name)}
    services = {one: checks for one, checks in found.items() if checks}
    if not services:
        return _not_there(f"ServiceName {visible(name)} Not Found", is_text, [])
    worst = _worst([check for checks in services.values() for check in checks])
    if is_text:
        return text(_CODES[worst], worst)
    shown = [_service(one, checks) for one, checks in services.items()]
    return as_json(_CODES[worst], shown)


def _checks(door: Door, service: str) -> list[dict[str, Any]]:
    shown = [door.ear.view(one) for one in door.known.of_service(service)]
    return [_check(view) for view in shown if view is not None]


def _not_there(words: str, is_text: bool, nothing: object) -> Answer:
    return text(404, words) if is_text else as_json(404, nothing)


def _service(service: str, checks: list[dict[str, Any]]) -> dict[str, Any]:
    first = checks[0]
    about = {
        "ID": service,
        "Service": first["ServiceName"],
        "Tags": first["ServiceTags"],
        "Meta": {},
        "Port": 0,
        "Address": "",
    }
    return {"AggregatedStatus": _worst(checks), "Service": about, "Checks": checks}


def _worst(checks: list[dict[str, Any]]) -> str:
    worst = max(checks, key=lambda one: _IN_ORDER.index(one["Status"]))
    return str(worst["Status"])


def _check(view: AgentView) -> dict[str, Any]:
    tags = view.spec.tags
    services = [one for one in tags if one.startswith(SERVICE_TAG)]
    return {
        "Node": "conductor-tui",
        "CheckID": view.agent,
        "Name": view.agent,
        "Status": _STATUSES.get(view.health, _CRITICAL),
        "Notes": "",
        "Output": _output(view),
        "ServiceID": services[0].removeprefix(SERVICE_TAG) if services else "",
        "ServiceName": view.spec.group if services else "",
        "ServiceTags": [one for one in tags if one not in services],
        "Type": "ttl",
        "Definition": {},
    }


def _output(view: AgentView) -> str:
    last = view.last
    words = last.words if last else ""
    has_said_well = last is not None and last.kind in (BeatKind.BEAT, BeatKind.WARN)
    is_late = view.health in (Health.CRITICAL, Health.FAILED)
    return f"{_EXPIRED}{words}" if has_said_well and is_late else words
