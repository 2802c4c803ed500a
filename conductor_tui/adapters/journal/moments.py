"""A moment as the journal has it: microseconds since 1970 UTC."""

from datetime import UTC, datetime, timedelta

_1970 = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    return (at - _1970) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    return _1970 + timedelta(microseconds=at)
