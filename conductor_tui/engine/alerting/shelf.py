"""What became of deliveries: kept first, then told; and those that were given up."""

from collections.abc import Sequence
from dataclasses import replace

from conductor_tui.domain.alert import Delivery, DeliveryState
from conductor_tui.domain.alert_events import DeliveryChanged
from conductor_tui.domain.ids import DeliveryId
from conductor_tui.engine.alerting.keeping import Keeping
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock

MOST_GIVEN_UP = 10_000  # then the oldest is discarded, and says so


class Shelf:
    """`given_up` holds them by number, until they are redriven or discarded."""

    def __init__(self, hub: Hub, clock: Clock, keeping: Keeping) -> None:
        self._hub, self._clock, self._keeping = hub, clock, keeping
        self.given_up: dict[DeliveryId, Delivery] = {}

    async def note(self, *deliveries: Delivery) -> None:
        """Keep how deliveries are now, then tell it."""
        if not deliveries:
            return
        await self._keeping.keep(deliveries)
        for one in deliveries:
            if one.state is DeliveryState.GIVEN_UP:
                self.given_up[one.id] = one
            self._hub.publish(DeliveryChanged(delivery=one))
        await self._keep_bound()

    async def give_up(self, deliveries: Sequence[Delivery], why: str) -> None:
        await self.note(*(self._over(one, why) for one in deliveries))

    async def discard(self, deliveries: Sequence[Delivery], why: str) -> None:
        state = DeliveryState.DISCARDED
        await self.note(*(self._over(one, why, state) for one in deliveries))

    async def _keep_bound(self) -> None:
        over = list(self.given_up)[: max(0, len(self.given_up) - MOST_GIVEN_UP)]
        oldest = [self.given_up.pop(number) for number in over]
        await self.discard(oldest, f"more than {MOST_GIVEN_UP:,} were given up")

    def _over(
        self,
        delivery: Delivery,
        why: str,
        state: DeliveryState = DeliveryState.GIVEN_UP,
    ) -> Delivery:
        now = self._clock.now()
        return replace(delivery, state=state, next_at=None, error=why, ended_at=now)
