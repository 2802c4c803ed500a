"""Why nobody is told about an alert just now: in words, "" when people are.

The alert is open all the same, and is told once the reason is gone if it still is.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

from conductor_tui.domain.alert import AlertView, Silence, Subject, SubjectKind
from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, AlertKey, PlatformName
from conductor_tui.domain.snapshot import PlatformView, Snapshot

_OF_PLATFORMS = (SubjectKind.PLATFORM, SubjectKind.BREAKER, SubjectKind.RECOVERY)


def why_quiet(
    alert: AlertView,
    snapshot: Snapshot,
    silences: Iterable[Silence],
    is_open: Container[AlertKey],
    speakers: Mapping[str, str],
) -> str:
    """Return the first reason. `is_open` has the alerts that are; `speakers` names by
    agent the platform that is as well as it says, while that one's alert is open.
    """
    for reason in _reasons(alert, snapshot, silences, is_open, speakers):
        return reason
    return ""


def _reasons(
    alert: AlertView,
    snapshot: Snapshot,
    silences: Iterable[Silence],
    is_open: Container[AlertKey],
    speakers: Mapping[str, str],
) -> Iterator[str]:
    yield from (_words(one) for one in silences if covers(one, alert))
    subject = alert.subject
    if not _is_there(subject, snapshot):
        yield "nothing was heard of it since the restart"
    if subject.kind in _OF_PLATFORMS:
        view = snapshot.platforms.get(PlatformName(subject.name))
        if view is not None:
            yield from _platform_reasons(subject, view, alert, snapshot)
    if subject.kind is SubjectKind.BREAKER:
        above = Subject(kind=SubjectKind.PLATFORM, name=subject.name).key
        if above in is_open:
            yield "its platform's alert says it"
    if subject.kind is SubjectKind.AGENT and subject.name in speakers:
        yield f"platform {speakers[subject.name]} says it"


def _is_there(subject: Subject, snapshot: Snapshot) -> bool:
    """False for a restored one that is not watched yet, or not any more."""
    if subject.kind not in (*_OF_PLATFORMS, SubjectKind.AGENT):
        return True
    is_agent = AgentId(subject.name) in snapshot.agents
    return is_agent or PlatformName(subject.name) in snapshot.platforms


def covers(silence: Silence, alert: AlertView) -> bool:
    """True when the silence is about the subject, or about all of a group's members."""
    if silence.scope.covers(alert.subject):
        return True
    return bool(alert.members) and all(map(silence.scope.covers, alert.members))


def _words(silence: Silence) -> str:
    until = f"{silence.until:%Y-%m-%d %H:%M} UTC"
    return f'silenced until {until} by {silence.by}: "{silence.why}"'


def _platform_reasons(
    subject: Subject, view: PlatformView, alert: AlertView, snapshot: Snapshot
) -> Iterator[str]:
    if view.pause is not None:
        yield f"{view.pause.kind} by {view.pause.by}"
    blamed = snapshot.blocked_by(view)
    if blamed is not None:
        yield f"{blamed} is to blame"
    if subject.kind is not SubjectKind.PLATFORM:
        return
    if view.breaker.hold is not None:
        yield f"its breaker is HELD by {view.breaker.hold.by}: somebody is on it"
    for name in view.spec.depends_on:
        below = snapshot.platforms.get(name)
        if below is not None:
            yield from _waits_for(below, alert, snapshot)


def _waits_for(
    below: PlatformView, alert: AlertView, snapshot: Snapshot
) -> Iterator[str]:
    """What it depends on may be to blame, and not have been asked since."""
    is_asked = not below.pause and below.breaker.state is BreakerState.CLOSED
    if below.health in (Health.DEGRADED, Health.CRITICAL):
        yield f"{below.name} is {below.health}: it may be to blame"
    elif is_asked and snapshot.at is not None:
        waited_s = (snapshot.at - alert.opened_at).total_seconds()
        has_word = below.word is not None and below.word.at > alert.opened_at
        if not has_word and 0 <= waited_s < 2 * below.interval_s:
            yield f"waiting for the next word of {below.name}"
