"""Trips that undo themselves unless somebody confirms them.

A trip that was meant for another breaker, or for one less, is noticed when traffic
stops; who made it may not reach a key any more (Junos has `commit confirmed` for that).
The wait is on the monotonic clock, and on the wall clock across a restart. Any other
transition ends it: then somebody has decided.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from conductor_tui.domain.breaker import BreakerView, Hold
from conductor_tui.domain.commands import ConfirmTrip
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.events import Envelope, PlatformAdded
from conductor_tui.domain.ids import Epoch, PlatformName
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.refusal import Refused
from conductor_tui.ports import Clock, Gate, KeptBreaker

CONDUCTOR = "conductor"  # who undoes it
LONGEST_S = 3600.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    gate: Gate
    epoch: Epoch
    before: BreakerView
    call_off: Callable[[], None]

    @property
    def is_on(self) -> bool:
        view = self.gate.view
        return view.epoch == self.epoch and view.hold is not None


class Confirming:
    """`gate_of` gives the breaker of a platform that is watched."""

    def __init__(
        self, hub: Hub, clock: Clock, gate_of: Callable[[PlatformName], Gate | None]
    ) -> None:
        self._hub, self._clock, self._gate_of = hub, clock, gate_of
        self._waiting: dict[PlatformName, _Waiting] = {}
        self._kept: dict[PlatformName, KeptBreaker] = {}

    def restore(self, breakers: Mapping[PlatformName, KeptBreaker]) -> None:
        """Go on waiting for these once they are watched. Before the first one is."""
        self._kept = {
            name: kept
            for name, kept in breakers.items()
            if kept.before is not None and kept.breaker.hold is not None
        }
        if self._kept:
            self._hub.listen(self._hear)

    def before_of(self, platform: PlatformName) -> BreakerView | None:
        """Return how a breaker was before a trip that is still to be confirmed."""
        waiting = self._waiting.get(platform)
        return waiting.before if waiting is not None and waiting.is_on else None

    def by_when(
        self, now: datetime, confirm_within_s: float | None, ttl_s: float | None
    ) -> datetime | None:
        """Return when a trip undoes itself; None: it stands. Raises Refused."""
        if confirm_within_s is None:
            return None
        if not 0 < confirm_within_s <= LONGEST_S:
            words = f"more than 0 s and at most {format_duration(LONGEST_S)}"
            raise Refused(f"a trip can wait for its confirmation {words}")
        if ttl_s is not None and confirm_within_s >= ttl_s:
            raise Refused("it would end before it had to be confirmed")
        return now + timedelta(seconds=confirm_within_s)

    def begin(
        self, platform: PlatformName, gate: Gate, before: BreakerView, within_s: float
    ) -> None:
        """Wait from now on; `before` is how the breaker was. Where that was a trip to
        be confirmed too, it is taken back with this one.
        """
        earlier = self._waiting.get(platform)
        if earlier is not None and earlier.epoch == before.epoch:
            before = earlier.before
        self._wait(platform, gate, before, within_s)

    def confirm(self, command: ConfirmTrip, gate: Gate) -> str:
        """Let it stand; return the answer's words. Raises Refused."""
        waiting = self._waiting.get(command.platform)
        if waiting is None or not waiting.is_on:
            state = gate.view.state
            raise Refused(f"there is nothing to confirm: its breaker is {state}")
        waiting.call_off()
        del self._waiting[command.platform]
        gate.confirm(command.by, command.id)
        if gate.view.retry_at is None:
            return "confirmed: HELD until somebody resets it"
        return "confirmed: HELD until its time is over"

    def _hear(self, envelope: Envelope) -> None:
        event = envelope.event
        if not isinstance(event, PlatformAdded):
            return
        kept = self._kept.pop(event.spec.platform, None)
        gate = self._gate_of(event.spec.platform)
        if kept is None or gate is None or kept.before is None:
            return
        if gate.view.hold is not None:
            left_s = self._left_s(gate.view.hold)
            self._wait(event.spec.platform, gate, kept.before, left_s)

    def _left_s(self, hold: Hold) -> float:
        if hold.confirm_by is None:
            return 0.0
        granted_s = (hold.confirm_by - hold.at).total_seconds()
        left_s = (hold.confirm_by - self._clock.now()).total_seconds()
        return max(0.0, min(left_s, granted_s))  # the clock may have been set back

    def _wait(
        self, platform: PlatformName, gate: Gate, before: BreakerView, within_s: float
    ) -> None:
        earlier = self._waiting.pop(platform, None)
        if earlier is not None:
            earlier.call_off()
        call_off = self._clock.alarm(within_s, lambda: self._undo(platform))
        epoch = gate.view.epoch
        self._waiting[platform] = _Waiting(gate, epoch, before, call_off)

    def _undo(self, platform: PlatformName) -> None:
        waiting = self._waiting.pop(platform, None)
        if waiting is None or not waiting.is_on:
            return
        gate = waiting.gate
        if self._gate_of(platform) is not gate:
            return
        by = gate.view.by
        words = f"the trip by {by} was not confirmed: undone"
        gate.restore(waiting.before, CONDUCTOR, None, words)
        self._hub.publish_kept(gate.drain())
