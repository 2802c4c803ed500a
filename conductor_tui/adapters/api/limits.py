"""How often somebody may ask: a token bucket for each who comes.

Heartbeats are not counted: the engine tells them together, however many come. Who is
forgotten, because there are more than MOST_PEERS, begins with a full bucket again.
"""

from collections import OrderedDict
from typing import NamedTuple

MOST_PEERS = 1024


class Rate(NamedTuple):
    """So many a second for long, and `burst` at once."""

    per_s: float
    burst: float


READS, COMMANDS = Rate(500, 1000), Rate(50, 100)
LOCAL = 20  # times as often over the unix socket: there it is our own user


class Limits:
    """`may` is asked with a monotonic time in seconds."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, bool], tuple[float, float]] = (
            OrderedDict()
        )

    def wait_s(
        self, peer: str, *, is_command: bool, is_local: bool, now: float
    ) -> float:
        """Return 0.0 and count it, or the seconds after which it may be asked."""
        rate = COMMANDS if is_command else READS
        per_s, burst = (one * (LOCAL if is_local else 1) for one in rate)
        left, at = self._buckets.pop((peer, is_command), (burst, now))
        left = min(burst, left + (now - at) * per_s)
        wait_s = 0.0 if left >= 1 else (1 - left) / per_s
        self._buckets[peer, is_command] = (left - (not wait_s), now)
        if len(self._buckets) > MOST_PEERS:
            self._buckets.popitem(last=False)
        return wait_s
