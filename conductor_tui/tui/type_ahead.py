"""Keys one at a time: none is read before what the one in front of it led to is there.

A slow line brings several keys at once. Textual would give them all to what has the
focus now: of `/redis` the `r` would be the board's, and close a breaker on trial.
"""

from collections import deque
from functools import partial

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

LIMIT = 500  # keys that wait; who typed more than that did not mean the last ones
PATIENCE_S = 2.0  # a key that was lost with its widget holds up no others for longer
# A key's handler may post a message, and that one's handler another.
ROUNDS = 2


class TypeAheadApp(App[None]):
    """Forwards a key or a paste once the one before it has gone all its way."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._typed: deque[events.Key | events.Paste] = deque()
        self._under_way: events.Key | events.Paste | None = None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        if len(self._typed) < LIMIT:
            self._typed.append(event)
        before = self._under_way
        if before is None or event.time - before.time > PATIENCE_S:
            await self._next_typed()

    async def _next_typed(self) -> None:
        if not self._typed:
            self._under_way = None
            return
        event = self._under_way = self._typed.popleft()
        screen, target = self.screen, self.focused or self.screen
        path: list[MessagePump] = [
            one for one in target.ancestors_with_self if one is not self
        ]
        await super().on_event(event)
        done = partial(self._settled, event, screen)
        self._follow([*path, self] * ROUNDS, done)

    def _follow(self, path: list[MessagePump], done: partial[None]) -> None:
        """Go where the key goes, behind it; what is closing is left out."""
        for place, pump in enumerate(path):
            if pump.call_later(self._follow, path[place + 1 :], done):
                return
        done()

    def _settled(self, event: events.Event, screen: object) -> None:
        """Take the next one; on a new screen, once it has its focus."""
        if self._under_way is not event:
            return  # it was given up
        following = partial(self.call_later, self._next_typed)
        if self.screen is screen or not self.screen.call_after_refresh(following):
            following()
