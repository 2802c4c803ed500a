"""What every screen says of alerts in the same way."""

from collections.abc import Iterator

from conductor_tui.domain.alert import AlertView, DeliveryState, Severity, Subject
from conductor_tui.domain.alert_fold import AlertsView
from conductor_tui.domain.ids import AlertKey
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.alert_events import SEVERITY_TONES, recovery_words
from conductor_tui.tui.present.glyphs import HELD
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Line, Span, Tone
from conductor_tui.tui.present.words import age, stamp

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


def alert_lines(snapshot: Snapshot, keys: Iterator[AlertKey], lens: Lens) -> list[Line]:
    """Return what stands on the page of a subject: its open alerts, in words."""
    lines: list[Line] = []
    for key in keys:
        alert = snapshot.alerts.open.get(key)
        if alert is not None:
            lines.append(_alert_line(alert, lens))
    return lines


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


def recovery_lines(snapshot: Snapshot, key: AlertKey, lens: Lens) -> list[Line]:
    """Return the newest attempts to mend a subject, newest first."""
    return [
        (
            Span(f"{stamp(one.at, lens)}  ", "muted"),
            Span(f"recovery {one.state}  ", "plain"),
            Span(recovery_words(one), "muted"),
        )
        for one in reversed(snapshot.alerts.recoveries.get(key, ()))
    ]


def name_of(subject: Subject) -> str:
    """Return a subject in one column: its name, with its kind unless that is plain."""
    if subject.kind in ("platform", "agent"):
        return subject.name
    return f"{subject.kind} {subject.name}"
