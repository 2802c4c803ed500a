"""Alerts as JSON: what `alerts --json` and GET /v1/alerts give. Keys are only added.

Times are ISO 8601 in UTC. No secret is in it: the engine has taken them out.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from conductor_tui.domain.alert import (
    Ack,
    AlertView,
    ChannelView,
    Delivery,
    RecoveryView,
    Scope,
    Silence,
    Subject,
)
from conductor_tui.domain.alert_fold import AlertsView

if TYPE_CHECKING:  # what pydantic makes of these is for the OpenAPI document alone
    from conductor_tui.adapters.wire.schema_alerts import (
        AckDocument,
        AlertDocument,
        ChannelDocument,
        DeliveryDocument,
        RecoveryDocument,
        ScopeDocument,
        SilenceDocument,
        SubjectDocument,
    )


def alert_parts(
    view: AlertsView,
) -> Iterator[tuple[str, Iterator[Mapping[str, object]]]]:
    """Yield each list of the document by its key, one object at a time: an outbox may
    hold thousands, and others want their turn between them.
    """
    yield "open", map(alert_document, view.open.in_order())
    yield "ended", map(alert_document, view.ended)
    yield "silences", map(silence_document, view.silences.in_order())
    yield "channels", map(channel_document, view.channels.in_order())
    yield "outbox", map(delivery_document, view.outbox.in_order())
    yield "delivered", map(delivery_document, view.delivered)
    kept = (one for some in view.recoveries.in_order() for one in some)
    yield "recoveries", map(recovery_document, kept)


def alert_document(alert: AlertView) -> "AlertDocument":
    return {
        "key": alert.key,
        **_subject(alert.subject),
        "state": alert.state,
        "severity": alert.severity,
        "why": alert.why,
        "since": iso(alert.since),
        "opened_at": iso(alert.opened_at),
        "ended_at": iso(alert.ended_at),
        "told": alert.told,
        "told_at": iso(alert.told_at),
        "reminders": alert.reminders,
        "flapping": alert.is_flapping,
        "ack": _ack(alert.ack),
        "quiet": alert.quiet,
        "members": [one.key for one in alert.members],
        "drill": alert.is_drill,
    }


def silence_document(silence: Silence) -> "SilenceDocument":
    return {
        "id": silence.id,
        **_scope(silence.scope),
        "by": silence.by,
        "why": silence.why,
        "at": iso(silence.at),
        "until": iso(silence.until),
        "origin": silence.origin,
    }


def channel_document(channel: ChannelView) -> "ChannelDocument":
    return {
        "name": channel.name,
        "kind": channel.kind,
        "target": channel.target,
        "sent": channel.sent,
        "failures": channel.failures,
        "trouble": channel.trouble,
        "latency_s": channel.latency_s,
        "drill_latency_s": channel.drill_latency_s,
        "origin": channel.origin,
    }


def delivery_document(delivery: Delivery) -> "DeliveryDocument":
    notice = delivery.notice
    return {
        "id": delivery.id,
        "channel": delivery.channel,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_at": iso(delivery.next_at),
        "error": delivery.error,
        "ended_at": iso(delivery.ended_at),
        "latency_s": delivery.latency_s,
        "notice": {
            "id": notice.id,
            "kind": notice.kind,
            "key": notice.subject.key,
            "state": notice.state,
            "was": notice.was,
            "severity": notice.severity,
            "text": notice.text,
            "at": iso(notice.at),
            "drill": notice.is_drill,
        },
    }


def recovery_document(recovery: RecoveryView) -> "RecoveryDocument":
    return {
        "key": recovery.subject.key,
        **_subject(recovery.subject),
        "action": recovery.action,
        "why": recovery.why,
        "at": iso(recovery.at),
        "state": recovery.state,
        "attempt": recovery.number,
        "budget": recovery.budget,
        "words": recovery.words,
        "ended_at": iso(recovery.ended_at),
    }


def iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds") if at else None


def _subject(subject: Subject) -> "SubjectDocument":
    return {
        "kind": subject.kind,
        "name": subject.name,
        "group": subject.group,
        "tags": list(subject.tags),
    }


def _scope(scope: Scope) -> "ScopeDocument":
    return {
        "names": sorted(scope.names),
        "groups": sorted(scope.groups),
        "tags": sorted(scope.tags),
    }


def _ack(ack: Ack | None) -> "AckDocument | None":
    if ack is None:
        return None
    return {
        "by": ack.by,
        "why": ack.why,
        "at": iso(ack.at),
        "sticky": ack.sticky,
        "origin": ack.origin,
    }
