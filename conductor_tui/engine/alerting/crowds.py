"""Many subjects that go wrong together: told as one group, and well again as one.

Of platforms the engine's guard says so (`MassFailed`); of agents it is so when over
half of those that were well, and at least four, are unwell since a moment ago.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from conductor_tui.domain.alert import AlertView, Subject, SubjectKind
from conductor_tui.domain.events import MassFailed
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, AlertKey, PlatformName
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.engine.alerting.seeing import of_agent, of_platform

FEWEST = 4
FRESH_S = 60.0
_NAMES = {SubjectKind.PLATFORM: "platforms", SubjectKind.AGENT: "agents"}


@dataclass(slots=True)
class Crowd:
    """The members by key, and since when (monotonic) it is there; `mostly_well_at` is
    when over half of them were well again. Of the `unseen` ones nothing has been heard
    since a restart.
    """

    kind: SubjectKind
    began: float
    members: dict[AlertKey, Subject] = field(default_factory=dict)
    mostly_well_at: float | None = None
    unseen: set[AlertKey] = field(default_factory=set)

    @property
    def subject(self) -> Subject:
        return Subject(kind=SubjectKind.GROUP, name=_NAMES[self.kind])

    @property
    def words(self) -> str:
        return f"one of {len(self.members)} {_NAMES[self.kind]} that fail together"


class Crowds:
    """At most one crowd of platforms and one of agents."""

    def __init__(self) -> None:
        self._crowds: dict[SubjectKind, Crowd] = {}
        self._mass: tuple[float, MassFailed] | None = None

    def mass_failed(self, event: MassFailed, now: float) -> None:
        if not event.is_ours:
            self._mass = (now, event)

    def of(self, key: AlertKey) -> Crowd | None:
        """Return the crowd that a subject is in."""
        for crowd in self._crowds.values():
            if key in crowd.members:
                return crowd
        return None

    def __iter__(self) -> Iterator[Crowd]:
        return iter(tuple(self._crowds.values()))

    def join(
        self, alert: AlertView, beat_s: float, snapshot: Snapshot, now: float
    ) -> Crowd | None:
        """Return the crowd that an alert, not told yet, belongs to, if there is one:
        one that is there and young, or a new one.
        """
        fresh_s, kind = FRESH_S + 3 * beat_s, alert.subject.kind
        crowd = self._crowds.get(kind)
        if crowd is not None:
            if now - crowd.began > fresh_s or crowd.mostly_well_at is not None:
                return None
            crowd.members[alert.key] = alert.subject
            return crowd
        members = self._members(alert, fresh_s, snapshot, now)
        if len(members) < FEWEST:
            return None
        members[alert.key] = alert.subject
        crowd = self._crowds[kind] = Crowd(kind, now, members)
        return crowd

    def restore(self, alert: AlertView, now: float) -> None:
        """Go on with the crowd that a restored group alert stands for."""
        members = {one.key: one for one in alert.members}
        for kind, name in _NAMES.items():
            if name == alert.subject.name and members:
                self._crowds[kind] = Crowd(kind, now, members, unseen=set(members))

    def drop_unseen(self) -> None:
        """Whoever has not been seen by now is not watched any more."""
        for crowd in self:
            crowd.unseen.clear()

    def end(self, crowd: Crowd) -> None:
        self._crowds.pop(crowd.kind, None)
        if crowd.kind is SubjectKind.PLATFORM:
            self._mass = None

    def unwell(self, crowd: Crowd, snapshot: Snapshot) -> list[Subject]:
        """Return the members that are not well yet. One that has gone is well."""
        for key in list(crowd.unseen):
            if _health(crowd.members[key], snapshot) not in (None, Health.UNKNOWN):
                crowd.unseen.discard(key)
        return [
            one
            for key, one in crowd.members.items()
            if key in crowd.unseen or _is_unwell(one, snapshot)
        ]

    def _members(
        self, alert: AlertView, fresh_s: float, snapshot: Snapshot, now: float
    ) -> dict[AlertKey, Subject]:
        if alert.subject.kind is SubjectKind.AGENT:
            return _fresh_agents(alert, fresh_s, snapshot)
        if alert.subject.kind is not SubjectKind.PLATFORM or self._mass is None:
            return {}
        at, mass = self._mass
        if now - at > fresh_s or alert.subject.name not in mass.platforms:
            return {}
        views = [snapshot.platforms.get(name) for name in mass.platforms]
        subjects = [
            of_platform(view.spec)
            for view in views
            if view is not None
            and view.health.severity > 0
            and snapshot.blocked_by(view) is None
        ]
        return {one.key: one for one in subjects}


def _fresh_agents(
    alert: AlertView, fresh_s: float, snapshot: Snapshot
) -> dict[AlertKey, Subject]:
    fresh, were_well = {}, 0
    for view in snapshot.agents.in_order():
        if view.health.severity <= 0:
            were_well += view.health is Health.HEALTHY
            continue
        since = view.since or alert.since
        if abs((alert.since - since).total_seconds()) <= fresh_s:
            subject = of_agent(view)
            fresh[subject.key] = subject
            were_well += 1
    return fresh if 2 * len(fresh) > were_well else {}


def _is_unwell(subject: Subject, snapshot: Snapshot) -> bool:
    health = _health(subject, snapshot)
    return health is not None and health.severity > 0


def _health(subject: Subject, snapshot: Snapshot) -> Health | None:
    """Return how a subject is; None where nobody watches it."""
    if subject.kind is SubjectKind.AGENT:
        agent = snapshot.agents.get(AgentId(subject.name))
        return None if agent is None else agent.health
    platform = snapshot.platforms.get(PlatformName(subject.name))
    return None if platform is None else platform.health
