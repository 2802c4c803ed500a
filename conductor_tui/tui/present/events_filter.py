"""Which lines of the log are shown: every word of the filter must be true of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conductor_tui.tui.present.events_page import KINDS, Entry

_INVERSE = "!"
_OF: dict[str, Callable[[Entry], str]] = {
    "platform": lambda entry: (entry.platform or "").lower(),
    "kind": lambda entry: entry.kind,
}


@dataclass(frozen=True, slots=True)
class Term:
    """One word. `of` "": it is looked for in the whole line."""

    of: str
    value: str
    inverse: bool = False

    def holds(self, entry: Entry) -> bool:
        looked_at = _OF[self.of](entry) if self.of else entry.text
        return (self.value in looked_at) is not self.inverse


def terms(words: str) -> tuple[Term, ...]:
    """Return the terms of a filter; capitals do not matter."""
    return tuple(_term(word) for word in words.lower().split())


def _term(word: str) -> Term:
    inverse = word.startswith(_INVERSE) and len(word) > 1
    word = word.removeprefix(_INVERSE) if inverse else word
    of, colon, value = word.partition(":")
    if colon and of in _OF:
        return Term(of, value, inverse)
    return Term("", word, inverse)


def filtered(entries: Iterable[Entry], words: str) -> tuple[Entry, ...]:
    """Return the entries that every term of `words` is true of, in their order."""
    asked = terms(words)
    return tuple(e for e in entries if all(term.holds(e) for term in asked))


def complaint(words: str) -> str:
    """Say what no entry can ever be; "" when there is no such word."""
    for term in terms(words):
        if term.of == "kind" and not any(kind.startswith(term.value) for kind in KINDS):
            return f"kind:{term.value} is none of {', '.join(KINDS)}"
    return ""
