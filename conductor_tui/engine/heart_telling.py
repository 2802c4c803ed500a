"""Heartbeats on their way to the hub: together, a few times a second.

An agent that beats 10,000 times a second is told as one AgentBeats with the newest
KEPT_BEATS and the count of all: that is what bounds the memory, so no beat has to be
refused for coming too often.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from conductor_tui.domain.events import AgentBeats, BeatsHeard
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import AgentId
from conductor_tui.engine.heart_awake import AwakeTime
from conductor_tui.engine.heart_record import Record
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock

TOLD_EVERY_S, TOLD_AT_MOST = 0.25, 500  # agents; more at once would hold the loop


class Telling:
    """Collects beats. `learned` is called for a record whose ladder may have moved,
    `counted` with the number of beats that are told.
    """

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        awake: AwakeTime,
        learned: Callable[[Record], None],
        counted: Callable[[int], None],
    ) -> None:
        self._hub, self._clock, self._awake = hub, clock, awake
        self._learned, self._counted = learned, counted
        self._waiting: list[Record] = []

    @property
    def untold_agents(self) -> list[AgentId]:
        """Who has beaten since it was told last."""
        return [one.spec.agent for one in self._waiting if one.newest]

    def add(self, record: Record, at: float, beat: Beat) -> None:
        """Take one beat; the first one begins the time until all are told."""
        if not record.is_waiting:
            if not self._waiting:
                self._clock.alarm(TOLD_EVERY_S, self._ring)
            self._waiting.append(record)
            record.is_waiting = True
        record.newest.append((at, beat))
        record.count += 1

    def tell(self, record: Record) -> None:
        """Tell one agent's beats now: what they led to is told right after."""
        if record.newest:
            self._publish([record])

    def tell_all(self) -> None:
        while self._waiting:
            self._tell(self._waiting)
            self._waiting = self._waiting[TOLD_AT_MOST:]

    def _ring(self) -> None:
        """Tell what has come; of very many the next turn of the loop tells the rest."""
        waiting, self._waiting = self._waiting, self._waiting[TOLD_AT_MOST:]
        if self._waiting:
            self._clock.alarm(0.0, self._ring)
        self._tell(waiting)

    def _tell(self, waiting: Sequence[Record]) -> None:
        told = waiting[:TOLD_AT_MOST]
        for record in told:
            record.is_waiting = False
        here = [one for one in told if one.newest and not one.is_gone]
        if here:
            self._publish(here)

    def _publish(self, here: Sequence[Record]) -> None:
        for record in here:
            if record.intervals is not None and record.learn():
                self._learned(record)
        now, awake = self._clock.now(), self._awake.now()
        heard = tuple(_told(record, now, awake) for record in here)
        self._counted(sum(record.count for record in here))
        for record in here:
            record.newest.clear()
            record.count = 0
        self._hub.publish(BeatsHeard(agents=heard))

    def untold(self, record: Record) -> AgentBeats | None:
        """Return what has come of one agent and is not told yet."""
        if not record.newest:
            return None
        return _told(record, self._clock.now(), self._awake.now())


def when(moment: float, now: datetime, awake: float) -> datetime | None:
    """Return an awake time as people know it; None for one that never comes."""
    try:
        return now + timedelta(seconds=moment - awake)
    except OverflowError:
        return None


def _told(record: Record, now: datetime, awake: float) -> AgentBeats:
    heard_at = record.heard_at
    return AgentBeats(
        agent=record.spec.agent,
        beats=tuple(record.newest),
        count=record.count,
        heard_at=None if heard_at is None else datetime.fromtimestamp(heard_at, UTC),
        due_at=when(record.worse_at(now, awake), now, awake),
        runs=record.open_runs() if record.runs else (),
        is_stopped=record.is_stopped,
        why=record.own_words(),
    )
