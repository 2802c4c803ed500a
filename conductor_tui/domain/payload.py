"""Payloads of requests: how large one is, and whether two requests are the same."""

import hashlib
import json

from conductor_tui.domain.dispatch import DispatchRequest
from conductor_tui.domain.plugin_calls import Json


def as_text(payload: Json) -> str:
    """Return it as JSON, always in the same way."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"))


def size_of(payload: Json) -> int:
    """Return the bytes of a payload as JSON."""
    return len(as_text(payload))  # ASCII: what is not is escaped


def fingerprint(request: DispatchRequest) -> str:
    """Return what is the same for two requests that ask for the same thing."""
    asked = [request.to, request.type, request.payload, dict(request.metadata)]
    return hashlib.sha256(as_text(asked).encode()).hexdigest()
