"""An event for people and their programs: when, about whom, and all its fields."""

from typing import TYPE_CHECKING, Any

from conductor_tui.adapters.wire.events_shown import words_of
from conductor_tui.adapters.wire.records import adapter
from conductor_tui.domain.events import Envelope

if TYPE_CHECKING:  # what pydantic makes of it is for the OpenAPI document alone
    from conductor_tui.adapters.wire.schema import EventDocument

Json = dict[str, Any]


def event_document(envelope: Envelope) -> "EventDocument":
    """Return one event; `words` tell it in a line, "" where its kind says it all."""
    written = adapter(Envelope).dump_python(envelope, mode="json")
    return _document(written, words_of(envelope.event))


def document_of(written: Json) -> Json:
    """Return the same of an envelope that is JSON already, as the stream has it."""
    try:
        envelope: Envelope = adapter(Envelope).validate_python(written)
    except ValueError:  # of a kind that a later version added
        return dict(_document(written, ""))
    return dict(_document(written, words_of(envelope.event)))


def _document(written: Json, words: str) -> "EventDocument":
    event: Json = written["event"]
    return {
        "seq": written["seq"],
        "at": written["at"],
        "kind": event["kind"],
        "about": _about(event),
        "words": words,
        "event": event,
    }


def _about(event: Json) -> str:
    for key in ("platform", "agent", "plugin", "about"):
        if event.get(key):
            return str(event[key])
    spec = event.get("spec") or {}
    names = ("platform", "agent", "plugin")
    return next((str(spec[one]) for one in names if spec.get(one)), "")
