"""Hears every heartbeat and knows who is silent. Satisfies ports.Ear.

Theory: `hear` is the hot path. A beat of an agent that is HEALTHY writes two times into
its record and costs the same with one agent and with 10,000; no event, no heap. What
came is told together (heart_telling), who falls silent is found by one heap
(heart_deadlines), in a time without our own stalls (heart_awake).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from conductor_tui.domain.agent import AgentSpec, AgentView
from conductor_tui.domain.agent_fold import apply_agents
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.events import (
    AgentAdded,
    AgentChanged,
    AgentHealthChanged,
    AgentRemoved,
    BeatsHeard,
)
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import AgentSettings, Settings
from conductor_tui.engine.heart_awake import AwakeTime
from conductor_tui.engine.heart_creation import Creation
from conductor_tui.engine.heart_deadlines import Deadlines
from conductor_tui.engine.heart_ingest import Ingest
from conductor_tui.engine.heart_record import NOW_S, Record
from conductor_tui.engine.heart_restoring import resume, told_again
from conductor_tui.engine.heart_telling import Telling, when
from conductor_tui.engine.heart_words import cleaned, is_clean, take
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock, Heard, Hearing, Timetable, Watchdog

_TAKEN, _BEAT = Hearing(Heard.TAKEN), BeatKind.BEAT
_HANDFUL = 50  # agents that are added at once: some 5 ms where there are thousands
_STEPPED_S = 0.5  # the wall clock moved by more than it should have


class Heart:
    """Owns the agents. On the engine's loop."""

    def __init__(
        self, hub: Hub, clock: Clock, watchdog: Watchdog, timetable: Timetable | None
    ) -> None:
        self._hub, self._clock, self._timetable = hub, clock, timetable
        self._awake = AwakeTime(clock, watchdog)
        self._monotonic = clock.monotonic
        self.ingest = Ingest(hub, clock)
        self._creation = Creation()
        self._deadlines = Deadlines(
            clock, self._awake, self._moment, self._come_due, self._look
        )
        self._telling = Telling(
            hub, clock, self._awake, self._deadlines.expect, self.ingest.heard
        )
        self._records: dict[AgentId, Record] = {}
        self._agents: Mapping[AgentId, AgentSettings] | None = None
        self._ping_key: Secret | None = None
        self._before: dict[AgentId, AgentView] = {}
        self._before_at: datetime | None = None
        self._offset = self._wall_offset()
        self._somebody = asyncio.Event()

    # Satisfying ports.Ear

    @property
    def agents(self) -> Mapping[AgentId, AgentSettings]:
        if self._agents is None:
            known = {name: one.settings for name, one in self._records.items()}
            self._agents = MappingProxyType(known)
        return self._agents

    @property
    def ping_key(self) -> Secret | None:
        return self._ping_key

    def hear(self, beat: Beat) -> Hearing:
        record = self._records.get(beat.agent)
        if record is None:
            return self._of_stranger(beat)
        if not is_clean(beat):
            beat = cleaned(beat)
        at = self._monotonic() + self._offset
        if (
            record.is_plain
            and beat.kind is _BEAT
            and not beat.exit_code
            and beat.extends_s is None
        ):
            awake = at - self._offset - self._awake.stood_s
            if record.intervals is not None and record.heard is not None:
                record.intervals.append(awake - record.heard)
            record.heard, record.heard_at = awake, at
            self._telling.add(record, at, beat)
        else:
            self._take(record, at, beat)
        return _TAKEN

    def turn_away(self, why: str) -> None:
        self.ingest.refused(why)

    def expect(self, spec: AgentSpec) -> Hearing:
        known = self._records.get(spec.agent)
        spec = self._creation.admitted(spec)
        if spec.cron and self._timetable is None:
            return Hearing(Heard.REFUSED, "there is no calendar to go by here")
        if known is None:
            return self._create(AgentSettings(spec=spec))
        if known.spec.is_created and known.spec != spec:
            self._change(known, AgentSettings(spec=spec))
        return _TAKEN

    def forget(self, agent: AgentId, why: str) -> Hearing:
        record = self._records.get(agent)
        if record is None:
            return Hearing(Heard.UNKNOWN, f"no agent is called {agent!r}")
        if not record.spec.is_created:
            words = f"{agent!r} stands in the settings: take it out there"
            return Hearing(Heard.REFUSED, words)
        self._remove(record, why)
        return _TAKEN

    def view(self, agent: AgentId) -> AgentView | None:
        view, record = self._hub.snapshot.agents.get(agent), self._records.get(agent)
        untold = self._telling.untold(record) if record else None
        if view is None or untold is None:
            return view
        event = BeatsHeard(agents=(untold,))
        return apply_agents(Roster({agent: view}), event, self._clock.now())[agent]

    @property
    def untold_agents(self) -> list[AgentId]:
        """Who has beaten since it was told last."""
        return self._telling.untold_agents

    @property
    def kept_deadlines(self) -> int:
        """How many entries the heap has: bounded, whatever agents say."""
        return len(self._deadlines)

    # Who is listened for

    def restore(self, views: Sequence[AgentView], at: datetime) -> None:
        """Go on from what was known `at` an earlier time, for agents that are added
        from now on. The time that we were away counts for nobody. Before `begin`.
        """
        self._before = {view.agent: view for view in views}
        self._before_at = at

    async def keep_to(self, settings: Settings) -> None:
        """Go by these settings from now on: the same name is the same agent. Many who
        are new are added by handfuls, and others get their turn between them.
        """
        wanted = {one.spec.agent: one for one in settings.agents}
        self._ping_key = settings.listen.ping_key
        self._creation.keep_to(settings.create)
        self._agents = None
        self._look()
        self._follow_wall()
        for record in list(self._records.values()):
            self._keep(record, wanted, settings.source)
        new = [one for name, one in wanted.items() if name not in self._records]
        for number, one in enumerate(new, start=1):
            if one.spec.agent not in self._records:  # it may have come meanwhile
                self._add(one)
            if number % _HANDFUL == 0:
                await asyncio.sleep(0)
        self._bring_back()

    def _keep(
        self, record: Record, wanted: Mapping[AgentId, AgentSettings], source: str
    ) -> None:
        name = record.spec.agent
        if name in wanted:
            self._change(record, wanted[name])
        elif not record.spec.is_created:
            self._remove(record, f"it is not in {source} any more")
        elif not self._creation.lets_in(name):
            self._remove(record, "[agents] names does not let it in any more")

    def _bring_back(self) -> None:
        """Listen again for those that had come by themselves before a restart."""
        for view in list(self._before.values()):
            if view.spec.is_created and self._creation.lets_in(view.agent):
                self._create(AgentSettings(spec=view.spec))
        self._before.clear()

    def _of_stranger(self, beat: Beat) -> Hearing:
        if not self._creation.lets_in(beat.agent):
            self.ingest.unknown(beat.agent)
            return Hearing(Heard.UNKNOWN, f"no agent is called {beat.agent!r}")
        spec = self._creation.usual(beat.agent, beat.via)
        created = self._create(AgentSettings(spec=spec))
        if created.heard is Heard.CREATED:
            self.hear(beat)
        return created

    def _create(self, settings: AgentSettings) -> Hearing:
        problem = self._creation.problem(settings.spec.agent)
        if problem:
            self.ingest.refused(problem)
            return Hearing(Heard.REFUSED, problem)
        self._creation.count += 1
        self._look()
        self._add(settings)
        return Hearing(Heard.CREATED)

    def _add(self, settings: AgentSettings) -> None:
        name, now, awake = settings.spec.agent, self._clock.now(), self._awake.now()
        record = self._records[name] = Record(settings, listened=awake)
        self._agents = None
        self.ingest.known(name)
        before = self._before.pop(name, None)
        if before is not None:
            resume(record, before, self._before_at or now, now, awake)
        self._find_due(record, now)
        heard_at = record.heard_at
        since = None if heard_at is None else datetime.fromtimestamp(heard_at, UTC)
        self._hub.publish(
            AgentAdded(
                spec=settings.spec,
                silent_since=since,
                health=record.health,
                due_at=self._due_at(record),
            )
        )
        again = told_again(record, before, self._due_at(record)) if before else None
        if again is not None:
            self._hub.publish(BeatsHeard(agents=(again,)))
        self._turn(record)
        self._somebody.set()

    def _change(self, record: Record, settings: AgentSettings) -> None:
        """Go by other settings. Another place in the file, or other doors (a token),
        are nothing to tell.
        """
        self._agents = None
        before, spec = record.spec, settings.spec
        self._creation.count += spec.is_created - before.is_created
        if replace(before, origin=spec.origin) == spec:
            record.settings = settings
            return
        record.go_by(settings)
        self._find_due(record, self._clock.now())
        due_at = self._due_at(record)
        self._hub.publish(AgentChanged(spec=spec, due_at=due_at))
        self._turn(record)

    def _remove(self, record: Record, why: str) -> None:
        del self._records[record.spec.agent]
        self._agents = None
        self._creation.count -= record.spec.is_created
        record.is_gone = True
        if not self._records:
            self._somebody.clear()
        self._hub.publish(AgentRemoved(agent=record.spec.agent, why=why))

    # How they are

    def _take(self, record: Record, at: float, beat: Beat) -> None:
        self._look()  # after a stall of ours this may come before the next look
        now, awake = self._clock.now(), self._awake.now()
        beat = take(record, beat, now, awake)
        self._find_due(record, now)
        self._telling.add(record, at, beat)
        self._turn(record)

    def _turn(self, record: Record) -> None:
        """Tell the health that it has now, if that is another."""
        now, awake = self._clock.now(), self._awake.now()
        record.note_due(now, awake)
        was, health = record.health, record.look(awake)
        record.judged = awake
        if health is not was:
            record.health = health
            record.settle()  # first: what comes next depends on it
            self._telling.tell(record)  # nobody is HEALTHY without a beat
            self._hub.publish(
                AgentHealthChanged(
                    agent=record.spec.agent,
                    was=was,
                    now=health,
                    why=record.why(health, awake),
                    due_at=when(record.worse_at(now, awake), now, awake),
                )
            )
        record.settle()
        self._deadlines.expect(record)

    def _come_due(self, record: Record) -> None:
        if record.expires() <= self._awake.now() + NOW_S:
            silent = format_duration(record.spec.expires_s or 0.0)
            self._remove(record, f"it was silent for {silent}")
        else:
            self._turn(record)

    def _moment(self, record: Record) -> float:
        worse_at = record.worse_at(self._clock.now(), self._awake.now())
        return min(worse_at, record.expires())

    def _due_at(self, record: Record) -> datetime | None:
        now, awake = self._clock.now(), self._awake.now()
        return when(record.worse_at(now, awake), now, awake)

    def _find_due(self, record: Record, now: datetime) -> None:
        """Ask the timetable when the next beat of an agent is due, where it has one."""
        spec = record.spec
        if not spec.cron or self._timetable is None or record.overdue is not None:
            return
        if record.due is None or record.due <= now:
            record.due = self._timetable.next_after(spec.cron, spec.zone, now)

    # Ourselves

    async def run(self) -> None:
        """Look at ourselves about once a second while there is anybody, for ever."""
        while True:
            if not self._records:
                self._awake.rest()
                await self._somebody.wait()
            await self._awake.wait()
            self._look()
            self._follow_wall()

    def tell(self) -> None:
        """Tell what has come and is not told yet."""
        self._telling.tell_all()
        self.ingest.tell()

    def close(self) -> None:
        self._deadlines.close()
        self.tell()

    def _look(self) -> None:
        """Take what we stood still off everybody's silence."""
        if self._awake.look() <= 0.0:
            return
        awake = self._awake.now()
        for record in self._records.values():
            record.judged = min(record.judged, awake)
            if record.heard is not None and record.heard > awake:  # on the old count
                record.heard = awake
                self._deadlines.expect(record)
        self._deadlines.wait_after_stall()

    def _follow_wall(self) -> None:
        """Look at the timetables again when the wall clock was moved. `hear` goes by
        what this finds, for asking that clock costs as much as all the rest.
        """
        offset = self._wall_offset()
        moved_s, self._offset = offset - self._offset, offset
        if abs(moved_s) > _STEPPED_S:
            for record in self._records.values():
                if record.spec.cron:
                    self._deadlines.expect(record)

    def _wall_offset(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()
