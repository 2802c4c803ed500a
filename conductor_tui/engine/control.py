"""Commands in, one answer each out: granted or refused, in words, on the stream.

A command aimed at an older epoch is refused. The operator's last transition of each
breaker can be taken back for UNDO_WITHIN_S, as long as nothing has moved it since.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from conductor_tui.domain.breaker import BreakerState, BreakerView, Hold
from conductor_tui.domain.commands import (
    UNDO_WITHIN_S,
    BreakerCommand,
    CheckNow,
    Command,
    PausePlatform,
    ReleaseBreaker,
    ReloadSettings,
    ResetBreaker,
    ResumePlatform,
    TripBreaker,
    UndoBreaker,
    platform_of,
    verb,
)
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.events import CommandAnswered
from conductor_tui.domain.ids import Epoch, PlatformName
from conductor_tui.domain.text import one_line
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.runner import Watched
from conductor_tui.ports import Clock, Gate

CheckSoon = Callable[[PlatformName], bool]


class Refused(Exception):
    """Why a command is not carried out. Becomes its answer; never leaves this file."""


@dataclass(frozen=True, slots=True)
class _Undoable:
    """How the breaker was before the transition that left `epoch` behind."""

    before: BreakerView
    epoch: Epoch
    at: float


class Control:
    """Carries commands out on the breakers of the platforms in `watched`."""

    def __init__(
        self,
        watched: Mapping[PlatformName, Watched],
        hub: Hub,
        clock: Clock,
        check_soon: CheckSoon,
    ) -> None:
        self._watched, self._hub, self._clock = watched, hub, clock
        self._check_soon = check_soon
        self._undoable: dict[PlatformName, _Undoable] = {}

    def handle(self, command: Command) -> None:
        """Carry out or refuse, and publish the transitions and the answer."""
        try:
            words, granted = self._carry_out(command), True
        except Refused as refusal:
            words, granted = str(refusal), False
        name = platform_of(command)
        watched = self._watched.get(name) if name is not None else None
        for move in watched.gate.drain() if watched else ():
            self._hub.publish(move)
        self._hub.publish(
            CommandAnswered(
                command=command.id,
                verb=verb(command),
                platform=name,
                granted=granted,
                words=words,
                by=command.by,
                origin=command.origin,
            )
        )
        if granted and isinstance(command, ReleaseBreaker):
            self._check_soon(command.platform)

    def _carry_out(self, command: Command) -> str:
        if self._hub.snapshot.read_only:
            raise Refused("this conductor was started with --read-only")
        if isinstance(command, ReloadSettings | PausePlatform | ResumePlatform):
            raise Refused("not yet")
        watched = self._watched.get(command.platform)
        if watched is None:
            raise Refused(f"no platform is called {command.platform!r} any more")
        if isinstance(command, CheckNow):
            return self._check(command, watched.gate)
        words = self._move(command, watched.gate)
        if watched.gate.view.state is BreakerState.HELD:
            watched.probe.close()  # a held platform keeps no connection either
        return words

    def _check(self, command: CheckNow, gate: Gate) -> str:
        if not self._check_soon(command.platform):
            return "a check is under way already"
        if gate.view.state in (BreakerState.OPEN, BreakerState.HELD):
            return f"asked, but its breaker is {gate.view.state} until its trial"
        return "check started"

    def _move(self, command: BreakerCommand, gate: Gate) -> str:
        before = gate.view
        if command.epoch != before.epoch:
            raise Refused(
                f"too late: the breaker has moved on and is {before.state} now; "
                "look again and repeat it if you still want it"
            )
        match command:
            case UndoBreaker():
                return self._undo(command, gate)
            case TripBreaker():
                words = self._trip(command, gate)
            case ReleaseBreaker():
                words = _release(command, gate)
            case _:
                words = _reset(command, gate)
        self._undoable[command.platform] = _Undoable(
            before, gate.view.epoch, self._clock.monotonic()
        )
        return words

    def _trip(self, command: TripBreaker, gate: Gate) -> str:
        why = one_line(command.why)
        if not why:
            raise Refused("a trip needs a reason")
        now, ttl_s = self._clock.now(), command.ttl_s
        if ttl_s is not None and ttl_s <= 0:
            raise Refused("a hold must last longer than 0 s")
        hold = Hold(
            by=command.by,
            why=why,
            at=now,
            until=None if ttl_s is None else now + timedelta(seconds=ttl_s),
            origin=command.origin,
        )
        gate.trip(hold, ttl_s, command.id)
        if ttl_s is None:
            return "HELD until somebody resets it"
        return f"HELD for {format_duration(ttl_s)}, then a trial"

    def _undo(self, command: UndoBreaker, gate: Gate) -> str:
        undoable = self._undoable.get(command.platform)
        if undoable is None or undoable.epoch != command.epoch:
            raise Refused("there is nothing to undo: no command made this state")
        if self._clock.monotonic() - undoable.at > UNDO_WITHIN_S:
            raise Refused(f"too late: undo works for {UNDO_WITHIN_S:g} s")
        gate.restore(undoable.before, command.by, command.id)
        del self._undoable[command.platform]
        return f"undone: {gate.view.state} again"


def _release(command: ReleaseBreaker, gate: Gate) -> str:
    state = gate.view.state
    if state is BreakerState.CLOSED:
        raise Refused("its breaker is CLOSED already: there is nothing to try")
    if state is BreakerState.HALF_OPEN:
        raise Refused("its trial is under way already")
    gate.release(command.by, "released for a trial", command.id)
    return "one trial now; CLOSED if it passes"


def _reset(command: ResetBreaker, gate: Gate) -> str:
    if gate.view.state is BreakerState.CLOSED:
        raise Refused("its breaker is CLOSED already")
    gate.reset(command.by, "closed by force", command.id)
    return "CLOSED by force, without a trial"
