"""A filter over things of one kind: the grammar of the overview's, for any other list.

`state:failed`, `group:bots` look at one thing and match its beginning; a bare word is
looked for anywhere; `!` in front turns a term round; commas part values of which any
is enough.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from conductor_tui.domain.text import one_line
from conductor_tui.tui.present.filter import odd, part

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Grammar(Generic[V]):
    """What a filter may ask of a V: `keys` give the words to look at, `states` those of
    the key `state`, which may be any of `known_states`; `everything` is the text that
    bare words are looked for in, folded to one case.
    """

    keys: Mapping[str, Callable[[V], tuple[str, ...]]]
    states: Callable[[V], tuple[str, ...]]
    known_states: tuple[str, ...]
    everything: Callable[[V], str]

    def parse(self, text: str) -> "Sieve[V]":
        """Return the filter for `text`. Never fails: what means nothing is said."""
        text = one_line(text)
        terms, troubles = [], []
        for piece in text.split():
            key, values, inverse = part(piece, self.keys)
            if values:
                terms.append(_Term(self, key, values, inverse))
                troubles.append(odd(key, values, self.known_states, self.keys))
        return Sieve(text, tuple(terms), next(filter(None, troubles), ""))


@dataclass(frozen=True, slots=True)
class _Term(Generic[V]):
    """One condition. `key` "" looks everywhere; any of `values` (never empty, folded
    to one case) is enough.
    """

    grammar: Grammar[V]
    key: str
    values: tuple[str, ...]
    inverse: bool = False

    def holds(self, view: V) -> bool:
        return self._found(view) is not self.inverse

    def _found(self, view: V) -> bool:
        grammar = self.grammar
        if not self.key:
            text = grammar.everything(view)
            return any(value in text for value in self.values)
        read = grammar.states if self.key == "state" else grammar.keys[self.key]
        return any(word.casefold().startswith(self.values) for word in read(view))


@dataclass(frozen=True, slots=True)
class Sieve(Generic[V]):
    """What was typed, its terms, and what is odd about them, in words."""

    text: str = ""
    terms: tuple[_Term[V], ...] = ()
    trouble: str = ""

    def accepts(self, view: V) -> bool:
        return all(term.holds(view) for term in self.terms)
