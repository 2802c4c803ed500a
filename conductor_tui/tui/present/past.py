"""A moment of the past: how a person writes it, and the line that says it is shown."""

import re
from datetime import UTC, date, datetime, time, timedelta

from conductor_tui.domain.duration import parse_duration, short_duration
from conductor_tui.domain.events import Envelope, HealthChanged
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import visible
from conductor_tui.tui.present.events import told
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Line, Span, cells, clip, ends, fit_line
from conductor_tui.tui.present.words import stamp

ASKS = 'a time of day, "10m ago", or a date and time'
KEYS = "[ ] step  S seek  End live "
NOBODY = "no conductor ran then: nothing is known"
_TIME = re.compile(r"(yesterday )?(\d{1,2}):(\d{2})(?::(\d{2}))?")
_LEAST_WORDS = 12
OLDEST = 2000


def parse_moment(text: str, lens: Lens) -> datetime:
    """Return the moment that a person means: `14:02` (the last such time of day),
    `yesterday 14:02`, `10m ago`, `2030-01-01 12:00`, ISO 8601. Without a zone it is in
    that of the lens.

    Raises ValueError, in words.
    """
    words = " ".join(text.split())
    if not words:
        raise ValueError(f"write {ASKS}")
    if found := _TIME.fullmatch(words.lower()):
        moment = _time_of_day(found, lens)
    elif words.lower().endswith(" ago"):
        moment = _ago(words[:-4], lens)
    else:
        moment = _iso(words, lens)
    if moment.year < OLDEST:  # far below it a zone's time could not be written
        raise ValueError("no journal is so old")
    if moment > lens.now:
        raise ValueError(f"{stamp(moment, lens)} is still to come")
    return moment


def _time_of_day(found: "re.Match[str]", lens: Lens) -> datetime:
    is_yesterday, hour, minute, second = found.groups()
    try:
        at = time(int(hour), int(minute), int(second or 0))
    except ValueError:
        raise ValueError(f"no time of day: write {ASKS}") from None
    today = lens.local(lens.now).date()
    if is_yesterday:
        return _local(today - timedelta(days=1), at, lens)
    moment = _local(today, at, lens)
    is_to_come = moment > lens.now
    return _local(today - timedelta(days=1), at, lens) if is_to_come else moment


def _local(day: date, at: time, lens: Lens) -> datetime:
    return _in_zone(datetime.combine(day, at), lens)


def _in_zone(moment: datetime, lens: Lens) -> datetime:
    """Return a moment without a zone as one of the lens, in UTC."""
    aware = moment.replace(tzinfo=lens.zone) if lens.zone else moment.astimezone()
    return aware.astimezone(UTC)


def _ago(words: str, lens: Lens) -> datetime:
    try:
        return lens.now - timedelta(seconds=parse_duration(words.replace(" ", "")))
    except (ValueError, OverflowError):
        shown = visible(words, 20)
        raise ValueError(
            f'"{shown}" is no duration: write such as "10m ago", "1h30m ago"'
        ) from None


def _iso(words: str, lens: Lens) -> datetime:
    try:
        moment = datetime.fromisoformat(words)
        return moment.astimezone(UTC) if moment.tzinfo else _in_zone(moment, lens)
    except (ValueError, OverflowError):
        raise ValueError(f'"{visible(words, 30)}" is no moment: write {ASKS}') from None


def meant(moment: datetime, lens: Lens) -> str:
    """Return what was understood: `2030-01-01 12:00:05, 3 m ago`."""
    ago = short_duration(lens.age_s(moment))
    return f"{lens.local(moment):%Y-%m-%d %H:%M:%S}, {ago} ago"


def past_line(snapshot: Snapshot, lens: Lens, width: int) -> Line:
    """Return the line that stands on every screen: `lens.now` is the real time, which
    goes on. Where room is short the keys go first, then what happened.
    """
    if snapshot.at is None:
        return fit_line((Span(" PAST ", "title"),), width)
    ago = short_duration(lens.age_s(snapshot.at))
    start = (
        Span(f" PAST {stamp(snapshot.at, lens)} ", "title"),
        Span(f" ({ago} ago)  "),
    )
    words = _words(snapshot, lens)
    room = width - cells(start) - len(KEYS) - 2
    if room >= min(_LEAST_WORDS, len(words)):
        line = (*start, Span(clip(words, room) if words else ""))
        return ends(line, (Span(KEYS),), width)
    room = width - cells(start)
    return fit_line((*start, Span(clip(words, room) if room > 1 else "")), width)


def _words(snapshot: Snapshot, lens: Lens) -> str:
    """Return what happened at that very moment."""
    if snapshot.started_at is None and snapshot.off_since is not None:
        return NOBODY
    now = [one for one in snapshot.events[-50:] if one.at == snapshot.at]
    said = [words for one in now if (words := _told(one, lens))]
    more = f" (+{len(said) - 1} more)" if len(said) > 1 else ""
    return f"{said[-1]}{more}" if said else ""


def _told(envelope: Envelope, lens: Lens) -> str:
    event = envelope.event
    words = told(event, lens)
    if words is None and isinstance(event, HealthChanged):
        return f"{event.platform} {event.now}"  # a first good word has no line
    if words is None:
        return ""
    return visible(f"{words.about} {words.head} {words.detail}".strip(), 300)
