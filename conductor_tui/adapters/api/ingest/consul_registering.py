"""Checks and services that are registered by the API of Consul, as agents.

A TTL check is critical as soon as its TTL has passed: an agent whose threshold is 1,
without grace. Its service stands in its tags, the service's name is its group.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from conductor_tui.adapters.api.go_duration import go_seconds
from conductor_tui.adapters.api.known import SERVICE_TAG
from conductor_tui.domain.agent import AgentSpec, agent_name_problem
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.text import visible

SHORTEST_S, LONGEST_S = 0.1, 366 * 86_400.0  # of a TTL
_MOST_CHECKS, _MOST_TAGS, _TAG_LENGTH, _NAME_LENGTH = 32, 16, 64, 128
_OTHERS = {"http", "tcp", "udp", "grpc", "script", "args", "dockercontainerid"}
_OTHERS |= {"aliasservice", "aliasnode", "h2ping", "osservice"}


class Registered(NamedTuple):
    """A check, the service it is of ("" for none), and how it says that it begins."""

    spec: AgentSpec
    service: str
    status: str


class _Service(NamedTuple):
    service: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()


def without_case(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the object with the names of its fields as we read them: Consul cares
    neither for their case nor for underscores in them.
    """
    return {key.lower().replace("_", ""): one for key, one in value.items()}


def read_check(said: Mapping[str, Any]) -> list[Registered]:
    """Return the one check. Raises ValueError in words."""
    name = _text(said, "name")
    if not name:
        raise ValueError("Missing check name")
    check = _text(said, "id") or _text(said, "checkid") or name
    service = _Service(_text(said, "serviceid"))
    return [_registered(said, check, service)]


def read_service(said: Mapping[str, Any]) -> list[Registered]:
    """Return the checks of a service, at least one. Raises ValueError in words."""
    name = _text(said, "name")
    if not name:
        raise ValueError("Missing service name")
    of = _Service(_text(said, "id") or name, name, _tags(said.get("tags")))
    one, more = said.get("check"), said.get("checks") or []
    if not isinstance(more, list):
        raise ValueError("Checks must be a list")
    checks = [*([one] if one else []), *more]
    if not 0 < len(checks) <= _MOST_CHECKS:
        raise ValueError(
            f"a service needs a TTL check to be listened for here, {_MOST_CHECKS} at "
            "the most"
        )
    return [
        _of_service(check, of, f":{number}" if len(checks) > 1 else "")
        for number, check in enumerate(checks, start=1)
    ]


def _of_service(check: object, of: _Service, end: str) -> Registered:
    if not isinstance(check, dict):
        raise ValueError("a check must be an object")
    said = without_case(check)
    name = _text(said, "checkid") or _text(said, "id")
    return _registered(said, name or f"service:{of.service}{end}", of)


def _registered(said: Mapping[str, Any], check: str, of: _Service) -> Registered:
    if problem := agent_name_problem(check):
        raise ValueError(f"no check can be called {visible(check)!r}: {problem}")
    if len(of.service) > _NAME_LENGTH or len(of.name) > _NAME_LENGTH:
        raise ValueError(f"a service's name has at most {_NAME_LENGTH} characters")
    tag = f"{SERVICE_TAG}{visible(of.service, _NAME_LENGTH)}"
    spec = AgentSpec(
        agent=AgentId(check),
        interval_s=_ttl(said),
        threshold=1,
        grace_s=0.0,
        group=visible(of.name, _NAME_LENGTH),
        tags=(*of.tags, tag) if of.service else of.tags,
        expires_s=_expires(said),
        origin="registered by the API of Consul",
    )
    status = _text(said, "status")
    if status not in ("", "passing", "warning", "critical"):
        raise ValueError(f"Invalid check status: '{visible(status)}'")
    return Registered(spec, of.service, status)


def _ttl(said: Mapping[str, Any]) -> float:
    if other := sorted(_OTHERS & {key for key, value in said.items() if value}):
        raise ValueError(
            f"only TTL checks are taken, not {other[0]}: "
            "write it as a [[platform]] in the settings"
        )
    ttl_s = _seconds(said, "ttl")
    if ttl_s is None or ttl_s <= 0:
        raise ValueError("Invalid check: TTL must be > 0 for TTL checks")
    if not SHORTEST_S <= ttl_s <= LONGEST_S:
        raise ValueError("Invalid check: TTL must be from 100ms to 8784h")
    return ttl_s


def _expires(said: Mapping[str, Any]) -> float | None:
    """Return the silence after which it is forgotten: once it has been critical for
    so long, and that it is from its TTL on.
    """
    after_s = _seconds(said, "deregistercriticalserviceafter")
    return None if not after_s or after_s < 0 else _ttl(said) + after_s


def _seconds(said: Mapping[str, Any], key: str) -> float | None:
    text = _text(said, key)
    return go_seconds(text) if text else None


def _tags(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError("Tags must be a list of texts")
    if len(value) > _MOST_TAGS:
        raise ValueError(f"a service has at most {_MOST_TAGS} tags here")
    own = [one for one in value if not one.startswith(SERVICE_TAG)]
    return tuple(visible(one, _TAG_LENGTH) for one in own)


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} must be a text")
    return value or ""
