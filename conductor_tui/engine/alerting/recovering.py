"""Recovery: what can be mended is, accountably, and never without an end.

A subject that is FAILED and has a recovery is a case, looked at every second until it
is well. An attempt is kept before it begins, so that its budget survives a crash; then

    RUNNING -> FAILED (the action itself) | WAITING -> HELPED | DID NOT HELP

and, the budget spent, GAVE UP until it is free again. Whether an attempt helped is what
the next checks find: no breaker is bypassed for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from conductor_tui.domain.alert import (
    RecoveryState,
    RecoveryView,
    Subject,
    SubjectKind,
)
from conductor_tui.domain.alert_events import RecoveryChanged
from conductor_tui.domain.alert_settings import RecoverySettings
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.events import (
    AgentHealthChanged,
    AgentRemoved,
    Envelope,
    HealthChanged,
    MassFailed,
    PlatformRemoved,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, AlertKey, PlatformName
from conductor_tui.domain.secret import without_secrets
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.text import one_line
from conductor_tui.engine.alerting.budget import Budget
from conductor_tui.engine.alerting.obstacles import Obstacles
from conductor_tui.engine.alerting.seeing import of_agent, of_platform
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock, OpenMender, Watchdog

LOOK_INTERVAL_S = 1.0
MOST_AT_ONCE = 4

Keep = Callable[[RecoveryView], Awaitable[None]]
_STOPPED = "we stopped meanwhile: whether it was done is not known"


@dataclass(slots=True)
class Case:
    """One subject. `newest` is its newest attempt; `until` is when (monotonic) it must
    have helped, `is_well` whether the subject was HEALTHY since.
    """

    budget: Budget = field(default_factory=Budget)
    helps_within_s: float = 60.0
    newest: RecoveryView | None = None
    task: asyncio.Task[None] | None = None
    until: float = 0.0
    is_well: bool = False
    gave_up: bool = False

    @property
    def is_running(self) -> bool:
        return self.task is not None and not self.task.done()

    @property
    def is_waiting(self) -> bool:
        return (
            self.newest is not None
            and not self.is_running
            and self.newest.state is RecoveryState.WAITING
        )


class Recovering:
    """At most one action per subject at a time, and MOST_AT_ONCE in all."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        watchdog: Watchdog,
        open_mender: OpenMender,
        keep: Keep,
    ) -> None:
        self._hub, self._clock = hub, clock
        self._open_mender, self._keep = open_mender, keep
        self._obstacles = Obstacles(watchdog)
        self._settings: dict[AlertKey, RecoverySettings] = {}
        self._cases: dict[AlertKey, Case] = {}
        self._open: dict[AlertKey, None] = {}  # a set that keeps its order
        self._left: list[RecoveryView] = []
        self._news = asyncio.Event()

    def keep_to(self, settings: Settings) -> None:
        """Go by other settings from the next attempt on."""
        found: dict[AlertKey, RecoverySettings] = {}
        for platform in settings.platforms:
            if platform.recovery is not None:
                found[_platform_key(platform.spec.platform)] = platform.recovery
        for agent in settings.agents:
            if agent.recovery is not None:
                found[_agent_key(agent.spec.agent)] = agent.recovery
        self._settings = found
        self._open |= dict.fromkeys(found)
        self._news.set()

    def restore(self, recoveries: Sequence[RecoveryView]) -> None:
        """Count what was tried before, oldest first. One that was under way then has
        FAILED; one that might have helped is waited for again.
        """
        at, now = self._clock.now(), self._clock.monotonic()
        of_subject: dict[AlertKey, list[RecoveryView]] = {}
        for view in recoveries:
            of_subject.setdefault(view.subject.key, []).append(view)
        for key, views in of_subject.items():
            case = self._cases.setdefault(key, Case())
            case.budget.restore(views, at, now)
            case.newest = views[-1]
            case.gave_up = views[-1].state is RecoveryState.GAVE_UP
            if (settings := self._settings.get(key)) is not None:
                case.helps_within_s = settings.helps_within_s
            case.until = now + case.helps_within_s
            self._open[key] = None
        running = RecoveryState.RUNNING
        self._left += [view for view in recoveries if view.state is running]
        self._news.set()

    def hear(self, envelope: Envelope) -> None:
        """Note what is about health. Quick, for it hears everything."""
        match envelope.event:
            case HealthChanged(platform=name, now=health):
                self._turned(_platform_key(name), health)
            case AgentHealthChanged(agent=agent, now=health):
                self._turned(_agent_key(agent), health)
            case PlatformRemoved() | AgentRemoved():
                self._news.set()
            case MassFailed() as mass:
                self._obstacles.mass_failed(mass, self._clock.monotonic())
            case _:
                pass

    async def run(self) -> None:
        """Mend, for ever. Cancelled, it leaves no action running."""
        left, self._left = self._left, []
        for view in left:
            await self._end(view, RecoveryState.FAILED, _STOPPED)
        async with asyncio.TaskGroup() as group:
            while True:
                await self._wait()
                for key in list(self._open):
                    await self._look(key, group)

    def _turned(self, key: AlertKey, health: Health) -> None:
        case, is_well = self._cases.get(key), health is Health.HEALTHY
        if case is not None:
            case.is_well = is_well or (case.is_well and not case.is_running)
            case.gave_up = case.gave_up and not is_well
        if case is not None or (health is Health.FAILED and key in self._settings):
            self._open[key] = None
            self._news.set()

    async def _wait(self) -> None:
        """Wait for news; a second at the most while there is a case."""
        if not self._open:
            await self._news.wait()
        else:
            try:
                async with self._clock.timeout(LOOK_INTERVAL_S):
                    await self._news.wait()
            except TimeoutError:
                pass
        self._news.clear()

    async def _look(self, key: AlertKey, group: asyncio.TaskGroup) -> None:
        case, state = self._cases.setdefault(key, Case()), self._state(key)
        if state is None:
            await self._leave(key, case)
            return
        if case.is_running:
            return
        if case.is_waiting and not await self._judge(case):
            return
        subject, health, why = state
        settings = self._settings.get(key)
        if settings is None or health is not Health.FAILED:
            del self._open[key]
            return
        await self._try(case, settings, subject, why, group)

    async def _leave(self, key: AlertKey, case: Case) -> None:
        """Let go of a subject that is not watched (yet, or any more)."""
        del self._open[key]
        if case.is_running and case.task is not None:
            case.task.cancel()
            await asyncio.wait([case.task])
        view, undecided = case.newest, (RecoveryState.RUNNING, RecoveryState.WAITING)
        if view is not None and case.task is not None and view.state in undecided:
            words = f"{view.subject.kind} {view.subject.name} was removed meanwhile"
            case.newest = await self._end(view, RecoveryState.FAILED, words)

    async def _judge(self, case: Case) -> bool:
        """Say whether the newest attempt helped; False when that is not known yet."""
        assert case.newest is not None
        if case.is_well:
            words, state = "it is HEALTHY again", RecoveryState.HELPED
        elif self._clock.monotonic() < case.until:
            return False
        else:
            words = f"not HEALTHY within {format_duration(case.helps_within_s)}"
            state = RecoveryState.DID_NOT_HELP
        case.newest = replace(case.newest, state=state, words=words)
        await self._tell(case.newest)
        return True

    async def _try(
        self,
        case: Case,
        settings: RecoverySettings,
        subject: Subject,
        why: str,
        group: asyncio.TaskGroup,
    ) -> None:
        now = self._clock.monotonic()
        free_in_s = case.budget.free_in_s(settings, now)
        if free_in_s > 0.0:
            await self._give_up(case, settings, subject, why, free_in_s)
            return
        running = sum(one.is_running for one in self._cases.values())
        if running >= MOST_AT_ONCE or case.budget.is_cooling(settings, now):
            return
        if self._obstacles.of(subject, self._hub.snapshot, running, now):
            return
        case.budget.begin(now)
        case.helps_within_s = settings.helps_within_s
        case.is_well = case.gave_up = False
        case.newest = RecoveryView(
            subject=subject,
            action=settings.words,
            why=why,
            at=self._clock.now(),
            state=RecoveryState.RUNNING,
            number=case.budget.spent(settings, now),
            budget=settings.budget,
        )
        attempt = self._attempt(case, case.newest, settings)
        case.task = group.create_task(attempt, name=f"mending {subject.key}")

    async def _give_up(
        self,
        case: Case,
        settings: RecoverySettings,
        subject: Subject,
        why: str,
        free_in_s: float,
    ) -> None:
        """Say once that the budget is spent, and when it is free again."""
        if case.gave_up:
            return
        case.gave_up, now = True, self._clock.now()
        free_at = now + timedelta(seconds=free_in_s)
        within = format_duration(settings.within_s)
        view = RecoveryView(
            subject=subject,
            action=settings.words,
            why=why,
            at=now,
            state=RecoveryState.GAVE_UP,
            number=case.budget.spent(settings, self._clock.monotonic()),
            budget=settings.budget,
            words=f"{settings.budget} of {settings.budget} attempts within {within} "
            f"are spent: the next one not before {free_at:%Y-%m-%d %H:%M:%S} UTC",
            ended_at=now,
        )
        await self._tell(view)

    async def _attempt(
        self, case: Case, view: RecoveryView, settings: RecoverySettings
    ) -> None:
        await self._tell(view)
        found = await self._mend(view, settings)
        now = self._clock.monotonic()
        case.budget.end(now)
        case.until = now + settings.helps_within_s
        is_done = found.outcome is Outcome.PASSED
        state = RecoveryState.WAITING if is_done else RecoveryState.FAILED
        words = one_line(without_secrets(found.detail, settings.secrets))
        case.newest = await self._end(view, state, words)
        self._news.set()

    async def _mend(self, view: RecoveryView, settings: RecoverySettings) -> Finding:
        try:
            mend = self._open_mender(settings.action)
            async with self._clock.timeout(settings.timeout_s):
                return await mend(view.subject, view.why)
        except TimeoutError:
            words = f"no end within {format_duration(settings.timeout_s)}: stopped"
        except Exception as error:  # foreign code; said to a person as its result
            words = str(error) or type(error).__name__
        return Finding(Outcome.FAILED, words)

    async def _end(
        self, view: RecoveryView, state: RecoveryState, words: str
    ) -> RecoveryView:
        ended = replace(view, state=state, words=words, ended_at=self._clock.now())
        for case in self._cases.values():
            if case.newest == view:  # one that was restored, too
                case.newest = ended
        await self._tell(ended)
        return ended

    async def _tell(self, view: RecoveryView) -> None:
        """Keep first: the stream tells nothing that a crash could take back."""
        await self._keep(view)
        self._hub.publish(RecoveryChanged(recovery=view))

    def _state(self, key: AlertKey) -> tuple[Subject, Health, str] | None:
        """Return the subject, its health and why; None when it is not watched."""
        return next(self._states(key), None)

    def _states(self, key: AlertKey) -> Iterator[tuple[Subject, Health, str]]:
        kind, _, name = key.partition(":")
        snapshot = self._hub.snapshot
        platform = snapshot.platforms.get(PlatformName(name))
        agent = snapshot.agents.get(AgentId(name))
        if kind == SubjectKind.PLATFORM and platform is not None:
            why = platform.word.detail if platform.word else ""
            yield of_platform(platform.spec), platform.health, why
        if kind == SubjectKind.AGENT and agent is not None:
            yield of_agent(agent), agent.health, agent.why


def _platform_key(name: str) -> AlertKey:
    return Subject(kind=SubjectKind.PLATFORM, name=name).key


def _agent_key(name: str) -> AlertKey:
    return Subject(kind=SubjectKind.AGENT, name=name).key
