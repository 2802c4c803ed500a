"""The filter of the agents: `state:failed`, `group:bots`, `tag:db`, `via:udp`; a bare
word is looked for in name, group, tags, words and metadata.
"""

from typing import TypeAlias

from conductor_tui.domain.agent import AgentView
from conductor_tui.domain.health import Health
from conductor_tui.tui.present.agent_words import UNWELL
from conductor_tui.tui.present.sieve import Grammar, Sieve

ASKS = "words, state:failed, group:..., tag:..., via:..., ! turns a term round"
AgentFilter: TypeAlias = Sieve[AgentView]
EVERY_AGENT: AgentFilter = Sieve()


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


_GRAMMAR: Grammar[AgentView] = Grammar(
    keys={
        "name": lambda view: (view.agent,),
        "group": lambda view: (view.spec.group,),
        "tag": lambda view: view.spec.tags,
        "via": lambda view: (view.last.via if view.last else "",),
    },
    states=_states,
    known_states=(
        *(health.value.lower() for health in reversed(Health)),
        *("unwell", "stopped", "running", "created"),
    ),
    everything=_everything,
)
parse = _GRAMMAR.parse
