"""A probe that keeps nothing between two calls."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from conductor_tui.domain.check import Finding

OptionsT = TypeVar("OptionsT")


@dataclass(frozen=True, slots=True)
class StatelessProbe(Generic[OptionsT]):
    """An async function and its options. Satisfies ports.Probe."""

    ask: Callable[[OptionsT], Awaitable[Finding]]
    options: OptionsT

    async def __call__(self) -> Finding:
        return await self.ask(self.options)

    def close(self) -> None:
        """There is nothing to let go of."""
