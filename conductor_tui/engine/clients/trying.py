"""Who may try: the single trial of a breaker, granted to one client at a time.

Two kinds. Where the breaker itself is open, and `trial = "any"`, a client's call may be
its trial, as the health check may: aiobreaker's permit is lent out. Where it is CLOSED
but a client's own failures made it stop, its own trial is lent out in the same way: a
crowd that comes back together is no trial. After one that failed nobody may try for the
time that the breaker would stay open.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.errors import CallRefused
from conductor_tui.domain.ids import ClientId, Epoch, PlatformName
from conductor_tui.domain.settings import PlatformSettings
from conductor_tui.domain.states import CallOutcome
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock, Gate, Permit, Trial

LENT_S = 60.0  # a trial that takes longer is given up: another one may try
SOON_S = 0.25  # somebody else's trial is under way: ask again
NO = Trial(None)


@dataclass(frozen=True, slots=True)
class _Lent:
    """`permit` None: the trial of a client's own breaker, beside a CLOSED one, as it
    was at `epoch`.
    """

    client: ClientId
    platform: PlatformName
    gate: Gate
    epoch: Epoch
    permit: Permit | None
    call_off: Callable[[], None]


class Trying:
    """`gate_of` gives the breaker of a platform, `platforms` how it is set up."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        gate_of: Callable[[PlatformName], Gate | None],
        platforms: Mapping[PlatformName, PlatformSettings],
    ) -> None:
        self._hub, self._clock = hub, clock
        self._gate_of, self._platforms = gate_of, platforms
        self._lent: dict[str, _Lent] = {}
        self._not_before: dict[PlatformName, tuple[Epoch, float]] = {}
        self._count = 0

    def try_once(self, client: ClientId, platform: PlatformName) -> Trial:
        gate = self._gate_of(platform)
        if gate is None:
            return NO
        if gate.view.state is BreakerState.CLOSED:
            return self._try_own(client, platform, gate)
        try:
            permit = gate.admit()
        except CallRefused as refusal:
            wait_s = refusal.retry_in_s
            return Trial(None, SOON_S if wait_s == 0 else wait_s)
        self._hub.publish_kept(gate.drain())
        return self._lend(client, platform, gate, permit)

    def tried(
        self, client: ClientId, permit: str, outcome: CallOutcome, error: str
    ) -> None:
        lent = self._lent.get(permit)
        if lent is None or lent.client != client:
            return
        del self._lent[permit]
        lent.call_off()
        if lent.permit is not None:
            lent.gate.settle(lent.permit, _finding(outcome, error))
            self._hub.publish_kept(lent.gate.drain())
        elif outcome is CallOutcome.FAILED:
            self._rest(lent)

    def leave(self, client: ClientId) -> None:
        """What it was lent is free again."""
        for permit, lent in tuple(self._lent.items()):
            if lent.client == client:
                self.tried(client, permit, CallOutcome.UNUSED, "")

    def _try_own(self, client: ClientId, platform: PlatformName, gate: Gate) -> Trial:
        epoch, not_before = self._not_before.get(platform, (None, 0.0))
        wait_s = not_before - self._clock.monotonic()
        if epoch == gate.view.epoch and wait_s > 0:
            return Trial(None, wait_s)
        if any(one.gate is gate for one in self._lent.values()):
            return Trial(None, SOON_S)
        return self._lend(client, platform, gate, None)

    def _lend(
        self,
        client: ClientId,
        platform: PlatformName,
        gate: Gate,
        permit: Permit | None,
    ) -> Trial:
        self._count += 1
        name = f"{platform}-{gate.view.epoch}-{self._count}"
        take_back = partial(self.tried, client, name, CallOutcome.UNUSED, "")
        self._lent[name] = _Lent(
            client,
            platform,
            gate,
            gate.view.epoch,
            permit,
            self._clock.alarm(LENT_S, take_back),
        )
        return Trial(name, epoch=gate.view.epoch)

    def _rest(self, lent: _Lent) -> None:
        settings = self._platforms.get(lent.platform)
        if settings is not None:
            until = self._clock.monotonic() + settings.spec.breaker.reset_after_s
            self._not_before[lent.platform] = (lent.epoch, until)


def _finding(outcome: CallOutcome, error: str) -> Finding | None:
    match outcome:
        case CallOutcome.PASSED:
            return Finding(Outcome.PASSED)
        case CallOutcome.FAILED:
            return Finding(Outcome.FAILED, error or "a client's call failed")
        case CallOutcome.UNUSED:
            return None
