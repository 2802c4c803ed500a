"""The filter of the dead letters: `to:discord`, `type:alert.*`, `from:ann`,
`state:given`; a bare word is looked for in all that a row says, and in its error.
"""

from typing import TypeAlias

from conductor_tui.domain.dead_letter import LetterState, LetterView
from conductor_tui.tui.present.sieve import Grammar, Sieve

ASKS = "words, to:..., type:..., from:..., state:given, ! turns a term round"
LetterFilter: TypeAlias = Sieve[LetterView]
EVERY_LETTER: LetterFilter = Sieve()


def _everything(view: LetterView) -> str:
    said = (str(view.id), view.to, view.type, view.by, view.request, view.error)
    return "\n".join(said).casefold()


_GRAMMAR: Grammar[LetterView] = Grammar(
    keys={
        "to": lambda view: (view.to,),
        "type": lambda view: (view.type,),
        "from": lambda view: (view.by,),
    },
    states=lambda view: (view.state.value.lower(),),
    known_states=tuple(state.value.lower() for state in LetterState),
    everything=_everything,
)
parse = _GRAMMAR.parse
