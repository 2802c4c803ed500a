"""Which of the listeners found on this machine are watched, and for how long.

A listener that appears is watched once it was seen twice in a row: many ports live
for a second. One that vanishes is what an operator wants to see, so a listener that
was there at the first look, or for a minute, stays watched (its checks fail) for half
an hour; a passing one is forgotten after three looks without it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from conductor_tui.domain.ids import PlatformName

SETTLED_S = timedelta(minutes=1).total_seconds()
MOURNED_S = timedelta(minutes=30).total_seconds()
FORGIVEN_LOOKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What the looks so far say of one listener. Times are monotonic seconds."""

    first_seen: float
    last_seen: float
    is_settled: bool = False
    is_watched: bool = False
    missed: int = 0


Roll = dict[PlatformName, Presence]


def call_roll(roll: Roll, found: Iterable[PlatformName], now: float) -> Roll:
    """Return the roll after one look. An empty `roll` makes this the first look."""
    is_first, after = not roll, dict(roll)
    for name in found:
        before = roll.get(name)
        after[name] = (
            Presence(
                first_seen=now, last_seen=now, is_settled=is_first, is_watched=is_first
            )
            if before is None
            else replace(
                before,
                last_seen=now,
                missed=0,
                is_watched=True,
                is_settled=before.is_settled or now - before.first_seen >= SETTLED_S,
            )
        )
    for name in set(roll) - set(found):
        after[name] = replace(roll[name], missed=roll[name].missed + 1)
    return {name: seen for name, seen in after.items() if not _is_gone(seen, now)}


def _is_gone(presence: Presence, now: float) -> bool:
    if not presence.is_watched:
        return presence.missed > 0
    if presence.is_settled:
        return now - presence.last_seen > MOURNED_S
    return presence.missed >= FORGIVEN_LOOKS
