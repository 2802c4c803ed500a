"""Verdicts are shared, counters are not: a breaker opens for all when enough clients,
each by its own count, see failures. One bad node poisons nobody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.client import ClientView, Holding, needed
from conductor_tui.domain.ids import ClientId, PlatformName
from conductor_tui.domain.settings import PlatformSettings
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock, Gate

CLIENTS = "clients"  # who opened it
COUNTS_S = 60.0  # a client that has called nothing for so long has no opinion


@dataclass(slots=True)
class _Opinion:
    """What one client sees, `at` (monotonic) its last call. `source` is its process:
    one that attaches twice is still one.
    """

    source: tuple[str, int | None]
    calls: int
    at: float
    fails: bool
    error: str


class Agreeing:
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
        self._opinions: dict[PlatformName, dict[ClientId, _Opinion]] = {}

    def hear(self, client: ClientView, holding: Holding) -> None:
        """Weigh what a client says; where that decides it, open the breaker."""
        name, gate = holding.platform, self._gate_of(holding.platform)
        settings = self._platforms.get(name)
        if gate is None or settings is None or not holding.reports:
            self._forget(client.id, name)
            return
        # what it counted under an older word is over: that is what a reset is for
        is_of_now = holding.epoch == gate.view.epoch
        limit = settings.spec.breaker.failures
        fails = is_of_now and holding.streak >= limit
        self._note(client, holding, fails=fails)
        if fails:
            self._decide(name, gate, settings)

    def leave(self, client: ClientId) -> None:
        for name in tuple(self._opinions):
            self._forget(client, name)

    def _note(self, client: ClientView, holding: Holding, *, fails: bool) -> None:
        of_platform = self._opinions.setdefault(holding.platform, {})
        before, now = of_platform.get(client.id), self._clock.monotonic()
        calls = holding.traffic.calls
        at = now if before is None or calls != before.calls or fails else before.at
        source = (client.origin, client.pid)
        of_platform[client.id] = _Opinion(source, calls, at, fails, holding.error)

    def _decide(
        self, name: PlatformName, gate: Gate, settings: PlatformSettings
    ) -> None:
        if gate.view.state is not BreakerState.CLOSED:
            return
        oldest = self._clock.monotonic() - COUNTS_S
        heard = [one for one in self._opinions[name].values() if one.at >= oldest]
        failing = {one.source: one.error for one in heard if one.fails}
        spec, sources = settings.spec.breaker, len({one.source for one in heard})
        if len(failing) < needed(spec.quorum, sources):
            return
        why = f"{len(failing)} of {sources} clients: {spec.failures} failed in a row"
        error = list(failing.values())[-1]
        gate.open_for(CLIENTS, f"{why}: {error}" if error else why)
        self._hub.publish_kept(gate.drain())

    def _forget(self, client: ClientId, name: PlatformName) -> None:
        of_platform = self._opinions.get(name)
        if of_platform is None:
            return
        of_platform.pop(client, None)
        if not of_platform:
            del self._opinions[name]
