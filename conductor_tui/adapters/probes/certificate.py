"""What an X.509 certificate says about itself: from when, until when, by whom.

Python tells that only for certificates that it has verified; an operator wants to know
the last day of the others too. So the certificate is read here, as RFC 5280 has it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from conductor_tui.adapters.probes.der import SEQUENCE, inside, items
from conductor_tui.domain.text import one_line

USUAL_DAYS = 14  # before the last one a person is told
_VERSION = 0xA0
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_COMMON_NAME, _ORGANIZATION = b"\x55\x04\x03", b"\x55\x04\x0a"
_ENCODINGS = {0x1E: "utf-16-be", 0x1C: "utf-32-be"}  # BMPString, UniversalString
_SHORT_LIVED = 6  # parts of a life; the last of them is when a renewal is overdue


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """`starts` and `ends` are aware UTC; the last moment of validity is `ends`.

    `subject` and `issuer` are for people: "R11 (Let's Encrypt)", cleaned; may be empty.
    """

    starts: datetime
    ends: datetime
    subject: str
    issuer: str

    def warns_at(self, days: float | None) -> datetime:
        """Return when fewer than `days` are left.

        None: USUAL_DAYS, but for one that lives shorter than most (some live six days,
        some one) the last sixth of its life.
        """
        if days is None:
            life = max(self.ends - self.starts, timedelta())
            left = min(timedelta(days=USUAL_DAYS), life / _SHORT_LIVED)
        else:
            left = timedelta(days=days)
        try:
            return self.ends - left
        except OverflowError:  # nobody stops a server from having ended in the year 1
            return datetime.min.replace(tzinfo=UTC)

    def expiry(self, now: datetime) -> str:
        """Return "expires in 9 d (2030-01-12)", or "expired 5 h ago (2030-01-12)"."""
        day = f"({self.ends:%Y-%m-%d})"
        if now <= self.ends:
            return f"expires in {_span(self.ends - now)} {day}"
        return f"expired {_span(now - self.ends)} ago {day}"


def read_certificate(der: bytes) -> Certificate:
    """Return what a certificate in DER says. Raises ValueError for what is none."""
    _, whole = next(items(der), (0, b""))
    fields = inside(whole)
    if fields and fields[0][0] == _VERSION:
        fields = fields[1:]
    if len(fields) < 5:
        raise ValueError("a certificate without the fields that RFC 5280 wants")
    # serial number, signature, issuer, validity, subject, ...
    issuer, validity, subject = fields[2], fields[3], fields[4]
    times = list(items(validity[1]))
    if len(times) != 2:
        raise ValueError("a certificate without a first and a last day")
    return Certificate(
        starts=_time(*times[0]),
        ends=_time(*times[1]),
        subject=_name(subject[1]),
        issuer=_name(issuer[1]),
    )


def _time(tag: int, content: bytes) -> datetime:
    """Read "300112235959Z" or "20300112235959Z" (RFC 5280 section 4.1.2.5)."""
    text = content.decode("ascii", "replace")
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError(f"a certificate with a time of the kind {tag:#x}")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _name(content: bytes) -> str:
    """Return the common name, with the organization behind it where both are there."""
    parts: dict[bytes, str] = {}
    for _, relative in items(content):
        for tag, pair in items(relative):
            if tag == SEQUENCE:
                kind, text = _pair(pair)
                parts.setdefault(kind, text)
    name, organization = parts.get(_COMMON_NAME, ""), parts.get(_ORGANIZATION, "")
    if name and organization and organization not in name:
        return one_line(f"{name} ({organization})", 80)
    return one_line(name or organization, 80)


def _pair(content: bytes) -> tuple[bytes, str]:
    parts = list(items(content))
    if len(parts) != 2:
        raise ValueError("a certificate with half a name in it")
    (_, kind), (tag, text) = parts
    return kind, text.decode(_ENCODINGS.get(tag, "utf-8"), "replace")


def _span(left: timedelta) -> str:
    hours = left.total_seconds() / 3600
    if hours >= 48:
        return f"{int(hours // 24)} d"
    return f"{int(hours)} h" if hours >= 2 else f"{int(hours * 60)} min"
