"""What a daemon says: a line of its log for an event, and its state in one sentence."""

from collections.abc import Iterator
from datetime import UTC
from typing import TypeAlias

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.events import (
    BreakerChanged,
    CheckFinished,
    CommandAnswered,
    Envelope,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.plugin_events import PluginLogged
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.events import told
from conductor_tui.tui.present.lens import Lens

Line: TypeAlias = tuple[str, str, dict[str, object]]  # level, words, fields

_LEVELS = {"failed": "error", "degraded": "warning", "held": "warning"}


def line_of(envelope: Envelope, *, is_verbose: bool) -> Line | None:
    """Return the line for an event; None for what has none. Every check has one only
    where it `is_verbose`.
    """
    event = envelope.event
    if isinstance(event, CheckFinished):
        return _check(event) if is_verbose else None
    if isinstance(event, CommandAnswered):
        return _command(event)
    said = told(event, Lens(envelope.at, UTC))
    if said is None:
        return None
    words = ": ".join(filter(None, (f"{said.about} {said.head}", said.detail)))
    fields: dict[str, object] = {
        "kind": type(event).__name__,
        "about": said.about,
        "command": getattr(event, "command", None),
    }
    if isinstance(event, BreakerChanged):
        fields |= {"epoch": event.breaker.epoch, "by": event.breaker.by}
    return _LEVELS.get(said.tone, "info"), words, fields


def plugin_lines(event: PluginLogged) -> Iterator[Line]:
    """Yield what a plug-in wrote, line by line, under its name."""
    for line in event.lines:
        fields: dict[str, object] = {
            "kind": "PluginLogged",
            "about": event.plugin,
            "stream": line.stream or "conductor",
        }
        yield "info", f"{event.plugin}: {line.text}", fields


def status_words(snapshot: Snapshot) -> str:
    """Return "12 platforms, 1 failed, 2 held; 3 agents; 1 alert"."""
    held = sum(
        view.breaker.state is BreakerState.HELD
        for view in snapshot.platforms.in_order()
    )
    parts = [
        f"{len(snapshot.platforms)} platforms",
        *_count(snapshot.count(Health.FAILED), "failed"),
        *_count(held, "held"),
        *_count(len(snapshot.agents), "agents"),
        *_count(len(snapshot.alerts.open), "alerts open"),
    ]
    return ", ".join(parts)


def _count(number: int, what: str) -> list[str]:
    return [f"{number} {what}"] if number else []


def _check(event: CheckFinished) -> Line:
    result = event.result
    fields: dict[str, object] = {
        "kind": "CheckFinished",
        "about": result.platform,
        "latency_ms": round(result.latency_s * 1000, 3),
        "attempts": result.attempts,
    }
    words = ": ".join(
        filter(None, (f"{result.platform} {result.outcome}", result.detail))
    )
    return "debug", words, fields


def _command(event: CommandAnswered) -> Line:
    """Granted or refused, all of it: the log is an audit too."""
    how = "granted" if event.granted else "refused"
    about = event.about or event.platform or event.agent or ""
    fields: dict[str, object] = {
        "kind": "CommandAnswered",
        "about": about,
        "command": event.command,
        "by": event.by,
        "origin": event.origin,
        "why": event.why,
    }
    words = f"{event.verb} {about} {how}: {event.words}"
    return "info" if event.granted else "warning", words, fields
