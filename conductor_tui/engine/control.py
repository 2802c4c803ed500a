"""Commands in, one answer each out: granted or refused, in words, on the stream.

A command aimed at an older epoch is refused. The operator's last transition of each
breaker can be taken back for UNDO_WITHIN_S, as long as nothing has moved it since.
"""

from dataclasses import dataclass

from conductor_tui.domain.breaker import BreakerState, BreakerView, Hold
from conductor_tui.domain.commands import (
    UNDO_WITHIN_S,
    AgentCommand,
    AlertCommand,
    BeatAgent,
    BreakerCommand,
    CheckNow,
    Command,
    ConfirmTrip,
    ForgetAgent,
    LetterCommand,
    PausePlatform,
    PluginCommand,
    ReleaseBreaker,
    ReloadSettings,
    ResetBreaker,
    RestorePlatform,
    ResumePlatform,
    ShedPlatform,
    TripBreaker,
    UndoBreaker,
    agent_of,
    alert_of,
    platform_of,
    subject,
    verb,
)
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.events import CommandAnswered
from conductor_tui.domain.heartbeat import Beat
from conductor_tui.domain.ids import Epoch, PlatformName
from conductor_tui.domain.text import one_line
from conductor_tui.engine.alerting.alerting import Alerting
from conductor_tui.engine.confirming import Confirming
from conductor_tui.engine.dispatch.requests import Requests
from conductor_tui.engine.heart import Heart
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.plugins.plugins import Plugins
from conductor_tui.engine.refusal import Refused
from conductor_tui.engine.reloading import Reloading
from conductor_tui.engine.resting import Resting, end_of, words_of
from conductor_tui.engine.runner import Watched
from conductor_tui.engine.shedding import Shedding
from conductor_tui.engine.watching import Watching
from conductor_tui.ports import Clock, Gate, Heard


@dataclass(frozen=True, slots=True)
class _Undoable:
    """How a breaker was before the transition that left `epoch` behind. Its platform
    may have gone meanwhile, and another one have taken the name.
    """

    gate: Gate
    before: BreakerView
    epoch: Epoch
    at: float

    def is_of(self, gate: Gate, epoch: Epoch) -> bool:
        return self.gate is gate and self.epoch == epoch


class Control:
    """Carries commands out on the platforms that are watched."""

    def __init__(
        self,
        watching: Watching,
        resting: Resting,
        reloading: Reloading,
        heart: Heart,
        alerting: Alerting,
        confirming: Confirming,
        plugins: Plugins,
        requests: Requests,
        shedding: Shedding,
        hub: Hub,
        clock: Clock,
    ) -> None:
        self._alerting, self._confirming = alerting, confirming
        self._plugins, self._requests = plugins, requests
        self._shedding = shedding
        self._watching, self._resting, self._heart = watching, resting, heart
        self._reloading, self._hub, self._clock = reloading, hub, clock
        self._undoable: dict[PlatformName, _Undoable] = {}
        self._is_closed = False

    def close(self) -> None:
        """Carry nothing out any more: the engine is stopping."""
        self._is_closed = True

    def handle(self, command: Command) -> None:
        """Carry out or refuse, and publish the transitions and the answer. That of a
        reload follows once the file is read.
        """
        try:
            words, granted = self._carry_out(command), True
        except Refused as refusal:
            words, granted = str(refusal), False
        name = platform_of(command)
        watched = self._watching.by_name.get(name) if name is not None else None
        moves = watched.gate.drain() if watched else ()
        answers = () if words is None else (_answered(command, granted, words),)
        self._hub.publish_kept([*moves, *answers])
        if granted and isinstance(command, ReleaseBreaker):
            self._check_soon(command.platform)

    def _answer(self, command: Command, granted: bool, words: str) -> None:
        self._hub.publish_kept([_answered(command, granted, words)])

    def _carry_out(self, command: Command) -> str | None:
        """Return the answer's words; None: the answer comes later."""
        if self._hub.snapshot.read_only:
            raise Refused("this conductor was started with --read-only")
        if self._is_closed:
            raise Refused("this conductor is stopping: nothing more is begun")
        if isinstance(command, ReloadSettings):
            self._reloading.ask(command, self._answer)
            return None
        if isinstance(command, BeatAgent | ForgetAgent):
            return self._hear(command)
        if isinstance(command, AlertCommand):
            self._alerting.ask(command, self._answer)
            return None
        if isinstance(command, LetterCommand):
            self._requests.ask(command, self._answer)
            return None
        if isinstance(command, PluginCommand):
            self._plugins.carry_out(command, self._answer)
            return None
        watched = self._watching.by_name.get(command.platform)
        if watched is None:
            raise Refused(f"no platform is called {command.platform!r} any more")
        match command:
            case PausePlatform():
                return self._resting.pause(command)
            case ResumePlatform() if not self._shedding.is_shed(command.platform):
                return self._resting.resume(command)
            case ShedPlatform() | RestorePlatform() | ResumePlatform():
                return self._shedding.obey(command)
            case CheckNow():
                return self._check(command, watched.gate)
            case _:
                return self._move_and_let_go(command, watched)

    def _hear(self, command: AgentCommand) -> str:
        name, heart = command.agent, self._heart
        if name not in heart.agents:
            raise Refused(f"no agent is called {name!r}")
        if isinstance(command, ForgetAgent):
            hearing = heart.forget(name, f"{command.by} said so")
            words = "forgotten, until it beats again"
        else:
            by_hand = Beat(agent=name, via=f"by hand, {command.by}")
            hearing = heart.hear(by_hand)
            words = "beaten by hand: HEALTHY until it falls silent again"
        if hearing.heard is not Heard.TAKEN:
            raise Refused(hearing.words)
        return words

    def _move_and_let_go(self, command: BreakerCommand, watched: Watched) -> str:
        words = self._move(command, watched.gate)
        if watched.gate.view.state is BreakerState.HELD:
            watched.probe.close()  # a held platform keeps no connection either
        return words

    def _check(self, command: CheckNow, gate: Gate) -> str:
        pause = self._watching.paused.get(command.platform)
        if pause is not None:
            raise Refused(f"it is {pause.kind} ({words_of(pause)}): resume it first")
        if not self._check_soon(command.platform):
            return "a check is under way already"
        if gate.view.state in (BreakerState.OPEN, BreakerState.HELD):
            return f"asked, but its breaker is {gate.view.state} until its trial"
        return "check started"

    def _check_soon(self, name: PlatformName) -> bool:
        return self._watching.scheduler.check_now(name)

    def _move(self, command: BreakerCommand, gate: Gate) -> str:
        before = gate.view
        if command.epoch != before.epoch:
            raise Refused(
                f"too late: the breaker has moved on and is {before.state} now "
                f"(by {before.by}); look again and repeat it if you still want it"
            )
        match command:
            case UndoBreaker():
                return self._undo(command, gate)
            case ConfirmTrip():
                return self._confirming.confirm(command, gate)
            case TripBreaker():
                words = self._trip(command, gate)
            case ReleaseBreaker():
                words = _release(command, gate)
                if command.platform in self._watching.paused:
                    words = "one trial once it is resumed; CLOSED if it passes"
            case _:
                words = self._reset(command, gate)
        self._undoable[command.platform] = _Undoable(
            gate, before, gate.view.epoch, self._clock.monotonic()
        )
        return words

    def _trip(self, command: TripBreaker, gate: Gate) -> str:
        why = one_line(command.why)
        if not why:
            raise Refused("a trip needs a reason")
        now, ttl_s, within_s = (
            self._clock.now(),
            command.ttl_s,
            command.confirm_within_s,
        )
        before = gate.view
        hold = Hold(
            by=command.by,
            why=why,
            at=now,
            until=end_of(now, ttl_s, "a hold"),
            origin=command.origin,
            confirm_by=self._confirming.by_when(now, within_s, ttl_s),
        )
        gate.trip(hold, ttl_s, command.id)
        words = "HELD until somebody resets it"
        if ttl_s is not None:
            words = f"HELD for {format_duration(ttl_s)}, then a trial"
        if within_s is None:
            return words
        self._confirming.begin(command.platform, gate, before, within_s)
        return f"{words}; undone in {format_duration(within_s)} unless confirmed"

    def _reset(self, command: ResetBreaker, gate: Gate) -> str:
        """Close it; where it is CLOSED, but clients have opened their own, those begin
        anew: a new word clears what they counted.
        """
        words = "CLOSED by force, without a trial"
        if gate.view.state is BreakerState.CLOSED:
            alone = self._hub.snapshot.stopped_alone(command.platform)
            if not alone:
                raise Refused("its breaker is CLOSED already")
            clients = "client begins" if alone == 1 else "clients begin"
            words = f"it was CLOSED; {alone} {clients} anew"
        gate.reset(command.by, "closed by force", command.id)
        return words

    def _undo(self, command: UndoBreaker, gate: Gate) -> str:
        undoable = self._undoable.get(command.platform)
        if undoable is None or not undoable.is_of(gate, command.epoch):
            raise Refused("there is nothing to undo: no command made this state")
        if self._clock.monotonic() - undoable.at > UNDO_WITHIN_S:
            raise Refused(f"too late: undo works for {UNDO_WITHIN_S:g} s")
        gate.restore(undoable.before, command.by, command.id)
        del self._undoable[command.platform]
        return f"undone: {gate.view.state} again"


def _answered(command: Command, granted: bool, words: str) -> CommandAnswered:
    return CommandAnswered(
        command=command.id,
        verb=verb(command),
        platform=platform_of(command),
        agent=agent_of(command),
        alert=alert_of(command),
        about=subject(command),
        granted=granted,
        words=words,
        by=command.by,
        origin=command.origin,
        why=one_line(getattr(command, "why", "")),
    )


def _release(command: ReleaseBreaker, gate: Gate) -> str:
    state = gate.view.state
    if state is BreakerState.CLOSED:
        raise Refused("its breaker is CLOSED already: there is nothing to try")
    if state is BreakerState.HALF_OPEN:
        raise Refused("its trial is under way already")
    gate.release(command.by, "released for a trial", command.id)
    return "one trial now; CLOSED if it passes"
