"""What every screen says of alerts in the same way."""

from conductor_tui.domain.alert import (
    AlertView,
    DeliveryState,
    RecoveryState,
    RecoveryView,
    Severity,
    Subject,
    SubjectKind,
)
from conductor_tui.domain.alert_fold import AlertsView
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.alert_events import SEVERITY_TONES, recovery_words
from conductor_tui.tui.present.glyphs import HELD
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Line, Span, Tone, fit_line
from conductor_tui.tui.present.words import age, stamp

SHOWN_TRIES = 3  # the newest, on a subject's page
RECOVERY_TONES: dict[RecoveryState, Tone] = {
    RecoveryState.HELPED: "healthy",
    RecoveryState.RUNNING: "accent",
    RecoveryState.WAITING: "accent",
    RecoveryState.DID_NOT_HELP: "degraded",
    RecoveryState.FAILED: "failed",
    RecoveryState.GAVE_UP: "failed",
}
SIGNS: dict[Severity, str] = {
    Severity.CRITICAL: "✖",
    Severity.WARNING: "▲",
    Severity.INFO: "·",
}


def sign_of(alert: AlertView) -> Span:
    """Return its sign; that of a hold once nobody is asked to do anything."""
    if is_calm(alert):
        return Span(HELD, "muted")
    return Span(SIGNS[alert.severity], SEVERITY_TONES[alert.severity])


def is_calm(alert: AlertView) -> bool:
    """True when nobody has to look: somebody does, or it is quiet."""
    return alert.ack is not None or bool(alert.quiet)


def who_knows(alert: AlertView, lens: Lens) -> tuple[str, Tone]:
    """Say in short who was told, or why nobody is."""
    if alert.ack is not None:
        return f"ack {alert.ack.by}", "held"
    if alert.quiet.startswith("silenced"):
        return "silenced", "held"
    if alert.quiet:
        return "quiet", "muted"
    if alert.told_at is None:
        return "not told", "muted"
    if alert.is_flapping:
        return "flapping", "degraded"
    return f"told {age(alert.told_at, lens)}", "plain"


def tally(alerts: AlertsView) -> Line:
    """Return the counts for the header; nothing while all is well.

    A delivery that was given up is counted: somebody was not told.
    """
    spans: list[Span] = []
    loud = [one for one in alerts.open.in_order() if not is_calm(one)]
    calm = len(alerts.open) - len(loud)
    if loud:
        worst = max((one.severity for one in loud), key=lambda one: one.rank)
        words = "1 alert" if len(loud) == 1 else f"{len(loud)} alerts"
        spans.append(Span(words, SEVERITY_TONES[worst]))
    if calm:
        spans += [Span("  "), Span(f"{calm} acked or quiet", "muted")]
    lost = sum(one.state is DeliveryState.GIVEN_UP for one in alerts.outbox.in_order())
    if lost:
        spans += [Span("  "), Span(f"{lost} not delivered", "degraded")]
    return tuple(spans[1:] if spans and spans[0].text.isspace() else spans)


def short_tally(alerts: AlertsView) -> Line:
    """Return how many need a person: `!2`."""
    loud = [one for one in alerts.open.in_order() if not is_calm(one)]
    if not loud:
        return ()
    worst = max((one.severity for one in loud), key=lambda one: one.rank)
    return (Span("alerts ", "muted"), Span(f"{len(loud)}", SEVERITY_TONES[worst]))


def subject_lines(
    snapshot: Snapshot, kind: SubjectKind, name: str, lens: Lens, width: int
) -> list[Line]:
    """Return what stands on a subject's page, with a blank line below; nothing where it
    has neither an open alert nor was it tried to mend.
    """
    kinds: tuple[SubjectKind, ...] = (kind, SubjectKind.RECOVERY)
    if kind is SubjectKind.PLATFORM:
        kinds = (kind, SubjectKind.BREAKER, SubjectKind.RECOVERY)
    keys = [Subject(kind=one, name=name).key for one in kinds]
    found = snapshot.alerts.open
    lines = [_alert_line(found[key], lens) for key in keys if key in found]
    tried = snapshot.alerts.recoveries.get(keys[0], ())
    lines += [_recovery_line(one, lens) for one in reversed(tried[-SHOWN_TRIES:])]
    margin = Span("   ")
    shown = [fit_line((margin, *line), width) for line in lines]
    return [*shown, fit_line((), width)] if shown else []


def _alert_line(alert: AlertView, lens: Lens) -> Line:
    known, tone = who_knows(alert, lens)
    more = ""
    if alert.ack is not None:
        more = f'"{alert.ack.why}"' if alert.ack.why else "no reminders"
        more = f"{more}, until it is well" if alert.ack.sticky else more
    elif alert.quiet:
        more = alert.quiet
    elif alert.reminders:
        more = f"reminded {alert.reminders} times"
    return (
        sign_of(alert),
        Span(" alert ", "muted"),
        Span(f"{alert.state} ", SEVERITY_TONES[alert.severity]),
        Span(f"since {stamp(alert.opened_at, lens)}  ", "muted"),
        Span(f"{known}  ", tone),
        Span(more, "muted"),
    )


def _recovery_line(one: RecoveryView, lens: Lens) -> Line:
    return (
        Span(f"{stamp(one.at, lens)}  ", "muted"),
        Span(f"recovery {one.state}  ", RECOVERY_TONES[one.state]),
        Span(recovery_words(one), "muted"),
    )


def name_of(subject: Subject) -> str:
    """Return a subject in one column: its name, with its kind unless that is plain."""
    if subject.kind in ("platform", "agent"):
        return subject.name
    return f"{subject.kind} {subject.name}"
