"""An immutable mapping in which replacing one value costs next to nothing.

A fold over 5,000 platforms must not copy 5,000 entries for each result. Values live
in chunks of 64: a replacement copies one chunk and the short list of chunks, and
shares the rest and the index with the version before. Adding or removing a key
copies the index; that is rare.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
D = TypeVar("D")
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

    @overload
    def get(self, key: K, /) -> V | None: ...

    @overload
    def get(self, key: K, /, default: D) -> V | D: ...

    def get(self, key: K, /, default: D | None = None) -> V | D | None:
        """See Mapping. Its own calls and catches, which each check would pay for."""
        place = self._index.get(key)
        if place is None:
            return default
        return self._chunks[place // _CHUNK][place % _CHUNK]

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

    def put_all(self, values: Mapping[K, V]) -> "Roster[K, V]":
        """Return the roster in which these keys, which it has, have these values."""
        chunks: dict[int, list[V]] = {}
        for key, value in values.items():
            at, offset = divmod(self._index[key], _CHUNK)
            if at not in chunks:
                chunks[at] = list(self._chunks[at])
            chunks[at][offset] = value
        after: Roster[K, V] = Roster.__new__(Roster)
        after._index = self._index
        all_chunks = list(self._chunks)
        for at, chunk in chunks.items():
            all_chunks[at] = tuple(chunk)
        after._chunks = tuple(all_chunks)
        return after

    def updated(self, values: Mapping[K, V], gone: Iterable[K] = ()) -> "Roster[K, V]":
        """Return the roster with these values, new keys last, without those `gone`."""
        dropped = {key for key in gone if key in self._index}
        if not dropped and all(key in self._index for key in values):
            return self.put_all(values) if values else self
        after = {**self, **values}
        return Roster({k: v for k, v in after.items() if k not in dropped})

    def without(self, key: K) -> "Roster[K, V]":
        """Return the roster without `key`; the same one if it is not there."""
        if key not in self._index:
            return self
        return Roster({k: v for k, v in self.items() if k != key})
