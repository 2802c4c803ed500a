"""Alerts as lines for people, from the document that a conductor gives."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from conductor_tui.cli.asking import Document
from conductor_tui.cli.output import aligned
from conductor_tui.domain.duration import short_duration
from conductor_tui.domain.text import one_line, visible

_WIDEST = 300
_WORST_FIRST = ("CRITICAL", "WARNING", "INFO")
_Row = tuple[str, ...]


def open_lines(document: Document, now: datetime) -> Iterator[str]:
    """Yield a table of what is open, worst first, and what keeps people from hearing
    of it.
    """
    alerts = sorted(document["open"], key=_how_bad)
    yield from _table([_alert(one, now) for one in alerts])
    if not alerts:
        yield "no alert is open"
    yield from _troubles(document)


def all_lines(document: Document, now: datetime) -> Iterator[str]:
    """Yield everything, each kind under its name."""
    yield from open_lines(document, now)
    parts: tuple[tuple[str, Callable[[Document, datetime], _Row]], ...] = (
        ("silences", _silence),
        ("channels", _channel),
        ("outbox", _delivery),
        ("recoveries", _recovery),
        ("ended", _ended),
        ("delivered", _delivery),
    )
    for key, row in parts:
        if document[key]:
            yield ""
            yield f"{key.capitalize()}:"
            yield from _table([row(one, now) for one in document[key]])


def silence_lines(document: Document, now: datetime) -> Iterator[str]:
    """Yield a table of the silences that are on: id, what, how long yet, by, why."""
    if not document["silences"]:
        yield "no silence is on"
    yield from _table([_silence(one, now) for one in document["silences"]])


def _table(rows: Sequence[_Row]) -> Iterator[str]:
    """Yield the rows in columns. Who was asked by TCP may be anybody: what a terminal
    would obey is shown instead.
    """
    cells = [[visible(cell, _WIDEST) for cell in row] for row in rows]
    columns = [aligned(column) for column in zip(*cells, strict=True)]
    for row in zip(*columns, strict=True):
        yield "  ".join(row).rstrip()


def _how_bad(alert: Document) -> tuple[int, str]:
    severity = alert["severity"]
    known = severity in _WORST_FIRST
    return (_WORST_FIRST.index(severity) if known else 0, alert["opened_at"])


def _alert(alert: Document, now: datetime) -> _Row:
    return (
        alert["severity"],
        alert["key"],
        alert["state"],
        _since(alert["since"], now),
        _said(alert),
        alert["why"],
    )


def _said(alert: Document) -> str:
    """Return who knows: by whom it is acknowledged, why nobody is told, or that people
    were.
    """
    ack = alert["ack"]
    if ack:
        until = " until it is well" if ack["sticky"] else ""
        why = f": {ack['why']}" if ack["why"] else ""
        return one_line(f"acked by {ack['by']}{until}{why}", 60)
    if alert["quiet"]:
        return one_line(alert["quiet"], 60)
    if alert["flapping"]:
        return "flapping"
    return "told" if alert["told"] == alert["state"] else "not told"


def _ended(alert: Document, now: datetime) -> _Row:
    return (
        alert["severity"],
        alert["key"],
        alert["state"],
        f"{_since(alert['ended_at'], now)} ago",
        alert["why"],
    )


def _silence(silence: Document, now: datetime) -> _Row:
    what = [
        *silence["names"],
        *(f"group {name}" for name in silence["groups"]),
        *(f"tag {name}" for name in silence["tags"]),
    ]
    return (
        silence["id"],
        one_line(", ".join(what), 60) or "everything",
        f"{_until(silence['until'], now)} left",
        f"by {silence['by']}: {silence['why']}",
    )


def _channel(channel: Document, now: datetime) -> _Row:
    latency_s = channel["latency_s"]
    latency = "" if latency_s is None else f", the last in {latency_s * 1000:,.0f} ms"
    return (
        channel["name"],
        channel["kind"],
        channel["target"],
        channel["trouble"] or f"{channel['sent']} sent{latency}",
    )


def _delivery(delivery: Document, now: datetime) -> _Row:
    return (
        f"{delivery['id']}",
        delivery["channel"],
        delivery["state"],
        f"{_since(delivery['notice']['at'], now)} ago",
        delivery["notice"]["text"],
        delivery["error"],
    )


def _recovery(recovery: Document, now: datetime) -> _Row:
    return (
        recovery["key"],
        recovery["state"],
        f"{recovery['attempt']} of {recovery['budget']}",
        f"{_since(recovery['at'], now)} ago",
        recovery["action"],
        recovery["words"],
    )


def _troubles(document: Document) -> Iterator[str]:
    if document["trouble"]:
        yield one_line(f"journal: {document['trouble']}")
    for channel in document["channels"]:
        if channel["trouble"]:
            yield one_line(f"channel {channel['name']}: {channel['trouble']}")
    for state in ("WAITING", "GIVEN UP"):
        count = sum(one["state"] == state for one in document["outbox"])
        if count:
            yield f"outbox: {count} {state}"


def _since(text: str, now: datetime) -> str:
    return short_duration((now - datetime.fromisoformat(text)).total_seconds())


def _until(text: str, now: datetime) -> str:
    return short_duration((datetime.fromisoformat(text) - now).total_seconds())
