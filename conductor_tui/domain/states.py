"""How a breaker may be, and how a call through it may end.

Words alone: other programs import them at each start, and a dataclass takes a
millisecond to make.
"""

from enum import StrEnum


class BreakerState(StrEnum):
    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"
    HELD = "HELD"


class CallOutcome(StrEnum):
    """How a client's trial ended; UNUSED: no call came that could have been it."""

    PASSED = "passed"
    FAILED = "failed"
    UNUSED = "unused"
