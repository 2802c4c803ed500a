"""What a request about alerts says: its body read, or refused in words.

A silence of what nobody has is refused: a slip in a name would silence nothing, and be
noticed in the night that it was meant for.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from math import isfinite
from typing import Any, NamedTuple

from conductor_tui.adapters.api.asking import ProblemError
from conductor_tui.adapters.api.exchange import read_object
from conductor_tui.domain.alert import Scope, Subject, SubjectKind
from conductor_tui.domain.duration import parse_duration
from conductor_tui.domain.ids import DeliveryId
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import visible

ALL = "all"
_MOST_NAMES, _MOST_TEXT, _MOST_DIGITS = 1000, 1000, 15
_SILENCE = ("names", "groups", "tags", "everything", "for", "why", "by")


class WantedSilence(NamedTuple):
    scope: Scope
    why: str
    ttl_s: float
    by: str


def read_fields(body: bytes, *known: str) -> dict[str, Any]:
    """Return the object in `body`. Raises ProblemError: 400 for what is no JSON object,
    422 for fields that are not `known`.
    """
    try:
        said = read_object(body)
    except ValueError as error:
        raise ProblemError(400, str(error)) from error
    for key in said.keys() - set(known):
        raise ProblemError(422, f"{visible(key)!r} is none of {', '.join(known)}")
    return said


def text_of(said: dict[str, Any], key: str) -> str:
    value = said.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ProblemError(422, f"{key}: must be a text")
    if len(value) > _MOST_TEXT:
        raise ProblemError(422, f"{key}: longer than {_MOST_TEXT} characters")
    return value


def flag(said: dict[str, Any], key: str) -> bool:
    value = said.get(key, False)
    if not isinstance(value, bool):
        raise ProblemError(422, f"{key}: must be true or false")
    return value


def delivery_id(text: str, snapshot: Snapshot) -> DeliveryId | None:
    """Return the number of a delivery in the outbox; None for "all"."""
    if text == ALL:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    number = DeliveryId(int(text)) if is_number else None
    if number is None or number not in snapshot.alerts.outbox:
        raise ProblemError(404, f"no delivery {visible(text)!r} is in the outbox")
    return number


def silence_of(body: bytes, snapshot: Snapshot) -> WantedSilence:
    """Return the silence in `body`, about what is in `snapshot`."""
    said = read_fields(body, *_SILENCE)
    scope = Scope(
        names=_names(said, "names"),
        groups=_names(said, "groups"),
        tags=_names(said, "tags"),
    )
    if (scope == Scope()) != flag(said, "everything"):
        words = 'name what is silenced (names, groups, tags), or say "everything": true'
        raise ProblemError(422, words)
    _refuse_unknown(scope, snapshot)
    why = text_of(said, "why")
    if not why.strip():
        raise ProblemError(422, "why: a silence needs a reason")
    return WantedSilence(scope, why, _ttl_s(said.get("for")), text_of(said, "by"))


def _ttl_s(value: object) -> float:
    """Return seconds: a number of them, or a text such as "1h30m"."""
    try:
        if isinstance(value, str):
            ttl_s = parse_duration(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            ttl_s = float(value)
        else:
            raise ValueError('say how long, such as "1h"')
    except (ValueError, OverflowError) as error:
        raise ProblemError(422, f"for: {error}") from error
    if not isfinite(ttl_s) or ttl_s <= 0:
        raise ProblemError(422, "for: must be more than nothing")
    return ttl_s


def _names(said: dict[str, Any], key: str) -> frozenset[str]:
    value = said.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ProblemError(422, f"{key}: must be a list of texts")
    if len(value) > _MOST_NAMES:
        raise ProblemError(422, f"{key}: more than {_MOST_NAMES}")
    return frozenset(value)


def _refuse_unknown(scope: Scope, snapshot: Snapshot) -> None:
    subjects = list(_subjects(snapshot))
    names = {one.name for one in subjects}
    for name in sorted(scope.names):
        kind, colon, rest = name.partition(":")
        is_key = bool(colon) and kind in tuple(SubjectKind)
        if name not in names and not (is_key and _is_known(kind, rest, names)):
            raise ProblemError(422, _unknown("name", name, names))
    groups = {one.group for one in subjects if one.group}
    for name in sorted(scope.groups - groups):
        raise ProblemError(422, _unknown("group", name, groups))
    tags = {tag for one in subjects for tag in one.tags}
    for name in sorted(scope.tags - tags):
        raise ProblemError(422, _unknown("tag", name, tags))


def _is_known(kind: str, name: str, names: set[str]) -> bool:
    """Our own health has names that nobody sets up: they are taken as they are."""
    return kind in (SubjectKind.CONDUCTOR, SubjectKind.LOAD) or name in names


def _subjects(snapshot: Snapshot) -> Iterator[Subject]:
    """Yield whatever may alert, as far as it is known."""
    for platform in snapshot.platforms.in_order():
        spec = platform.spec
        yield Subject(
            kind=SubjectKind.PLATFORM,
            name=platform.name,
            group=spec.group,
            tags=spec.tags,
        )
    for agent in snapshot.agents.in_order():
        yield Subject(
            kind=SubjectKind.AGENT,
            name=agent.agent,
            group=agent.spec.group,
            tags=agent.spec.tags,
        )
    for channel in snapshot.alerts.channels:
        yield Subject(kind=SubjectKind.CHANNEL, name=channel)
    for alert in snapshot.alerts.open.in_order():
        yield alert.subject


def _unknown(what: str, name: str, known: set[str]) -> str:
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f": did you mean {' or '.join(near)}?" if near else ""
    return visible(f"no {what} is called {name!r}{hint}", 300)
