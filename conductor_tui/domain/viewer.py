"""Who looks at a conductor, and how much of what they see is old."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody whose dashboard is attached, since `at`."""

    by: str
    origin: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The conductor has not been heard since `at`; `why` in words, `retry_at` is when
    it is asked again.
    """

    at: datetime
    why: str
    retry_at: datetime | None = None
