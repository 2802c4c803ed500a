"""Deliveries that wait for one channel, oldest first."""

from dataclasses import dataclass
from math import inf

from conductor_tui.domain.alert import Delivery
from conductor_tui.domain.ids import DeliveryId


@dataclass(slots=True)
class Item:
    """`due` and `expires` are monotonic: no step of the wall clock moves them."""

    delivery: Delivery
    due: float
    expires: float


class Waiting:
    """In the order of their numbers, whatever order they come in."""

    def __init__(self) -> None:
        self._items: dict[DeliveryId, Item] = {}
        self._highest = 0
        self._is_sorted = True
        self._none_expires_before = inf

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, number: object) -> bool:
        return number in self._items

    def put(self, item: Item) -> None:
        number = item.delivery.id
        self._items[number] = item
        self._is_sorted = self._is_sorted and number > self._highest
        self._highest = max(self._highest, number)
        self._none_expires_before = min(self._none_expires_before, item.expires)

    def head(self) -> Item | None:
        return next(iter(self._in_order().values()), None)

    def ahead_of(self, number: DeliveryId) -> int:
        """Return how many go before it."""
        return list(self._in_order()).index(number)

    def take(self, number: DeliveryId) -> Delivery:
        return self._items.pop(number).delivery

    def take_all(self) -> list[Delivery]:
        return [self.take(number) for number in list(self._in_order())]

    def take_expired(self, now: float) -> list[Delivery]:
        """Take those whose time is over. Cheap while there is none."""
        if now < self._none_expires_before:
            return []
        items = self._in_order().items()
        expired = [number for number, item in items if item.expires <= now]
        taken = [self.take(number) for number in expired]
        left = (item.expires for item in self._items.values())
        self._none_expires_before = min(left, default=inf)
        return taken

    def take_oldest(self, but: DeliveryId | None) -> Delivery:
        """Take the oldest, `but` not that one."""
        return self.take(next(key for key in self._in_order() if key != but))

    def hasten(self, now: float) -> None:
        """Whatever waits for its next attempt is due."""
        for item in self._items.values():
            item.due = min(item.due, now)

    def next_expiry(self) -> float:
        """Return when to ask `take_expired`: at that time, or a bit too early."""
        return self._none_expires_before

    def _in_order(self) -> dict[DeliveryId, Item]:
        if not self._is_sorted:
            self._items = dict(sorted(self._items.items()))
            self._is_sorted = True
        return self._items
