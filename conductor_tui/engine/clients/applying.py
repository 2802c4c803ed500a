"""After a person's trip or reset: when is it in force in every client?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from conductor_tui.domain.breaker import BreakerView
from conductor_tui.domain.client import ClientView, applied, holders
from conductor_tui.domain.events import BreakerChanged, Event, VerdictApplied
from conductor_tui.domain.ids import PlatformName
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock

WAITED_S, MOST_MISSING = 2.0, 5


@dataclass(frozen=True, slots=True)
class _Waiting:
    breaker: BreakerView
    since: float
    call_off: Callable[[], None]


class Applying:
    """`clients` gives those that are attached."""

    def __init__(
        self, hub: Hub, clock: Clock, clients: Callable[[], Iterable[ClientView]]
    ) -> None:
        self._hub, self._clock, self._clients = hub, clock, clients
        self._waiting: dict[PlatformName, _Waiting] = {}

    def hear(self, event: Event) -> None:
        """Wait for a transition that somebody asked for, where anybody goes by it."""
        if not isinstance(event, BreakerChanged):
            return
        name = event.platform
        if name in self._waiting:
            self._waiting.pop(name).call_off()
        if event.command is None or not holders(self._clients(), name):
            return
        self._waiting[name] = _Waiting(
            event.breaker,
            self._clock.monotonic(),
            self._clock.alarm(WAITED_S, partial(self._tell, name)),
        )

    def close(self) -> None:
        """Wait for nothing any more."""
        for waiting in self._waiting.values():
            waiting.call_off()
        self._waiting.clear()

    def look(self, name: PlatformName) -> None:
        """Tell it, if the last one that was waited for goes by it now, however late."""
        waiting = self._waiting.get(name)
        if waiting is None:
            return
        if applied(self._clients(), name, waiting.breaker).is_whole:
            waiting.call_off()
            self._tell(name)
            del self._waiting[name]

    def _tell(self, name: PlatformName) -> None:
        waiting = self._waiting[name]
        held = holders(self._clients(), name)
        if not held:  # all went meanwhile: nobody is left to obey
            return
        epoch = waiting.breaker.epoch
        missing = [one.words for one, does in held if does.epoch != epoch]
        self._hub.publish(
            VerdictApplied(
                platform=name,
                breaker=waiting.breaker,
                count=len(held) - len(missing),
                of=len(held),
                took_s=self._clock.monotonic() - waiting.since,
                missing=tuple(missing[:MOST_MISSING]),
            )
        )
