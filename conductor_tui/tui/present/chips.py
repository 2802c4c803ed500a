"""What of the overview is a person's own doing: its filter, its order, the marks."""

from collections.abc import Container

from conductor_tui.domain.ids import PlatformName
from conductor_tui.tui.present.filter import Filter
from conductor_tui.tui.present.marks import Marks
from conductor_tui.tui.present.order import Sort, Taste


def chips(
    taste: Taste, marks: Marks[PlatformName], shown: Container[object], counts: str
) -> str:
    """Return the words for the header; "" when nothing is out of the ordinary.

    The filter's own words come last: they are what a narrow header cuts.
    `counts` as of `found`; `shown` are the platforms that pass the filter.
    """
    parts = []
    if marks.names:
        hidden = sum(name not in shown for name in marks.names)
        tail = f" ({hidden} hidden)" if hidden else ""
        parts.append(f"{len(marks.names)} marked{tail}")
    if taste.sort is not Sort.NEED or taste.inverse:
        tail = ", inverted" if taste.inverse else ""
        parts.append(f"by {taste.sort.value}{tail}")
    if taste.filter.terms:
        parts.append(f"filter {counts}: {taste.filter.text}")
    return "  ".join(parts)


def found(shown: int, of: int) -> str:
    """Return how many pass: `3 of 12`."""
    return f"{shown} of {of}"


def typed(filter: Filter, counts: str) -> str:
    """Return what stands beside the filter while it is typed."""
    return f"{counts}  {filter.trouble}" if filter.trouble else counts
