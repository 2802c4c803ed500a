"""Flapping: a subject that goes to and fro is one thing to tell, not forty.

Icinga's measure: the share of the newest 21 results that were other than the one
before, newer ones weighing more (0.8 to 1.2), with hysteresis between two limits.
"""

from conductor_tui.domain.ids import AlertKey

RESULTS = 21
_MASK = (1 << RESULTS) - 1
_OLDEST, _NEWEST = 0.8, 1.2
# of the bit at place 0 (the newest) first
_WEIGHTS = tuple(
    _NEWEST - (_NEWEST - _OLDEST) * place / (RESULTS - 1) for place in range(RESULTS)
)


class Flaps:
    """Counts the results of those subjects that have changed lately, and no others:
    a result of any other costs one look into a dictionary.
    """

    def __init__(self) -> None:
        self._bits: dict[AlertKey, int] = {}

    @property
    def is_empty(self) -> bool:
        return not self._bits

    def changed(self, key: AlertKey) -> None:
        """The newest result was other than the one before: it is noted as such."""
        self._bits[key] = self._bits.get(key, 0) | 1

    def result(self, key: AlertKey, count: int = 1) -> None:
        """So many results came; `changed` says so of the newest if it was one."""
        bits = self._bits.get(key)
        if bits is None:
            return
        self._bits[key] = (bits << min(count, RESULTS)) & _MASK
        if not self._bits[key]:
            del self._bits[key]

    def percent(self, key: AlertKey) -> float:
        """Return the weighted share of changes in the newest results, 0 to 100."""
        bits = self._bits.get(key, 0)
        weight = sum(_WEIGHTS[place] for place in range(RESULTS) if bits >> place & 1)
        return 100 * weight / RESULTS

    def forget(self, key: AlertKey) -> None:
        self._bits.pop(key, None)
