"""The filter of the overview: from what is typed to which platforms are shown.

Terms are parted by blanks and must all hold; `a,b` in a term is a or b; `!` in front
turns a term round. `state:failed`, `group:bots`, `tag:db`, `probe:http` look at one
thing and match its beginning; a bare word is looked for anywhere in name, target,
group and tags.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.pause import PauseKind
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.domain.text import one_line
from conductor_tui.tui.present.words import is_stale

_Read: TypeAlias = Callable[[PlatformView], tuple[str, ...]]
_KEYS: Mapping[str, _Read] = {
    "name": lambda view: (view.name,),
    "group": lambda view: (view.spec.group,),
    "tag": lambda view: view.spec.tags,
    "probe": lambda view: (view.spec.probe,),
    "target": lambda view: (view.spec.target,),
}
STATES = (
    *(health.value.lower() for health in reversed(Health)),
    *("open", "half", "held", "paused", "maintenance", "shed", "stale", "behind"),
)
ASKS = "words, state:failed, group:..., tag:..., probe:..., ! turns a term round"


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `key` "" looks everywhere; any of `values` (never empty, folded
    to one case) is enough.
    """

    key: str
    values: tuple[str, ...]
    inverse: bool = False

    def holds(
        self, view: PlatformView, now: datetime, behind: PlatformName | None
    ) -> bool:
        return self._found(view, now, behind) is not self.inverse

    def _found(
        self, view: PlatformView, now: datetime, behind: PlatformName | None
    ) -> bool:
        if self.key == "state":
            return self._begins(states(view, now, behind))
        if self.key:
            return self._begins(_KEYS[self.key](view))
        text = _everything(view)
        return any(value in text for value in self.values)

    def _begins(self, words: tuple[str, ...]) -> bool:
        return any(
            word.casefold().startswith(value) for word in words for value in self.values
        )


@dataclass(frozen=True, slots=True)
class Filter:
    """What was typed, its terms, and what is odd about them, in words."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    trouble: str = ""

    def accepts(
        self, view: PlatformView, now: datetime, behind: PlatformName | None = None
    ) -> bool:
        """True when the platform is shown; `behind` is to blame for its state."""
        return all(term.holds(view, now, behind) for term in self.terms)


EVERYTHING = Filter()


def parse(text: str) -> Filter:
    """Return the filter for `text`. Never fails: what means nothing is said."""
    text = one_line(text)
    terms, troubles = [], []
    for piece in text.split():
        key, values, inverse = part(piece, _KEYS)
        if values:
            terms.append(Term(key, values, inverse))
            troubles.append(odd(key, values, STATES, _KEYS))
    return Filter(text, tuple(terms), next(filter(None, troubles), ""))


def states(
    view: PlatformView, now: datetime, behind: PlatformName | None
) -> tuple[str, ...]:
    """Return every word for how the platform is. `healthy` only where all is well."""
    words = []
    if view.breaker.state is BreakerState.HALF_OPEN:
        words.append("half")
    elif view.breaker.state is not BreakerState.CLOSED:
        words.append(view.breaker.state.value.lower())
    if view.pause is not None:
        words.append("paused")
    if view.pause is not None and view.pause.kind is PauseKind.MAINTENANCE:
        words.append("maintenance")
    if view.is_shed:
        words.append("shed")
    if view.pause is None and is_stale(view, now):
        words.append("stale")
    if behind is not None:
        words.append("behind")
    if view.health is not Health.HEALTHY or not words:
        words.append(view.health.value.lower())
    return tuple(words)


def part(piece: str, keys: Collection[str]) -> tuple[str, tuple[str, ...], bool]:
    """Part a term into key, values and inverse; without values it is unfinished. A key
    is `state` or one of `keys`.
    """
    inverse = piece.startswith("!")
    body = piece[1:] if inverse else piece
    head, colon, tail = body.partition(":")
    key = head.casefold() if colon else ""
    if key != "state" and key not in keys:
        key, tail = "", body
    values = tuple(value for value in tail.casefold().split(",") if value)
    return key, values, inverse


def odd(
    key: str, values: tuple[str, ...], states: Collection[str], keys: Collection[str]
) -> str:
    """Say what will hardly have been meant."""
    if key == "state":
        unknown = [v for v in values if not any(s.startswith(v) for s in states)]
        return f"no state {unknown[0]!r}: {', '.join(states)}" if unknown else ""
    head, colon, tail = values[0].partition(":")
    if key or not colon or not head.isalpha() or tail[:1] in "/0123456789":
        return ""  # ":" alone, a URL or an address
    known = ", ".join(("state", *keys))
    return f"no key '{head}:', read as text; there are {known}"


def _everything(view: PlatformView) -> str:
    spec = view.spec
    return "\n".join((view.name, spec.target, spec.group, *spec.tags)).casefold()
