"""What happened to alerts, in words."""

from typing import TypeAlias

from conductor_tui.domain.alert import (
    AlertView,
    Delivery,
    RecoveryState,
    RecoveryView,
    Severity,
)
from conductor_tui.domain.alert_events import (
    AlertChanged,
    DeliveryChanged,
    JournalChanged,
    RecoveryChanged,
    SilenceChanged,
)
from conductor_tui.tui.present.spans import Tone

ToldOfAlerts: TypeAlias = (
    AlertChanged | SilenceChanged | DeliveryChanged | RecoveryChanged | JournalChanged
)
SEVERITY_TONES: dict[Severity, Tone] = {
    Severity.INFO: "plain",
    Severity.WARNING: "degraded",
    Severity.CRITICAL: "failed",
}
_RECOVERY_TONES: dict[RecoveryState, Tone] = {
    RecoveryState.HELPED: "muted",
    RecoveryState.RUNNING: "plain",
    RecoveryState.WAITING: "plain",
}


def told_of_alerts(event: ToldOfAlerts) -> tuple[str, str, str, Tone]:
    """Return about whom it is, what happened, the details, and their tone."""
    match event:
        case AlertChanged(alert=alert, what=what):
            return alert.subject.name, what, alert.why, alert_tone(alert)
        case SilenceChanged(silence=silence, ended=ended):
            scope = silence.scope
            named = sorted([*scope.names, *scope.groups, *scope.tags])
            about = ", ".join(named) or "everything"
            if ended:
                return about, "silence over", ended, "muted"
            return about, f"silenced by {silence.by}", f'"{silence.why}"', "held"
        case DeliveryChanged(delivery=delivery):
            return delivery.channel, "given up", _given_up(delivery), "failed"
        case RecoveryChanged(recovery=recovery):
            tone = _RECOVERY_TONES.get(recovery.state, "degraded")
            head = f"recovery {recovery.state}"
            return recovery.subject.name, head, recovery_words(recovery), tone
        case JournalChanged(trouble=trouble):
            if trouble:
                return "conductor", "journal fails", trouble, "degraded"
            return "conductor", "journal works", "what happens is kept again", "muted"


def alert_tone(alert: AlertView) -> Tone:
    if alert.ended_at is not None:
        return "muted"
    return SEVERITY_TONES[alert.severity]


def recovery_words(recovery: RecoveryView) -> str:
    """Say what was tried, which time, and what came of it."""
    tried = f"{recovery.action}, {recovery.number} of {recovery.budget}"
    return f"{tried}: {recovery.words}" if recovery.words else tried


def _given_up(delivery: Delivery) -> str:
    return f"{delivery.notice.text}: {delivery.error}"
