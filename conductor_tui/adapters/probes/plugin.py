"""The plugin probe: a platform that is as well as its plug-in says."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import plugin_name_problem
from conductor_tui.ports import Probe

CheckOf: TypeAlias = Callable[[PluginName], Awaitable[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`target` is the name of a plug-in."""

    target: str

    def __post_init__(self) -> None:
        problem = plugin_name_problem(self.target)
        if problem:
            raise ValueError(
                f"plugin target {self.target!r} must be the name of a plug-in: "
                f"{problem}"
            )


class PluginProbe:
    """Asks one plug-in. Satisfies ports.Probe. Without `check_of` none run here."""

    def __init__(self, options: Options, check_of: CheckOf | None) -> None:
        self._plugin, self._check_of = PluginName(options.target), check_of

    async def __call__(self) -> Finding:
        if self._check_of is None:
            words = f"no plug-ins run here: {self._plugin} cannot be asked"
            return Finding(Outcome.INCONCLUSIVE, words)
        return await self._check_of(self._plugin)

    def close(self) -> None:
        """There is nothing to let go of."""


def open_probe(options: Options, check_of: CheckOf | None = None) -> Probe:
    return PluginProbe(options, check_of)


def shown_target(options: Options) -> str:
    return options.target
