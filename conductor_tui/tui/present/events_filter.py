"""Which lines of the log are shown.

The words of a filter are parted by blanks and must all hold; `a,b` is a or b; `!` in
front turns a word round. `platform:api`, `agent:a-1`, `kind:breaker`, `group:bots`,
`tag:db` and `probe:http` look at one thing and match its beginning; any other word is
looked for in the whole line. The filter of the overview reads the same, so far as it
can.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.tui.present.events_page import KINDS, Entry

_SPEC: Mapping[str, Callable[[PlatformView], tuple[str, ...]]] = {
    "group": lambda view: (view.spec.group,),
    "tag": lambda view: view.spec.tags,
    "probe": lambda view: (view.spec.probe,),
}
_KEYS = ("platform", "agent", "kind", *_SPEC)
ASKS = "words  platform:api  kind:breaker  group:bots  ! turns one round"


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a filter. `key` "": it is looked for in the whole line. Any of
    `values` (never empty, in lower case) is enough.
    """

    key: str
    values: tuple[str, ...]
    inverse: bool = False

    def holds(self, entry: Entry, view: PlatformView | None) -> bool:
        return self._found(entry, view) is not self.inverse

    def _found(self, entry: Entry, view: PlatformView | None) -> bool:
        if not self.key:
            return any(value in entry.text for value in self.values)
        if self.key == "platform":
            words: tuple[str, ...] = (entry.platform or "",)
        elif self.key == "agent":
            words = (entry.agent or "",)
        elif self.key == "kind":
            words = (entry.kind,)
        else:
            words = _SPEC[self.key](view) if view else ()
        return any(word.lower().startswith(self.values) for word in words)


def terms(words: str) -> tuple[Term, ...]:
    """Return the terms of a filter; one that is only half typed is left out."""
    found = map(_term, words.lower().split())
    return tuple(term for term in found if term.values)


def _term(word: str) -> Term:
    inverse = word.startswith("!")
    body = word.removeprefix("!")
    key, colon, value = body.partition(":")
    if not colon or key not in _KEYS:
        key, value = "", body
    return Term(key, tuple(filter(None, value.split(","))), inverse)


def filtered(
    entries: Iterable[Entry], words: str, platforms: Mapping[PlatformName, PlatformView]
) -> tuple[Entry, ...]:
    """Return the entries that every term of `words` is true of, in their order."""
    asked = terms(words)
    if not asked:
        return tuple(entries)
    return tuple(
        entry
        for entry in entries
        if all(term.holds(entry, _view(entry, platforms)) for term in asked)
    )


def _view(
    entry: Entry, platforms: Mapping[PlatformName, PlatformView]
) -> PlatformView | None:
    return platforms.get(entry.platform) if entry.platform else None


def complaint(words: str) -> str:
    """Say which kind no event is of; "" when all is well."""
    for term in terms(words):
        for value in term.values if term.key == "kind" else ():
            if not any(kind.startswith(value) for kind in KINDS):
                return f"no kind {value!r}: {', '.join(KINDS)}"
    return ""
