"""The headings between the rows of a table that is sorted by group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from conductor_tui.tui.present.spans import Line, Span, fit_line

N = TypeVar("N", bound=str)


@dataclass(frozen=True, slots=True)
class Heading:
    """The line above what is of one group; "" for what is of none."""

    group: str
    count: int

    def line(self, width: int) -> Line:
        name = Span(f" {self.group or 'without a group'}", "title")
        return fit_line((name, Span(f"  {self.count}", "muted")), width)


def with_groups(
    names: Sequence[N], groups: Sequence[str]
) -> tuple[list[N | Heading], list[int]]:
    """Return what stands on each line, and on which line each of `names` does.
    `groups` are those of the names, in their order.
    """
    entries: list[N | Heading] = []
    tops = []
    for at, name in enumerate(names):
        if at == 0 or groups[at] != groups[at - 1]:
            entries.append(Heading(groups[at], _run(groups, at)))
        tops.append(len(entries))
        entries.append(name)
    return entries, tops


def _run(groups: Sequence[str], at: int) -> int:
    """Return how many equal groups stand in a row from `at` on."""
    end = at
    while end < len(groups) and groups[end] == groups[at]:
        end += 1
    return end - at
