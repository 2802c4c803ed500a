"""Who looks at this conductor, and when each of them went. Satisfies ports.Lobby."""

from collections.abc import Callable

from conductor_tui.domain.events import ViewersChanged
from conductor_tui.domain.text import one_line
from conductor_tui.domain.viewer import Viewer
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Clock, KeptVisit

LONGEST_NAME, MOST_TOLD = 64, 50  # viewers; more attach, but are not listed


class Lobby:
    """`visited` is told when the last dashboard of somebody goes."""

    def __init__(
        self, hub: Hub, clock: Clock, visited: Callable[[KeptVisit], object]
    ) -> None:
        self._hub, self._clock, self._visited = hub, clock, visited
        self._here: dict[object, Viewer] = {}

    def enter(self, by: str, origin: str) -> Callable[[], None]:
        key = object()
        self._here[key] = Viewer(
            by=one_line(by, LONGEST_NAME),
            origin=one_line(origin, LONGEST_NAME),
            at=self._clock.now(),
        )
        self._tell()
        return lambda: self._leave(key)

    def _leave(self, key: object) -> None:
        gone = self._here.pop(key, None)
        if gone is None:
            return
        left = None
        if all(one.by != gone.by for one in self._here.values()):
            left = KeptVisit(by=gone.by, left_at=self._clock.now())
            self._visited(left)
        self._tell(left)

    def _tell(self, left: KeptVisit | None = None) -> None:
        here = tuple(self._here.values())[:MOST_TOLD]
        gone = (left.by, left.left_at) if left else None
        self._hub.publish(ViewersChanged(viewers=here, left=gone))
