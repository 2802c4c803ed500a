"""Who holds which breaker, what goes through it there, and what they make of it.

    report -> registry -> told together, a few times a second
                       -> applied: is the newest word in force everywhere?
                       -> agreeing: do enough of them see failures?

What a client says of itself is never more than its own word: it can open a breaker only
together with others, and close one only by a trial that it was given.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from conductor_tui.domain.client import ClientView, Holding
from conductor_tui.domain.events import ClientsTold, Envelope
from conductor_tui.domain.ids import ClientId, PlatformName
from conductor_tui.domain.states import CallOutcome
from conductor_tui.engine.clients.agreeing import Agreeing
from conductor_tui.engine.clients.applying import Applying
from conductor_tui.engine.clients.metering import SILENT_S, Meter
from conductor_tui.engine.clients.trying import Trying
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.watching import Watching
from conductor_tui.ports import Clock, Trial

TOLD_WITHIN_S = 0.25
MOST_HELD = 256  # breakers of one client; what comes beyond is not listed


class Clients:
    """Satisfies ports.Clients. Belongs to the engine's loop."""

    def __init__(self, hub: Hub, clock: Clock, watching: Watching) -> None:
        self._hub, self._clock = hub, clock
        self._here: dict[ClientId, ClientView] = {}
        self._meters: dict[tuple[ClientId, PlatformName], Meter] = {}
        self._news: set[ClientId] = set()
        self._went: dict[ClientId, ClientView] = {}
        self._is_telling = self._is_closed = False
        self._trying = Trying(hub, clock, watching.gate_of, watching.platforms)
        self._agreeing = Agreeing(hub, clock, watching.gate_of, watching.platforms)
        self._applying = Applying(hub, clock, self._here.values)
        hub.listen(self._hear)

    def come(self, client: ClientView) -> Callable[[], None]:
        self._here[client.id] = client
        self._tell_soon(client.id)
        return lambda: self._leave(client.id)

    def is_here(self, client: ClientId) -> bool:
        return client in self._here

    def report(self, client: ClientId, holdings: Sequence[Holding]) -> None:
        before = self._here.get(client)
        if before is None:
            return
        held = dict(before.holdings)
        for one in holdings:
            if one.platform in held or len(held) < MOST_HELD:
                held[one.platform] = self._metered(client, one)
        self._here[client] = replace(before, holdings=held)
        self._tell_soon(client)
        for one in holdings:
            self._applying.look(one.platform)
            self._agreeing.hear(before, one)

    def try_once(self, client: ClientId, platform: PlatformName) -> Trial:
        return self._trying.try_once(client, platform)

    def tried(
        self, client: ClientId, permit: str, outcome: CallOutcome, error: str
    ) -> None:
        self._trying.tried(client, permit, outcome, error)

    def close(self) -> None:
        """Tell nothing any more."""
        self._is_closed = True
        self._applying.close()

    def _leave(self, client: ClientId) -> None:
        gone = self._here.pop(client, None)
        if gone is None:
            return
        for name in gone.holdings:
            self._meters.pop((client, name), None)
        self._trying.leave(client)
        self._agreeing.leave(client)
        self._went[client] = gone
        self._tell_soon(client)
        for name in gone.holdings:
            self._applying.look(name)

    def _metered(self, client: ClientId, holding: Holding) -> Holding:
        now, key = self._clock.monotonic(), (client, holding.platform)
        meter = self._meters.get(key)
        if meter is None:
            meter = self._meters[key] = Meter(holding.traffic, now)
        return replace(holding, traffic=meter.read(holding.traffic, now))

    def _hear(self, envelope: Envelope) -> None:
        self._applying.hear(envelope.event)

    # Telling

    def _tell_soon(self, client: ClientId) -> None:
        self._news.add(client)
        if not self._is_telling:
            self._is_telling = True
            self._clock.alarm(TOLD_WITHIN_S, self._tell)

    def _tell(self) -> None:
        self._is_telling = False
        if self._is_closed:
            return
        known = {**self._here, **self._went}  # a farewell has totals too
        told = tuple(known[one] for one in sorted(self._news))
        event = ClientsTold(clients=told, went=tuple(sorted(self._went)))
        self._news.clear()
        self._went.clear()
        self._hub.publish(event)
        self._look_at_the_silent(told)

    def _look_at_the_silent(self, told: Sequence[ClientView]) -> None:
        """A client that has nothing to say any more says nothing: its rates go to 0."""
        for client in told:
            if any(one.traffic.is_flowing for one in client.holdings.values()):
                self._clock.alarm(SILENT_S, partial(self._ebb, client))

    def _ebb(self, seen: ClientView) -> None:
        """Let the rates of a client fall that has said nothing since it was `seen`."""
        if self._here.get(seen.id) is not seen:
            return
        still = {
            name: replace(one, traffic=one.traffic.at_rest)
            for name, one in seen.holdings.items()
        }
        self._here[seen.id] = replace(seen, holdings=still)
        self._tell_soon(seen.id)
