"""What an HTTP answer to a notice means: taken, later, or never."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from conductor_tui.adapters.channels.hiding import shown_url
from conductor_tui.domain.errors import DeliveryFailed

LONGEST_WAIT_S = 86_400.0
# the same request may be taken another time: RFC 9110 section 15.5.9, RFC 8470 section
# 5.2, RFC 6585 section 4; 409: it is being dealt with (the Idempotency-Key draft)
_LATER = frozenset({408, 409, 425, 429})
_WAYS_OUT = {
    401: "it wants to know who we are: correct the url, or the login in headers",
    403: "we may not: correct the url, or the login in headers",
    404: "nothing is there: correct the url",
    405: "it takes no such method: correct method or url",
    407: "a proxy wants to know who we are",
    410: "it is gone: have a new url made",
    413: "it is too much for it",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`said` is the beginning of the body, as text. Headers that were not there are
    empty.
    """

    status: int
    said: str = ""
    retry_after: str = ""
    date: str = ""
    location: str = ""


def check(answer: Answer) -> None:
    """Raise DeliveryFailed, its words not yet without secrets, unless it was taken."""
    status = answer.status
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise DeliveryFailed(f"HTTP {status}: {_leads_on(answer.location)}")
    words = ": ".join(filter(None, (_named(status), _WAYS_OUT.get(status))))
    if answer.said:
        words += f" (it says: {answer.said})"
    is_final = 400 <= status < 500 and status not in _LATER
    wait_s = None if is_final else wait(answer.retry_after, answer.date)
    raise DeliveryFailed(words, is_final=is_final, retry_in_s=wait_s)


def wait(retry_after: str, date: str) -> float | None:
    """Return the seconds that Retry-After asks for; None: it does not, or not in
    words that can be read. RFC 9110 section 10.2.3; Discord has fractions too.

    A date is held against the answer's own Date, so that clocks may differ.
    """
    text = retry_after.strip()
    try:
        wait_s = float(text)
    except ValueError:
        until, at = _moment(text), _moment(date.strip())
        if until is None or at is None:
            return None
        wait_s = (until - at).total_seconds()
    if not math.isfinite(wait_s):
        return None
    return min(max(wait_s, 0.0), LONGEST_WAIT_S)


def _moment(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _named(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _leads_on(location: str) -> str:
    try:
        where = shown_url(location) if "://" in location else "another path there"
    except ValueError:
        where = "somewhere unreadable"
    return f"it leads on to {where}, and is not followed: write the final url"
