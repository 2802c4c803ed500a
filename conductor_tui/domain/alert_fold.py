"""All that is known of alerts, and how an event changes it: their part of the fold."""

from dataclasses import dataclass, field, replace

from conductor_tui.domain.alert import (
    AlertView,
    ChannelView,
    Delivery,
    DeliveryState,
    RecoveryView,
    Silence,
)
from conductor_tui.domain.alert_events import (
    AlertChanged,
    AlertEvent,
    AlertsRestored,
    AttentionCalled,
    ChannelChanged,
    DeliveryChanged,
    JournalChanged,
    RecoveryChanged,
    SilenceChanged,
)
from conductor_tui.domain.ids import AlertKey, ChannelName, DeliveryId, SilenceId
from conductor_tui.domain.roster import Roster

KEPT_ENDED = 200
KEPT_DELIVERED = 200
KEPT_RECOVERIES = 10
KEPT_CALLS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsView:
    """Alerts, as of the newest event.

    `ended` holds the newest that are over, `delivered` the newest deliveries that were
    sent or discarded, oldest first; `outbox` those that wait or were given up.
    `recoveries` holds the newest KEPT_RECOVERIES attempts by subject key, oldest
    first. `trouble` says why none of this is kept, "" when it is. `calls` are the
    newest calls of a person, of so many that were `called`.
    """

    open: Roster[AlertKey, AlertView] = field(default_factory=Roster)
    ended: tuple[AlertView, ...] = ()
    silences: Roster[SilenceId, Silence] = field(default_factory=Roster)
    channels: Roster[ChannelName, ChannelView] = field(default_factory=Roster)
    outbox: Roster[DeliveryId, Delivery] = field(default_factory=Roster)
    delivered: tuple[Delivery, ...] = ()
    recoveries: Roster[AlertKey, tuple[RecoveryView, ...]] = field(
        default_factory=Roster
    )
    trouble: str = ""
    called: int = 0
    calls: tuple[AttentionCalled, ...] = ()

    @property
    def unacked(self) -> int:
        """How many open alerts nobody has acknowledged or silenced."""
        return sum(not (one.ack or one.quiet) for one in self.open.in_order())


def apply_alerts(view: AlertsView, event: AlertEvent) -> AlertsView:
    """Return the alerts after `event`."""
    match event:
        case AlertsRestored():
            return _restored(view, event)
        case AlertChanged(alert=alert):
            return _with_alert(view, alert)
        case SilenceChanged(silence=silence, ended=ended):
            silences = view.silences.without(silence.id)
            if not ended:
                silences = silences.put(silence.id, silence)
            return replace(view, silences=silences)
        case DeliveryChanged(delivery=delivery):
            return _with_delivery(view, delivery)
        case ChannelChanged(channel=channel, is_gone=is_gone):
            if is_gone:
                return replace(view, channels=view.channels.without(channel.name))
            return replace(view, channels=view.channels.put(channel.name, channel))
        case RecoveryChanged(recovery=recovery):
            return _with_recovery(view, recovery)
        case JournalChanged(trouble=trouble):
            return replace(view, trouble=trouble)
        case AttentionCalled():
            calls = (*view.calls, event)[-KEPT_CALLS:]
            return replace(view, called=view.called + 1, calls=calls)


def _restored(view: AlertsView, event: AlertsRestored) -> AlertsView:
    view = replace(view, trouble=event.trouble)
    for alert in event.alerts:
        view = _with_alert(view, alert)
    silences = Roster({one.id: one for one in event.silences})
    for delivery in event.deliveries:
        view = _with_delivery(view, delivery)
    for recovery in event.recoveries:
        view = _with_recovery(view, recovery)
    return replace(view, silences=silences)


def _with_alert(view: AlertsView, alert: AlertView) -> AlertsView:
    if alert.ended_at is None:
        return replace(view, open=view.open.put(alert.key, alert))
    ended = (*view.ended, alert)[-KEPT_ENDED:]
    return replace(view, open=view.open.without(alert.key), ended=ended)


def _with_delivery(view: AlertsView, delivery: Delivery) -> AlertsView:
    if delivery.state in (DeliveryState.WAITING, DeliveryState.GIVEN_UP):
        return replace(view, outbox=view.outbox.put(delivery.id, delivery))
    delivered = (*view.delivered, delivery)[-KEPT_DELIVERED:]
    outbox = view.outbox.without(delivery.id)
    return replace(view, outbox=outbox, delivered=delivered)


def _with_recovery(view: AlertsView, recovery: RecoveryView) -> AlertsView:
    """The newest attempt replaces itself as it goes on: it is known by its start."""
    key = recovery.subject.key
    kept = view.recoveries.get(key, ())
    if kept and kept[-1].at == recovery.at:
        kept = kept[:-1]
    kept = (*kept, recovery)[-KEPT_RECOVERIES:]
    return replace(view, recoveries=view.recoveries.put(key, kept))
