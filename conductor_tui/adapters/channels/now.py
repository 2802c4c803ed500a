"""What time it is, for the words of a notice that is told late.

ports.OpenChannel gives a channel no clock: its deadlines are its caller's. Tests put
another in its place.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Now: TypeAlias = Callable[[], datetime]


def wall_now() -> datetime:
    return datetime.now(UTC)
