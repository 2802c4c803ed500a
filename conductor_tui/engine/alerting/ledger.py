"""The open alerts, who was told what, and what has changed since it was kept."""

from collections.abc import Callable
from dataclasses import dataclass, field

from conductor_tui.domain.alert import AlertView, Notice, NoticeKind, Silence, Subject
from conductor_tui.domain.alert_settings import AlertRule, AlertSettings
from conductor_tui.domain.ids import AlertKey, ChannelName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.alerting.saying import line
from conductor_tui.ports import Clock

KEPT_TOLD = 20_000


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


class Ledger:
    """What the parts of the book share. `look` gives the newest snapshot, `new_id` a
    fresh name for a notice.
    """

    def __init__(
        self, look: Callable[[], Snapshot], clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self.look, self.clock, self._new_id = look, clock, new_id
        self.settings = AlertSettings()
        self.open: dict[AlertKey, Open] = {}
        self.told: dict[tuple[AlertKey, str], float] = {}  # when, monotonic
        self.changes = Changes()

    def take(self) -> Changes:
        """Return what changed since the last call."""
        changes, self.changes = self.changes, Changes()
        if len(self.told) > KEPT_TOLD:  # their cooldowns are long over
            self.told = dict(list(self.told.items())[-KEPT_TOLD // 2 :])
        return changes

    def rule(self, subject: Subject) -> AlertRule:
        rules = (one for one in self.settings.rules if one.scope.covers(subject))
        return next(rules, self.settings.rule)

    def add(self, notice: Notice, only: ChannelName | None = None) -> None:
        """Have a notice told, through one channel only if so."""
        self.changes.notices.append((notice, only))

    def note(self, view: AlertView, what: str = "") -> None:
        """Keep the newest of an alert. A word for people is not lost to a later note
        without one.
        """
        before = self.changes.alerts.get(view.key)
        if before is not None and before[1]:
            what = f"{before[1]}, {what}" if what else before[1]
        self.changes.alerts[view.key] = (view, what)

    def tell(
        self, view: AlertView, kind: NoticeKind, state: str, number: int = 0
    ) -> None:
        now, snapshot = self.clock.now(), self.look()
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
