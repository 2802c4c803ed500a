"""The tabs of the screen of alerts: what stands on each, row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conductor_tui.domain.alert import (
    AlertView,
    ChannelView,
    Delivery,
    DeliveryState,
    RecoveryView,
    Scope,
    Severity,
    Silence,
)
from conductor_tui.domain.alert_fold import AlertsView
from conductor_tui.domain.duration import short_duration
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.alert_events import SEVERITY_TONES
from conductor_tui.tui.present.alert_words import (
    RECOVERY_TONES,
    is_calm,
    name_of,
    sign_of,
    who_knows,
)
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Line, Span, Tone, cells
from conductor_tui.tui.present.table import Cell, Column
from conductor_tui.tui.present.words import age, latency, stamp, until, wait

_SHORT = 3  # letters


class Tab(StrEnum):
    OPEN = "open"
    SILENCES = "silences"
    OUTBOX = "outbox"
    CHANNELS = "channels"
    RECOVERIES = "recoveries"
    ENDED = "ended"

    def step(self, by: int) -> "Tab":
        """Return the next tab (1), or the one before (-1); they go round."""
        tabs = tuple(Tab)
        return tabs[(tabs.index(self) + by) % len(tabs)]


COLUMNS: dict[Tab, tuple[Column, ...]] = {
    Tab.OPEN: (
        Column("", 1),
        Column("severity", 8, needs=90),
        Column("state", 9),
        Column("for", 5, is_right=True),
        Column("subject", 22),
        Column("who knows", 11),
        Column("why", 0),
    ),
    Tab.SILENCES: (
        Column("id", 6),
        Column("what", 24),
        Column("until", 11),
        Column("by", 12, needs=70),
        Column("why", 0),
    ),
    Tab.OUTBOX: (
        Column("no.", 5, is_right=True),
        Column("channel", 12),
        Column("state", 8),
        Column("happened", 14, needs=80),
        Column("tries", 5, is_right=True),
        Column("next", 6, is_right=True),
        Column("notice", 0),
    ),
    Tab.CHANNELS: (
        Column("channel", 14),
        Column("kind", 8),
        Column("how it does", 12),
        Column("waiting", 7, is_right=True),
        Column("sent", 5, is_right=True),
        Column("took", 7, is_right=True, needs=80),
        Column("drill", 7, is_right=True, needs=90),
        Column("where, or why not", 0),
    ),
    Tab.RECOVERIES: (
        Column("at", 14),
        Column("subject", 18),
        Column("state", 12),
        Column("try", 5, is_right=True),
        Column("action", 26, needs=100),
        Column("words", 0),
    ),
    Tab.ENDED: (
        Column("ended", 14),
        Column("was", 9),
        Column("lasted", 6, is_right=True),
        Column("subject", 22),
        Column("now, and why", 0),
    ),
}
EMPTY: dict[Tab, str] = {
    Tab.OPEN: "nothing is wrong that alerts",
    Tab.SILENCES: "nobody is silenced; s on an alert, a platform or an agent does it",
    Tab.OUTBOX: "nothing waits: whatever was to be told has arrived",
    Tab.CHANNELS: "nobody is told: add a [[channel]] to conductor.toml",
    Tab.RECOVERIES: "nothing was tried to mend: recovery = { ... } on a platform or an "
    "agent says what",
    Tab.ENDED: "no alert has ended yet",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: its key within the tab, its cells, and the words that say it in full."""

    key: str
    cells: tuple[Cell, ...]
    detail: tuple[str, ...]

    @property
    def text(self) -> str:
        """What a filter looks in."""
        words = (*(cell.text for cell in self.cells), *self.detail)
        return " ".join(words).lower()


def entries(tab: Tab, snapshot: Snapshot, lens: Lens) -> list[Entry]:
    """Return the rows of a tab: what needs a person first, else the newest first."""
    alerts = snapshot.alerts
    match tab:
        case Tab.OPEN:
            found = sorted(alerts.open.in_order(), key=_need)
            return [_open(one, lens) for one in found]
        case Tab.SILENCES:
            return [_silence(one, lens) for one in alerts.silences.in_order()]
        case Tab.OUTBOX:
            return [_delivery(one, lens) for one in alerts.outbox.in_order()]
        case Tab.CHANNELS:
            return [_channel(one, alerts) for one in alerts.channels.in_order()]
        case Tab.RECOVERIES:
            return [_recovery(one, lens) for one in _attempts(alerts)]
        case Tab.ENDED:
            ended = enumerate(reversed(alerts.ended))
            return [_ended(number, one, lens) for number, one in ended]


def counts(alerts: AlertsView) -> dict[Tab, int]:
    return {
        Tab.OPEN: len(alerts.open),
        Tab.SILENCES: len(alerts.silences),
        Tab.OUTBOX: len(alerts.outbox),
        Tab.CHANNELS: len(alerts.channels),
        Tab.RECOVERIES: sum(map(len, alerts.recoveries.in_order())),
        Tab.ENDED: len(alerts.ended),
    }


def tab_line(alerts: AlertsView, chosen: Tab, width: int) -> Line:
    """Return the tabs with their counts; brackets stand around the chosen one. Where
    there is less room the others say only how they begin.
    """
    whole = _tabs(alerts, chosen, 99)
    return whole if cells(whole) <= width else _tabs(alerts, chosen, _SHORT)


def _tabs(alerts: AlertsView, chosen: Tab, letters: int) -> Line:
    gap = "   " if letters > _SHORT else " "
    spans = [Span(" Alerts", "title")]
    for tab, count in counts(alerts).items():
        name = tab.value if tab is chosen else tab.value[:letters]
        words = f"{name} {count}" if count else name
        if tab is chosen:
            spans.append(Span(f"{gap[:-1] or ' '}[{words}]", "accent"))
        else:
            spans.append(Span(f"{gap}{words} ", "plain" if count else "muted"))
    return tuple(spans)


def scope_words(scope: Scope) -> str:
    """Return what a silence is about: `api, group bots`."""
    named = [*sorted(scope.names)]
    named += [f"group {one}" for one in sorted(scope.groups)]
    named += [f"tag {one}" for one in sorted(scope.tags)]
    return ", ".join(named) or "everything"


def _need(alert: AlertView) -> tuple[bool, int, float]:
    return is_calm(alert), -alert.severity.rank, -alert.opened_at.timestamp()


def _open(alert: AlertView, lens: Lens) -> Entry:
    calm = is_calm(alert)
    tone: Tone = "muted" if calm else SEVERITY_TONES[alert.severity]
    known, known_tone = who_knows(alert, lens)
    loud = not calm and alert.severity is Severity.CRITICAL
    return Entry(
        alert.key,
        (
            Cell(sign_of(alert).text, sign_of(alert).tone),
            Cell(alert.severity.lower(), "muted" if calm else "plain"),
            Cell(alert.state, "alarm" if loud else tone),
            Cell(age(alert.opened_at, lens), "muted"),
            Cell(name_of(alert.subject), "muted" if calm else "title"),
            Cell(known, known_tone),
            Cell(alert.why, "muted" if calm else "plain"),
        ),
        tuple(_open_words(alert, lens)),
    )


def _open_words(alert: AlertView, lens: Lens) -> Iterator[str]:
    yield f"{alert.subject.key}: {alert.state}: {alert.why}".removesuffix(": ")
    told = "nobody was told yet"
    if alert.told_at is not None:
        told = f"told {alert.told} at {stamp(alert.told_at, lens)}"
    if alert.reminders:
        told = f"{told}, reminders: {alert.reminders}"
    yield f"open since {stamp(alert.opened_at, lens)}, {told}"
    if alert.ack is not None:
        why = f': "{alert.ack.why}"' if alert.ack.why else ""
        ends = "until it is well" if alert.ack.sticky else "until its state changes"
        yield f"acknowledged by {alert.ack.by}{why}, {ends}"
    if alert.quiet:
        yield alert.quiet
    if alert.members:
        yield ", ".join(sorted(one.name for one in alert.members))


def _silence(silence: Silence, lens: Lens) -> Entry:
    what = scope_words(silence.scope)
    return Entry(
        silence.id,
        (
            Cell(silence.id, "muted"),
            Cell(what, "title"),
            Cell(until(silence.until, lens)),
            Cell(silence.by),
            Cell(silence.why, "muted"),
        ),
        (
            f"{what}: nobody is told until {until(silence.until, lens)}",
            f'"{silence.why}" ({silence.by}, {stamp(silence.at, lens)}); x ends it',
        ),
    )


def _delivery(delivery: Delivery, lens: Lens) -> Entry:
    lost = delivery.state is DeliveryState.GIVEN_UP
    after = "" if delivery.next_at is None else wait(delivery.next_at, lens) or "now"
    return Entry(
        str(delivery.id),
        (
            Cell(str(delivery.id), "muted"),
            Cell(delivery.channel),
            Cell(delivery.state.lower(), "failed" if lost else "degraded"),
            Cell(stamp(delivery.notice.at, lens), "muted"),
            Cell(str(delivery.attempts)),
            Cell(after, "muted"),
            Cell(delivery.notice.text),
        ),
        (
            delivery.notice.text,
            delivery.error or "not tried yet",
            "d tries it again at once, x discards it",
        ),
    )


def _channel(channel: ChannelView, alerts: AlertsView) -> Entry:
    waiting = sum(
        one.channel == channel.name and one.state is DeliveryState.WAITING
        for one in alerts.outbox.in_order()
    )
    does: tuple[str, Tone] = ("idle", "muted")
    if channel.trouble:
        does = (f"fails, {channel.failures}x", "failed")
    elif channel.sent:
        does = ("works", "plain")
    return Entry(
        channel.name,
        (
            Cell(channel.name, "title"),
            Cell(channel.kind, "muted"),
            Cell(*does),
            Cell(str(waiting) if waiting else "", "degraded"),
            Cell(str(channel.sent)),
            Cell(_took(channel.latency_s), "muted"),
            Cell(_took(channel.drill_latency_s), "muted"),
            Cell(channel.trouble or channel.target, "muted"),
        ),
        (
            f"{channel.name}: {channel.kind} {channel.target}".rstrip(),
            channel.trouble or "e sends a test through it, E through all",
            channel.origin,
        ),
    )


def _took(seconds: float | None) -> str:
    return "" if seconds is None else latency(max(0.0, seconds))


def _attempts(alerts: AlertsView) -> Sequence[RecoveryView]:
    found = [one for kept in alerts.recoveries.in_order() for one in kept]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _recovery(one: RecoveryView, lens: Lens) -> Entry:
    return Entry(
        f"{one.subject.key} {one.at.timestamp()}",
        (
            Cell(stamp(one.at, lens), "muted"),
            Cell(name_of(one.subject), "title"),
            Cell(one.state.lower(), RECOVERY_TONES[one.state]),
            Cell(f"{one.number}/{one.budget}"),
            Cell(one.action),
            Cell(one.words, "muted"),
        ),
        (f"{one.subject.key}: {one.action}", f"because {one.why}", one.words),
    )


def _ended(number: int, alert: AlertView, lens: Lens) -> Entry:
    ended_at = alert.ended_at or alert.since
    lasted_s = (ended_at - alert.opened_at).total_seconds()
    told = alert.told or "not told"
    words = f"{alert.state}: {alert.why}" if alert.why else alert.state
    return Entry(
        f"{alert.key} {ended_at.timestamp()} {number}",
        (
            Cell(stamp(ended_at, lens), "muted"),
            Cell(told, "plain" if alert.told else "muted"),
            Cell(short_duration(lasted_s), "muted"),
            Cell(name_of(alert.subject), "title"),
            Cell(words, "muted"),
        ),
        (
            f"{alert.key}: {words}",
            f"from {stamp(alert.opened_at, lens)} to {stamp(ended_at, lens)}",
        ),
    )
