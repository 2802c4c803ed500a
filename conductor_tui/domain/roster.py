"""An immutable mapping in which replacing one value costs next to nothing.

A fold over 5,000 platforms must not copy 5,000 entries for each result. Values live
in chunks of 64: a replacement copies one chunk and the short list of chunks, and
shares the rest and the index with the version before. Adding or removing a key
copies the index; that is rare.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")
_CHUNK = 64


class Roster(Mapping[K, V]):
    """Keys in the order they came. Every change returns a new roster."""

    __slots__ = ("_chunks", "_index")

    def __init__(self, items: Mapping[K, V] | None = None) -> None:
        values = list((items or {}).values())
        self._index = {key: place for place, key in enumerate(items or {})}
        self._chunks = tuple(
            tuple(values[at : at + _CHUNK]) for at in range(0, len(values), _CHUNK)
        )

    def __getitem__(self, key: K) -> V:
        at, offset = divmod(self._index[key], _CHUNK)
        return self._chunks[at][offset]

    def __iter__(self) -> Iterator[K]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, key: object) -> bool:
        return key in self._index

    def in_order(self) -> Iterator[V]:
        """The values in the order of their keys, without a look-up for each."""
        return chain.from_iterable(self._chunks)

    def put(self, key: K, value: V) -> "Roster[K, V]":
        """Return the roster in which `key` has `value`; a new key goes last."""
        after: Roster[K, V] = Roster.__new__(Roster)
        place = self._index.get(key)
        after._index = self._index
        if place is None:
            place = len(self._index)
            after._index = {**self._index, key: place}
        at, offset = divmod(place, _CHUNK)
        chunk = self._chunks[at] if at < len(self._chunks) else ()
        after._chunks = (
            *self._chunks[:at],
            (*chunk[:offset], value, *chunk[offset + 1 :]),
            *self._chunks[at + 1 :],
        )
        return after

    def without(self, key: K) -> "Roster[K, V]":
        """Return the roster without `key`; the same one if it is not there."""
        if key not in self._index:
            return self
        return Roster({k: v for k, v in self.items() if k != key})
