"""A notice as JSON: in the log, on a command's stdin, in a webhook's body.

Keys, which are only ever added:

* `id`        unique for ever: a repetition has the same
* `kind`      OPENED, CHANGED, REMINDER, RECOVERED, FLAPPING, STEADY or TEST
* `over`      true when nothing is wrong any more
* `subject`   what it is about: `kind` (platform, agent, breaker...), `name`, `group`,
              `tags`
* `state`     how the subject is now; `was` is what was told before, "" at the first
* `severity`  INFO, WARNING or CRITICAL
* `title`, `text`, `why`  for people: short, one whole line, the detail alone
* `at`        when it happened, `opened_at` when the alert began (ISO 8601, UTC)
* `host`      the node that tells it
* `members`   the subjects that a group's notice stands for
* `number`    which reminder it is, 0 for none
* `drill`     true when it is an alert on purpose

Nothing in it depends on when it is sent, so a repetition is the same to the byte.
"""

import json
from collections.abc import Mapping
from typing import Any

from conductor_tui.adapters.channels.words import is_over, line, title
from conductor_tui.domain.alert import Notice, Subject
from conductor_tui.domain.text import visible

_DETAIL_LENGTH = 2000


def document(notice: Notice) -> Mapping[str, Any]:
    return {
        "id": notice.id,
        "kind": notice.kind,
        "over": is_over(notice),
        "subject": _subject(notice.subject),
        "state": notice.state,
        "was": notice.was,
        "severity": notice.severity,
        "title": title(notice),
        "text": line(notice),
        "why": visible(notice.why, _DETAIL_LENGTH),
        "at": notice.at.isoformat(),
        "opened_at": notice.opened_at.isoformat(),
        "host": notice.host,
        "members": [_subject(member) for member in notice.members],
        "number": notice.number,
        "drill": notice.is_drill,
    }


def json_line(table: Mapping[str, Any]) -> str:
    """Return it on one line, without the line's end."""
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"))


def _subject(subject: Subject) -> Mapping[str, Any]:
    return {
        "kind": subject.kind,
        "name": visible(subject.name),
        "group": visible(subject.group),
        "tags": [visible(tag) for tag in subject.tags],
    }
