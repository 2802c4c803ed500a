"""An event for people and their programs: when, about whom, and all its fields."""

from typing import Any

from conductor_tui.adapters.wire.records import adapter
from conductor_tui.domain.events import Envelope

Json = dict[str, Any]


def event_document(envelope: Envelope) -> Json:
    """Return one event; `words` are those that it carries itself, "" where none."""
    written: Json = adapter(Envelope).dump_python(envelope, mode="json")
    event: Json = written["event"]
    return {
        "seq": written["seq"],
        "at": written["at"],
        "kind": event["kind"],
        "about": _about(event),
        "words": str(event.get("words") or event.get("why") or ""),
        "event": event,
    }


def _about(event: Json) -> str:
    for key in ("platform", "agent", "about"):
        if event.get(key):
            return str(event[key])
    spec = event.get("spec") or {}
    return str(spec.get("platform") or spec.get("agent") or "")
