"""What platforms depend on: each name is one of the file's, and nothing goes round."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conductor_tui.adapters.settings.picking import Picked
from conductor_tui.adapters.settings.words import Problem, suggestion

_MOST_SHOWN = 8  # names of a chain; a longer one loses its middle


@dataclass(frozen=True, slots=True)
class Needs:
    """A platform's name, and the names in its depends_on; None: could not be read."""

    name: str | None
    on: Picked


def depends_problems(all_needs: Sequence[Needs]) -> Iterator[Problem]:
    """Yield every name that is no platform's, and one problem for each way round."""
    first: dict[str, int] = {}
    for position, needs in enumerate(all_needs):
        if needs.name is not None:
            first.setdefault(needs.name, position)
    if None not in {needs.name for needs in all_needs}:
        for position, needs in enumerate(all_needs):
            yield from _unknown(position, needs.on, first)
    for chain in _rounds({name: all_needs[first[name]].on.value for name in first}):
        position = min(first[name] for name in chain)
        yield _problem(position, all_needs[position].on, _round_words(chain))


def _unknown(position: int, on: Picked, known: Mapping[str, int]) -> Iterator[Problem]:
    for name in on.value:
        if name not in known:
            hint = suggestion(name, list(known)) or "name one of this file"
            words = f'no platform has the name "{name}": {hint}'
            yield _problem(position, on, words)


def _problem(position: int, on: Picked, words: str) -> Problem:
    path = ("platform", position, "depends_on")
    return Problem(path, words, list(on.value), on.where)


def _round_words(chain: Sequence[str]) -> str:
    shown = [*chain, chain[0]]
    if len(shown) > _MOST_SHOWN:
        shown = [*shown[: _MOST_SHOWN - 3], "…", *shown[-2:]]
    what = "it depends on itself" if len(chain) == 1 else "they depend on each other"
    return f"{what} ({' -> '.join(shown)}): take one of these names out"


def _rounds(needs: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Yield the chains that end where they began. A platform is in one of them at most
    as their beginning; without recursion, because a chain may be long.
    """
    done: set[str] = set()
    for start in needs:
        path: dict[str, Iterator[str]] = {}
        if start not in done:
            path[start] = iter(needs[start])
        while path:
            name = next(reversed(path))
            following = next(path[name], None)
            if following is None:
                del path[name]
                done.add(name)
            elif following in path:
                names = list(path)
                yield names[names.index(following) :]
            elif following in needs and following not in done:
                path[following] = iter(needs[following])
