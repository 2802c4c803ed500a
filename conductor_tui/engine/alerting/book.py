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
from dataclasses import dataclass, field, replace
from datetime import datetime

from conductor_tui.domain.alert import (
    SEVERITIES,
    Ack,
    AlertView,
    Notice,
    NoticeKind,
    Silence,
    Subject,
    SubjectKind,
)
from conductor_tui.domain.alert_settings import AlertRule, AlertSettings
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.events import (
    AgentHealthChanged,
    BeatsHeard,
    CheckFinished,
    Envelope,
    MassFailed,
)
from conductor_tui.domain.ids import AlertKey, ChannelName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.alerting.crowds import Crowd, Crowds
from conductor_tui.engine.alerting.flapping import Flaps
from conductor_tui.engine.alerting.quiet import why_quiet
from conductor_tui.engine.alerting.saying import crowd as crowd_words
from conductor_tui.engine.alerting.saying import line
from conductor_tui.engine.alerting.seeing import (
    PASSES_AFTER_S,
    Gone,
    Seen,
    seen,
    well_now,
)
from conductor_tui.engine.alerting.silences import Silences
from conductor_tui.ports import Clock

FLAPPING = "FLAPPING"
_FLAP = (SubjectKind.PLATFORM, SubjectKind.AGENT, SubjectKind.BREAKER)
_CROWD = (SubjectKind.PLATFORM, SubjectKind.AGENT)
_JUST = 1e-6  # of a second: what rounding may cost a boundary


@dataclass(slots=True)
class Open:
    """An open alert and its times (monotonic): since when it is in its state, when
    people were last told, and when it passes by itself, if it does. `is_well`: only
    its flapping keeps it open.
    """

    view: AlertView
    rule: AlertRule
    beat_s: float
    since: float
    told_at: float = float("-inf")
    passes_at: float | None = None
    is_well: bool = False


@dataclass(slots=True)
class Changes:
    """What happened since the last `take`: alerts (the newest of each, with a word for
    people or ""), silences that began or ended (why), and notices, oldest first, each
    with the only channel that it goes through (None: those that are for it).
    """

    alerts: dict[AlertKey, tuple[AlertView, str]] = field(default_factory=dict)
    closed: list[tuple[AlertView, str]] = field(default_factory=list)
    silences: list[tuple[Silence, str]] = field(default_factory=list)
    notices: list[tuple[Notice, ChannelName | None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.alerts or self.closed or self.silences or self.notices)


class AlertBook:
    """`look` gives the newest snapshot, `new_id` a fresh name for a notice."""

    def __init__(
        self, look: Callable[[], Snapshot], clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._look, self._clock, self._new_id = look, clock, new_id
        self._settings = AlertSettings()
        self._open: dict[AlertKey, Open] = {}
        self._told: dict[tuple[AlertKey, str], float] = {}  # when, monotonic
        self._flaps, self._crowds = Flaps(), Crowds()
        self._speakers: dict[str, str] = {}  # by agent: see `why_quiet`
        self.silences = Silences(clock)
        self._changes = Changes()

    # What happens

    def keep_to(self, settings: AlertSettings) -> None:
        """Go by other settings: what they call no alert is over."""
        self._settings = settings
        for key, one in list(self._open.items()):
            one.rule = self._rule(one.view.subject)
            if not one.is_well and one.view.state not in one.rule.states:
                self._close(key, one.view.state, "no alert by the settings any more")

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
            self._crowds.mass_failed(event, self._clock.monotonic())
        for sight in seen(event, self._look()):
            if isinstance(sight, Gone):
                self._close(sight.key, "not watched any more", sight.why)
            else:
                self._see(sight, envelope.at)

    @property
    def is_waiting(self) -> bool:
        """True while time alone may change something: `tick` is wanted."""
        return bool(self._open or self.silences)

    @property
    def has_news(self) -> bool:
        """True when `take` would give anything."""
        return bool(self._changes)

    def tick(self) -> None:
        """Look at what time has changed, and at what the snapshot says otherwise."""
        for silence, why in self.silences.end_those_over():
            self._changes.silences.append((silence, why))
        now = self._clock.monotonic()
        for key, one in list(self._open.items()):
            if one.passes_at is not None and now >= one.passes_at:
                self._close(key, "HEALTHY", "")
            elif not one.is_well:
                for sight in well_now(one.view.subject, self._look()):
                    if isinstance(sight, Seen):
                        self._see(sight, self._clock.now())
            if one.view.is_flapping and key in self._open:
                self._look_whether_steady(one)
            self._judge(key)
        for crowd in self._crowds:
            self._look_at_crowd(crowd)

    def take(self) -> Changes:
        """Return what changed since the last call."""
        changes, self._changes = self._changes, Changes()
        return changes

    def alert(self, key: AlertKey) -> AlertView | None:
        one = self._open.get(key)
        return None if one is None else one.view

    def open_alerts(self) -> tuple[AlertView, ...]:
        return tuple(one.view for one in self._open.values())

    def restore(self, alerts: Sequence[AlertView], silences: Sequence[Silence]) -> None:
        """Go on with what was kept: who was told what, acks, silences. What has been
        seen since we are here stands.
        """
        wall, now = self._clock.now(), self._clock.monotonic()
        self.silences.restore(silences)
        for view in alerts:
            told_at = float("-inf")
            if view.told_at is not None:
                told_at = now - max(0.0, (wall - view.told_at).total_seconds())
                self._told[view.key, view.told] = told_at
            if view.ended_at is None:
                self._restore(view, told_at, wall, now)

    def _restore(
        self, view: AlertView, told_at: float, wall: datetime, now: float
    ) -> None:
        known = self._open.get(view.key)
        if known is not None:  # seen already: it is as it is now, told as it was then
            known.told_at = told_at
            ack = view.ack
            if ack is not None and not ack.sticky and view.state != known.view.state:
                ack = None
            known.view = replace(
                known.view,
                opened_at=view.opened_at,
                told=view.told,
                told_at=view.told_at,
                reminders=view.reminders,
                ack=ack,
            )
            self._note(known.view)
            return
        since = now - max(0.0, (wall - view.since).total_seconds())
        one = Open(view, self._rule(view.subject), 5.0, since, told_at)
        if view.subject.kind is SubjectKind.CONDUCTOR:
            one.passes_at = now + PASSES_AFTER_S  # else it is told again meanwhile
        if view.subject.kind is SubjectKind.GROUP:
            self._crowds.restore(view, now)
        self._open[view.key] = one

    def drop_strangers(self) -> None:
        """End the alerts of what nobody watches: restored ones of names that have gone
        from the settings meanwhile.
        """
        snapshot = self._look()
        known = {f"{SubjectKind.PLATFORM}:{name}" for name in snapshot.platforms}
        known |= {f"{SubjectKind.BREAKER}:{name}" for name in snapshot.platforms}
        known |= {f"{SubjectKind.AGENT}:{name}" for name in snapshot.agents}
        known |= {f"{SubjectKind.RECOVERY}:{name}" for name in snapshot.platforms}
        known |= {f"{SubjectKind.RECOVERY}:{name}" for name in snapshot.agents}
        channels = (one.name for one in self._settings.channels)
        known |= {f"{SubjectKind.CHANNEL}:{name}" for name in channels}
        ours = (SubjectKind.CONDUCTOR, SubjectKind.LOAD, SubjectKind.GROUP)
        for key, one in list(self._open.items()):
            if one.view.subject.kind not in ours and key not in known:
                self._close(key, "not watched any more", "it is not in the settings")

    # What people do

    def ack(self, key: AlertKey, ack: Ack) -> None:
        one = self._open[key]
        one.view = replace(one.view, ack=ack)
        why = f': "{ack.why}"' if ack.why else ""
        self._note(one.view, f"acknowledged by {ack.by}{why}")

    def unack(self, key: AlertKey, by: str) -> None:
        one = self._open[key]
        one.view = replace(one.view, ack=None)
        self._note(one.view, f"acknowledged no more, said {by}")
        self._judge(key)

    def silence(self, silence: Silence, ttl_s: float) -> None:
        self.silences.begin(silence, ttl_s)
        self._changes.silences.append((silence, ""))
        self._judge_all()

    def end_silence(self, silence: Silence, why: str) -> None:
        self.silences.end(silence.id)
        self._changes.silences.append((silence, why))
        self._judge_all()

    # One subject

    def _see(self, sight: Seen, at: datetime) -> None:
        key, now = sight.subject.key, self._clock.monotonic()
        one, rule = self._open.get(key), self._rule(sight.subject)
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
        if key in self._open:
            if sight.passes:
                one.passes_at = now + PASSES_AFTER_S
            self._look_whether_flapping(one)
            self._judge(key)

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
        one = self._open[view.key] = Open(view, rule, sight.beat_s, now)
        if sight.speaks_for:
            self._speakers[sight.speaks_for] = sight.subject.name
        self._note(view)
        return one

    def _go_on(self, one: Open, sight: Seen, at: datetime, now: float) -> None:
        """It is bad, still or again, perhaps in another way. An ack that is not sticky
        was of the state before.
        """
        view = one.view
        if sight.state == view.state:
            if sight.why != view.why:
                one.view = replace(view, why=sight.why)
                self._note(one.view)
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
        self._note(one.view)

    def _is_well_again(self, one: Open, sight: Seen, at: datetime, now: float) -> None:
        if not one.view.is_flapping:
            self._close(one.view.key, sight.state, sight.why)
        elif one.view.state != sight.state:
            one.since = now
            one.view = replace(one.view, state=sight.state, why=sight.why, since=at)
            self._note(one.view)

    def _close(self, key: AlertKey, state: str, why: str) -> None:
        """End an alert, and tell whoever was told of it."""
        one = self._open.pop(key, None)
        if one is None:
            return
        now = self._clock.now()
        if one.view.subject.kind is SubjectKind.PLATFORM:
            speakers = self._speakers.items()
            name = one.view.subject.name
            self._speakers = {agent: by for agent, by in speakers if by != name}
        view = replace(one.view, why=why)
        kind, what = NoticeKind.RECOVERED, ""
        if view.told == FLAPPING:
            kind = NoticeKind.STEADY
        if view.told:
            what = f"over: {state}"
            self._tell(one, view, kind, state)
        view = replace(view, state=state, ended_at=now, is_flapping=False, quiet="")
        self._changes.alerts.pop(key, None)
        self._changes.closed.append((view, what))
        crowd = next((each for each in self._crowds if each.subject.key == key), None)
        if crowd is not None:
            self._crowds.end(crowd)

    # What to tell

    def _judge_all(self) -> None:
        for key in list(self._open):
            self._judge(key)

    def _judge(self, key: AlertKey) -> None:
        """Tell of an alert whatever people should know by now and do not."""
        one = self._open.get(key)
        if one is None:
            return
        self._say_why_quiet(one)
        view = one.view
        wanted = FLAPPING if view.is_flapping else view.state
        now = self._clock.monotonic()
        if view.quiet:
            return
        if view.told != wanted:
            if self._is_ripe(one, wanted, now) and not self._is_of_crowd(one, now):
                self._tell_state(one, wanted, now)
        elif self._is_reminder_due(one, now):
            number = view.reminders + 1
            self._tell(one, view, NoticeKind.REMINDER, view.state, number)
            one.view, one.told_at = replace(view, reminders=number), now
            self._note(one.view, f"reminded, {number}")

    def _say_why_quiet(self, one: Open) -> None:
        view, crowd = one.view, self._crowds.of(one.view.key)
        quiet = crowd.words if crowd is not None else ""
        quiet = quiet or why_quiet(
            view, self._look(), self.silences, self._open, self._speakers
        )
        if quiet != view.quiet:
            one.view = replace(view, quiet=quiet)
            self._note(one.view)

    def _is_ripe(self, one: Open, wanted: str, now: float) -> bool:
        """It has lasted long enough, the same was not told just now, and nobody has
        said for good that they know.
        """
        ack = one.view.ack
        if ack is not None and ack.sticky:
            return False
        if now - one.since < (one.rule.after - 1) * one.beat_s - _JUST:
            return False
        told = self._told.get((one.view.key, wanted), float("-inf"))
        return now - told >= one.rule.cooldown_s - _JUST

    def _is_reminder_due(self, one: Open, now: float) -> bool:
        remind_s = one.rule.remind_s
        if remind_s is None or one.view.ack is not None or one.view.is_flapping:
            return False
        return now - one.told_at >= remind_s - _JUST

    def _tell_state(self, one: Open, wanted: str, now: float) -> None:
        view = one.view
        kind = NoticeKind.CHANGED if view.told else NoticeKind.OPENED
        if wanted == FLAPPING:
            kind = NoticeKind.FLAPPING
        elif view.told == FLAPPING:
            kind = NoticeKind.STEADY
        self._tell(one, view, kind, view.state)
        one.told_at = self._told[view.key, wanted] = now
        one.view = replace(view, told=wanted, told_at=self._clock.now(), reminders=0)
        self._note(one.view, f"told: {wanted}")

    def _tell(
        self, one: Open, view: AlertView, kind: NoticeKind, state: str, number: int = 0
    ) -> None:
        now, snapshot = self._clock.now(), self._look()
        happened = now if kind is NoticeKind.REMINDER or kind.is_over else view.since
        self.add(
            Notice(
                id=self._new_id(),
                kind=kind,
                subject=view.subject,
                state=state,
                was=view.told,
                severity=view.severity,
                text=line(kind, view, state, now, number),
                why=view.why,
                at=happened,
                opened_at=view.opened_at,
                host=snapshot.host,
                members=view.members,
                number=number,
                is_drill=view.is_drill,
            )
        )

    def add(self, notice: Notice, only: ChannelName | None = None) -> None:
        """Have a notice told, through one channel only if so."""
        self._changes.notices.append((notice, only))

    def _note(self, view: AlertView, what: str = "") -> None:
        """Keep the newest of an alert. A word for people is not lost to a later note
        without one.
        """
        before = self._changes.alerts.get(view.key)
        if before is not None and before[1]:
            what = f"{before[1]}, {what}" if what else before[1]
        self._changes.alerts[view.key] = (view, what)

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
        if self._flaps.percent(view.key) > self._settings.flap_high:
            one.view = replace(view, is_flapping=True)
            self._note(one.view)

    def _look_whether_steady(self, one: Open) -> None:
        view = one.view
        low = self._settings.flap_low
        if one.rule.flapping and self._flaps.percent(view.key) >= low:
            return
        one.view = replace(view, is_flapping=False)
        self._flaps.forget(view.key)
        if one.is_well:
            self._close(view.key, view.state, view.why)
        else:
            self._note(one.view)

    # Crowds

    def _is_of_crowd(self, one: Open, now: float) -> bool:
        """True when a group tells it instead: only of what nobody was told yet."""
        view = one.view
        if view.told or view.is_flapping or view.subject.kind not in _CROWD:
            return False
        crowd = self._crowds.join(view, one.beat_s, self._look(), now)
        if crowd is None:
            return False
        self._say_why_quiet(one)
        self._tell_crowd(crowd, one, now)
        return True

    def _tell_crowd(self, crowd: Crowd, first: Open, now: float) -> None:
        """Open the group's alert, or let it have one more member."""
        key, members = crowd.subject.key, tuple(crowd.members.values())
        group = self._open.get(key)
        if group is None:
            at = first.view.since
            view = AlertView(
                subject=crowd.subject,
                state=first.view.state,
                severity=first.view.severity,
                why=crowd_words(members),
                since=at,
                opened_at=at,
                members=members,
            )
            self._open[key] = Open(view, self._rule(crowd.subject), 5.0, now)
        elif len(members) > len(group.view.members):
            words = crowd_words(members)
            group.view = replace(group.view, members=members, why=words)
        else:
            return
        self._note(self._open[key].view)
        self._judge(key)

    def _look_at_crowd(self, crowd: Crowd) -> None:
        """A crowd ends when all are well, or a minute after over half of them are."""
        group = self._open.get(crowd.subject.key)
        if group is None:
            return
        left = self._crowds.unwell(crowd, self._look())
        count, now = len(crowd.members), self._clock.monotonic()
        if 2 * len(left) >= count and left:
            crowd.mostly_well_at = None
            return
        if crowd.mostly_well_at is None:
            crowd.mostly_well_at = now
        waited_s = now - crowd.mostly_well_at
        if left and waited_s < PASSES_AFTER_S:
            return
        why = f"all {count} are well again"
        if left:
            names = ", ".join(sorted(one.name for one in left)[:8])
            after = format_duration(PASSES_AFTER_S)
            why = f"{count - len(left)} of {count} are, {after} later not: {names}"
        self._close(crowd.subject.key, "HEALTHY", why)
        self._crowds.end(crowd)
        self._judge_all()

    def _rule(self, subject: Subject) -> AlertRule:
        rules = (one for one in self._settings.rules if one.scope.covers(subject))
        return next(rules, self._settings.rule)


def _agent_key(agent: str) -> AlertKey:
    return AlertKey(f"{SubjectKind.AGENT}:{agent}")
