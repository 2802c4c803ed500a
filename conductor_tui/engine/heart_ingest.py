"""What came in, counted: told at most every TOLD_EVERY_S, and only when it changed.

Names of strangers come from anybody who can reach a listener: the newest few are kept,
cleaned, and nothing grows with how many there are.
"""

from conductor_tui.domain.agent import IngestView, WayIn
from conductor_tui.domain.events import IngestCounted
from conductor_tui.domain.text import one_line, visible
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock

KEPT_STRANGERS = 20
TOLD_EVERY_S = 1.0
_NAME_SHOWN = 64


class Ingest:
    """Counts, and tells soon after."""

    def __init__(self, hub: Hub, clock: Clock) -> None:
        self._hub, self._clock = hub, clock
        self._is_waiting = False
        self._heard = 0
        self._refusal = ""
        self._unknown = self._refused = 0
        self._strangers: dict[str, None] = {}
        self._ways: tuple[WayIn, ...] = ()
        self._told = IngestView()

    def heard(self, beats: int) -> None:
        self._heard += beats
        self._tell_soon()

    def unknown(self, name: str) -> None:
        self._unknown += 1
        shown = visible(name[: _NAME_SHOWN + 1], _NAME_SHOWN)
        self._strangers.pop(shown, None)
        self._strangers[shown] = None
        if len(self._strangers) > KEPT_STRANGERS:
            del self._strangers[next(iter(self._strangers))]
        self._tell_soon()

    def known(self, name: str) -> None:
        """It is no stranger any more."""
        if self._strangers:
            self._strangers.pop(visible(name, _NAME_SHOWN), None)
            self._tell_soon()

    def refused(self, why: str) -> None:
        self._refused += 1
        self._refusal = one_line(why)
        self._tell_soon()

    def listen_at(self, ways: tuple[WayIn, ...]) -> None:
        """Say at once where we listen now."""
        self._ways = ways
        self.tell()

    def _tell_soon(self) -> None:
        if not self._is_waiting:
            self._is_waiting = True
            self._clock.alarm(TOLD_EVERY_S, self.tell)

    def tell(self) -> None:
        self._is_waiting = False
        view = IngestView(
            ways=self._ways,
            heard=self._heard,
            unknown=self._unknown,
            refused=self._refused,
            strangers=tuple(self._strangers),
            refusal=self._refusal,
        )
        if view != self._told:
            self._told = view
            self._hub.publish(IngestCounted(ingest=view))
