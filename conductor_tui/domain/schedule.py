"""When checks are due: phases inside the interval, and the beat after a beat."""

import math
from collections.abc import Sequence
from hashlib import blake2b

from conductor_tui.domain.ids import PlatformName


def hash_phase(name: PlatformName, interval_s: float) -> float:
    """Return the platform's own offset in its interval, in [0, interval_s).

    It depends on the name alone: it survives restarts and changes of the list,
    and other conductors agree on it.
    """
    digest = blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 * interval_s


def fixed_phase(position: int, *, spacing_s: float, interval_s: float) -> float:
    """Return the offset of the platform at `position` (0-based) in the list."""
    return (position * spacing_s) % interval_s


def spacing_problem(intervals_s: Sequence[float], spacing_s: float) -> str | None:
    """Say why n x `spacing_s` does not fit the shortest interval, or None."""
    needed_s = round(len(intervals_s) * spacing_s, 6)  # 3 x 0.1 is more than 0.3
    if not intervals_s or needed_s <= min(intervals_s):
        return None
    return (
        f"{len(intervals_s)} platforms x {spacing_s:g} s do not fit the interval "
        f"of {min(intervals_s):g} s"
    )


def first_due(phase_s: float, interval_s: float, *, wall_s: float, now: float) -> float:
    """Return the first beat at or after `now` (monotonic seconds).

    Beats are where the wall clock (`wall_s`, Unix seconds) modulo the interval is
    the phase, so a restart goes on in the same places.
    """
    return now + (phase_s - wall_s) % interval_s


def next_due(due: float, *, interval_s: float, now: float) -> float:
    """Return the first beat after `now`. Missed beats are skipped, not made up."""
    missed = max(0, math.floor((now - due) / interval_s))
    return due + (missed + 1) * interval_s
