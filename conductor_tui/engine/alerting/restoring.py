"""Alerts that were open when we were last here, taken up again."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conductor_tui.domain.alert import AlertView, SubjectKind
from conductor_tui.domain.ids import AlertKey
from conductor_tui.engine.alerting.crowds import Crowds
from conductor_tui.engine.alerting.ledger import Ledger, Open
from conductor_tui.engine.alerting.seeing import PASSES_AFTER_S

_USUAL_BEAT_S = 5.0  # until its subject is seen
_OURS = (SubjectKind.CONDUCTOR, SubjectKind.LOAD, SubjectKind.GROUP)


def restore_alerts(ledger: Ledger, crowds: Crowds, alerts: Sequence[AlertView]) -> None:
    """Take up open ones and the newest that are over: their cooldowns last."""
    wall, now = ledger.clock.now(), ledger.clock.monotonic()
    for view in alerts:
        told_at = float("-inf")
        if view.told_at is not None:
            told_at = now - max(0.0, (wall - view.told_at).total_seconds())
            ledger.told[view.key, view.told] = told_at
        if view.ended_at is not None:
            continue
        known = ledger.open.get(view.key)
        if known is not None:
            _join(known, view, told_at)
            ledger.note(known.view)
            continue
        since = now - max(0.0, (wall - view.since).total_seconds())
        one = Open(view, ledger.rule(view.subject), _USUAL_BEAT_S, since, told_at)
        if view.subject.kind is SubjectKind.CONDUCTOR:
            one.passes_at = now + PASSES_AFTER_S  # else it is told again meanwhile
        if view.subject.kind is SubjectKind.GROUP:
            crowds.restore(view, now)
        ledger.open[view.key] = one


def _join(known: Open, kept: AlertView, told_at: float) -> None:
    """It was seen before its past was known: it is as it is, told as it was then."""
    ack = kept.ack
    if ack is not None and not ack.sticky and kept.state != known.view.state:
        ack = None
    known.told_at = told_at
    known.view = replace(
        known.view,
        opened_at=kept.opened_at,
        told=kept.told,
        told_at=kept.told_at,
        reminders=kept.reminders,
        ack=ack,
    )


def strangers(ledger: Ledger) -> Iterator[AlertKey]:
    """Yield the open alerts whose subjects nobody watches."""
    snapshot = ledger.look()
    names = {
        SubjectKind.PLATFORM: frozenset(snapshot.platforms),
        SubjectKind.BREAKER: frozenset(snapshot.platforms),
        SubjectKind.AGENT: frozenset(snapshot.agents),
        SubjectKind.RECOVERY: frozenset([*snapshot.platforms, *snapshot.agents]),
        SubjectKind.CHANNEL: frozenset(one.name for one in ledger.settings.channels),
    }
    for key, one in list(ledger.open.items()):
        subject = one.view.subject
        if subject.kind not in _OURS and subject.name not in names[subject.kind]:
            yield key
