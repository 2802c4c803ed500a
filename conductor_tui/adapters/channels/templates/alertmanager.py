"""Prometheus' Alertmanager, API v2: an alert is what its labels are.

So no label may change while an alert is open, but `severity`, by which people route:
where it may have changed, the alert is ended under the other severities (one that
was never there ends without a word).

Alertmanager ends by itself what is not sent again every few minutes. We send when
something happens, so an open alert is given an end far away; our recovery notice,
which is kept until it is delivered, brings the true one. A test ends by itself.

Source: prometheus.io/docs/alerting/latest/alerts_api.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from conductor_tui.adapters.channels.words import is_over, line, title
from conductor_tui.domain.alert import Notice, NoticeKind, Severity
from conductor_tui.domain.text import visible

PATH = "/api/v2/alerts"
_FAR = timedelta(days=30)
_TEST_LASTS = timedelta(minutes=5)
_LONGEST = 2000


def render(notice: Notice, now: datetime, url: str) -> tuple[str, Any]:
    ends_at = _ends_at(notice, now)
    alerts = [_alert(notice, notice.severity, ends_at)]
    if is_over(notice) or notice.kind is NoticeKind.CHANGED:
        others = [one for one in Severity if one is not notice.severity]
        alerts += [_alert(notice, one, notice.at) for one in others]
    return full_url(url), alerts


def full_url(url: str) -> str:
    """Return the URL with the API's path, where only the server's was given."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if not path.endswith(PATH):
        path += PATH
    return urlunsplit(parts._replace(path=path))


def _ends_at(notice: Notice, now: datetime) -> datetime:
    if is_over(notice):
        return notice.at
    begins = max(now, notice.at)  # our clock may have been set back since
    return begins + (_TEST_LASTS if notice.kind is NoticeKind.TEST else _FAR)


def _alert(
    notice: Notice, severity: Severity, ends_at: datetime
) -> Mapping[str, object]:
    return {
        "labels": _labels(notice, severity),
        "annotations": {
            "summary": title(notice),
            "description": line(notice),
            "state": notice.state,
            "tags": visible(",".join(notice.subject.tags), _LONGEST),
            "members": visible(
                ", ".join(member.name for member in notice.members), _LONGEST
            ),
        },
        "startsAt": notice.opened_at.isoformat(),
        "endsAt": ends_at.isoformat(),
    }


def _labels(notice: Notice, severity: Severity) -> Mapping[str, str]:
    """Return what an alert is known by. An empty label is one that is not there."""
    subject = notice.subject
    return {
        "alertname": f"Conductor{subject.kind.capitalize()}",
        "kind": subject.kind,
        "name": visible(subject.name),
        "group": visible(subject.group),
        "instance": visible(notice.host),
        "severity": severity.lower(),
        "drill": "true" if notice.is_drill else "",
    }
