"""What happened to the host and to the conductor while a person was away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conductor_tui.domain.alert_events import AlertChanged, JournalChanged
from conductor_tui.domain.events import (
    ConductorStarted,
    Envelope,
    LoadChanged,
    LoopStalled,
    MassFailed,
    SettingsLoaded,
    SettingsRefused,
)
from conductor_tui.domain.resources import LoadState
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.tui.present.digest_item import OVER, Item, many, times
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Span, Tone
from conductor_tui.tui.present.words import span, until

_OVER = Span(OVER, "muted")
_BLANK = Span(" ")
_LOAD: dict[LoadState, tuple[Tone, int]] = {
    LoadState.NORMAL: ("muted", 0),
    LoadState.DEGRADED: ("degraded", 2),
    LoadState.EMERGENCY: ("failed", 6),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """From `start` to `end` there was no conductor; `start` None: not known."""

    start: datetime | None
    end: datetime

    def words(self, lens: Lens) -> str:
        if self.start is None:
            return f"started at {until(self.end, lens)}"
        away = span((self.end - self.start).total_seconds())
        return f"off {until(self.start, lens)}-{until(self.end, lens)} ({away})"


def gaps(
    events: Iterable[Envelope], snapshot: Snapshot, left_at: datetime
) -> tuple[Gap, ...]:
    """Return when there was no conductor since the person left, oldest first. The
    snapshot knows of the last start, events of those before it.
    """
    starts = {
        one.at: one.event.before
        for one in events
        if isinstance(one.event, ConductorStarted)
    }
    if snapshot.started_at and snapshot.started_at > left_at:
        starts.setdefault(snapshot.started_at, snapshot.off_since)
    return tuple(
        Gap(None if before is None else max(before, left_at), at)
        for at, before in sorted(starts.items(), key=lambda start: start[0])
    )


def host_items(
    events: Sequence[Envelope], snapshot: Snapshot, lens: Lens, left_at: datetime
) -> Iterable[Item]:
    yield from _alerts(events, snapshot, left_at)
    yield from _load(events, snapshot)
    yield from _crowds(events, lens)
    words = [gap.words(lens) for gap in gaps(events, snapshot, left_at)]
    if words:
        unknown = "; ".join([*words, "what happened then is unknown"])
        yield Item(about="conductor", sign=_BLANK, state=_OVER, words=unknown)
    if own := "; ".join(_own(events)):
        yield Item(about="conductor", sign=_BLANK, state=Span("", "muted"), words=own)


def alert_counts(
    events: Iterable[Envelope], snapshot: Snapshot, left_at: datetime
) -> tuple[int, int]:
    """Return how many alerts opened since, and how many of those are open."""
    opened = {
        (one.event.alert.key, one.event.alert.opened_at)
        for one in events
        if isinstance(one.event, AlertChanged)
        and one.event.alert.opened_at >= left_at
        and not one.event.alert.is_drill
    }
    still = snapshot.alerts.open.in_order()
    is_open = {(one.key, one.opened_at) for one in still}
    return len(opened), len(opened & is_open)


def _alerts(
    events: Sequence[Envelope], snapshot: Snapshot, left_at: datetime
) -> Iterable[Item]:
    opened, still = alert_counts(events, snapshot, left_at)
    if opened:
        state = Span(f"{still} open", "degraded") if still else _OVER
        words = f"{many(opened, 'alert')} opened"
        if still:
            words += f", {still} still open"
        sign = _BLANK
        yield Item(
            about="alerts", sign=sign, state=state, words=words, weight=bool(still)
        )


def _load(events: Iterable[Envelope], snapshot: Snapshot) -> Iterable[Item]:
    moved = [one.event for one in events if isinstance(one.event, LoadChanged)]
    bad = [one for one in moved if one.load.state is not LoadState.NORMAL]
    if not bad:
        return
    worst = max(bad, key=lambda one: _LOAD[one.load.state][1])
    count = sum(one.load.state is worst.load.state for one in bad)
    now = snapshot.resources.load.state
    tone, weight = _LOAD[now]
    is_over = now is LoadState.NORMAL
    yield Item(
        about="this host",
        sign=_BLANK,
        state=_OVER if is_over else Span(now.value, tone),
        words=f"{times(f'load {worst.load.state.value}', count)}: {worst.why}",
        weight=weight,
    )


def _crowds(events: Iterable[Envelope], lens: Lens) -> Iterable[Item]:
    """Many that failed together: the newest such moment."""
    crowds = [one for one in events if isinstance(one.event, MassFailed)]
    if crowds and isinstance(event := crowds[-1].event, MassFailed):
        fell = f"{len(event.platforms)} of {event.watched} failed together"
        words = f"{fell} at {until(crowds[-1].at, lens)}: {event.canary}"
        yield Item(about="this host", sign=_BLANK, state=_OVER, words=words)


def _is_change(loaded: SettingsLoaded) -> bool:
    """False for the settings of a conductor that has just begun."""
    return bool(loaded.added or loaded.removed or loaded.changed or loaded.others)


def _own(events: Sequence[Envelope]) -> Iterable[str]:
    def count(kind: type) -> int:
        return sum(isinstance(one.event, kind) for one in events)

    loads = [one.event for one in events if isinstance(one.event, SettingsLoaded)]
    if changed := sum(map(_is_change, loads)):
        yield times("settings changed", changed)
    if refused := count(SettingsRefused):
        yield times("settings refused", refused)
    if stalls := count(LoopStalled):
        yield times("stood still", stalls)
    journal = [e.event for e in events if isinstance(e.event, JournalChanged)]
    if failed := sum(bool(one.trouble) for one in journal):
        yield times("the journal could not be written", failed)
