"""The marks that a person sets on platforms or agents, to act on all of them."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

N = TypeVar("N", bound=str)


@dataclass(frozen=True, slots=True)
class Marks(Generic[N]):
    """Which names are marked; `last` is where a range begins."""

    names: frozenset[N] = frozenset()
    last: N | None = None

    def toggled(self, name: N) -> "Marks[N]":
        return Marks(self.names ^ {name}, name)

    def up_to(self, name: N, shown: Sequence[N]) -> "Marks[N]":
        """Mark all that stand between the last mark and `name`, both included."""
        if name not in shown:
            return self
        here = shown.index(name)
        there = shown.index(self.last) if self.last in shown else here
        first, end = min(here, there), max(here, there) + 1
        return Marks(self.names | frozenset(shown[first:end]), name)

    def kept(self, watched: Container[N]) -> "Marks[N]":
        """Forget names that are gone."""
        if all(name in watched for name in self.names):
            return self
        return replace(self, names=frozenset(n for n in self.names if n in watched))
