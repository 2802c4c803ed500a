"""A notice in words for people, the same in every channel.

"FAILED platform redis on web-7: connection refused". It is the line of the notice
itself, with the host that it came from and, where it is told late, its own time.
"""

from datetime import datetime, timedelta

from conductor_tui.domain.alert import SEVERITIES, Notice, NoticeKind, SubjectKind
from conductor_tui.domain.duration import short_duration
from conductor_tui.domain.text import CUT, one_line, visible

LATE = timedelta(minutes=1)
_TITLE_LENGTH = 120
_LINE_LENGTH = 600


def title(notice: Notice) -> str:
    """Return what happened to what, and where, without the detail."""
    return one_line(_head(notice), _TITLE_LENGTH)


def line(notice: Notice, now: datetime | None = None) -> str:
    """Return all of it on one line. Without `now`, nothing is said of being late."""
    why = one_line(notice.why, _LINE_LENGTH)
    words = f"{_head(notice)}{f': {why}' if why else ''}"
    if now is not None:
        words = " ".join(filter(None, (words, late(notice, now))))
    return one_line(words, _LINE_LENGTH)


def detail(notice: Notice, now: datetime) -> str:
    """Return what the title leaves out, "" where that is nothing."""
    why = one_line(notice.why, _LINE_LENGTH)
    return " ".join(filter(None, (why, late(notice, now))))


def late(notice: Notice, now: datetime) -> str:
    """Return in brackets when it happened; "" when that was just now."""
    if now - notice.at <= LATE:
        return ""
    after = short_duration((now - notice.at).total_seconds())
    return f"({moment(notice.at)}, told {after} late)"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def is_over(notice: Notice) -> bool:
    """Say whether nothing is wrong any more. What flaps no more may be well or not."""
    is_well = notice.state not in SEVERITIES
    return notice.kind.is_over or (notice.kind is NoticeKind.STEADY and is_well)


def _head(notice: Notice) -> str:
    """Return the notice's line with its label and the host, without the detail that
    it ends in.
    """
    text = one_line(notice.text, _LINE_LENGTH)
    why = one_line(notice.why, _LINE_LENGTH)
    head = _placed(_before(text, f": {why}") if why else text, notice)
    for is_so, label in (
        (notice.is_drill and notice.kind is not NoticeKind.TEST, "[DRILL]"),
        (notice.kind is NoticeKind.TEST, "[TEST]"),
    ):
        if is_so and label not in head:
            head = f"{label} {head}"
    return head


def _before(text: str, ending: str) -> str:
    """Return the text without its ending, of which it may have but a part: "dow…"."""
    if not text.endswith(CUT):
        return text.removesuffix(ending)
    kept = text.removesuffix(CUT)
    starts = (at for at in range(len(kept)) if ending.startswith(kept[at:]))
    return kept[: next(starts, len(kept))]


def _placed(head: str, notice: Notice) -> str:
    """Put the host behind the subject's name, else at the end."""
    if not notice.host:
        return head
    name, host = one_line(notice.subject.name), visible(notice.host, 80)
    if notice.subject.kind is SubjectKind.LOAD and "this host" in head:
        return head.replace("this host", host, 1)
    for named in (f"{notice.subject.kind} {name}", f" {name}"):
        before, found, after = head.partition(named)
        if found:
            return f"{before}{found} on {host}{after}"
    return f"{head} on {host}"
