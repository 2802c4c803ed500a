"""A notice as an e-mail (RFC 5322), one thread per alert."""

import re
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from hashlib import sha256

from conductor_tui.adapters.channels.words import is_over, line, moment, title
from conductor_tui.domain.alert import Notice, Severity, Subject
from conductor_tui.domain.text import visible

_IDENTIFIER = re.compile(r"[0-9A-Za-z_+=-]+(\.[0-9A-Za-z_+=-]+)*")
_LONGEST_ID = 150
_MOST_MEMBERS = 500
_SENDER = "conductor-tui"


def mail(notice: Notice, now: datetime, sender: str, to: tuple[str, ...]) -> bytes:
    """Return the message as it goes out. Its Date is when it happened, and its
    Message-ID is made of the notice's own: a repetition is known by it.
    """
    domain = sender.rpartition("@")[2]
    thread = f"<{_thread(notice)}@{domain}>"
    message = EmailMessage(policy=SMTP)
    message["Subject"] = title(notice)
    message["From"] = formataddr((_SENDER, sender))
    message["To"] = ", ".join(to)
    message["Date"] = format_datetime(notice.at)
    message["Message-ID"] = f"<{_identifier(notice.id)}@{domain}>"
    message["In-Reply-To"] = thread
    message["References"] = thread
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    if notice.severity is Severity.CRITICAL and not is_over(notice):
        message["Importance"] = "high"
    message.set_content("\n".join(_lines(notice, now)) + "\n", charset="utf-8")
    return message.as_bytes()


def _lines(notice: Notice, now: datetime) -> Iterator[str]:
    yield line(notice, now)
    yield ""
    was = f" (was {notice.was})" if notice.was else ""
    yield f"State:     {notice.state}{was}"
    yield f"Severity:  {notice.severity}"
    yield f"Subject:   {_named(notice.subject)}"
    yield f"Happened:  {moment(notice.at)}"
    yield f"Began:     {moment(notice.opened_at)}"
    yield f"Host:      {visible(notice.host)}"
    yield f"Notice:    {visible(notice.id)}"
    if notice.members:
        yield f"Members:   {len(notice.members)}"
        yield from (f"  {_named(one)}" for one in notice.members[:_MOST_MEMBERS])
        if len(notice.members) > _MOST_MEMBERS:
            yield "  ..."


def _named(subject: Subject) -> str:
    group = f", group {visible(subject.group)}" if subject.group else ""
    tags = ", ".join(visible(tag) for tag in subject.tags)
    return f"{subject.kind} {visible(subject.name)}{group}{f', {tags}' if tags else ''}"


def _thread(notice: Notice) -> str:
    """Return the same for every notice of one alert. No mail has it: those that come
    when the first was lost belong together too.
    """
    alert = f"{notice.host} {notice.subject.key} {notice.opened_at.isoformat()}"
    return f"alert.{sha256(alert.encode(errors='replace')).hexdigest()[:32]}"


def _identifier(text: str) -> str:
    """Return the id as RFC 5322 takes it; another made of it where it is none."""
    if len(text) <= _LONGEST_ID and _IDENTIFIER.fullmatch(text):
        return text
    return sha256(text.encode(errors="replace")).hexdigest()
