"""What to tell of an open alert, and to whom it is over."""

from collections.abc import Iterable
from dataclasses import replace

from conductor_tui.domain.alert import AlertView, NoticeKind, Silence, SubjectKind
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.ids import AlertKey
from conductor_tui.engine.alerting.crowds import Crowd, Crowds
from conductor_tui.engine.alerting.ledger import Ledger, Open
from conductor_tui.engine.alerting.quiet import why_quiet
from conductor_tui.engine.alerting.saying import crowd as crowd_words
from conductor_tui.engine.alerting.seeing import PASSES_AFTER_S

FLAPPING = "FLAPPING"
_CROWD = (SubjectKind.PLATFORM, SubjectKind.AGENT)
_JUST = 1e-6  # of a second: what rounding may cost a boundary


class Telling:
    """Decides by level: see the book."""

    def __init__(self, ledger: Ledger, silences: Iterable[Silence]) -> None:
        self._ledger, self._silences = ledger, silences
        self.crowds = Crowds()
        self._speakers: dict[str, str] = {}  # by agent: see `why_quiet`
        self.mute = ""  # why nobody is told of anything

    def speaks(self, platform: str, agent: str) -> None:
        """Note that a platform with an open alert is as well as an agent says."""
        self._speakers[agent] = platform

    def judge_all(self) -> None:
        for key in list(self._ledger.open):
            self.judge(key)

    def judge(self, key: AlertKey) -> None:
        """Tell of an alert whatever people should know by now and do not."""
        one = self._ledger.open.get(key)
        if one is None:
            return
        self._say_why_quiet(one)
        view = one.view
        wanted = FLAPPING if view.is_flapping else view.state
        now = self._ledger.clock.monotonic()
        if view.quiet:
            return
        if view.told != wanted:
            if self._is_ripe(one, wanted, now) and not self._joins_crowd(one, now):
                self._tell_state(one, wanted, now)
        elif self._is_reminder_due(one, now):
            number = view.reminders + 1
            self._ledger.tell(view, NoticeKind.REMINDER, view.state, number)
            one.view, one.told_at = replace(view, reminders=number), now
            self._ledger.note(one.view, f"reminded, {number}")

    def _say_why_quiet(self, one: Open) -> None:
        view, crowd = one.view, self.crowds.of(one.view.key)
        quiet = self.mute or (crowd.words if crowd is not None else "")
        quiet = quiet or why_quiet(
            view, self._ledger.look(), self._silences, self._ledger.open, self._speakers
        )
        if quiet != view.quiet:
            one.view = replace(view, quiet=quiet)
            self._ledger.note(one.view)

    def _is_ripe(self, one: Open, wanted: str, now: float) -> bool:
        """It has lasted long enough, the same was not told just now, and nobody has
        said for good that they know.
        """
        ack = one.view.ack
        if ack is not None and ack.sticky:
            return False
        lasted_s, needed_s = now - one.since, (one.rule.after - 1) * one.beat_s
        if wanted != FLAPPING and lasted_s < needed_s - _JUST:
            return False
        told = self._ledger.told.get((one.view.key, wanted), float("-inf"))
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
        self._ledger.tell(view, kind, view.state)
        one.told_at = self._ledger.told[view.key, wanted] = now
        at = self._ledger.clock.now()
        one.view = replace(view, told=wanted, told_at=at, reminders=0)
        self._ledger.note(one.view, f"told: {wanted}")

    def close(self, key: AlertKey, state: str, why: str) -> None:
        """End an alert, and tell whoever was told of it."""
        one = self._ledger.open.pop(key, None)
        if one is None:
            return
        now = self._ledger.clock.now()
        if one.view.subject.kind is SubjectKind.PLATFORM:
            speakers = self._speakers.items()
            name = one.view.subject.name
            self._speakers = {agent: by for agent, by in speakers if by != name}
        view = replace(one.view, why=why)
        kind, what = NoticeKind.RECOVERED, ""
        if view.told == FLAPPING:
            kind = NoticeKind.STEADY
        if view.told and not self.mute:
            what = f"over: {state}"
            self._ledger.tell(view, kind, state)
        view = replace(view, state=state, ended_at=now, is_flapping=False, quiet="")
        self._ledger.changes.alerts.pop(key, None)
        self._ledger.changes.closed.append((view, what))
        crowd = next((each for each in self.crowds if each.subject.key == key), None)
        if crowd is not None:
            self.crowds.end(crowd)

    def _joins_crowd(self, one: Open, now: float) -> bool:
        """True when a group tells it instead: only of what nobody was told yet."""
        view = one.view
        if view.told or view.is_flapping or view.subject.kind not in _CROWD:
            return False
        crowd = self.crowds.join(view, one.beat_s, self._ledger.look(), now)
        if crowd is None:
            return False
        self._say_why_quiet(one)
        self._tell_crowd(crowd, one, now)
        return True

    def _tell_crowd(self, crowd: Crowd, first: Open, now: float) -> None:
        """Open the group's alert, or let it have one more member."""
        key, members = crowd.subject.key, tuple(crowd.members.values())
        group = self._ledger.open.get(key)
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
            rule = self._ledger.rule(crowd.subject)
            self._ledger.open[key] = Open(view, rule, 5.0, now)
        elif len(members) > len(group.view.members):
            words = crowd_words(members)
            group.view = replace(group.view, members=members, why=words)
        else:
            return
        self._ledger.note(self._ledger.open[key].view)
        self.judge(key)

    def look_at_crowd(self, crowd: Crowd) -> None:
        """A crowd ends when all are well, or a minute after over half of them are."""
        group = self._ledger.open.get(crowd.subject.key)
        if group is None:
            return
        left = self.crowds.unwell(crowd, self._ledger.look())
        count, now = len(crowd.members), self._ledger.clock.monotonic()
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
        self.close(crowd.subject.key, "HEALTHY", why)
        self.crowds.end(crowd)
        self.judge_all()
