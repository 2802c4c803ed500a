"""Who is looked at next: one heap, one alarm, nobody is ever searched for.

Theory: an entry may lie before the moment that it is meant for, never behind it. A beat
moves that moment and leaves the heap alone; the entry that comes due looks at the
record, and goes back in where the moment lies later. Entries of the next EARLY_S are
looked at together, so that thousands who beat wake us a few times a second.
"""

import heapq
import math
from collections.abc import Callable
from itertools import count

from conductor_tui.engine.heart_awake import AwakeTime
from conductor_tui.engine.heart_record import NOW_S, Record
from conductor_tui.ports import Clock

EARLY_S = 0.25
AFTER_STALL_S = 0.5  # what waits in the sockets gets its turn before anybody is judged
_LONGEST_S = 86_400.0  # an alarm further away is set again then

_LEAST_SWEPT = 256  # entries
_AT_ONCE = 200  # more who fall silent together would hold the loop

_Entry = tuple[float, int, Record]


class Deadlines:
    """Calls `due(record)` when its moment has come, or has moved. `moment` tells the
    next one after now, in awake time. `look` is called first: it finds what we stood
    still.
    """

    def __init__(
        self,
        clock: Clock,
        awake: AwakeTime,
        moment: Callable[[Record], float],
        due: Callable[[Record], None],
        look: Callable[[], None],
    ) -> None:
        self._clock, self._awake = clock, awake
        self._moment, self._due, self._look = moment, due, look
        self._heap: list[_Entry] = []
        self._order = count()
        self._sweep_at = _LEAST_SWEPT
        self._rings_at = math.inf
        self._call_off: Callable[[], None] = lambda: None
        self._not_before = -math.inf

    def expect(self, record: Record) -> None:
        """Look at a record no later than its moment as it is now."""
        if self._put(record):
            self._arm()

    def wait_after_stall(self) -> None:
        """Judge nobody just now."""
        self._not_before = self._awake.now() + AFTER_STALL_S
        self._arm(anew=True)

    def close(self) -> None:
        self._call_off()
        self._rings_at = math.inf
        self._heap.clear()

    def __len__(self) -> int:
        """How many entries are kept, overtaken ones too."""
        return len(self._heap)

    def _put(self, record: Record) -> bool:
        """Put a record where it is looked at in time; False: it is there already."""
        moment = math.inf if record.is_gone else self._moment(record)
        if moment >= record.entry:
            return False
        record.entry = moment
        heapq.heappush(self._heap, (moment, next(self._order), record))
        if len(self._heap) > self._sweep_at:
            self._sweep()
        return True

    def _sweep(self) -> None:
        """Throw out the entries that an earlier one has overtaken."""
        live = [one for one in self._heap if one[0] == one[2].entry]
        self._heap = sorted(one for one in live if not one[2].is_gone)
        self._sweep_at = 2 * len(self._heap) + _LEAST_SWEPT

    def _arm(self, *, anew: bool = False) -> None:
        if not self._heap:
            return
        at = max(self._heap[0][0], self._not_before)
        if not anew and at >= self._rings_at:
            return
        self._call_off()
        self._rings_at = at
        wait_s = min(max(NOW_S, at - self._awake.now()), _LONGEST_S)
        self._call_off = self._clock.alarm(wait_s, self._ring)

    def _ring(self) -> None:
        """Look at all that is due, unless we have only just come back ourselves."""
        self._rings_at = math.inf
        self._look()
        now = self._awake.now() + NOW_S
        for moment, record in self._taken(now):
            if record.is_gone:
                continue
            if moment <= now:
                self._due(record)
            self._put(record)
        self._arm()

    def _taken(self, now: float) -> list[tuple[float, Record]]:
        """Take who is due now or within EARLY_S, _AT_ONCE at most, if anybody may be
        judged. The alarm rings again for the others.
        """
        taken: list[tuple[float, Record]] = []
        if now < self._not_before:
            return taken
        while (
            self._heap and self._heap[0][0] <= now + EARLY_S and len(taken) < _AT_ONCE
        ):
            moment, _, record = heapq.heappop(self._heap)
            if moment == record.entry:
                record.entry = math.inf
                taken.append((moment, record))
        return taken
