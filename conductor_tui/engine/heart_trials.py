"""A platform with the heartbeat probe is tried as soon as its agent is HEALTHY again.

An open breaker spares a platform that is being called. This probe calls nobody, so
there is nothing to spare: it is given the trial that an operator's release would give.
The breaker decides as ever, and a hold stays: it is a person's word.
"""

from conductor_tui.domain.events import AgentHealthChanged, Envelope
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.watching import Watching
from conductor_tui.ports import Clock

HEARTBEAT = "heartbeat"  # the probe whose target is an agent


class Trials:
    """Hears of agents that are well again, and has their platforms tried together."""

    def __init__(self, hub: Hub, watching: Watching, clock: Clock) -> None:
        self._hub, self._watching, self._clock = hub, watching, clock
        self._well: set[AgentId] = set()

    def begin(self) -> None:
        self._hub.listen(self._hear)

    def _hear(self, envelope: Envelope) -> None:
        event = envelope.event
        if not isinstance(event, AgentHealthChanged) or event.now is not Health.HEALTHY:
            return
        if not self._well:  # a listener may publish nothing: a moment later
            self._clock.alarm(0.0, self._try)
        self._well.add(event.agent)

    def _try(self) -> None:
        well, self._well = self._well, set()
        for name, watched in list(self._watching.by_name.items()):
            spec = watched.spec
            if spec.probe == HEARTBEAT and spec.target in well:
                self._watching.try_if_open(name, f"agent {spec.target} is HEALTHY")
