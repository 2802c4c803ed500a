"""Which plug-ins there are: what is installed, what stands in the settings, and what
people said of it. Pure.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import (
    PluginSettings,
    PluginSource,
    PluginSpec,
    PluginState,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plug-in that could run. `trouble` says why it cannot, "" when it can."""

    settings: PluginSettings
    source: PluginSource | None
    is_wanted: bool
    is_in_file: bool
    trouble: str = ""

    @property
    def name(self) -> PluginName:
        return self.settings.name

    @property
    def spec(self) -> PluginSpec:
        settings, source = self.settings, self.source
        return PluginSpec(
            plugin=settings.name,
            source=source.words if source else "",
            target=source.reference if source else "",
            isolate=settings.isolate,
            requires=settings.requires,
            limits=settings.limits,
            origin=settings.origin,
        )

    @property
    def at_rest(self) -> tuple[PluginState, str]:
        """Return its state, and why, while it is not to run."""
        if self.is_in_file and not self.settings.enabled:
            return PluginState.DISABLED, "enabled = false in the settings"
        return PluginState.DISCOVERED, self.trouble or "nobody has enabled it"

    def runs_like(self, other: "Candidate") -> bool:
        """True when a worker of the other would do just as well."""
        mine = (self.settings, self.source, self.trouble)
        return mine == (other.settings, other.source, other.trouble)


def candidates(
    sources: Sequence[PluginSource],
    settings: Sequence[PluginSettings],
    words: Mapping[PluginName, bool],
) -> dict[PluginName, Candidate]:
    """Return all there are: those of the settings in their order, then the others that
    are installed. `words` says what people want, whatever the settings say.
    """
    by_name = {source.name: source for source in sources}
    found: dict[PluginName, Candidate] = {}
    for one in settings:
        source = by_name.get(one.use)
        trouble = source.trouble if source else _missing(one, list(by_name))
        wanted = words.get(one.name, one.enabled)
        found[one.name] = Candidate(one, source, wanted, True, trouble)
    used = {one.use for one in settings}
    for source in sources:
        name = PluginName(source.name)
        if name in found or source.name in used:
            continue
        plain = PluginSettings(name=name, use=source.name)
        wanted = words.get(name, False)
        found[name] = Candidate(plain, source, wanted, False, source.trouble)
    return found


def _missing(settings: PluginSettings, installed: Sequence[str]) -> str:
    words = f"no plug-in {settings.use!r} is installed"
    near = difflib.get_close_matches(settings.use, installed, 1)
    if near:
        return f"{words}: did you mean {near[0]!r}?"
    return f"{words}: install its package, or put {settings.use}.py into the folder"
