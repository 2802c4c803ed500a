"""What came in, counted: told at most once a second, and only when it changed.

Names of strangers come from anybody who can reach a listener: the newest few are kept,
cleaned, and nothing grows with how many there are.
"""

from conductor_tui.domain.agent import IngestView, WayIn
from conductor_tui.domain.events import IngestCounted
from conductor_tui.domain.text import visible
from conductor_tui.engine.hub import Hub

KEPT_STRANGERS = 20
_NAME_SHOWN = 64


class Ingest:
    """Counts. `heard` is counted by the hot path itself."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.heard = 0
        self._unknown = self._refused = 0
        self._strangers: dict[str, None] = {}
        self._ways: tuple[WayIn, ...] = ()
        self._told = IngestView()

    def unknown(self, name: str) -> None:
        self._unknown += 1
        shown = visible(name[: _NAME_SHOWN + 1], _NAME_SHOWN)
        self._strangers.pop(shown, None)
        self._strangers[shown] = None
        if len(self._strangers) > KEPT_STRANGERS:
            del self._strangers[next(iter(self._strangers))]

    def known(self, name: str) -> None:
        """It is no stranger any more."""
        self._strangers.pop(visible(name, _NAME_SHOWN), None)

    def refused(self) -> None:
        self._refused += 1

    def listen_at(self, ways: tuple[WayIn, ...]) -> None:
        """Say at once where we listen now."""
        self._ways = ways
        self.tell()

    def tell(self) -> None:
        view = IngestView(
            ways=self._ways,
            heard=self.heard,
            unknown=self._unknown,
            refused=self._refused,
            strangers=tuple(self._strangers),
        )
        if view != self._told:
            self._told = view
            self._hub.publish(IngestCounted(ingest=view))
