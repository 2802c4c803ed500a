"""Pauses that are asked for, and those that come and go with the calendar."""

from datetime import datetime, timedelta

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.commands import PausePlatform, ResumePlatform
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.text import one_line
from conductor_tui.engine.beats import warm_up_spacing_s
from conductor_tui.engine.pausing import Pauses
from conductor_tui.engine.refusal import Refused
from conductor_tui.engine.watching import Watching
from conductor_tui.ports import Clock

LOOK_INTERVAL_S = 1.0


class Resting:
    """Lets platforms rest, by command or by the calendar."""

    def __init__(self, watching: Watching, pauses: Pauses, clock: Clock) -> None:
        self._watching, self._pauses, self._clock = watching, pauses, clock

    async def run(self) -> None:
        """Look every second, for ever, while there is something to look for."""
        while True:
            await self._pauses.timed()
            if self._pauses.look():
                await self._obey()
            await self._clock.sleep(LOOK_INTERVAL_S)

    async def _obey(self) -> None:
        """Stop and start what the look said. Those that a window gives back do not
        all begin at once.
        """
        names = list(self._watching.by_name)
        for name in names:
            if name in self._watching.by_name and self._watching.obey(name):
                await self._clock.sleep(warm_up_spacing_s(len(names)))

    def pause(self, command: PausePlatform) -> str:
        """Pause for a person; return the answer's words.

        One in maintenance may be paused: then it stays so when its window ends.
        """
        why, ttl_s = one_line(command.why), command.ttl_s
        before = self._pauses.by_hand(command.platform)
        if before is not None:
            raise Refused(f"it is paused already: {words_of(before)}")
        if not why:
            raise Refused("a pause needs a reason")
        now = self._clock.now()
        pause = Pause(
            kind=PauseKind.PAUSED,
            by=command.by,
            why=why,
            at=now,
            until=end_of(now, ttl_s, "a pause"),
        )
        self._pauses.ask(command.platform, pause, ttl_s)
        self._watching.obey(command.platform, command=command.id)
        if ttl_s is None:
            return "paused until somebody resumes it"
        return f"paused for {format_duration(ttl_s)}"

    def resume(self, command: ResumePlatform) -> str:
        """Resume for a person, whoever paused it; return the answer's words."""
        watched = self._watching.by_name[command.platform]
        before = self._pauses.of(watched.spec)
        if before is None:
            raise Refused("it is not paused: there is nothing to resume")
        self._pauses.resume(watched.spec)
        self._watching.obey(
            command.platform,
            by=command.by,
            why="resumed by hand",
            command=command.id,
        )
        state = watched.gate.view.state
        if state in (BreakerState.OPEN, BreakerState.HELD):
            return f"resumed, but its breaker is {state} until its trial"
        if before.kind is PauseKind.MAINTENANCE:
            return f"resumed: the window {before.by!r} is over for it"
        return "resumed: a check is on its way"


def end_of(now: datetime, ttl_s: float | None, what: str) -> datetime | None:
    """Return when `what` ends by itself; None without `ttl_s`. Raises Refused for a
    time that cannot be.
    """
    if ttl_s is None:
        return None
    if ttl_s <= 0:
        raise Refused(f"{what} must last longer than 0 s")
    try:
        return now + timedelta(seconds=ttl_s)
    except (OverflowError, ValueError):  # ValueError: nan
        raise Refused(f"{what} cannot last that long: leave its end out") from None


def words_of(pause: Pause) -> str:
    """Say who paused it and why, for the person who asks for something else."""
    if pause.kind is PauseKind.MAINTENANCE:
        return f"the window {pause.by!r} is open"
    shed = "shed " if pause.kind is PauseKind.SHED else ""
    return f"{shed}by {pause.by}, {pause.why}"
