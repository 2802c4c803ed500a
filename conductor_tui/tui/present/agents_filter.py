"""The filter of the agents: the grammar of the overview's, read of an agent.

`state:failed`, `group:bots`, `tag:db`, `via:udp` look at one thing and match its
beginning; a bare word is looked for anywhere in name, group, tags, words and metadata.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.health import Health
from conductor_tui.domain.text import one_line
from conductor_tui.tui.present.agent_words import UNWELL
from conductor_tui.tui.present.filter import odd, part

_Read: TypeAlias = Callable[[AgentView], tuple[str, ...]]
_KEYS: Mapping[str, _Read] = {
    "name": lambda view: (view.agent,),
    "group": lambda view: (view.spec.group,),
    "tag": lambda view: view.spec.tags,
    "via": lambda view: (view.last.via if view.last else "",),
}
_STATES = (
    *(health.value.lower() for health in reversed(Health)),
    *("unwell", "stopped", "running", "created"),
)
ASKS = "words, state:failed, group:..., tag:..., via:..., ! turns a term round"


@dataclass(frozen=True, slots=True)
class AgentTerm:
    """One condition. `key` "" looks everywhere; any of `values` (never empty, folded
    to one case) is enough.
    """

    key: str
    values: tuple[str, ...]
    inverse: bool = False

    def holds(self, view: AgentView) -> bool:
        return self._found(view) is not self.inverse

    def _found(self, view: AgentView) -> bool:
        if not self.key:
            text = _everything(view)
            return any(value in text for value in self.values)
        words = _states(view) if self.key == "state" else _KEYS[self.key](view)
        return any(word.casefold().startswith(self.values) for word in words)


@dataclass(frozen=True, slots=True)
class AgentFilter:
    """What was typed, its terms, and what is odd about them, in words."""

    text: str = ""
    terms: tuple[AgentTerm, ...] = ()
    trouble: str = ""

    def accepts(self, view: AgentView) -> bool:
        return all(term.holds(view) for term in self.terms)


EVERY_AGENT = AgentFilter()


def parse(text: str) -> AgentFilter:
    """Return the filter for `text`. Never fails: what means nothing is said."""
    text = one_line(text)
    terms, troubles = [], []
    for piece in text.split():
        key, values, inverse = part(piece, _KEYS)
        if values:
            terms.append(AgentTerm(key, values, inverse))
            troubles.append(odd(key, values, _STATES, _KEYS))
    return AgentFilter(text, tuple(terms), next(filter(None, troubles), ""))


def _states(view: AgentView) -> tuple[str, ...]:
    flags = (
        ("unwell", view.health in UNWELL),
        ("stopped", view.is_stopped),
        ("running", bool(view.runs)),
        ("created", view.spec.is_created),
    )
    return (view.health.value.lower(), *[word for word, is_so in flags if is_so])


def _everything(view: AgentView) -> str:
    spec, last = view.spec, view.last
    said = (last.words, last.note, last.via) if last else ()
    return "\n".join((spec.agent, spec.group, *spec.tags, *said)).casefold()
