"""The marks that a person sets on platforms, to act on all of them."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from conductor_tui.domain.ids import PlatformName


@dataclass(frozen=True, slots=True)
class Marks:
    """Which names are marked; `last` is where a range begins."""

    names: frozenset[PlatformName] = frozenset()
    last: PlatformName | None = None

    def toggled(self, name: PlatformName) -> "Marks":
        return Marks(self.names ^ {name}, name)

    def up_to(self, name: PlatformName, shown: Sequence[PlatformName]) -> "Marks":
        """Mark all that stand between the last mark and `name`, both included."""
        if name not in shown:
            return self
        here = shown.index(name)
        there = shown.index(self.last) if self.last in shown else here
        first, end = min(here, there), max(here, there) + 1
        return Marks(self.names | frozenset(shown[first:end]), name)

    def kept(self, watched: Container[PlatformName]) -> "Marks":
        """Forget platforms that are gone."""
        if all(name in watched for name in self.names):
            return self
        return replace(self, names=frozenset(n for n in self.names if n in watched))
