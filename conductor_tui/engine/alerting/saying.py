"""A notice in one line for people: "FAILED platform redis: connection refused"."""

from collections.abc import Sequence
from datetime import datetime

from conductor_tui.domain.alert import AlertView, NoticeKind, Subject, SubjectKind
from conductor_tui.domain.duration import short_duration
from conductor_tui.domain.text import one_line

NAMED = 8  # members of a group that its line names
_LONGEST = 400


def line(
    kind: NoticeKind, alert: AlertView, state: str, now: datetime, number: int
) -> str:
    """Return the line; `state` is how the subject is now."""
    words = _words(kind, alert, state, now, number)
    why = f": {alert.why}" if alert.why else ""
    drill = "[DRILL] " if alert.is_drill else ""
    return one_line(f"{drill}{words}{why}", _LONGEST)


def _words(
    kind: NoticeKind, alert: AlertView, state: str, now: datetime, number: int
) -> str:
    about = what(alert.subject)
    match kind:
        case NoticeKind.OPENED:
            return f"{state} {about}"
        case NoticeKind.CHANGED:
            return f"{state} {about}, was {alert.told}"
        case NoticeKind.REMINDER:
            for_s = (now - alert.since).total_seconds()
            return f"still {state} {about} for {short_duration(for_s)} ({number})"
        case NoticeKind.RECOVERED:
            after_s = (now - alert.opened_at).total_seconds()
            return f"{state} {about} after {short_duration(after_s)}"
        case NoticeKind.FLAPPING:
            return f"FLAPPING {about}, {state} now: told again once it is steady"
        case NoticeKind.STEADY:
            return f"flaps no more: {state} {about}"
        case NoticeKind.TEST:
            return f"[TEST] {about}"


def what(subject: Subject) -> str:
    """Return a subject in words: "platform redis", "load of this host"."""
    match subject.kind:
        case SubjectKind.LOAD:
            return "load of this host"
        case SubjectKind.CONDUCTOR:
            return f"conductor's own {subject.name}"
        case SubjectKind.RECOVERY:
            return f"recovery of {subject.name}"
        case SubjectKind.GROUP:
            return subject.name
        case _:
            return f"{subject.kind} {subject.name}"


def crowd(members: Sequence[Subject]) -> str:
    """Say who is in a group, naming the first few."""
    names = sorted(one.name for one in members)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(names)} fail together: {', '.join(names[:NAMED])}{more}"
