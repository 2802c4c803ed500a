"""Which statuses of a web server are good news."""

import re
from collections.abc import Iterable
from typing import TypeAlias

Expected: TypeAlias = int | str
"""A status, 204, or a range with both ends in it, "200-299"."""

USUAL = range(200, 400)


def parse_expected(expected: Iterable[Expected]) -> tuple[range, ...]:
    """Return the statuses that pass; USUAL where none are given.

    Raises ValueError in words for what is no status and no range of them.
    """
    return tuple(_parse(one) for one in expected) or (USUAL,)


def _parse(one: Expected) -> range:
    ends = _ends(one)
    if ends is None:
        raise ValueError(
            f"expect_status takes numbers without quotes, such as 204, and ranges in "
            f'quotes, such as "200-299", not {one!r}'
        )
    first, last = ends
    if not 100 <= first <= last <= 599:
        raise ValueError(
            "expect_status must be HTTP status numbers from 100 to 599, the lower one "
            f"first, not {one}"
        )
    return range(first, last + 1)


def _ends(one: Expected) -> tuple[int, int] | None:
    if isinstance(one, int):
        return one, one
    found = re.fullmatch(r"(\d{1,4})-(\d{1,4})", one)
    return (int(found[1]), int(found[2])) if found else None
