"""The book of alerts: what is wrong, who was told, and what to tell next.

An alert goes by levels, not by edges: on each look people should know its state, and
are told when they know another one, nothing keeps it quiet, and its cooldown is over.
So whatever delayed a notice (a silence, a throttle, a restart), what is told in the end
is how things are. Whoever was told that something is wrong is told that it is over,
silence or not.

Everything here is synchronous and reaches nothing: `take` gives what has to be kept
and told. Durations go by the monotonic clock; what is shown and kept is wall time.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from conductor_tui.domain.alert import (
    SEVERITIES,
    Ack,
    AlertView,
    Notice,
    Silence,
    SubjectKind,
)
from conductor_tui.domain.alert_settings import AlertRule, AlertSettings
from conductor_tui.domain.events import (
    AgentHealthChanged,
    BeatsHeard,
    CheckFinished,
    Envelope,
    MassFailed,
)
from conductor_tui.domain.ids import AlertKey, ChannelName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.alerting.flapping import Flaps
from conductor_tui.engine.alerting.ledger import Changes, Ledger, Open
from conductor_tui.engine.alerting.restoring import restore_alerts, strangers
from conductor_tui.engine.alerting.seeing import (
    PASSES_AFTER_S,
    Gone,
    Seen,
    seen,
    well_now,
)
from conductor_tui.engine.alerting.silences import Silences
from conductor_tui.engine.alerting.telling import Telling
from conductor_tui.ports import Clock

_FLAP = (SubjectKind.PLATFORM, SubjectKind.AGENT, SubjectKind.BREAKER)


class AlertBook:
    """`look` gives the newest snapshot, `new_id` a fresh name for a notice."""

    def __init__(
        self, look: Callable[[], Snapshot], clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._ledger = Ledger(look, clock, new_id)
        self.silences = Silences(clock)
        self._telling = Telling(self._ledger, self.silences)
        self._flaps = Flaps()

    # What happens

    def keep_to(self, settings: AlertSettings) -> None:
        """Go by other settings: what they call no alert is over."""
        self._ledger.settings = settings
        for key, one in list(self._ledger.open.items()):
            one.rule = self._ledger.rule(one.view.subject)
            if not one.is_well and one.view.state not in one.rule.states:
                why = "no alert by the settings any more"
                self._telling.close(key, one.view.state, why)

    def hear(self, envelope: Envelope) -> None:
        """Note what an event says. Called for every one: a result costs next to
        nothing.
        """
        event = envelope.event
        if isinstance(event, CheckFinished):
            self._count(event)
            return
        if isinstance(event, BeatsHeard):
            for beats in event.agents:
                self._flaps.result(_agent_key(beats.agent), beats.count)
            return
        if isinstance(event, AgentHealthChanged):  # a silence is a result as well
            self._flaps.result(_agent_key(event.agent))
        if isinstance(event, MassFailed):
            self._telling.crowds.mass_failed(event, self._ledger.clock.monotonic())
        for sight in seen(event, self._ledger.look()):
            if isinstance(sight, Gone):
                self._telling.close(sight.key, "not watched any more", sight.why)
            else:
                self._see(sight, envelope.at)

    def mute(self, why: str) -> None:
        """Tell nobody of anything, until it is called with ""."""
        self._telling.mute = why
        self._telling.judge_all()

    @property
    def is_waiting(self) -> bool:
        """True while time alone may change something: `tick` is wanted."""
        return bool(self._ledger.open or self.silences)

    @property
    def has_news(self) -> bool:
        """True when `take` would give anything."""
        return bool(self._ledger.changes)

    def tick(self) -> None:
        """Look at what time has changed, and at what the snapshot says otherwise."""
        for silence, why in self.silences.end_those_over():
            self._ledger.changes.silences.append((silence, why))
        now = self._ledger.clock.monotonic()
        for key, one in list(self._ledger.open.items()):
            if one.passes_at is not None and now >= one.passes_at:
                self._telling.close(key, "HEALTHY", "")
            elif not one.is_well:
                for sight in well_now(one.view.subject, self._ledger.look()):
                    if isinstance(sight, Seen):
                        self._see(sight, self._ledger.clock.now())
            if one.view.is_flapping and key in self._ledger.open:
                self._look_whether_steady(one)
            self._telling.judge(key)
        for crowd in self._telling.crowds:
            self._telling.look_at_crowd(crowd)

    def take(self) -> Changes:
        """Return what changed since the last call."""
        return self._ledger.take()

    def alert(self, key: AlertKey) -> AlertView | None:
        one = self._ledger.open.get(key)
        return None if one is None else one.view

    def restore(self, alerts: Sequence[AlertView], silences: Sequence[Silence]) -> None:
        """Go on with what was kept: who was told what, acks, silences. What has been
        seen since we are here stands.
        """
        self.silences.restore(silences)
        restore_alerts(self._ledger, self._telling.crowds, alerts)

    def keep_all(self) -> None:
        """Have every open alert kept anew: the journal may know nothing of it."""
        for one in self._ledger.open.values():
            self._ledger.note(one.view)

    def drop_strangers(self) -> None:
        """End the alerts of what nobody watches: restored ones of names that have gone
        from the settings meanwhile.
        """
        self._telling.crowds.drop_unseen()
        for key in strangers(self._ledger):
            self._telling.close(key, "not watched any more", "not in the settings")

    # What people do

    def ack(self, key: AlertKey, ack: Ack) -> None:
        one = self._ledger.open[key]
        one.view = replace(one.view, ack=ack)
        why = f': "{ack.why}"' if ack.why else ""
        self._ledger.note(one.view, f"acknowledged by {ack.by}{why}")

    def unack(self, key: AlertKey, by: str) -> None:
        one = self._ledger.open[key]
        one.view = replace(one.view, ack=None)
        self._ledger.note(one.view, f"acknowledged no more, said {by}")
        self._telling.judge(key)

    def silence(self, silence: Silence, ttl_s: float) -> None:
        self.silences.begin(silence, ttl_s)
        self._ledger.changes.silences.append((silence, ""))
        self._telling.judge_all()

    def end_silence(self, silence: Silence, why: str) -> None:
        self.silences.end(silence.id)
        self._ledger.changes.silences.append((silence, why))
        self._telling.judge_all()

    def add(self, notice: Notice, only: ChannelName | None = None) -> None:
        """Have a notice told, through one channel only if so."""
        self._ledger.add(notice, only)

    # One subject

    def _see(self, sight: Seen, at: datetime) -> None:
        key, now = sight.subject.key, self._ledger.clock.monotonic()
        one, rule = self._ledger.open.get(key), self._ledger.rule(sight.subject)
        is_bad = sight.state in rule.states
        if one is None and not is_bad:
            return
        if sight.subject.kind in _FLAP:
            was_bad = one is not None and not one.is_well
            if is_bad != was_bad and (is_bad or sight.is_well):
                self._flaps.changed(key)
        if one is None:
            one = self._begin(sight, rule, at, now)
        elif sight.is_well:
            one.is_well = True
            self._is_well_again(one, sight, at, now)
        elif is_bad:
            one.is_well = False
            self._go_on(one, sight, at, now)
        if key in self._ledger.open:
            if sight.passes:
                one.passes_at = now + PASSES_AFTER_S
            self._look_whether_flapping(one)
            self._telling.judge(key)

    def _begin(self, sight: Seen, rule: AlertRule, at: datetime, now: float) -> Open:
        view = AlertView(
            subject=sight.subject,
            state=sight.state,
            severity=rule.severity or SEVERITIES[sight.state],
            why=sight.why,
            since=at,
            opened_at=at,
            is_drill=sight.is_drill,
        )
        one = self._ledger.open[view.key] = Open(view, rule, sight.beat_s, now)
        if sight.speaks_for:
            self._telling.speaks(sight.subject.name, sight.speaks_for)
        self._ledger.note(view)
        return one

    def _go_on(self, one: Open, sight: Seen, at: datetime, now: float) -> None:
        """It is bad, still or again, perhaps in another way. An ack that is not sticky
        was of the state before.
        """
        view = one.view
        if sight.state == view.state:
            if sight.why != view.why:
                one.view = replace(view, why=sight.why)
                self._ledger.note(one.view)
            return
        ack = view.ack if view.ack and view.ack.sticky else None
        severity = one.rule.severity or SEVERITIES[sight.state]
        one.since = now
        one.view = replace(
            view,
            state=sight.state,
            severity=severity,
            why=sight.why,
            since=at,
            ack=ack,
        )
        self._ledger.note(one.view)

    def _is_well_again(self, one: Open, sight: Seen, at: datetime, now: float) -> None:
        if not one.view.is_flapping:
            self._telling.close(one.view.key, sight.state, sight.why)
        elif one.view.state != sight.state:
            one.since = now
            one.view = replace(one.view, state=sight.state, why=sight.why, since=at)
            self._ledger.note(one.view)

    # Flapping

    def _count(self, event: CheckFinished) -> None:
        if self._flaps.is_empty or not event.result.outcome.is_verdict:
            return
        name = event.result.platform
        for kind in (SubjectKind.PLATFORM, SubjectKind.BREAKER):
            self._flaps.result(AlertKey(f"{kind}:{name}"))

    def _look_whether_flapping(self, one: Open) -> None:
        view = one.view
        if view.is_flapping or not one.rule.flapping:
            return
        if self._flaps.percent(view.key) > self._ledger.settings.flap_high:
            one.view = replace(view, is_flapping=True)
            self._ledger.note(one.view)

    def _look_whether_steady(self, one: Open) -> None:
        view = one.view
        low = self._ledger.settings.flap_low
        if one.rule.flapping and self._flaps.percent(view.key) >= low:
            return
        one.view = replace(view, is_flapping=False)
        self._flaps.forget(view.key)
        if one.is_well:
            self._telling.close(view.key, view.state, view.why)
        else:
            self._ledger.note(one.view)


def _agent_key(agent: str) -> AlertKey:
    return AlertKey(f"{SubjectKind.AGENT}:{agent}")
